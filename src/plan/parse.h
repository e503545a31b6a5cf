// plan/parse.h — the text form of resolved plans (to_text in plan/plan.h), read back.
#pragma once

#include <string_view>

#include "plan/catalog.h"
#include "plan/plan.h"

namespace headrace {

// A resolved plan that passed verify(); files and tables are looked up in the catalogue, columns by their index. Lines
// that are blank are skipped.
// kInvalidPlan with the plan's line: an unknown node, indentation that fits no parent, an expression that does not type,
// a column that the table does not have. Errors of Catalog::open_file are passed on.
Result<PlanPtr> parse_plan(std::string_view text, Catalog& catalog);

}  // namespace headrace
