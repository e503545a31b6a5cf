// execute/interpret/evaluate_constant.h — what folding may ask: the value of an expression without columns, by the interpreter.
#pragma once

#include <optional>

#include "expr/fold.h"

namespace headrace {

// nullopt: it faults. Requires a resolved expression without columns.
Result<std::optional<Value>> evaluate_constant(const Expr& expr);

}  // namespace headrace
