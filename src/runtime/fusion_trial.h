// runtime/fusion_trial.h — whether the loops of a plan pay: batches that the plan runs and batches whose steps run apart, by turns, each timed
// loop by loop. Medians decide, so that a batch in which a worker was interrupted does not.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "fuse/stage.h"
#include "runtime/loop_measures.h"

namespace headrace {

// Not safe for concurrent use.
class FusionTrial {
 public:
  static constexpr size_t kBatches = 5;  // of either way

  explicit FusionTrial(std::vector<StepInterval> loops) : loops_(std::move(loops)) {}

  // What the batch that begins is wanted for.
  bool wants_fused() const { return fused_.size() < kBatches && fused_.size() <= apart_.size(); }
  bool wants_apart() const { return apart_.size() < fused_.size(); }
  bool complete() const { return fused_.size() >= kBatches && apart_.size() >= kBatches; }

  void note_fused(const LoopMeasures& by_loop) { fused_.push_back(by_loop.loops()); }
  void note_apart(const LoopMeasures& by_step) { apart_.push_back(by_step.loops()); }

  // ns per row that enters the loop.
  struct Figures {
    double fused_ns, apart_ns;
  };
  // Of a loop that took longer than its steps apart, by so much that it shows in the time of all loops. Requires complete().
  std::optional<Figures> loss(size_t loop) const;

 private:
  using Batch = std::vector<LoopMeasures::Loop>;

  double fused_ns_per_row(const Batch& batch, size_t loop) const;
  double apart_ns_per_row(const Batch& batch, size_t loop) const;

  const std::vector<StepInterval> loops_;
  std::vector<Batch> fused_, apart_;  // by loop, and by step
};

}  // namespace headrace
