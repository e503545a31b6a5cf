// Goal: a plan that does less is priced less, and one of which a part is not known has no price.
#include "optimize/price_plan.h"

#include <gtest/gtest.h>

#include "plan/declared_tables.h"
#include "plan/parse.h"

namespace headrace {
namespace {

std::optional<double> price(const char* text) {
  DeclaredTables tables;
  const auto plan = parse_plan(text, tables);
  if (!plan.ok()) ADD_FAILURE() << to_text(plan.error());
  return plan.ok() ? price_plan(*plan.value()) : std::nullopt;
}

TEST(PricePlan, AFilterBelowTheWorkIsWorthIt) {
  const auto above = price(R"(Filter (range#0 < 10::int64)
  Project [range#0 as range, (range#0 * 3::int64) as x]
    Range 0 1000
)");
  const auto below = price(R"(Project [range#0 as range, (range#0 * 3::int64) as x]
  Filter (range#0 < 10::int64)
    Range 0 1000
)");
  ASSERT_TRUE(above.has_value() && below.has_value());
  EXPECT_LT(*below, *above);
}

TEST(PricePlan, TopNIsWorthASort) {
  const auto sorted = price("Limit 10\n  Sort [range#0 desc]\n    Range 0 1000000\n");
  const auto top_n = price("TopN 10 [range#0 desc]\n  Range 0 1000000\n");
  ASSERT_TRUE(sorted.has_value() && top_n.has_value());
  EXPECT_LT(*top_n, *sorted);
}

TEST(PricePlan, RowsOfARecursionAreNotKnown) {
  EXPECT_FALSE(price(R"(Recursion 0
  Range 0 1
  Project [(range#0 + 1::int64) as range]
    WorkingRows 0 [range: int64?]
)")
                   .has_value());
}

}  // namespace
}  // namespace headrace
