#include "optimize/passes.h"

#include "base/check.h"
#include "optimize/rules/rules.h"

namespace headrace {

namespace {

constexpr Pass kPasses[] = {
    {"fold_constants", "Calls of literals become literals; filters that always hold go away.", fold_constants_pass},
    {"combine_filters", "A filter over a filter becomes one.", combine_filters},
    {"combine_aggregations",
     "Aggregations without keys over the same rows, as of several scalar subqueries, become one; each looks at the "
     "rows of "
     "its own filter.",
     combine_aggregations},
    {"drop_unread_columns", "Columns that nobody reads are not computed or scanned.", drop_unread_columns},
    {"drop_sorts", "A sort below an aggregation that does not look at the order of rows goes away.", drop_sorts},
    {"factor_disjunctions", "What all branches of an OR ask for becomes a conjunct of its own.", factor_disjunctions},
    {"propagate_constants",
     "A column that a filter leaves one value is that value above it; conjuncts that others imply go away, and what no "
     "row can pass is empty.",
     propagate_constants},
    {"push_filters",
     "Filters move towards the scans, through projections, joins, groups and unions; equalities over a cross product "
     "become join keys.",
     push_filters},
    {"simplify_cases",
     "Values of a CASE that are alike are merged, conditions that are decided go away; comparing a CASE of literals "
     "becomes its conditions.",
     simplify_cases},
    {"simplify_joins",
     "Joins that keep rows without a match become inner ones where a filter removes these; marks become semi joins.",
     simplify_joins},
    {"transfer_predicates", "What is asked of one side's join key is asked of the other side's, too.",
     transfer_predicates},
    {"push_filters", "Filters move through the joins that were simplified, and what was transferred to the scans.",
     push_filters},
    {"propagate_constants", "What filters ask where they have come to lie is simplified again.", propagate_constants},
    {"merge_distinct", "DISTINCT goes away below DISTINCT and below aggregates that copies of a row tell nothing new.",
     merge_distinct},
    {"drop_distinct",
     "Grouping of rows that are groups already goes away, and DISTINCT of the build side of a semi join.",
     drop_distinct},
    {"drop_joins", "A left join of which nobody reads the right columns goes away, where each row meets at most one.",
     drop_joins},
    {"distinct_joins",
     "A join below DISTINCT becomes a semi join, or its left side, where the other side's columns are not read.",
     distinct_joins},
    {"push_semi_joins", "Semi and anti joins filter one side of the join that they lie on, below it.", push_semi_joins},
    {"join_order", "Inner joins are put in the order that is expected to touch the fewest rows.", join_order},
    {"join_build_side", "The smaller input of an inner join becomes its build side.", join_build_side},
    {"aggregate_below_join",
     "Groups over a join are made in part below it, of the side that they aggregate, where the join then meets a "
     "quarter of "
     "the rows or fewer.",
     aggregate_below_join},
    {"combine_limits", "A limit over a limit becomes one.", combine_limits},
    {"top_n", "A sort under a limit becomes a top-n.", top_n},
    {"limit_inputs",
     "A limit reaches sorts and the left rows of joins through unions and joins that keep every row of one side.",
     limit_inputs},
    {"prune_columns", "Joins, sorts, limits, samples and unions receive only the columns that are read above them.",
     prune_columns},
    {"count_rows", "count(*) of a table that knows its rows is a literal.", count_rows},
    {"merge_projects", "A projection over a projection becomes one.", merge_projects},
    {"share_subexpressions",
     "What a join's keys or the filters below it compute is carried across, not computed again; so are sort keys.",
     share_subexpressions},
    {"push_projects",
     "Expressions over one side of a join are computed below it, where rows become narrower or are fewer there.",
     push_projects},
    {"merge_projects", "Projections that came to lie on one another become one.", merge_projects},
    {"fold_constants", "Literals that projections brought together are folded.", fold_constants_pass},
};

[[maybe_unused]] bool same_types(const Schema& left, const Schema& right) {
  if (left.size() != right.size()) return false;
  for (size_t i = 0; i < left.size(); ++i)
    if (left[i].name != right[i].name || left[i].type != right[i].type) return false;
  return true;
}

}  // namespace

std::span<const Pass> passes() { return kPasses; }

Result<PlanPtr> optimize(PlanPtr plan, const OptimizeContext& context) {
  for (const Pass& pass : kPasses) {
    if (context.enabled && !context.enabled(pass.name)) continue;
    if (context.check) TRY_STATUS(context.check());
    TRY(better, pass.apply(plan, context));
    DCHECK(verify(*better).ok());
    DCHECK(same_types(plan->schema, better->schema));
    plan = better;
    if (context.trace) context.trace(pass.name, plan);
  }
  return plan;
}

}  // namespace headrace
