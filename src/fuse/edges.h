// fuse/edges.h — every edge between two operators, with the decision of the cuts it crosses: what explain --fusion prints.
#pragma once

#include <string>
#include <vector>

#include "fuse/stage.h"

namespace headrace {

struct Edge {
  std::string from, to;  // "stage 0 source flights.csv", "stage 0 #3 gt_i64_i64", "sink 1 aggregate"
  Decision decision;
  Reason reason;
  // "0.3": the name of the cut that decided, for fusion.edge; "0.step.1.3": cut 3 of stage 1 in the step of the recursion that
  // stage 0 reads. Empty for edges outside stages.
  std::string cut;
  uint64_t live_bytes_per_row = 0;
  double predicted_ns_per_row = 0;
};

// In order of stages, then of consumers.
std::vector<Edge> edges_of(const Program& program);

// "flights.csv", "#3 gt_i64_i64", "aggregate": how explain names these.
std::string source_label(const Program& program, const Stage& stage);
std::string step_label(const Stage& stage, uint32_t step);
std::string sink_label(const Program& program, uint32_t sink);

}  // namespace headrace
