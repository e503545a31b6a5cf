// execute/loop_shapes.h — a stage's intervals as loops: what each reads and leaves behind.
#pragma once

#include <vector>

#include "execute/loop.h"

namespace headrace {

// One shape per interval of the stage, in order. The shapes point to `stage`.
std::vector<LoopShape> loop_shapes(const Stage& stage, bool faults_become_null);

// False for a probe and the end of its pairs: they are resumable and always run through the join table.
bool is_compilable(const LoopShape& shape);

}  // namespace headrace
