#include "runtime/stage_planner.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/check.h"
#include "base/limits.h"
#include "execute/loop_shapes.h"
#include "fuse/edges.h"
#include "fuse/legality.h"

namespace headrace {
namespace {

constexpr uint64_t kRowsMin = uint64_t{4} * limits::kVectorRowsMax;  // a shorter stage is not worth a measure
constexpr uint64_t kRowsMinFactor = 16;  // from one measure to the next, before they are kRowsBetween apart
constexpr uint64_t kRowsBetween = uint64_t{4'096} * limits::kVectorRowsMax;  // two measures that nothing asks for
constexpr uint64_t kBatchesBetweenTimes = 64;  // two that are timed loop by loop
constexpr uint32_t kPilotBatches = 64;  // that agree before a pilot's share doubles
constexpr double kGainMin = 0.05;  // of the price: what another plan must promise
constexpr double kPartedFactor = 1.5;  // a share so far from what is known is looked at
constexpr double kPartedShare = 0.02;  // and so far: of few rows everything parts
constexpr uint32_t kMorselsBetweenMax = 256;  // two changes of the plan; doubled at each, from 1
constexpr uint64_t kRowsBeforeTrial =
    uint64_t{512} * limits::kVectorRowsMax;  // of the stage; five batches apart cost little then
constexpr uint64_t kLatenciesKnown = 128;  // batches before one in a hundred says something
constexpr uint64_t kBatchesPerLatency = 8;  // one is run apart while the two ways are compared
constexpr double kLatencyGainMin = 0.1;
constexpr double kBusyOfCode =
    0.5;  // of what its code takes to make: what a stage must have taken, where nobody knows its rows
constexpr uint64_t kRowsKnown = 32;  // that a step has seen before its share is trusted
// A kernel that takes so long and does not vectorise is priced by what it was measured to take.
constexpr double kDearNs = 3;

bool has_free_cut(const Stage& stage) {
  for (uint32_t cut = 0; cut + 1 < stage.steps.size(); ++cut)
    if (is_free(stage.cuts[cut])) return true;
  return false;
}

Stage with_every_cut_staged(Stage stage) {
  for (uint32_t cut = 0; cut + 1 < stage.steps.size(); ++cut) stage.cuts[cut].decision = Decision::kStaged;
  return stage;
}

bool same_decisions(const Stage& one, const Stage& other) {
  return std::ranges::equal(one.cuts, other.cuts, {}, &Cut::decision, &Cut::decision);
}

// What each of the first `loops` took per row that entered the first.
void note_ns(const LoopMeasures& measured, size_t loops, std::vector<RecentMedian>& to) {
  const uint64_t rows = measured.loops()[0].rows_in;
  if (rows == 0) return;
  to.resize(loops);
  for (size_t loop = 0; loop < loops; ++loop)
    to[loop].note(static_cast<double>(measured.loops()[loop].ns) / static_cast<double>(rows));
}

// Its steps go one by one, without machine code: its cuts are staged, whatever was planned, and code is no longer what decides.
void mark_apart(StagePlan& plan, StepInterval steps, Reason reason) {
  for (Cut& cut : plan.stage.cuts) cut.code_ns_otherwise = 0;
  for (uint32_t cut = steps.first; cut + 1 < steps.last; ++cut) {
    Cut& one = plan.stage.cuts[cut];
    one.decision = Decision::kStaged;
    one.reason = reason;
    one.barriers |= only(reason);
  }
}

void mark_quarantined(StagePlan& plan) {
  for (const StageLoop& loop : plan.loops)
    if (loop.quarantined) mark_apart(plan, loop.shape.interval, Reason::kQuarantined);
}

// What it takes to compile the stage's loops, if the process has none of their code.
double code_ns(const Stage& stage, const Machine& machine) {
  double ns = 0;
  for (const StepInterval loop : intervals_of(stage)) ns += machine.code_ns(loop.last - loop.first);
  return ns;
}

// For tests: other cuts than now, of those that are free, and others again the next time.
void turn_cuts(Stage& stage, uint64_t turn) {
  for (uint32_t cut = 0; cut + 1 < stage.steps.size(); ++cut) {
    Cut& one = stage.cuts[cut];
    if (!is_free(one)) continue;
    one.decision = (turn >> cut % 8 & 1) != 0 ? Decision::kStaged : Decision::kRegister;
  }
}

}  // namespace

StagePlanner::StagePlanner(const Stage& stage, const Settings& settings, std::optional<uint64_t> rows, LoopTrust* trust,
                           Prepare prepare, int64_t now_ns)
    : stage_(stage),
      settings_(settings),
      machine_(*settings.fuse_options().machine),
      prepare_(std::move(prepare)),
      trust_(trust),
      adapts_(is_chosen(settings.fusion_mode) && settings.tier != TierMode::kInterpreted &&
              settings.fusion_adapt != AdaptMode::kOff &&
              (settings.fusion_adapt == AdaptMode::kAlways || rows.value_or(kRowsMin) >= kRowsMin) &&
              has_free_cut(stage)),
      batches_per_shadow_(settings.shadow_share > 0 ? static_cast<uint64_t>(std::llround(1 / settings.shadow_share))
                                                    : 0),
      pilot_share_(settings.fusion_mode == FusionMode::kPilot ? settings.pilot_share : 1),
      waits_for_load_(!rows.has_value() && settings.tier == TierMode::kAuto && settings.load_min > 0),
      load_(settings.load_min, kBusyOfCode * code_ns(stage, machine_), now_ns) {}

std::shared_ptr<StagePlan> StagePlanner::make_plan(Stage stage) const {
  auto plan = std::make_shared<StagePlan>(StagePlan{std::move(stage), {}, 0});
  for (const Lost& lost : lost_) mark_apart(*plan, lost.steps, lost.reason);
  for (LoopShape& shape : loop_shapes(plan->stage, settings_.on_error == ErrorPolicy::kNull)) {
    const auto [first, last] = shape.interval;
    const bool lost =
        std::ranges::any_of(lost_, [&](const Lost& one) { return one.steps.first <= first && last <= one.steps.last; });
    plan->loops.push_back({.shape = std::move(shape), .stays_interpreted = lost});
  }
  return plan;
}

Status StagePlanner::start() {
  std::lock_guard lock(mutex_);
  auto plan = make_plan(stage_);
  plan->predicted_ns = headrace::predicted_ns(stage_, machine_);
  TRY_STATUS(get_code(*plan));
  plan_ = std::move(plan);
  if (adapts_ || pilot_share_.load() < 1)
    plain_ = std::make_unique<const StagePlan>(std::move(*make_plan(with_every_cut_staged(stage_))));
  if (adapts_) sums_.resize(stage_.steps.size() + 1);
  return kDone;
}

Status StagePlanner::get_code(StagePlan& plan) {
  if (waits_for_load_.load(std::memory_order_relaxed)) return kDone;
  TRY_STATUS(prepare_(plan.loops));
  mark_quarantined(plan);
  if (trust_ == nullptr || settings_.shadow_share <= 0) return kDone;
  for (StageLoop& loop : plan.loops)
    if (loop.code != nullptr) loop.turns_to_trust = trust_->turns_to_trust(loop.shape_hash);
  return kDone;
}

bool StagePlanner::has_code() const {
  return std::ranges::any_of(plan_->loops, [](const StageLoop& loop) {
    return loop.code != nullptr && loop.code->load(std::memory_order_acquire) != nullptr;
  });
}

std::shared_ptr<const StagePlan> StagePlanner::plan() const {
  std::lock_guard lock(mutex_);
  return plan_;
}

bool StagePlanner::wants_measures(uint32_t rows) {
  if (!adapts_) return false;
  const uint64_t before = rows_.fetch_add(rows, std::memory_order_relaxed);
  const uint64_t batch = batches_.fetch_add(1, std::memory_order_relaxed);
  if (settings_.fusion_adapt == AdaptMode::kAlways) return batch % 2 == 0;
  const uint64_t from = before % kRowsBetween;
  if (from < kRowsMin && from + rows >= kRowsMin) return true;
  for (uint64_t due = kRowsMin * kRowsMinFactor; due < kRowsBetween; due *= kRowsMinFactor)
    if (before < due && before + rows >= due) return true;
  if (from < kRowsBeforeTrial && from + rows >= kRowsBeforeTrial) trial_is_due_.store(true, std::memory_order_relaxed);
  if (on_trial_.load(std::memory_order_relaxed)) {
    std::lock_guard lock(mutex_);
    if (trial_.has_value() && trial_->wants_apart()) return true;
  }
  if (compares_latencies_.load(std::memory_order_relaxed) && batch % kBatchesPerLatency == 0) return true;
  return wanted_.load(std::memory_order_relaxed) && wanted_.exchange(false, std::memory_order_relaxed);
}

Status StagePlanner::note(const LoopMeasures& measured) {
  std::lock_guard lock(mutex_);
  CHECK(measured.loops().size() == sums_.size());
  for (size_t step = 0; step < sums_.size(); ++step) {
    const LoopMeasures::Loop& one = measured.loops()[step];
    StepSum& sum = sums_[step];
    sum.rows_in = sum.rows_in / 2 + one.rows_in;
    sum.rows_out = sum.rows_out / 2 + one.rows_out;
    if (!measured.warm()) continue;
    sum.timed_rows = sum.timed_rows / 2 + one.rows_in;
    sum.ns = sum.ns / 2 + one.ns;
  }
  if (measured.warm()) note_ns(measured, stage_.steps.size(), step_ns_);
  if (trial_.has_value() && trial_->wants_apart() && measured.warm()) {
    trial_->note_apart(measured);
    if (trial_->complete()) TRY_STATUS(judge_trial());
  }
  return look();
}

void StagePlanner::begin_trial() {
  if (!trial_is_due_.load(std::memory_order_relaxed) || settings_.fusion_adapt != AdaptMode::kOn || !has_code()) return;
  trial_is_due_.store(false, std::memory_order_relaxed);
  trial_.emplace(intervals_of(plan_->stage));
  on_trial_.store(true, std::memory_order_relaxed);
}

// What has taken longer than its steps apart is given up for the rest of the query.
Status StagePlanner::judge_trial() {
  const FusionTrial trial = *std::exchange(trial_, std::nullopt);
  on_trial_.store(false, std::memory_order_relaxed);
  const size_t known = lost_.size();
  for (size_t loop = 0; loop < plan_->loops.size(); ++loop) {
    const StageLoop& one = plan_->loops[loop];
    if (one.code == nullptr || one.code->load(std::memory_order_acquire) == nullptr) continue;
    if (const auto figures = trial.loss(loop))
      give_up(loop, Reason::kMeasuredSlower,
              fmt::format("took {:.2f} ns a row, its steps apart {:.2f}", figures->fused_ns, figures->apart_ns));
  }
  return lost_.size() > known ? run_without_lost() : kDone;
}

void StagePlanner::give_up(size_t loop, Reason reason, std::string why) {
  const auto [first, last] = plan_->loops[loop].shape.interval;
  const std::string steps = last - first == 1 ? fmt::format("#{}", first) : fmt::format("#{}-#{}", first, last - 1);
  lost_.push_back({{first, last}, reason});
  changes_.push_back(fmt::format("{} undone: its machine code {}", steps, why));
}

Status StagePlanner::run_without_lost() {
  auto plan = make_plan(plan_->stage);
  plan->predicted_ns = headrace::predicted_ns(plan->stage, machine_, measured_shares());
  TRY_STATUS(get_code(*plan));
  pending_ = nullptr;
  morsels_ = 0;
  publish(std::move(plan));
  return kDone;
}

bool StagePlanner::wants_times() {
  if (!adapts_) return false;
  if (on_trial_.load(std::memory_order_relaxed)) {
    std::lock_guard lock(mutex_);
    if (trial_.has_value() && trial_->wants_fused()) return true;
  }
  return timed_batches_.fetch_add(1, std::memory_order_relaxed) % kBatchesBetweenTimes == kBatchesBetweenTimes - 1;
}

Status StagePlanner::note_times(const StagePlan& plan, const LoopMeasures& measured) {
  std::lock_guard lock(mutex_);
  if (plan_.get() != &plan) return kDone;  // of one that was replaced meanwhile
  note_ns(measured, plan.loops.size(), loop_ns_);
  if (!trial_.has_value() || !trial_->wants_fused()) return kDone;
  trial_->note_fused(measured);
  return trial_->complete() ? judge_trial() : kDone;
}

Status StagePlanner::note_load(uint64_t busy_ns, int64_t now_ns) {
  if (!waits_for_load_.load(std::memory_order_relaxed)) return kDone;
  std::lock_guard lock(mutex_);
  if (!waits_for_load_.load(std::memory_order_relaxed) || !load_.note(busy_ns, now_ns)) return kDone;
  waits_for_load_.store(false, std::memory_order_relaxed);
  Stage chosen = plan_->stage;  // by what was measured meanwhile, since no code is there yet
  const StageFlowShares shares = adapts_ ? measured_shares() : guessed_shares(stage_);
  if (adapts_) decide_again(chosen, machine_, shares);
  auto plan = make_plan(std::move(chosen));
  plan->predicted_ns = headrace::predicted_ns(plan->stage, machine_, shares);
  TRY_STATUS(get_code(*plan));
  pending_ = std::move(plan);
  publish_pending();
  return kDone;
}

void StagePlanner::note_last_latencies(const BatchLatencies& latencies) {
  std::lock_guard lock(mutex_);
  fused_latency_.add(latencies.fused);
  apart_latency_.add(latencies.apart);
}

Status StagePlanner::note_latencies(const BatchLatencies& latencies) {
  note_last_latencies(latencies);
  std::lock_guard lock(mutex_);
  const uint64_t target_ns = settings_.latency_target_ns;
  if (!adapts_ || target_ns == 0 || fused_latency_.count() < kLatenciesKnown || !has_code()) return kDone;
  const uint64_t fused_ns = fused_latency_.quantile_ns(0.99), apart_ns = apart_latency_.quantile_ns(0.99);
  const bool compared = apart_latency_.count() >= kLatenciesKnown;
  compares_latencies_.store(fused_ns > target_ns && !compared, std::memory_order_relaxed);
  if (fused_ns <= target_ns || !compared) return kDone;
  if (static_cast<double>(apart_ns) > static_cast<double>(fused_ns) * (1 - kLatencyGainMin)) return kDone;
  for (size_t loop = 0; loop < plan_->loops.size(); ++loop)
    if (plan_->loops[loop].code != nullptr)
      give_up(
          loop, Reason::kLatencyTarget,
          fmt::format(
              "kept 99 of 100 batches to {:.3f} ms, of which latency_target wants {:.3f}; its steps apart to {:.3f}",
              static_cast<double>(fused_ns) / 1e6, static_cast<double>(target_ns) / 1e6,
              static_cast<double>(apart_ns) / 1e6));
  return run_without_lost();
}

// A step that few rows have reached keeps the share that was guessed for it.
StageFlowShares StagePlanner::measured_shares() const {
  const StageFlowShares guessed = guessed_shares(stage_);
  StageFlowShares shares{{1.0}, {}};
  const StagePrices prices(stage_, machine_, guessed);
  for (uint32_t step = 0; step < stage_.steps.size(); ++step) {
    const StepSum& sum = sums_[step];
    const bool known = sum.rows_in >= kRowsKnown, timed = sum.timed_rows >= kRowsKnown;
    const double ratio = known ? static_cast<double>(sum.rows_out) / static_cast<double>(sum.rows_in)
                               : guessed.reaching[step + 1] / std::max(guessed.reaching[step], 1e-9);
    shares.reaching.push_back(shares.reaching.back() * ratio);
    const KernelPrice& price = prices.step_price(step);
    const double ns = timed ? static_cast<double>(sum.ns) / static_cast<double>(sum.timed_rows) : 0;
    const bool dear = timed && !price.vectorises && price.selected_ns > 0 && ns > kDearNs;
    shares.corrections.push_back(dear ? std::clamp(ns / price.selected_ns, 0.25, 8.0) : 1.0);
  }
  return shares;
}

Status StagePlanner::look() {
  if (waits_for_load_.load(std::memory_order_relaxed)) return kDone;
  if (std::ranges::any_of(plan_->loops, &StageLoop::quarantined)) return kDone;
  const StageFlowShares shares = measured_shares();
  share_out_ = shares.reaching.back();
  Stage better = plan_->stage;
  decide_again(better, machine_, shares);
  const double now_ns = headrace::predicted_ns(plan_->stage, machine_, shares);
  const double better_ns = headrace::predicted_ns(better, machine_, shares);
  const bool always = settings_.fusion_adapt == AdaptMode::kAlways;
  if (always) turn_cuts(better, changes_.size() * 5 + 3);
  if (same_decisions(better, plan_->stage) || (!always && better_ns > now_ns * (1 - kGainMin))) return kDone;
  if (pending_ != nullptr && same_decisions(better, pending_->stage)) return kDone;
  if (!always && morsels_ < morsels_between_) return kDone;
  auto plan = make_plan(std::move(better));
  plan->predicted_ns = better_ns;
  TRY_STATUS(get_code(*plan));
  changes_.push_back(
      fmt::format("{} in place of {}: {:.2f} in place of {:.2f} ns a row with the shares that were measured",
                  loops_text(plan->stage), loops_text(plan_->stage), better_ns, now_ns));
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
  publish(std::exchange(pending_, nullptr));
}

void StagePlanner::publish(std::shared_ptr<const StagePlan> plan) {
  plan_ = std::move(plan);
  loop_ns_.clear();
  trial_.reset();
  on_trial_.store(false, std::memory_order_relaxed);
  trial_is_due_.store(rows_.load(std::memory_order_relaxed) >= kRowsBeforeTrial, std::memory_order_relaxed);
  fused_latency_.clear();
  generation_.fetch_add(1, std::memory_order_release);
}

void StagePlanner::note_morsel(uint64_t rows_in, uint64_t rows_out) {
  if (rows_in == 0) return;
  std::lock_guard lock(mutex_);
  ++morsels_;
  publish_pending();
  if (!adapts_) return;
  begin_trial();
  if (share_out_ < 0) return;
  const double share = static_cast<double>(rows_out) / static_cast<double>(rows_in);
  const double low = std::min(share, share_out_), high = std::max(share, share_out_);
  if (high > low * kPartedFactor && high - low > kPartedShare) wanted_.store(true, std::memory_order_relaxed);
}

// Spread evenly: of n morsels as many as n times the share has whole ones.
bool StagePlanner::wants_fused() {
  const double share = pilot_share_.load(std::memory_order_relaxed);
  if (share >= 1) return true;
  const auto morsel = static_cast<double>(pilot_morsels_.fetch_add(1, std::memory_order_relaxed));
  return std::floor((morsel + 1) * share) > std::floor(morsel * share);
}

bool StagePlanner::wants_shadow() {
  if (trust_ == nullptr) return false;
  if (settings_.fusion_mode == FusionMode::kVerify || pilot_share_.load(std::memory_order_relaxed) < 1) return true;
  if (batches_per_shadow_ == 0) return false;
  return shadow_batches_.fetch_add(1, std::memory_order_relaxed) % batches_per_shadow_ == batches_per_shadow_ - 1;
}

void StagePlanner::note_shadow() {
  const double share = pilot_share_.load(std::memory_order_relaxed);
  if (share >= 1) return;
  std::lock_guard lock(mutex_);
  if (++pilot_batches_ < kPilotBatches) return;
  pilot_batches_ = 0;
  pilot_share_.store(std::min(1.0, 2 * share), std::memory_order_relaxed);
  changes_.push_back(fmt::format("pilot: both ways agreed in {} batches; {:.0f} % of morsels run fused", kPilotBatches,
                                 100 * std::min(1.0, 2 * share)));
}

LatencyReport StagePlanner::latency_report() const {
  return {fused_latency_.count(), fused_latency_.quantile_ns(0.5), fused_latency_.quantile_ns(0.99),
          apart_latency_.count(), apart_latency_.quantile_ns(0.99)};
}

PlanReport StagePlanner::report() const {
  std::lock_guard lock(mutex_);
  PlanReport report{.cuts = stage_.cuts, .step_ns = {}, .loop_ns = {}, .reaching = {}, .changes = changes_};
  if (plan_ == nullptr) return report;
  report.cuts = plan_->stage.cuts;
  report.predicted_ns = plan_->predicted_ns;
  report.latency = latency_report();
  report.load = load_.share();
  report.below_load = waits_for_load_.load(std::memory_order_relaxed);
  for (const RecentMedian& one : loop_ns_) report.loop_ns.push_back(one.value());
  if (!sums_.empty() && sums_[0].rows_in > 0) report.reaching = measured_shares().reaching;
  for (const RecentMedian& one : step_ns_) report.step_ns.push_back(one.value());
  report.unfused_ns = std::accumulate(report.step_ns.begin(), report.step_ns.end(), 0.0);
  return report;
}

}  // namespace headrace
