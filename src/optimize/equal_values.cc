#include "optimize/equal_values.h"

#include <algorithm>
#include <array>

namespace headrace {

namespace {

// They look at the order of values alone.
constexpr std::array<std::string_view, 10> kComparisons = {
    "eq", "ne", "lt", "le", "gt", "ge", "is_null", "is_not_null", "is_distinct_from", "is_not_distinct_from"};

}  // namespace

bool equal_is_same(Type type) { return !is_float(type) && type.id != TypeId::kInterval && !is_nested(type.id); }

bool same_for_equal_values(const Expr& expr) {
  if (std::holds_alternative<ColumnIndex>(expr.node)) return equal_is_same(expr.type);
  const auto* call = std::get_if<Call>(&expr.node);
  if (call == nullptr) return true;
  const bool compares = std::ranges::find(kComparisons, call->function) != kComparisons.end();
  return std::ranges::all_of(call->arguments, [&](const ExprPtr& argument) {
    return (compares && std::holds_alternative<ColumnIndex>(argument->node)) || same_for_equal_values(*argument);
  });
}

}  // namespace headrace
