#include "fuse/stage_prices.h"

#include <algorithm>

#include "base/limits.h"
#include "fuse/contracts.h"
#include "fuse/predicate_share.h"

namespace headrace {
namespace {

// Share of rows where a call is expected to be true; share_of(argument) says the same of its arguments.
template <class ShareOf>
double share_true(const Compute& call, ShareOf&& share_of) {
  const std::string_view name = call.kernel->function->name;
  const auto argument = [&](size_t i) { return share_of(call.arguments[i]); };
  if (name == "and") return argument(0) * argument(1);
  if (name == "or") return argument(0) + argument(1) - argument(0) * argument(1);
  if (name == "not") return std::max(0.05, 1.0 - argument(0));
  return predicate_share(name);
}

// Share of rows expected to pass a filter on each value, from the shape of its definition alone; in (0, 1]. Each once: a value
// may be read by many that are read by many.
std::vector<double> selectivities_of(const Stage& stage) {
  std::vector<double> share(stage.values.size(), 0.5);
  const auto share_of = [&](Operand operand) { return operand.constant ? 1.0 : share[operand.index]; };
  for (const Step& step : stage.steps)
    if (const auto* compute = std::get_if<Compute>(&step.node)) share[compute->out] = share_true(*compute, share_of);
  return share;
}

// A kernel that compiled code calls only for the rows that need it (execute/compile/row_emitter.cc).
bool is_guarded(const Step& step) {
  const auto* compute = std::get_if<Compute>(&step.node);
  if (compute == nullptr) return std::holds_alternative<Accumulate>(step.node);
  const Contract& contract = compute->kernel->function->contract;
  return contract.cost_ns >= 5.0 || contract.buffers == Buffers::kOwns;
}

}  // namespace

StageFlowShares guessed_shares(const Stage& stage) {
  const std::vector<double> selectivities = selectivities_of(stage);
  std::vector<double> share(stage.steps.size() + 1, 1.0);
  for (size_t i = 0; i < stage.steps.size(); ++i) {
    const auto* filter = std::get_if<FilterRows>(&stage.steps[i].node);
    const bool chooses = filter != nullptr && !filter->predicate.constant;
    share[i + 1] = share[i] * (chooses ? selectivities[filter->predicate.index] : 1.0);
    if (const auto* match = std::get_if<Match>(&stage.steps[i].node)) share[i + 1] = share[match->probe];
  }
  return {std::move(share)};
}

StagePrices::StagePrices(const Stage& stage, const Machine& machine, const StageFlowShares& shares)
    : stage_(stage),
      machine_(machine),
      shares_(shares),
      liveness_(liveness_of(stage)),
      live_bytes_(live_bytes_of(stage, liveness_)) {
  bool dense = true;
  for (uint32_t i = 0; i < stage.steps.size(); ++i) {
    dense_.push_back(dense);
    steps_.push_back(price_step(i));
    if (std::holds_alternative<FilterRows>(stage.steps[i].node)) dense = false;
    if (starts_rows(stage.steps[i])) dense = true;
  }
}

KernelPrice StagePrices::price_step(uint32_t step) const {
  KernelPrice price;
  if (const auto* compute = std::get_if<Compute>(&stage_.steps[step].node)) {
    price = machine_.price_of(*compute->kernel);
  } else if (const auto* accumulate = std::get_if<Accumulate>(&stage_.steps[step].node)) {
    price = machine_.price_of(*accumulate->aggregate);
  } else {
    const double ns = contract_of(stage_, stage_.steps[step]).cost_ns;
    price = {ns, ns * 2, true};
  }
  if (!shares_.state_bytes.empty() && shares_.state_bytes[step] > 0) {
    const double state_ns = machine_.state_ns(shares_.state_bytes[step]);
    price = {price.vector_ns + state_ns, price.selected_ns + state_ns, price.vectorises};
  }
  const double correction = shares_.corrections.empty() ? 1.0 : shares_.corrections[step];
  return {price.vector_ns * correction, price.selected_ns * correction, price.vectorises};
}

uint64_t StagePrices::width_of(ValueId value) const {
  return width_bytes(stage_.values[value].type.id) + (stage_.values[value].nullable ? 1 : 0);
}

double StagePrices::byte_ns(uint64_t bytes_per_row) const {
  return machine_.byte_ns[machine_.level_of(bytes_per_row * limits::kVectorRowsMax)];
}

double StagePrices::cut_ns(uint32_t cut) const {
  return byte_ns(live_bytes_[cut]) * static_cast<double>(live_bytes_[cut]) * shares_.reaching[cut + 1] +
         machine_.loop_call_ns / limits::kVectorRowsMax;
}

double StagePrices::loop_ns(StepInterval interval) const {
  Loop loop(*this, interval.first);
  for (uint32_t step = interval.first; step < interval.last; ++step) loop.add_step();
  return loop.ns();
}

StagePrices::Loop::Loop(const StagePrices& prices, uint32_t first)
    : prices_(prices),
      first_(first),
      last_(first),
      vector_(prices.dense_[first]),
      crossing_(prices.stage_.values.size(), Crossing::kNone) {}

// A vector loop masks rows in place of leaving them: each step takes what enters the loop, not what is still active. Row by row, what
// costs much is done for the rows that are left, behind a branch that is missed as often as it is hard to foretell.
void StagePrices::Loop::add_step() {
  const uint32_t step = last_++;
  const Step& node = prices_.stage_.steps[step];
  add_traffic(step);
  const double entering = prices_.share(first_), reaching = prices_.share(step);
  if (const auto* decode = std::get_if<Decode>(&node.node)) {
    const double ns = decode_ns(prices_.stage_.values[decode->value].type, entering);
    vector_ns_ += ns;
    row_ns_ += ns;
    return;
  }
  const KernelPrice& price = prices_.step_price(step);
  const bool filters = std::holds_alternative<FilterRows>(node.node);
  vector_ = vector_ && price.vectorises;
  vector_ns_ += price.vector_ns * entering;
  if (filters_ && is_guarded(node) && entering > 0) {
    const double kept = std::min(1.0, reaching / entering);
    row_ns_ += price.selected_ns * reaching + prices_.machine_.branch_miss_ns * kept * (1 - kept) * entering;
  } else {
    row_ns_ += price.selected_ns * entering;
  }
  filters_ |= filters;
}

// A value is read once by a loop that needs it from outside, and written once by the one that makes it, if another reads it.
void StagePrices::Loop::add_traffic(uint32_t step) {
  const Liveness& liveness = prices_.liveness_;
  for_each_operand(prices_.stage_.steps[step], [&](Operand operand) {
    if (operand.constant) return;
    const ValueId value = operand.index;
    if (crossing_[value] == Crossing::kOut && liveness.last_read[value] == step) {
      bytes_written_ -= prices_.width_of(value);
      crossing_[value] = Crossing::kNone;
    }
    const bool outside = liveness.defined[value] == kBySource || liveness.defined[value] < first_;
    if (outside && crossing_[value] == Crossing::kNone) {
      bytes_read_ += prices_.width_of(value);
      crossing_[value] = Crossing::kIn;
    }
  });
  for_each_definition(prices_.stage_.steps[step], [&](ValueId value) {
    if (liveness.last_read[value] <= step || liveness.defined[value] == kBySource) return;
    bytes_written_ += prices_.width_of(value);
    crossing_[value] = Crossing::kOut;
  });
}

double StagePrices::Loop::ns() const {
  const Machine& machine = prices_.machine_;
  const double entering = prices_.share(first_);
  const double bytes = static_cast<double>(bytes_read_ + bytes_written_) / 2;
  return machine.loop_call_ns / limits::kVectorRowsMax + (vector_ ? vector_ns_ : row_ns_ + machine.row_ns * entering) +
         bytes * prices_.byte_ns(bytes_read_ + bytes_written_) * entering +
         (filters_ ? machine.selection_ns * entering : 0);
}

}  // namespace headrace
