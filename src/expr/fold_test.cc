#include "expr/fold.h"

#include <gtest/gtest.h>

#include "expr/parse.h"
#include "expr/typing.h"

namespace headrace {
namespace {

// Enough of an interpreter: int32 arithmetic and comparison; everything else would fault.
Result<std::optional<Value>> evaluate(const Expr& expr) {
  if (const auto* node = std::get_if<Literal>(&expr.node)) return std::optional<Value>(node->value);
  const auto& call = std::get<Call>(expr.node);
  std::vector<int64_t> numbers;
  for (const ExprPtr& argument : call.arguments) {
    TRY(value, evaluate(*argument));
    if (!value || value->type != kInt32 || value->is_null()) return std::optional<Value>();
    numbers.push_back(std::get<int32_t>(value->data));
  }
  if (call.function == "add") return std::optional<Value>(Value{kInt32, static_cast<int32_t>(numbers[0] + numbers[1])});
  if (call.function == "lt") return std::optional<Value>(Value{kBool, numbers[0] < numbers[1]});
  return std::optional<Value>();
}

std::string folded(std::string_view text) {
  const Schema schema = {{"x", kInt32, true}, {"b", kBool, true}, {"k", kInt64, false}};
  const auto written = parse_expression(text);
  EXPECT_TRUE(written.ok()) << text;
  const auto resolved = resolve_expression(*written.value(), scope_of(schema));
  EXPECT_TRUE(resolved.ok()) << text << ": " << to_text(resolved.error());
  const auto result = fold_constants(resolved.value(), evaluate);
  EXPECT_TRUE(result.ok()) << text;
  return to_text(*result.value());
}

TEST(Fold, EvaluatesConstantsAndLeavesFaultsWhereTheyAre) {
  EXPECT_EQ(folded("1 + 2"), "3");
  EXPECT_EQ(folded("x + (1 + 2)"), "(x#0 + 3)");
  EXPECT_EQ(folded("x + 1 + 2"), "((x#0 + 1) + 2)");  // another order could overflow elsewhere
  EXPECT_EQ(folded("x + 1 // 0"), "(x#0 + (1 // 0))");
  EXPECT_EQ(folded("b and 1 < 2"), "b#1");
  EXPECT_EQ(folded("b and 2 < 1"), "false");
  EXPECT_EQ(folded("b or 1 < 2"), "true");
  EXPECT_EQ(folded("case when 1 < 2 then x else 1 // 0 end"), "x#0");
  EXPECT_EQ(folded("case when null then x else 7 end"), "7");
  EXPECT_EQ(folded("coalesce(null, x)"), "x#0");
  EXPECT_EQ(folded("k is null or b"), "b#1");
  EXPECT_EQ(folded("x is null"), "(x#0 is null)");
  EXPECT_EQ(folded("k + 1 is null"), "((k#2 + 1::int64) is null)");  // may fault
}

TEST(Fold, LongTextsStayCalls) {
  const auto written = parse_expression("upper('a')");
  const auto resolved = resolve_expression(*written.value(), {});
  for (const size_t bytes : {4096u, 4097u}) {
    const auto result = fold_constants(resolved.value(), [&](const Expr&) -> Result<std::optional<Value>> {
      return std::optional<Value>(Value{kUtf8, std::string(bytes, 'A')});
    });
    EXPECT_EQ(std::holds_alternative<Literal>(result.value()->node), bytes == 4096) << bytes;
  }
}

TEST(Fold, ConjunctsComeApartAndTogether) {
  const Schema schema = {{"a", kBool, true}, {"b", kBool, true}, {"c", kBool, true}};
  const auto written = parse_expression("a and (b or c) and c");
  const auto resolved = resolve_expression(*written.value(), scope_of(schema));
  const std::vector<ExprPtr> parts = conjuncts_of(resolved.value());
  ASSERT_EQ(parts.size(), 3u);
  EXPECT_EQ(to_text(*parts[1]), "(b#1 or c#2)");
  EXPECT_EQ(to_text(*conjunction_of(parts)), "((a#0 and (b#1 or c#2)) and c#2)");
  EXPECT_EQ(to_text(*conjunction_of({})), "true");
}

TEST(Fold, MapsColumns) {
  const Schema schema = {{"x", kInt64, true}, {"y", kInt64, false}};
  const auto written = parse_expression("x + y");
  const auto resolved = resolve_expression(*written.value(), scope_of(schema));
  const ExprPtr moved =
      map_columns(resolved.value(), [](uint32_t index) { return column_index(index + 5, "z", kInt64, false); });
  EXPECT_EQ(to_text(*moved), "(z#5 + z#6)");
  EXPECT_FALSE(moved->nullable);
}

}  // namespace
}  // namespace headrace
