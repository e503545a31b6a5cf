// Goal: a condition excludes a unit exactly where bounds, nulls and NaN leave no row that passes, whatever stands around the column.
#include "io/pruning/condition.h"

#include <gtest/gtest.h>

#include <limits>

#include "expr/calls.h"
#include "expr/coerce.h"
#include "types/calendar.h"

namespace headrace {
namespace {

ExprPtr column(Type type, uint32_t index = 0) { return column_index(index, "c", type, true); }
ExprPtr resolved(std::string function, std::vector<ExprPtr> arguments) {
  return resolve_call(std::move(function), std::move(arguments), {}).value();
}
ExprPtr integer(int64_t value) { return literal({kInt64, value}); }
ExprPtr text(std::string value) { return literal({kUtf8, std::move(value)}); }
Value day(int32_t days) { return {kDate, days}; }
Value at(int32_t days, int64_t us = 0) { return {kTimestamp, days * kMicrosecondsPerDay + us}; }

ColumnBounds between(Value low, Value high, std::optional<uint64_t> nulls = 0) {
  return {100, nulls, std::move(low), std::move(high)};
}
Held hold(const ExprPtr& predicate, const ColumnBounds& bounds) {
  return PruningCondition(predicate).hold([&](uint32_t) { return bounds; });
}

constexpr Held kExcluded = Held::kExcluded, kOverlaps = Held::kOverlaps, kSilent = Held::kSilent;

TEST(PruningCondition, FunctionsThatKeepOrder) {
  const int32_t march = 18'322;  // 2020-03-01
  const ColumnBounds of_march = between(at(march, 5), at(march + 30, 7));
  const auto month = [](const std::string& unit) { return resolved("date_trunc", {text(unit), column(kTimestamp)}); };
  const auto literal_at = [](int32_t days, int64_t us = 0) { return literal(at(days, us)); };
  EXPECT_EQ(hold(resolved("eq", {month("month"), literal_at(march)}), of_march), kOverlaps);
  EXPECT_EQ(hold(resolved("eq", {month("month"), literal_at(march + 31)}), of_march), kExcluded);
  EXPECT_EQ(hold(resolved("lt", {month("month"), literal_at(march)}), of_march), kExcluded);
  EXPECT_EQ(hold(resolved("ne", {month("month"), literal_at(march)}), of_march), kExcluded);
  EXPECT_EQ(hold(resolved("ge", {month("quarter"), literal_at(march)}), of_march), kExcluded);
  EXPECT_EQ(hold(resolved("gt", {month("year"), literal_at(march - 60)}), of_march), kExcluded);
  EXPECT_EQ(hold(resolved("eq", {resolved("year", {column(kTimestamp)}), integer(2021)}), of_march), kExcluded);
  EXPECT_EQ(hold(resolved("eq", {resolved("month", {column(kTimestamp)}), integer(4)}), of_march), kSilent);
  const ExprPtr as_date = cast_expr(column(kTimestamp), kDate).value();
  EXPECT_EQ(hold(resolved("gt", {as_date, literal(day(march + 30))}), of_march), kExcluded);
  EXPECT_EQ(hold(resolved("ge", {as_date, literal(day(march + 30))}), of_march), kOverlaps);
  const ExprPtr of_date = resolved("date_trunc", {text("week"), column(kDate)});
  EXPECT_EQ(hold(resolved("lt", {of_date, literal(at(0))}), between(day(4), day(90))), kExcluded);
  // Where the call would fault on a value between the bounds, nobody may leave the row out.
  const ColumnBounds from_the_first = between({kTimestamp, std::numeric_limits<int64_t>::min() + 1}, at(march));
  EXPECT_EQ(hold(resolved("gt", {month("year"), literal_at(march)}), from_the_first), kOverlaps);
}

TEST(PruningCondition, CastsOfNumbers) {
  const auto as = [](Type from, Type to) { return cast_expr(column(from), to).value(); };
  EXPECT_EQ(hold(resolved("gt", {as(kInt64, kInt32), literal({kInt32, int32_t{70}})}),
                 between({kInt64, int64_t{1}}, {kInt64, int64_t{70}})),
            kExcluded);
  EXPECT_EQ(hold(resolved("gt", {as(kInt64, kInt32), literal({kInt32, int32_t{70}})}),
                 between({kInt64, int64_t{1}}, {kInt64, int64_t{1} << 40})),
            kOverlaps);
  EXPECT_EQ(hold(resolved("lt", {as(decimal(9, 2), kInt64), integer(2)}),
                 between({decimal(9, 2), int128{150}}, {decimal(9, 2), int128{900}})),
            kExcluded);  // 1.50 becomes 2
  EXPECT_EQ(hold(resolved("gt", {as(kInt64, kFloat64), literal({kFloat64, 7.5})}),
                 between({kInt64, int64_t{1}}, {kInt64, int64_t{7}})),
            kExcluded);
  EXPECT_EQ(hold(resolved("gt", {as(kFloat32, kFloat64), literal({kFloat64, 7.5})}),
                 between({kFloat32, 1.0}, {kFloat32, 7.0})),
            kSilent);
  EXPECT_EQ(hold(resolved("lt", {as(kFloat64, kInt64), integer(0)}), between({kFloat64, 1.0}, {kFloat64, 7.0})),
            kSilent);
}

TEST(PruningCondition, SumsWithLiterals) {
  const ExprPtr c = column(kInt64);
  const ColumnBounds bounds = between({kInt64, int64_t{10}}, {kInt64, int64_t{20}});
  EXPECT_EQ(hold(resolved("gt", {resolved("add", {c, integer(5)}), integer(25)}), bounds), kExcluded);
  EXPECT_EQ(hold(resolved("gt", {resolved("add", {integer(5), c}), integer(24)}), bounds), kOverlaps);
  EXPECT_EQ(hold(resolved("lt", {resolved("subtract", {c, integer(5)}), integer(5)}), bounds), kExcluded);
  EXPECT_EQ(hold(resolved("lt", {resolved("subtract", {integer(5), c}), integer(-100)}), bounds), kSilent);
  const int64_t most = std::numeric_limits<int64_t>::max();
  EXPECT_EQ(
      hold(resolved("lt", {resolved("add", {c, integer(5)}), integer(0)}), between({kInt64, most - 9}, {kInt64, most})),
      kOverlaps);
}

TEST(PruningCondition, TruncatedBoundsOfTexts) {
  const ColumnBounds cut = between({kUtf8, std::string("abc")}, {kUtf8, std::string("abd")});  // of "abcx…" to "abcz…"
  EXPECT_EQ(hold(resolved("eq", {column(kUtf8), text("abcyy")}), cut), kOverlaps);
  EXPECT_EQ(hold(resolved("gt", {column(kUtf8), text("abd")}), cut), kExcluded);
  EXPECT_EQ(hold(resolved("ne", {column(kUtf8), text("abc")}), cut), kOverlaps);
  EXPECT_EQ(hold(resolved("starts_with", {column(kUtf8), text("abcdef")}), cut), kOverlaps);
  EXPECT_EQ(hold(resolved("starts_with", {column(kUtf8), text("abe")}), cut), kExcluded);
  EXPECT_EQ(
      hold(resolved("eq", {column(kUtf8), text("b")}), between({kUtf8, std::string("z")}, {kUtf8, std::string("a")})),
      kSilent);
}

TEST(PruningCondition, ListsAndTheirValues) {
  const ExprPtr c = column(kInt64);
  const auto eq = [&](int64_t value) { return resolved("eq", {c, integer(value)}); };
  const ExprPtr list = resolved("or", {resolved("or", {eq(90), eq(5)}), eq(40)});
  const auto range = [](int64_t low, int64_t high) { return between({kInt64, low}, {kInt64, high}); };
  EXPECT_EQ(hold(list, range(6, 39)), kExcluded);
  EXPECT_EQ(hold(list, range(6, 40)), kOverlaps);
  EXPECT_EQ(hold(list, range(91, 99)), kExcluded);
  EXPECT_EQ(hold(list, between(range(5, 5).low.value(), range(5, 5).high.value(), 100)), kExcluded);  // all null
  const auto holds = [](int64_t only) {
    return
        [only](uint32_t, const Value& value) { return value.data == Value{kInt64, only}.data ? kOverlaps : kExcluded; };
  };
  EXPECT_EQ(PruningCondition(list).hold_values(holds(5)), kOverlaps);
  EXPECT_EQ(PruningCondition(list).hold_values(holds(6)), kExcluded);
  EXPECT_EQ(PruningCondition(resolved("and", {list, resolved("gt", {c, integer(0)})})).hold_values(holds(6)),
            kExcluded);
  EXPECT_EQ(PruningCondition(resolved("or", {list, resolved("gt", {c, integer(0)})})).hold_values(holds(6)), kSilent);
  // What gives two values the same says nothing of either.
  EXPECT_EQ(PruningCondition(resolved("eq", {resolved("year", {column(kDate)}), integer(2020)})).hold_values(holds(6)),
            kSilent);
}

}  // namespace
}  // namespace headrace
