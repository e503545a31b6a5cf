// fuse/shared_steps.h — what stages that read the same rows do alike, done once in front of where they part.
#pragma once

#include <vector>

#include "fuse/machine.h"
#include "fuse/stage.h"

namespace headrace {

// One stage for several that read the same table, and those as readers of what it hands on.
struct SharedSteps {
  Stage trunk;  // its outputs are the columns of the readers' source
  Schema columns;  // of those
  std::vector<Stage> readers;  // in the order of the stages; their source is still to be set
};

// `stages` read the source of `trunk`, which has its values and no steps: `columns[i][value]` is the trunk's value that is the column
// `value` of stage i. Filters with which all begin go into the trunk, and of what some compute for all of the rows that are left then and
// others compute too, what is cheaper to hand on than to compute again; nothing that can fault: a row faults where the stage that reads it
// meets it.
SharedSteps share_steps(Stage trunk, const std::vector<const Stage*>& stages,
                        const std::vector<std::vector<ValueId>>& columns, const Machine& machine);

}  // namespace headrace
