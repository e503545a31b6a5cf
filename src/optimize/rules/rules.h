// optimize/rules/rules.h — one function a pass; each file says what it does and when it may.
#pragma once

#include "optimize/passes.h"

namespace headrace {

Result<PlanPtr> fold_constants_pass(const PlanPtr& plan, const OptimizeContext& context);
Result<PlanPtr> combine_filters(const PlanPtr& plan, const OptimizeContext& context);
Result<PlanPtr> combine_aggregations(const PlanPtr& plan, const OptimizeContext& context);
Result<PlanPtr> drop_unread_columns(const PlanPtr& plan, const OptimizeContext& context);
Result<PlanPtr> drop_sorts(const PlanPtr& plan, const OptimizeContext& context);
Result<PlanPtr> factor_disjunctions(const PlanPtr& plan, const OptimizeContext& context);
Result<PlanPtr> simplify_joins(const PlanPtr& plan, const OptimizeContext& context);
Result<PlanPtr> transfer_predicates(const PlanPtr& plan, const OptimizeContext& context);
Result<PlanPtr> propagate_constants(const PlanPtr& plan, const OptimizeContext& context);
Result<PlanPtr> push_filters(const PlanPtr& plan, const OptimizeContext& context);
Result<PlanPtr> simplify_cases(const PlanPtr& plan, const OptimizeContext& context);
Result<PlanPtr> merge_distinct(const PlanPtr& plan, const OptimizeContext& context);
Result<PlanPtr> drop_distinct(const PlanPtr& plan, const OptimizeContext& context);
Result<PlanPtr> drop_joins(const PlanPtr& plan, const OptimizeContext& context);
Result<PlanPtr> distinct_joins(const PlanPtr& plan, const OptimizeContext& context);
Result<PlanPtr> push_semi_joins(const PlanPtr& plan, const OptimizeContext& context);
Result<PlanPtr> join_order(const PlanPtr& plan, const OptimizeContext& context);
Result<PlanPtr> join_build_side(const PlanPtr& plan, const OptimizeContext& context);
Result<PlanPtr> aggregate_below_join(const PlanPtr& plan, const OptimizeContext& context);
Result<PlanPtr> combine_limits(const PlanPtr& plan, const OptimizeContext& context);
Result<PlanPtr> top_n(const PlanPtr& plan, const OptimizeContext& context);
Result<PlanPtr> limit_inputs(const PlanPtr& plan, const OptimizeContext& context);
Result<PlanPtr> prune_columns(const PlanPtr& plan, const OptimizeContext& context);
Result<PlanPtr> count_rows(const PlanPtr& plan, const OptimizeContext& context);
Result<PlanPtr> share_subexpressions(const PlanPtr& plan, const OptimizeContext& context);
Result<PlanPtr> push_projects(const PlanPtr& plan, const OptimizeContext& context);
Result<PlanPtr> merge_projects(const PlanPtr& plan, const OptimizeContext& context);

}  // namespace headrace
