// fuse/edges.h — every edge between two operators, with the decision of the cuts it crosses: what explain --fusion prints.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "fuse/machine.h"
#include "fuse/stage.h"

namespace headrace {

struct Edge {
  std::string from, to;  // "stage 0 source flights.csv", "stage 0 #3 gt_i64_i64", "sink 1 aggregate"
  Decision decision;
  Reason reason;
  // "0.3": the name of the cut that decided, for fusion.edge; "0.step.1.3": cut 3 of stage 1 in the step of the recursion that
  // stage 0 reads. Empty for edges outside stages, and where the edge to the sink decided: nothing pins these.
  std::string cut;
  uint64_t live_bytes_per_row = 0;
  // Of the loop that both ends share, or of the two loops on both sides of the cut, per row that enters the stage; from the source: of
  // reading it; from a sink to a probe: of the probe; to a sink: of what that does. 0: not known, or there is none.
  double predicted_ns_per_row = 0;
  std::optional<double> measured_ns_per_row = {};  // the same, where loops were timed
  // Of a cut inside a loop, where that and its steps apart, interpreted, were timed: what they took less what the loop took, shared
  // equally by the loop's cuts.
  std::optional<double> measured_gain_ns_per_row = {};
  // What the cut may be as well, what the steps of these loops would then be predicted to take, and what their machine code takes more
  // to make, where that is charged.
  struct Alternative {
    Decision decision;
    double predicted_ns_per_row;
    double code_ns_per_row;
  };
  std::optional<Alternative> alternative = {};  // none: it may not be otherwise
  // All that forbids both ends to share a loop, at the cut that decided. 0: nothing does, or there is no cut.
  Reasons barriers = 0;
};

// What is known of a stage while it ran; empty: nothing.
struct StageKnowledge {
  std::vector<double> reaching = {};  // [steps + 1], as StageFlowShares
  std::vector<double> loop_ns = {};  // by loop, per row that enters the stage
  std::vector<double> step_ns = {};  // by step, each by itself and interpreted, per row that enters the stage
  std::vector<double> part_ns =
      {};  // [steps + 2] by step, of the source, of the sink: as sampled, per row that enters the stage
  std::vector<StageKnowledge> base = {}, step = {};  // of a recursion that the stage reads: by stage of its parts
};

// In order of stages, then of consumers. Each cut inside a stage decides one at least, so that it has a name and prices: where no value crosses it
// alone, the edge between the steps on its sides. `known` by stage, or empty.
std::vector<Edge> edges_of(const Program& program, const Machine& machine = usual_machine(),
                           const std::vector<StageKnowledge>& known = {});

// "flights.csv", "#3 gt_i64_i64", "aggregate": how explain names these.
std::string source_label(const Program& program, const Stage& stage);
std::string step_label(const Stage& stage, uint32_t step);
std::string sink_label(const Program& program, uint32_t sink);
std::string loops_text(const Stage& stage);  // "#0-#3 | #4"; "none" of a stage without steps

}  // namespace headrace
