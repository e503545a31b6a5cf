#include "optimize/estimate.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "base/overloaded.h"
#include "expr/fold.h"
#include "plan/column_claims.h"

namespace headrace {

namespace {

constexpr double kShareMin = 1e-9;
// Shares of predicates of which only the form is known.
constexpr double kShareEqual = 0.05;
constexpr double kShareOrdered = 0.3;
constexpr double kShareOther = 0.2;
constexpr double kRowsPerGroup = 10;
constexpr double kShareOfSemiJoin = 0.5;

std::optional<ValueRange> range_of(const ColumnEstimate& column) {
  if (column.table == nullptr) return std::nullopt;
  if (const auto* claims = dynamic_cast<const ColumnClaims*>(column.table)) return claims->claimed_range(column.column);
  return column.table->value_range(column.column);
}

double width_of(const ValueRange& range) {
  return static_cast<double>(range.high) - static_cast<double>(range.low) + 1;
}

std::optional<int64_t> integer_of(const Expr& expr) {
  const auto* literal = std::get_if<Literal>(&expr.node);
  if (literal == nullptr) return std::nullopt;
  if (const auto* narrow = std::get_if<int32_t>(&literal->value.data)) return *narrow;
  if (const auto* wide = std::get_if<int64_t>(&literal->value.data)) return *wide;
  return std::nullopt;
}

// The column below casts, which keep order.
const ColumnIndex* column_below(const Expr& expr) {
  if (const auto* column = std::get_if<ColumnIndex>(&expr.node)) return column;
  const auto* call = std::get_if<Call>(&expr.node);
  if (call == nullptr || !call->function.starts_with("cast_to_")) return nullptr;
  return column_below(*call->arguments[0]);
}

// Shares of conjuncts. Comparisons of a column with literals narrow its range together; the others count one by one.
class Shares {
 public:
  explicit Shares(const std::vector<ColumnEstimate>& columns) : columns_(columns) {}

  double of_all(const std::vector<ExprPtr>& conjuncts) {
    double share = 1;
    std::map<uint32_t, ValueRange> narrowed;
    for (const ExprPtr& one : conjuncts)
      if (!narrows(*one, narrowed)) share *= of(*one);
    for (const auto& [column, range] : narrowed) {
      const ValueRange whole = *range_of(columns_[column]);
      const double kept = range.low > range.high ? 0 : width_of(range) / width_of(whole);
      share *= std::min(1.0, kept);
    }
    return std::clamp(share, kShareMin, 1.0);
  }

 private:
  // `column < literal` and its kind, of a column whose range is known.
  bool narrows(const Expr& expr, std::map<uint32_t, ValueRange>& narrowed) const {
    const auto* call = std::get_if<Call>(&expr.node);
    if (call == nullptr || call->arguments.size() != 2) return false;
    std::string_view name = call->function;
    const ColumnIndex* column = column_below(*call->arguments[0]);
    std::optional<int64_t> bound = integer_of(*call->arguments[1]);
    if (column == nullptr || !bound) {
      column = column_below(*call->arguments[1]);
      bound = integer_of(*call->arguments[0]);
      name = name == "lt" ? "gt" : name == "le" ? "ge" : name == "gt" ? "lt" : name == "ge" ? "le" : name;
    }
    if (column == nullptr || !bound || column->index >= columns_.size()) return false;
    if (name != "lt" && name != "le" && name != "gt" && name != "ge" && name != "eq") return false;
    // A cast may have changed the unit of the values: days are no microseconds.
    const ColumnEstimate& known = columns_[column->index];
    const std::optional<ValueRange> whole = range_of(known);
    if (!whole || known.table->schema()[known.column].type != column_type(*call)) return false;
    ValueRange& range = narrowed.emplace(column->index, *whole).first->second;
    if (name == "eq") range = {std::max(range.low, *bound), std::min(range.high, *bound)};
    if (name == "lt") range.high = std::min(range.high, *bound == INT64_MIN ? *bound : *bound - 1);
    if (name == "le") range.high = std::min(range.high, *bound);
    if (name == "gt") range.low = std::max(range.low, *bound == INT64_MAX ? *bound : *bound + 1);
    if (name == "ge") range.low = std::max(range.low, *bound);
    return true;
  }
  static Type column_type(const Call& comparison) { return comparison.arguments[0]->type; }

  double of(const Expr& expr) {
    const auto* call = std::get_if<Call>(&expr.node);
    if (call == nullptr) return kShareOther;
    const std::string_view name = call->function;
    if (name == "and" || name == "or") {
      double share = of_all({call->arguments[0]});
      for (size_t i = 1; i < call->arguments.size(); ++i) {
        const double other = of_all({call->arguments[i]});
        share = name == "and" ? share * other : share + other - share * other;
      }
      return share;
    }
    if (name == "not") return std::max(kShareMin, 1 - of_all({call->arguments[0]}));
    if (name == "eq") return of_equality(*call);
    if (name == "ne" || name == "is_not_null") return 1 - kShareEqual;
    if (name == "lt" || name == "le" || name == "gt" || name == "ge") return kShareOrdered;
    if (name == "is_null") return kShareEqual;
    return kShareOther;
  }

  double of_equality(const Call& call) const {
    double distinct = 0;
    for (const ExprPtr& argument : call.arguments) {
      const ColumnIndex* column = column_below(*argument);
      if (column == nullptr || column->index >= columns_.size()) continue;
      const ColumnEstimate& known = columns_[column->index];
      const std::optional<double> values = estimate_distinct(known);
      distinct = std::max(distinct, values ? *values : std::min(known.distinct_max, 1 / kShareEqual));
    }
    return distinct > 0 ? 1 / distinct : kShareEqual;
  }

  const std::vector<ColumnEstimate>& columns_;
};

template <class Scan>
Estimate of_scan(const Scan& scan) {
  Estimate result;
  const auto* claims = dynamic_cast<const ColumnClaims*>(scan.table.get());
  std::optional<uint64_t> rows = scan.table->row_count();
  if (!rows && claims != nullptr) rows = claims->claimed_rows();
  if (rows) result.rows = static_cast<double>(*rows);
  for (const uint32_t column : scan.columns)
    result.columns.push_back({scan.table.get(), column, result.rows.value_or(0)});
  return result;
}

Estimate with_rows(Estimate estimate, std::optional<double> rows) {
  estimate.rows = rows;
  if (!rows) return estimate;
  for (ColumnEstimate& column : estimate.columns)
    column.distinct_max = column.distinct_max == 0 ? *rows : std::min(column.distinct_max, std::max(1.0, *rows));
  return estimate;
}

Estimate of_project(const Project& node) {
  const Estimate input = estimate(*node.input);
  Estimate result{input.rows, {}};
  for (const NamedExpr& column : node.columns) {
    const auto* known = std::get_if<ColumnIndex>(&column.expr->node);
    result.columns.push_back(known != nullptr ? input.columns[known->index]
                                              : ColumnEstimate{nullptr, 0, input.rows.value_or(0)});
  }
  return result;
}

Estimate of_aggregation(const Aggregation& node) {
  const Estimate input = estimate(*node.input);
  std::optional<double> rows = node.keys.empty() ? std::optional(1.0) : input.rows;
  Estimate result;
  double groups = 1;
  bool known = true;
  for (const NamedExpr& key : node.keys) {
    const auto* column = std::get_if<ColumnIndex>(&key.expr->node);
    result.columns.push_back(column != nullptr ? input.columns[column->index] : ColumnEstimate{});
    const std::optional<double> distinct = estimate_distinct(result.columns.back());
    known = known && distinct.has_value();
    groups *= distinct.value_or(1);
  }
  if (rows && !node.keys.empty()) rows = known ? std::min(groups, *rows) : std::max(1.0, *rows / kRowsPerGroup);
  result.columns.resize(node.keys.size() + node.aggregates.size());
  return with_rows(std::move(result), rows);
}

Estimate of_join(const Join& node) {
  Estimate left = estimate(*node.left);
  const Estimate right = estimate(*node.right);
  if (node.kind == JoinKind::kMark) {
    left.columns.emplace_back();
    return left;
  }
  if (!gives_right_columns(node.kind))
    return with_rows(std::move(left), left.rows ? std::optional(*left.rows * kShareOfSemiJoin) : std::nullopt);
  Estimate both{std::nullopt, left.columns};
  both.columns.insert(both.columns.end(), right.columns.begin(), right.columns.end());
  if (!left.rows || !right.rows) return with_rows(std::move(both), std::nullopt);
  double rows = *left.rows * *right.rows * estimate_equal_share(left, right, node.keys);
  if (node.condition != nullptr) rows *= estimate_share(conjuncts_of(node.condition), both.columns);
  if (keeps_left_rows(node.kind)) rows = std::max(rows, *left.rows);
  if (keeps_right_rows(node.kind)) rows = std::max(rows, *right.rows);
  return with_rows(std::move(both), rows);
}

Estimate limited(const Plan& input, uint64_t rows_max) {
  Estimate all = estimate(input);
  if (rows_max == UINT64_MAX) return all;
  const auto most = static_cast<double>(rows_max);
  const double rows = all.rows ? std::min(*all.rows, most) : most;
  return with_rows(std::move(all), rows);
}

Estimate sampled(const Sample& node) {
  if (node.spec.rows.has_value()) return limited(*node.input, *node.spec.rows);
  Estimate all = estimate(*node.input);
  const std::optional<double> rows = all.rows ? std::optional(*all.rows * node.spec.percent / 100) : std::nullopt;
  return with_rows(std::move(all), rows);
}

Estimate of_union(const UnionAll& node, size_t columns) {
  Estimate result{0, std::vector<ColumnEstimate>(columns)};
  for (const PlanPtr& input : node.inputs) {
    const std::optional<double> rows = estimate_rows(*input);
    if (!rows) result.rows.reset();
    if (result.rows) *result.rows += *rows;
  }
  return with_rows(std::move(result), result.rows);
}

}  // namespace

std::optional<double> estimate_distinct(const ColumnEstimate& column) {
  const std::optional<ValueRange> range = range_of(column);
  if (!range) return std::nullopt;
  const double values = width_of(*range);
  return std::max(1.0, column.distinct_max > 0 ? std::min(values, column.distinct_max) : values);
}

double estimate_share(const std::vector<ExprPtr>& conjuncts, const std::vector<ColumnEstimate>& columns) {
  return Shares(columns).of_all(conjuncts);
}

// Keys are mostly foreign keys: each value of the side with fewer is one of the other's. Several keys have no more values
// together than the side with fewer rows.
double estimate_equal_share(const Estimate& left, const Estimate& right, const std::vector<JoinKey>& keys) {
  if (keys.empty()) return 1;
  double product = 1, largest = 1;
  for (const JoinKey& key : keys) {
    double values = 1;
    const auto look = [&](const Expr& expr, const Estimate& side) {
      const ColumnIndex* column = column_below(expr);
      const std::optional<double> known =
          column != nullptr ? estimate_distinct(side.columns[column->index]) : std::nullopt;
      if (known) values = std::max(values, *known);
      return known.has_value();
    };
    const bool left_known = look(*key.left, left), right_known = look(*key.right, right);
    if (!left_known && !right_known) values = std::min(left.rows.value_or(1), right.rows.value_or(1));
    product *= std::max(values, 1.0);
    largest = std::max(largest, values);
  }
  if (keys.size() == 1) return 1 / product;
  const double fewer = std::min(left.rows.value_or(product), right.rows.value_or(product));
  return 1 / std::max(largest, std::min(product, std::max(fewer, 1.0)));
}

namespace {

thread_local RememberedEstimates* remembered = nullptr;

Estimate estimate_of(const Plan& plan) {
  return std::visit(
      Overloaded{[](const ScanFile& n) { return of_scan(n); }, [](const ScanTable& n) { return of_scan(n); },
                 [](const Range& n) {
                   const double rows = static_cast<double>(n.end) - static_cast<double>(n.begin);
                   return Estimate{rows, {{nullptr, 0, rows}}};
                 },
                 [&](const OneRow&) { return Estimate{1, {}}; },
                 [&](const Values& n) {
                   return Estimate{static_cast<double>(n.rows.size()), std::vector<ColumnEstimate>(plan.schema.size())};
                 },
                 [&](const Repeat& n) {
                   return Estimate{estimate(*n.input).rows, std::vector<ColumnEstimate>(plan.schema.size())};
                 },
                 [&](const Unnest& n) {
                   return Estimate{estimate(*n.input).rows, std::vector<ColumnEstimate>(plan.schema.size())};
                 },
                 [](const Filter& n) {
                   Estimate input = estimate(*n.input);
                   if (!input.rows) return input;
                   const double rows = *input.rows * estimate_share(conjuncts_of(n.predicate), input.columns);
                   return with_rows(std::move(input), rows);
                 },
                 [](const Project& n) { return of_project(n); }, [](const Aggregation& n) { return of_aggregation(n); },
                 [](const Join& n) { return of_join(n); }, [](const TopN& n) { return limited(*n.input, n.rows_max); },
                 [](const Limit& n) { return limited(*n.input, n.rows_max); },
                 [](const Sample& n) { return sampled(n); }, [](const Sort& n) { return estimate(*n.input); },
                 [&](const UnionAll& n) { return of_union(n, plan.schema.size()); },
                 [&](const Recursion&) { return Estimate{{}, std::vector<ColumnEstimate>(plan.schema.size())}; },
                 [&](const WorkingRows&) { return Estimate{{}, std::vector<ColumnEstimate>(plan.schema.size())}; },
                 [&](const auto&) { return Estimate{1, std::vector<ColumnEstimate>(plan.schema.size())}; }},
      plan.node);
}

}  // namespace

RememberedEstimates::RememberedEstimates() : outer_(std::exchange(remembered, this)) {}
RememberedEstimates::~RememberedEstimates() { remembered = outer_; }

Estimate estimate(const Plan& plan) {
  if (remembered == nullptr) return estimate_of(plan);
  const auto known = remembered->by_node_.find(&plan);
  if (known != remembered->by_node_.end()) return known->second;
  return remembered->by_node_.emplace(&plan, estimate_of(plan)).first->second;
}

}  // namespace headrace
