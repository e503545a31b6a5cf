// expr/fold.h — constant folding. The value of a call comes from the interpreter, which lives in a later folder, so that
// folding has no meaning of its own.
#pragma once

#include <functional>
#include <optional>

#include "expr/expr.h"

namespace headrace {

// The value of a resolved expression without columns; nullopt: it would fault. An Error is passed on.
using EvaluateConstant = std::function<Result<std::optional<Value>>(const Expr&)>;

// Replaces the largest constant parts by literals of the same type and simplifies AND, OR, NOT and if_else with a constant
// operand where neither nulls nor faults of the other operand can tell the difference. What would fault stays, so that it
// faults only if a row reaches it. Returns `expr` itself when nothing changed.
// `never_null` says of an expression without `nullable` whether that holds although faults may become nulls; empty: it does.
using NeverNull = std::function<bool(const Expr&)>;
Result<ExprPtr> fold_constants(const ExprPtr& expr, const EvaluateConstant& evaluate, const NeverNull& never_null = {});

// The conjuncts of nested ANDs, left to right, and the AND of them (true for none).
std::vector<ExprPtr> conjuncts_of(const ExprPtr& predicate);
ExprPtr conjunction_of(const std::vector<ExprPtr>& conjuncts);

// Rewrites a resolved expression: each column by `map(index)`, which returns what stands there afterwards. Types stay; a
// call's nullability is derived again. Calls, not copies, the map for repeats.
ExprPtr map_columns(const ExprPtr& expr, const std::function<ExprPtr(uint32_t)>& map);
// The same node over other arguments of the same types.
ExprPtr with_arguments(const Expr& call, std::vector<ExprPtr> arguments);

}  // namespace headrace
