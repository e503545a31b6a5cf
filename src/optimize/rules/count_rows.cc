// count(*) of a table whose rows are known without reading them is a literal: through projections, sorts, limits and UNION ALL. Counts of columns
// that are never null, too, but not of files: what they say of nulls is held against what is read.
//
// A table says its rows exactly or not at all (Table::row_count). Those of a Parquet file are what its reader gives: the footer's row groups, each held
// against the values of its chunks when the file is opened; a scan of no columns counts nothing else. Tables that check values
// are read all the same: a bad record is reported, and is no row. What is counted is not read, and does not fault.
#include <algorithm>

#include "base/overloaded.h"
#include "optimize/rewrite.h"
#include "optimize/rules/rules.h"

namespace headrace {

namespace {

using Rows = std::optional<uint64_t>;

Rows known_rows(const Plan& plan);

Rows known_sum(const std::vector<PlanPtr>& inputs) {
  uint64_t sum = 0;
  for (const PlanPtr& input : inputs) {
    const Rows rows = known_rows(*input);
    if (!rows || sum + *rows < sum) return std::nullopt;
    sum += *rows;
  }
  return sum;
}

Rows known_rows(const Plan& plan) {
  const auto of_table = [](const Table& table) { return table.checks_values() ? Rows() : table.row_count(); };
  return std::visit(
      Overloaded{[&](const ScanFile& n) { return n.pruning.empty() ? of_table(*n.table) : Rows(); },
                 [&](const ScanTable& n) { return of_table(*n.table); },
                 [](const Project& n) { return known_rows(*n.input); },
                 [&](const Sort& n) { return node_can_fault(plan) ? Rows() : known_rows(*n.input); },
                 [](const Limit& n) {
                   const Rows rows = has_pending_faults(*n.input) ? Rows() : known_rows(*n.input);
                   return rows ? Rows(std::min(*rows - std::min(*rows, n.offset), n.rows_max)) : rows;
                 },
                 [](const UnionAll& n) { return known_sum(n.inputs); }, [](const auto&) { return Rows(); }},
      plan.node);
}

bool reads_file(const Plan& plan) {
  return std::holds_alternative<ScanFile>(plan.node) ||
         std::ranges::any_of(inputs_of(plan), [](const PlanPtr& input) { return reads_file(*input); });
}

bool counts_all_rows(const NamedAggregate& one, const Plan& input) {
  if (!one.arguments.empty() && reads_file(input)) return false;
  if (one.overload->aggregate->name != "count" || one.distinct || one.filter != nullptr || one.type != kInt64)
    return false;
  return std::ranges::all_of(one.arguments, [&](const ExprPtr& argument) { return never_null(*argument, input); });
}

PlanPtr counted(const PlanPtr& plan) {
  const auto* node = std::get_if<Aggregation>(&plan->node);
  if (node == nullptr || !node->keys.empty() || node->aggregates.empty() || node->window_us > 0) return plan;
  const auto counts = [&](const NamedAggregate& one) { return counts_all_rows(one, *node->input); };
  if (!std::ranges::all_of(node->aggregates, counts)) return plan;
  const Rows rows = known_rows(*node->input);
  if (!rows || *rows > INT64_MAX) return plan;
  Project project{make_resolved(OneRow{}), {}};
  for (const NamedAggregate& one : node->aggregates) {
    const Value value{kInt64, static_cast<int64_t>(*rows)};
    project.columns.push_back({std::make_shared<const Expr>(Expr{Literal{value}, kInt64, false, {}}), one.name});
  }
  return make_resolved(std::move(project));
}

}  // namespace

Result<PlanPtr> count_rows(const PlanPtr& plan, const OptimizeContext&) {
  return rewrite_up(plan, [](const PlanPtr& node) -> Result<PlanPtr> { return counted(node); });
}

}  // namespace headrace
