// engine/check_rejects.h — a file of rejects keeps the bad records of one file that is read in one way.
#pragma once

#include "plan/plan.h"

namespace headrace {

// Of all scans of a resolved plan, those of a block's COPYs among them. kInvalidPlan: two that differ in their file or its options name one
// file of rejects, of which each would write a version of its own, or it is a file that the query reads or writes. Scans that agree in
// both find the same records, and share it.
Status check_rejects(const Plan& resolved);

}  // namespace headrace
