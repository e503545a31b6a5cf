// fuse/decide_cuts.h — which cuts of a stage are staged: barriers first, then the cheapest set that is legal.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>

#include "fuse/machine.h"
#include "fuse/stage.h"
#include "fuse/stage_prices.h"

namespace headrace {

// kOff: the interpreter's plan, every cut staged and nothing compiled. kStaged: every cut staged, each step compiled alone.
// kFull: no cut staged but where it must be. The model chooses in the others: kOn; kPilot: for a share of the morsels, which grows; kVerify: and
// every loop is run both ways.
enum class FusionMode : uint8_t { kOff, kStaged, kFull, kPilot, kOn, kVerify };
constexpr bool is_chosen(FusionMode mode) { return mode >= FusionMode::kPilot; }

struct FuseOptions {
  FusionMode mode = FusionMode::kOn;
  std::map<std::string, Decision> pins;  // a cut's name (Edge::cut, fuse/edges.h) → kRegister or kStaged
  std::set<std::string, std::less<>> isolated = {};  // functions whose steps share a loop with no other
  const Machine* machine = &usual_machine();
  bool charges_code = false;  // machine code is made while the query runs, and what that takes counts
};

// Sets every cut's decision, reason, live bytes and price. kInvalidPlan for a pin that names no cut or asks for what is not
// legal.
Status decide_cuts(Program& program, const FuseOptions& options);

// Chooses anew by what was measured of the stage's rows, as mode kOn does; what pins and legality ask for stays.
void decide_again(Stage& stage, const Machine& machine, const StageFlowShares& shares);

// What the stage's loops take as it is cut, in ns per row that enters it, without source and sink.
double predicted_ns(const Stage& stage, const Machine& machine, const StageFlowShares& shares);
double predicted_ns(const Stage& stage, const Machine& machine = usual_machine());

}  // namespace headrace
