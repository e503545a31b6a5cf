// optimize/price_plan.h — what a plan takes to run, roughly: for telling which rules pay, and never for a choice between plans.
#pragma once

#include <optional>

#include "plan/plan.h"

namespace headrace {

// Processor time of a resolved plan in ns: rows as estimate() has them, times what their nodes take a row on no machine in
// particular. nullopt: it is not known how many rows some node gets.
std::optional<double> price_plan(const Plan& plan);

}  // namespace headrace
