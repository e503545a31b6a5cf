#include "optimize/estimate.h"

#include <algorithm>
#include <cmath>

#include "base/overloaded.h"
#include "expr/fold.h"

namespace headrace {

namespace {

constexpr double kConjunctKeeps = 0.2;
constexpr double kRowsPerGroup = 10;
constexpr double kShareOfSemiJoin = 0.5;

std::optional<double> rows_of(const TablePtr& table) {
  const std::optional<uint64_t> rows = table->row_count();
  if (!rows) return std::nullopt;
  return static_cast<double>(*rows);
}

std::optional<double> limited(const Plan& input, uint64_t rows_max) {
  const std::optional<double> rows = estimate_rows(input);
  if (rows_max == UINT64_MAX) return rows;
  return rows ? std::min(*rows, static_cast<double>(rows_max)) : static_cast<double>(rows_max);
}

std::optional<double> joined(const Join& node) {
  const std::optional<double> left = estimate_rows(*node.left), right = estimate_rows(*node.right);
  if (node.kind == JoinKind::kMark) return left;
  if (node.kind == JoinKind::kSemi || node.kind == JoinKind::kAnti)
    return left ? std::optional(*left * kShareOfSemiJoin) : left;
  if (!left || !right) return std::nullopt;
  return node.keys.empty() ? *left * *right : std::max(*left, *right);
}

}  // namespace

std::optional<double> estimate_rows(const Plan& plan) {
  using Rows = std::optional<double>;
  return std::visit(
      Overloaded{[](const ScanFile& n) { return rows_of(n.table); },
                 [](const ScanTable& n) { return rows_of(n.table); },
                 [](const Range& n) { return Rows(static_cast<double>(n.end) - static_cast<double>(n.begin)); },
                 [](const OneRow&) { return Rows(1); },
                 [](const Filter& n) -> Rows {
                   const Rows rows = estimate_rows(*n.input);
                   if (!rows) return rows;
                   return *rows * std::pow(kConjunctKeeps, static_cast<double>(conjuncts_of(n.predicate).size()));
                 },
                 [](const Aggregation& n) -> Rows {
                   if (n.keys.empty()) return 1;
                   const Rows rows = estimate_rows(*n.input);
                   return rows ? Rows(*rows / kRowsPerGroup) : rows;
                 },
                 [](const Join& n) { return joined(n); }, [](const TopN& n) { return limited(*n.input, n.rows_max); },
                 [](const Limit& n) { return limited(*n.input, n.rows_max); },
                 [](const UnionAll& n) -> Rows {
                   double sum = 0;
                   for (const PlanPtr& input : n.inputs) {
                     const Rows rows = estimate_rows(*input);
                     if (!rows) return rows;
                     sum += *rows;
                   }
                   return sum;
                 },
                 [](const Write&) { return Rows(1); }, [](const auto& n) { return estimate_rows(*n.input); }},
      plan.node);
}

}  // namespace headrace
