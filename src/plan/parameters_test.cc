#include "plan/parameters.h"

#include <gtest/gtest.h>

#include "expr/parse.h"

namespace headrace {
namespace {

ExprPtr parsed(std::string_view text) { return parse_expression(text).value(); }

// Project [k + $1] over Filter (x < $limit), with $1 again in a subquery.
PlanPtr written() {
  const PlanPtr inside = make_plan(Filter{make_plan(OneRow{}), parsed("$1 = 1")});
  const ExprPtr query = std::make_shared<const Expr>(
      Expr{.node = Subquery{.form = Subquery::Form::kScalar, .plan = inside, .text = "…"}, .where = {}});
  const PlanPtr filter = make_plan(Filter{make_plan(OneRow{}), call("and", {parsed("x < $limit"), query})});
  return make_plan(Project{filter, {{parsed("k + $1"), "sum"}}});
}

std::vector<std::string> names_of(const PlanPtr& plan) {
  std::vector<std::string> names;
  note_parameters(plan, names);
  return names;
}

TEST(Parameters, AreFoundAndReplaced) {
  EXPECT_EQ(names_of(written()), (std::vector<std::string>{"limit", "1"}));
  const auto plan = with_parameters(written(), {{"1", {{kInt32, int32_t{7}}}}, {"limit", {{kUtf8, std::string("z")}}}});
  ASSERT_TRUE(plan.ok()) << to_text(plan.error());
  EXPECT_EQ(to_text(*plan.value()), "Project [(k + 7) as sum]\n  Filter ((x < 'z') and (…))\n    OneRow\n");
  EXPECT_TRUE(names_of(plan.value()).empty());
}

TEST(Parameters, EachHasAValueAndEachValueOne) {
  const auto message = [](const ParameterValues& values) {
    const Status status = check_parameters(names_of(written()), values);
    return status.ok() ? "" : status.error().message;
  };
  EXPECT_EQ(message({{"1", {{kInt32, int32_t{7}}}}}), "the parameter $limit has no value");
  EXPECT_EQ(message({{"limits", {{kInt32, int32_t{7}}}}}), "the statement has no parameter $limits");
  EXPECT_EQ(message({{"1", {{kInt32, int32_t{7}}}}, {"LIMIT", {{kInt32, int32_t{7}}}}}), "");
}

TEST(Parameters, ColumnsKeepTheirNames) {
  const PlanPtr plan = make_plan(Project{make_plan(OneRow{}), {{parsed("$1"), ""}, {parsed("k"), ""}}});
  EXPECT_EQ(to_text(*with_parameters(plan, {{"1", {{kInt32, int32_t{7}}}}}).value()),
            "Project [7 as \"$1\", k]\n  OneRow\n");
  const ExprPtr none;
  EXPECT_EQ(with_parameters(none, {}).value(), nullptr);
  EXPECT_EQ(to_text(*with_parameters(parsed("$a < $b"), {{"b", {{kInt32, int32_t{7}}}}}).value()), "($a < 7)");
}

}  // namespace
}  // namespace headrace
