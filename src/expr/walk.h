// expr/walk.h — the parts of a node, written or resolved: for whoever looks for something in an expression or changes it.
#pragma once

#include <functional>

#include "base/error.h"
#include "expr/expr.h"

namespace headrace {

// Calls visit(part) for every part, from left to right: also FILTER and ORDER BY of aggregates, REPLACE of stars, and the
// operands of subqueries, whose plans have expressions of their own.
void for_each_child(const Expr& expr, const std::function<void(const ExprPtr&)>& visit);

// The node over change(part) for each part; `expr` itself when no part changed.
Result<ExprPtr> with_children(const ExprPtr& expr, const std::function<Result<ExprPtr>(const ExprPtr&)>& change);

// The first node in `expr`, itself included, for which matches(node) holds; nullptr: none.
const Expr* find_node(const Expr& expr, const std::function<bool(const Expr&)>& matches);

}  // namespace headrace
