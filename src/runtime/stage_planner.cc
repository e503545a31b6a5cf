#include "runtime/stage_planner.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "base/limits.h"
#include "execute/loop_shapes.h"

namespace headrace {
namespace {

constexpr uint64_t kRowsMin = uint64_t{4} * limits::kVectorRowsMax;  // fewer are not worth a measure
constexpr uint64_t kBatchesBetween = 4'096;  // two measures that nothing asks for
constexpr uint64_t kFirstBatch = kRowsMin / limits::kVectorRowsMax - 1;  // that is measured: a short stage does without
constexpr double kGainMin = 0.05;  // of the price: what another plan must promise
constexpr double kPartedFactor = 1.5;  // a share so far from what is known is looked at
constexpr double kPartedShare = 0.02;  // and so far: of few rows everything parts
constexpr uint32_t kMorselsBetweenMax = 256;  // two changes of the plan; doubled at each, from 1
constexpr uint64_t kRowsKnown = 32;  // that a step has seen before its share is trusted
constexpr double kDearNs =
    3;  // a kernel that takes so long and does not vectorise is priced by what it was measured to take

bool has_free_cut(const Stage& stage) {
  for (uint32_t cut = 0; cut + 1 < stage.steps.size(); ++cut)
    if (!stage.cuts[cut].pinned && stage.cuts[cut].reason != Reason::kExpands) return true;
  return false;
}

Stage with_every_cut_staged(Stage stage) {
  for (uint32_t cut = 0; cut + 1 < stage.steps.size(); ++cut) stage.cuts[cut].decision = Decision::kStaged;
  return stage;
}

bool same_decisions(const Stage& one, const Stage& other) {
  return std::ranges::equal(one.cuts, other.cuts, {}, &Cut::decision, &Cut::decision);
}

std::string loops_of(const Stage& stage) {
  std::string text;
  for (const StepInterval loop : intervals_of(stage))
    text += fmt::format("{}#{}{}", text.empty() ? "" : " | ", loop.first,
                        loop.last - loop.first > 1 ? fmt::format("-#{}", loop.last - 1) : "");
  return text;
}

}  // namespace

StagePlanner::StagePlanner(const Stage& stage, const Settings& settings, std::optional<uint64_t> rows, Prepare prepare)
    : stage_(stage),
      settings_(settings),
      machine_(*settings.fuse_options().machine),
      prepare_(std::move(prepare)),
      adapts_(settings.fusion_mode == FusionMode::kOn && settings.fusion_adapt && rows.value_or(kRowsMin) >= kRowsMin &&
              has_free_cut(stage)) {}

std::shared_ptr<StagePlan> StagePlanner::make_plan(Stage stage) const {
  auto plan = std::make_shared<StagePlan>(StagePlan{std::move(stage), {}, 0});
  for (LoopShape& shape : loop_shapes(plan->stage, settings_.on_error == ErrorPolicy::kNull))
    plan->loops.push_back({std::move(shape), nullptr});
  return plan;
}

Status StagePlanner::start() {
  std::lock_guard lock(mutex_);
  auto plan = make_plan(stage_);
  plan->predicted_ns = headrace::predicted_ns(stage_, machine_);
  TRY_STATUS(prepare_(plan->loops));
  plan_ = std::move(plan);
  if (!adapts_) return kDone;
  plain_ = std::make_unique<const StagePlan>(std::move(*make_plan(with_every_cut_staged(stage_))));
  sums_.resize(stage_.steps.size() + 1);
  return kDone;
}

std::shared_ptr<const StagePlan> StagePlanner::plan() const {
  std::lock_guard lock(mutex_);
  return plan_;
}

bool StagePlanner::wants_measures() {
  if (!adapts_) return false;
  const uint64_t batch = batches_.fetch_add(1, std::memory_order_relaxed);
  if (batch % kBatchesBetween == kFirstBatch) return true;
  return wanted_.load(std::memory_order_relaxed) && wanted_.exchange(false, std::memory_order_relaxed);
}

Status StagePlanner::note(const LoopMeasures& measured) {
  std::lock_guard lock(mutex_);
  CHECK(measured.loops().size() == sums_.size());
  for (size_t step = 0; step < sums_.size(); ++step) {
    const LoopMeasures::Loop& one = measured.loops()[step];
    sums_[step].rows_in = sums_[step].rows_in / 2 + one.rows_in;
    sums_[step].rows_out = sums_[step].rows_out / 2 + one.rows_out;
    sums_[step].ns = sums_[step].ns / 2 + one.ns;
  }
  return look();
}

// A step that few rows have reached keeps the share that was guessed for it.
StageFlowShares StagePlanner::measured_shares() const {
  const StageFlowShares guessed = guessed_shares(stage_);
  StageFlowShares shares{{1.0}, {}};
  const StagePrices prices(stage_, machine_, guessed);
  for (uint32_t step = 0; step < stage_.steps.size(); ++step) {
    const LoopMeasures::Loop& sum = sums_[step];
    const bool known = sum.rows_in >= kRowsKnown;
    const double ratio = known ? static_cast<double>(sum.rows_out) / static_cast<double>(sum.rows_in)
                               : guessed.reaching[step + 1] / std::max(guessed.reaching[step], 1e-9);
    shares.reaching.push_back(shares.reaching.back() * ratio);
    const KernelPrice& price = prices.step_price(step);
    const double ns = known ? static_cast<double>(sum.ns) / static_cast<double>(sum.rows_in) : 0;
    const bool dear = known && !price.vectorises && price.selected_ns > 0 && ns > kDearNs;
    shares.corrections.push_back(dear ? std::clamp(ns / price.selected_ns, 0.25, 8.0) : 1.0);
  }
  return shares;
}

Status StagePlanner::look() {
  const StageFlowShares shares = measured_shares();
  share_out_ = shares.reaching.back();
  Stage better = plan_->stage;
  decide_again(better, machine_, shares);
  const double now_ns = headrace::predicted_ns(plan_->stage, machine_, shares);
  const double better_ns = headrace::predicted_ns(better, machine_, shares);
  if (same_decisions(better, plan_->stage) || better_ns > now_ns * (1 - kGainMin)) return kDone;
  if (pending_ != nullptr && same_decisions(better, pending_->stage)) return kDone;
  if (morsels_ < morsels_between_) return kDone;
  auto plan = make_plan(std::move(better));
  plan->predicted_ns = better_ns;
  TRY_STATUS(prepare_(plan->loops));
  changes_.push_back(
      fmt::format("{} in place of {}: {:.2f} in place of {:.2f} ns a row with the shares that were measured",
                  loops_of(plan->stage), loops_of(plan_->stage), better_ns, now_ns));
  pending_ = std::move(plan);
  morsels_ = 0;
  morsels_between_ = std::min(std::max(2 * morsels_between_, 1U), kMorselsBetweenMax);
  publish_pending();
  return kDone;
}

// Loops without code would be interpreted, which takes longer than any plan with code.
void StagePlanner::publish_pending() {
  if (pending_ == nullptr) return;
  for (const StageLoop& loop : pending_->loops)
    if (loop.code != nullptr && loop.code->load(std::memory_order_acquire) == nullptr) return;
  plan_ = std::move(pending_);
  pending_ = nullptr;
  generation_.fetch_add(1, std::memory_order_release);
}

void StagePlanner::note_morsel(uint64_t rows_in, uint64_t rows_out) {
  if (!adapts_ || rows_in == 0) return;
  std::lock_guard lock(mutex_);
  ++morsels_;
  publish_pending();
  if (share_out_ < 0) return;
  const double share = static_cast<double>(rows_out) / static_cast<double>(rows_in);
  const double low = std::min(share, share_out_), high = std::max(share, share_out_);
  if (high > low * kPartedFactor && high - low > kPartedShare) wanted_.store(true, std::memory_order_relaxed);
}

PlanReport StagePlanner::report() const {
  std::lock_guard lock(mutex_);
  if (plan_ == nullptr) return {stage_.cuts, 0, 0, {}, {}};
  PlanReport report{plan_->stage.cuts, plan_->predicted_ns, 0, {}, changes_};
  if (sums_.empty() || sums_[0].rows_in == 0) return report;
  uint64_t ns = 0;
  for (size_t step = 0; step < stage_.steps.size(); ++step) ns += sums_[step].ns;
  report.unfused_ns = static_cast<double>(ns) / static_cast<double>(sums_[0].rows_in);
  report.reaching = measured_shares().reaching;
  return report;
}

}  // namespace headrace
