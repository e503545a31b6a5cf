// expr/faults.h — which resolved calls can set a fault bit. A function's contract lists the faults of all its overloads;
// types prove some of them impossible: IEEE arithmetic does not overflow, a widening cast always converts, a decimal
// whose declared digits hold every result does not overflow.
#pragma once

#include "expr/expr.h"

namespace headrace {

// The call itself, its arguments aside. `type` is the call's type.
bool call_can_fault(const Call& call, Type type);

}  // namespace headrace
