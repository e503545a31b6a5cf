// optimize/rewrite.h — what the rules share: rebuilding trees bottom-up, and what a node evaluates.
#pragma once

#include <functional>

#include "expr/fold.h"
#include "plan/plan.h"
#include "plan/resolver.h"

namespace headrace {

// Rewrites the inputs first, then the node over them. `rewrite` may return its argument. Shared subtrees stay equal, not shared.
using RewriteNode = std::function<Result<PlanPtr>(const PlanPtr&)>;
Result<PlanPtr> rewrite_up(const PlanPtr& plan, const RewriteNode& rewrite);

// Rewrites the node first, then the inputs of what came of it.
PlanPtr rewrite_down(const PlanPtr& plan, const std::function<PlanPtr(const PlanPtr&)>& rewrite);

// Every expression of a node, in place, except a scan's pruning.
using RewriteExpr = std::function<Result<ExprPtr>(const ExprPtr&)>;
Result<PlanPtr> rewrite_exprs(const PlanPtr& plan, const RewriteExpr& rewrite);

// Values fault where they are read: by a filter's predicate, a join, a breaker, a sink. What a Project computes travels on
// with its fault pending. By column: whether a row's value may carry a fault that nobody has read yet.
std::vector<bool> pending_faults(const Plan& plan);
bool has_pending_faults(const Plan& plan);

// Whether reading the expression over `input` may fault: a call in it, or a column with a pending fault.
bool read_can_fault(const Expr& expr, const Plan& input);

// Null in every row in which the columns for which `is_null` holds are null: something on every way to the result hands them on.
bool null_where(const Expr& expr, const std::function<bool(uint32_t)>& is_null);

// Whether the expression over `input` is never null, also where faults become nulls (on_error = 'null'): nothing that it was
// computed from can fault, however far below. A schema's `nullable` knows of nulls alone.
bool never_null(const Expr& expr, const Plan& input);
std::vector<bool> never_null_columns(const Plan& plan);  // by column

// Some expression that the node reads or computes may fault, pending faults of its inputs included.
bool node_can_fault(const Plan& plan);

// Whether the rows come in an order that consumers may rely on (as the stages see it: fuse/cut_stages.cc).
bool is_ordered(const Plan& plan);

// Whether somebody sees the order of the inputs' rows, where `seen` says it of the node's own. Only an aggregation hides it,
// unless some aggregate's answer depends on it (list, first). A limit or sample below shows it again (which rows it takes), and so do a
// sort (which of equal rows comes first) and a window (which rows are too late). The root's order is seen.
bool sees_order(const Plan& node, bool seen);

// Filter over `input`; the input itself when there is no conjunct.
PlanPtr filtered(PlanPtr input, const std::vector<ExprPtr>& conjuncts);

// The columns, in this order; the input itself when they are all of its columns in order.
PlanPtr projected(PlanPtr input, const std::vector<uint32_t>& columns);

}  // namespace headrace
