// fuse/decide_cuts.h — which cuts of a stage are staged: barriers first, then the cheapest set that is legal.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "fuse/stage.h"

namespace headrace {

// kOff: the interpreter's plan, every cut staged and nothing compiled. kStaged: every cut staged, each step compiled alone.
// kFull: no cut staged but where it must be. kOn: the model chooses.
enum class FusionMode : uint8_t { kOff, kStaged, kFull, kOn };

struct FuseOptions {
  FusionMode mode = FusionMode::kOn;
  std::map<std::string, Decision> pins;  // "STAGE.CUT" → kRegister or kStaged
};

// Sets every cut's decision, reason, live bytes and price. kInvalidPlan for a pin that names no cut or asks for what is not
// legal.
Status decide_cuts(Program& program, const FuseOptions& options);

// Share of rows expected to pass a filter on this value, from the shape of its definition alone; in (0, 1].
double expected_selectivity(const Stage& stage, Operand predicate);

}  // namespace headrace
