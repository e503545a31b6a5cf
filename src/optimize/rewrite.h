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

// Every expression of a node, in place, except a scan's pruning.
using RewriteExpr = std::function<Result<ExprPtr>(const ExprPtr&)>;
Result<PlanPtr> rewrite_exprs(const PlanPtr& plan, const RewriteExpr& rewrite);

// Some expression that the node itself evaluates may set a fault.
bool node_can_fault(const Plan& plan);
bool any_can_fault(const std::vector<ExprPtr>& list);

// Whether the rows come in an order that consumers may rely on (as the stages see it: fuse/cut_stages.cc).
bool is_ordered(const Plan& plan);

// Filter over `input`; the input itself when there is no conjunct.
PlanPtr filtered(PlanPtr input, const std::vector<ExprPtr>& conjuncts);

// The columns, in this order; the input itself when they are all of its columns in order.
PlanPtr projected(PlanPtr input, const std::vector<uint32_t>& columns);

}  // namespace headrace
