// plan/resolve.h — from names to columns: a written plan and a catalogue give a resolved plan.
#pragma once

#include "plan/catalog.h"
#include "plan/plan.h"

namespace headrace {

// Binds files, tables and views through the catalogue, qualifiers through Alias and Join scopes, expands *, types every
// expression, splits a Join's ON into equality keys and the rest. What it accepts is listed in plan/plan.h. The result
// passes verify().
// kInvalidPlan with line and column: unknown or ambiguous names, types that do not fit, a column that is neither grouped
// nor aggregated. kUnsupported: DISTINCT aggregates of different arguments. Errors of Catalog::open_file are passed on.
Result<PlanPtr> resolve(const Plan& written, Catalog& catalog);

}  // namespace headrace
