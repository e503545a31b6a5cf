// optimize/equal_values.h — equal values that can be told apart: −0 and +0, intervals of one length. What a filter asks of such a
// value it may not ask of another that is equal to it.
#pragma once

#include "expr/expr.h"

namespace headrace {

// Whether values of the type that are equal are the same.
bool equal_is_same(Type type);

// Whether the expression gives the same when its columns are exchanged for equal values.
bool same_for_equal_values(const Expr& expr);

}  // namespace headrace
