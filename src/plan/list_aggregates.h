// plan/list_aggregates.h — calls of aggregates that give a list of what the aggregate of that name gives.
#pragma once

#include "base/error.h"
#include "expr/expr.h"

namespace headrace {

inline constexpr int64_t kExtremesMax = 1'000'000;  // the n of max(x, n)

// A written call over other aggregates that means the same; nullptr: the call is none of these.
//   quantile_cont(x, [0.25, 0.5])  a list with the quantile of each share, null over no value; quantile_disc alike
//   max(x, n), min(x, n)           the n greatest or least values, from there on; null over none
//   arg_max(x, k, n), arg_min      x of the n rows with the greatest or least k, of those where neither is null
// kInvalidPlan: n is no literal from 1 to kExtremesMax.
Result<ExprPtr> without_list_aggregate(const AggregateCall& written, TextPosition where);

}  // namespace headrace
