// optimize/rebase.h — nodes of one input over another one.
#pragma once

#include <vector>

#include "plan/plan.h"

namespace headrace {

// By column of the input: whether an expression of the node reads it.
std::vector<bool> columns_read(const PlanPtr& node);

// The node over `input`, in which former column i lies at place[i]. Requires that what the node reads is there.
PlanPtr rebased(const PlanPtr& node, const PlanPtr& input, const std::vector<uint32_t>& place);

}  // namespace headrace
