#include "fuse/decide_cuts.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <optional>
#include <set>

#include "base/limits.h"
#include "fuse/contracts.h"
#include "fuse/legality.h"
#include "fuse/liveness.h"
#include "fuse/predicate_share.h"

namespace headrace {

namespace {

// Prices in ns per row that enters the stage; docs/design/fuse.md says how they were measured.
constexpr double kStagedByteNs = 0.008;      // one byte written and read again inside L1/L2
constexpr double kLoopCallNs = 0.05;         // a loop's call and prologue, spread over a vector
constexpr double kSelectedLoopFactor = 2.5;  // a cheap kernel over a selection does not vectorise
constexpr double kVectorisedNs = 1.0;        // kernels below this price vectorise

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

// Share of the stage's rows that reach each step.
std::vector<double> rows_reaching(const Stage& stage) {
  const std::vector<double> selectivities = selectivities_of(stage);
  std::vector<double> share(stage.steps.size() + 1, 1.0);
  for (size_t i = 0; i < stage.steps.size(); ++i) {
    const auto* filter = std::get_if<FilterRows>(&stage.steps[i].node);
    const bool chooses = filter != nullptr && !filter->predicate.constant;
    share[i + 1] = share[i] * (chooses ? selectivities[filter->predicate.index] : 1.0);
    if (const auto* match = std::get_if<Match>(&stage.steps[i].node)) share[i + 1] = share[match->probe];
  }
  return share;
}

// The staged cut that legality asks for, if any.
std::optional<Cut> forced_cut(const Stage& stage, uint32_t cut) {
  const auto reason = barrier_between(contract_of(stage, stage.steps[cut]), contract_of(stage, stage.steps[cut + 1]));
  return reason ? std::optional(Cut{Decision::kStaged, *reason}) : std::nullopt;
}

class StagePrices {
 public:
  explicit StagePrices(const Stage& stage)
      : stage_(stage), share_(rows_reaching(stage)), live_bytes_(live_bytes_of(stage, liveness_of(stage))) {
    for (const Step& step : stage.steps) cost_ns_.push_back(contract_of(stage, step).cost_ns);
  }

  double cut_ns(uint32_t cut) const {
    return kStagedByteNs * static_cast<double>(live_bytes_[cut]) * share_[cut + 1] + kLoopCallNs;
  }

  // A step in the loop that begins with step `first`. A loop masks rows instead of leaving them: each step costs what enters
  // the loop, not what is still active.
  double step_ns(uint32_t first, uint32_t step) const {
    if (const auto* decode = std::get_if<Decode>(&stage_.steps[step].node)) {
      return decode_ns(stage_.values[decode->value].type, share_[first]);
    }
    const double ns = cost_ns_[step];
    const bool selected = share_[first] < 1.0 && ns < kVectorisedNs;
    return ns * share_[first] * (selected ? kSelectedLoopFactor : 1.0);
  }

 private:
  const Stage& stage_;
  const std::vector<double> share_;
  const std::vector<uint64_t> live_bytes_;
  std::vector<double> cost_ns_;  // by step
};

// Chooses among the free cuts by shortest path: nodes are cuts, an arc is one loop over the steps between two staged cuts.
class CutPlanner {
 public:
  CutPlanner(Stage& stage, const std::vector<bool>& staged, const std::vector<bool>& fused)
      : stage_(stage), must_stage_(staged), must_fuse_(fused), prices_(stage) {}

  void plan() {
    const auto count = static_cast<uint32_t>(stage_.steps.size());
    std::vector<double> best(count + 1, std::numeric_limits<double>::infinity());
    std::vector<uint32_t> from(count + 1, 0);
    best[0] = 0;
    for (uint32_t first = 0; first < count; ++first) {
      double loop_ns = kLoopCallNs;
      for (uint32_t last = first + 1; last <= count && last - first <= limits::kLoopStepsMax; ++last) {
        loop_ns += prices_.step_ns(first, last - 1);
        const bool at_end = last == count;
        if (!at_end && must_fuse_[last - 1]) continue;
        const double price = best[first] + loop_ns + (at_end ? 0 : prices_.cut_ns(last - 1));
        if (price < best[last]) {
          best[last] = price;
          from[last] = first;
        }
        if (!at_end && must_stage_[last - 1]) break;
      }
    }
    for (uint32_t at = from[count]; at > 0; at = from[at]) {
      const bool behind_filter = std::holds_alternative<FilterRows>(stage_.steps[at - 1].node);
      stage_.cuts[at - 1].decision = Decision::kStaged;
      stage_.cuts[at - 1].reason = behind_filter ? Reason::kSelectiveFilter : Reason::kCheaperApart;
    }
  }

 private:
  Stage& stage_;
  const std::vector<bool>& must_stage_;
  const std::vector<bool>& must_fuse_;
  const StagePrices prices_;
};

Status decide(const Program& program, uint32_t index, Stage& stage, const FuseOptions& options,
              const std::string& prefix) {
  const auto count = static_cast<uint32_t>(stage.steps.size());
  if (count == 0) return kDone;
  std::vector<bool> must_stage(count, false), must_fuse(count, false);
  uint32_t loop_steps = 0;
  const Cut fallback = options.mode == FusionMode::kOff      ? Cut{Decision::kStaged, Reason::kModeOff}
                       : options.mode == FusionMode::kStaged ? Cut{Decision::kStaged, Reason::kModeStaged}
                                                             : Cut{Decision::kRegister, Reason::kFused};
  for (uint32_t cut = 0; cut + 1 < count; ++cut) {
    ++loop_steps;
    stage.cuts[cut] = fallback;
    if (const auto forced = forced_cut(stage, cut)) stage.cuts[cut] = *forced;
    const std::string name = fmt::format("{}{}.{}", prefix, index, cut);
    if (const auto pin = options.pins.find(name); pin != options.pins.end()) {
      if (forced_cut(stage, cut).has_value() && pin->second == Decision::kRegister) {
        return Error{
            ErrorCode::kInvalidPlan,
            fmt::format("fusion.edge.{} cannot be pinned to register: {}", name, reason_text(Reason::kExpands)), "",
            ""};
      }
      stage.cuts[cut] = {pin->second, Reason::kPinned, true};
    }
    if (stage.cuts[cut].decision == Decision::kRegister && loop_steps >= limits::kLoopStepsMax)
      stage.cuts[cut] = {Decision::kStaged, Reason::kCodeTooLarge};
    must_stage[cut] = stage.cuts[cut].decision == Decision::kStaged;
    must_fuse[cut] = stage.cuts[cut].pinned && !must_stage[cut];
    if (must_stage[cut]) loop_steps = 0;
  }
  const bool shares_loop = options.mode == FusionMode::kFull || options.mode == FusionMode::kOn;
  stage.cuts[count - 1] = cut_before_sink(contract_of(program.sinks[stage.sink].node), shares_loop);
  const std::vector<Cut> before = stage.cuts;
  if (options.mode == FusionMode::kOn) CutPlanner(stage, must_stage, must_fuse).plan();
  const StagePrices prices(stage);
  const std::vector<uint64_t> live_bytes = live_bytes_of(stage, liveness_of(stage));
  for (uint32_t cut = 0; cut < count; ++cut) {
    if (cut + 1 == count || must_stage[cut]) stage.cuts[cut] = before[cut];
    stage.cuts[cut].live_bytes_per_row = live_bytes[cut];
    stage.cuts[cut].predicted_ns_per_row = cut + 1 < count ? prices.cut_ns(cut) : 0;
  }
  return kDone;
}

}  // namespace

double predicted_ns(const Stage& stage) {
  const StagePrices prices(stage);
  double ns = 0;
  for (const StepInterval interval : intervals_of(stage)) {
    ns += kLoopCallNs;
    for (uint32_t step = interval.first; step < interval.last; ++step) ns += prices.step_ns(interval.first, step);
    if (interval.last < stage.steps.size()) ns += prices.cut_ns(interval.last - 1);
  }
  return ns;
}

namespace {

std::string part_prefix(const std::string& prefix, uint32_t stage, std::string_view part) {
  return fmt::format("{}{}.{}.", prefix, stage, part);
}

void note_cuts(const Program& program, const std::string& prefix, std::set<std::string>& names) {
  for (uint32_t index = 0; index < program.stages.size(); ++index) {
    const Stage& stage = program.stages[index];
    for (uint32_t cut = 0; cut + 1 < stage.steps.size(); ++cut)
      names.insert(fmt::format("{}{}.{}", prefix, index, cut));
    if (const auto* recursion = std::get_if<RecursionSource>(&stage.source)) {
      note_cuts(*recursion->base, part_prefix(prefix, index, "base"), names);
      note_cuts(*recursion->step, part_prefix(prefix, index, "step"), names);
    }
  }
}

Status decide_all(Program& program, const FuseOptions& options, const std::string& prefix) {
  for (uint32_t index = 0; index < program.stages.size(); ++index) {
    TRY_STATUS(decide(program, index, program.stages[index], options, prefix));
    auto* recursion = std::get_if<RecursionSource>(&program.stages[index].source);
    if (recursion == nullptr) continue;
    for (const auto& [part, name] : {std::pair(&recursion->base, "base"), std::pair(&recursion->step, "step")}) {
      Program changed = **part;
      TRY_STATUS(decide_all(changed, options, part_prefix(prefix, index, name)));
      *part = std::make_shared<const Program>(std::move(changed));
    }
  }
  return kDone;
}

}  // namespace

Status decide_cuts(Program& program, const FuseOptions& options) {
  std::set<std::string> names;
  if (!options.pins.empty()) note_cuts(program, "", names);
  for (const auto& [name, decision] : options.pins)
    if (!names.contains(name))
      return Error{ErrorCode::kInvalidPlan, fmt::format("fusion.edge.{} names no cut of this query", name), "",
                   "EXPLAIN (FUSION) lists the stages and their cuts"};
  return decide_all(program, options, "");
}

}  // namespace headrace
