// optimize/estimate.h — how many rows a plan gives, roughly; for choices between plans that are all right.
#pragma once

#include <optional>

#include "plan/plan.h"

namespace headrace {

// Tables know their rows exactly or not at all; a conjunct of a filter keeps a fifth; an equality join gives as many rows
// as its larger input (keys are mostly foreign keys); groups are a tenth of the rows. nullopt: some table does not know.
std::optional<double> estimate_rows(const Plan& plan);

}  // namespace headrace
