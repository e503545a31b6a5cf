// optimize/conjuncts.h — what conjuncts that nobody's faults hide say together.
#pragma once

#include "expr/fold.h"

namespace headrace {

// Fewer conjuncts that are true of the same rows, in their order: those that others imply are gone (x > 3 beside x > 5), bounds
// that leave one value are an equality. A sole literal false when they contradict each other. Requires that none can fault, here or
// in what it reads. `evaluate` compares literals. Errors are the evaluator's.
Result<std::vector<ExprPtr>> simplified_conjuncts(const std::vector<ExprPtr>& conjuncts,
                                                  const EvaluateConstant& evaluate);

}  // namespace headrace
