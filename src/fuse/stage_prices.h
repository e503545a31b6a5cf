// fuse/stage_prices.h — the cost model: what a loop over some steps of a stage takes, in ns per row that enters the stage.
#pragma once

#include <cstdint>
#include <vector>

#include "fuse/liveness.h"
#include "fuse/machine.h"
#include "fuse/stage.h"

namespace headrace {

// What is known of a stage's rows. Guessed from the form of its predicates, or measured while it runs.
struct StageFlowShares {
  std::vector<double> reaching;  // [steps + 1] by step: the share of the stage's rows that reach it; the last: the sink
  // [steps] by step: what it took when it ran alone, divided by what it was priced at; empty: not measured.
  std::vector<double> corrections = {};
  // [steps] by step: bytes of the table that a probe looks into, 0: not known; empty: of none.
  std::vector<uint64_t> state_bytes = {};
};
StageFlowShares guessed_shares(const Stage& stage);

// What a step takes more, per row, while it is interpreted.
inline constexpr double kInterpretedStepNs = 1;

// docs/design/fuse.md has the model. The stage, the machine and the shares outlive it.
class StagePrices {
 public:
  StagePrices(const Stage& stage, const Machine& machine, const StageFlowShares& shares);

  // Loops that begin with step `first` and end behind one step after the other.
  class Loop {
   public:
    Loop(const StagePrices& prices, uint32_t first);
    void add_step();  // the next one
    double ns() const;

   private:
    void add_traffic(uint32_t step);

    const StagePrices& prices_;
    const uint32_t first_;
    uint32_t last_;
    bool vector_;  // so far a vector loop
    bool filters_ = false;
    double vector_ns_ = 0, row_ns_ = 0;  // of its steps, as a vector loop and row by row
    uint64_t bytes_read_ = 0, bytes_written_ = 0;  // per row
    enum class Crossing : uint8_t { kNone, kIn, kOut };  // kIn: bytes_read_ has it; kOut: bytes_written_
    std::vector<Crossing> crossing_;  // by value
  };

  double loop_ns(StepInterval interval) const;
  // What crosses the cut behind that step, if it is staged: written and read again.
  double cut_ns(uint32_t cut) const;
  double share(uint32_t step) const { return shares_.reaching[step]; }
  const KernelPrice& step_price(uint32_t step) const { return steps_[step]; }
  uint64_t width_of(ValueId value) const;  // bytes of a row, with its validity

 private:
  KernelPrice price_step(uint32_t step) const;
  double byte_ns(uint64_t bytes_per_row) const;

  const Stage& stage_;
  const Machine& machine_;
  const StageFlowShares& shares_;
  const Liveness liveness_;
  const std::vector<uint64_t> live_bytes_;
  std::vector<KernelPrice> steps_;
  std::vector<bool> dense_;  // by step: rows come to it as they are, no filter left a selection
};

}  // namespace headrace
