// Limit over Sort, also with Projects between them, becomes TopN under these Projects. A sorted input has an order, so
// that a Project changes nothing about which rows the limit takes; rows beyond a limit never fault. A limit reads the rows that
// it skips: what the Projects compute must not fault then.
#include "optimize/rewrite.h"
#include "optimize/rules/rules.h"

namespace headrace {

namespace {

// nullptr: no Sort below the Projects.
PlanPtr with_top_n(const Plan& plan, const Limit& limit) {
  if (const auto* sort = std::get_if<Sort>(&plan.node))
    return make_resolved(TopN{sort->input, sort->keys, limit.rows_max, limit.offset});
  const auto* project = std::get_if<Project>(&plan.node);
  if (project == nullptr) return nullptr;
  PlanPtr below = with_top_n(*project->input, limit);
  return below == nullptr ? nullptr : make_resolved(Project{std::move(below), project->columns});
}

}  // namespace

Result<PlanPtr> top_n(const PlanPtr& plan, const OptimizeContext&) {
  return rewrite_up(plan, [](const PlanPtr& node) -> Result<PlanPtr> {
    const auto* limit = std::get_if<Limit>(&node->node);
    if (limit == nullptr || limit->rows_max == UINT64_MAX) return node;
    if (limit->offset > 0 && has_pending_faults(*limit->input)) return node;
    const PlanPtr top = with_top_n(*limit->input, *limit);
    return top == nullptr ? node : top;
  });
}

}  // namespace headrace
