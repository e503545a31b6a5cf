// fuse/patterns/places.h — looking for patterns: every stage of a program, those inside recursions too, and every cut with the contracts on its sides.
#pragma once

#include <functional>

#include "fuse/patterns/pattern.h"
#include "kernel/contract.h"

namespace headrace {

using VisitStage = std::function<void(const Program& program, const Stage& stage, const std::string& name)>;
void for_each_stage(const Program& program, const VisitStage& visit);

// A cut between two steps, and what these promise.
struct CutSides {
  const Stage& stage;
  uint32_t cut;  // between the steps `cut` and `cut` + 1
  const Cut& decided;
  const Contract before, behind;
};
using IsInstance = bool (*)(const CutSides& at);
std::vector<PatternPlace> cuts_where(const Program& program, IsInstance is_instance);

// What contracts say of a step.
bool computes(const Contract& contract);  // a value of each row, and remembers nothing
bool filters(const Contract& contract);  // keeps some rows as they are
bool aggregates(const Contract& contract);  // all rows into a state of a fixed size
bool brings_column(const Contract& contract);  // a column of the source gets its values, which somebody else owns

}  // namespace headrace
