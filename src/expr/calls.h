// expr/calls.h — choosing the overload of a call whose arguments are resolved.
#pragma once

#include <string>
#include <vector>

#include "expr/expr.h"

namespace headrace {

// The resolved call with its casts; other names and shorter argument lists that SQL allows (nullif, ifnull, substr, a date
// plus an integer …) become the kernels that they stand for. kInvalidPlan as resolve_expression (expr/typing.h).
Result<ExprPtr> resolve_call(std::string function, std::vector<ExprPtr> arguments, TextPosition where);

// CASE: one condition for each value but the first, which is that of ELSE; all values cast to their common type.
Result<ExprPtr> resolve_case(std::vector<ExprPtr> conditions, std::vector<ExprPtr> values, TextPosition where);
// if_else(condition, value, otherwise) with both values cast to their common type.
Result<ExprPtr> resolve_if_else(ExprPtr condition, ExprPtr value, ExprPtr otherwise, TextPosition where);

}  // namespace headrace
