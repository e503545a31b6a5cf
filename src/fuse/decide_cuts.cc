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
#include "fuse/source_rows.h"
#include "fuse/stage_prices.h"

namespace headrace {

namespace {

// ns per row for the machine code of a loop, or for going without, whichever is less. All 0: code is there, or costs nothing.
struct CodePrices {
  double loop_ns = 0, step_ns = 0, interpreted_step_ns = 0;

  double of(uint32_t steps) const { return std::min(loop_ns + steps * step_ns, steps * interpreted_step_ns); }
};

CodePrices code_prices(const Stage& stage, const FuseOptions& options) {
  const std::optional<uint64_t> rows = known_rows(stage.source);
  if (!options.charges_code || !rows.has_value()) return {};
  const auto count = static_cast<double>(std::max<uint64_t>(*rows, 1));
  return {options.machine->compile_ns / count, options.machine->compile_step_ns / count, kInterpretedStepNs};
}

// The cheapest of all sets by shortest path: nodes are cuts, an arc is one loop over the steps between two staged ones. `staged` and
// `fused`: cuts that must be so; the last cut is the sink's business.
void choose(Stage& stage, const StagePrices& prices, const CodePrices& code, const std::vector<bool>& staged,
            const std::vector<bool>& fused) {
  const auto count = static_cast<uint32_t>(stage.steps.size());
  std::vector<double> best(count + 1, std::numeric_limits<double>::infinity());
  std::vector<uint32_t> from(count + 1, 0);
  best[0] = 0;
  for (uint32_t first = 0; first < count; ++first) {
    if (first > 0 && fused[first - 1]) continue;
    StagePrices::Loop loop(prices, first);
    for (uint32_t last = first + 1; last <= count && last - first <= limits::kLoopStepsMax; ++last) {
      loop.add_step();
      const bool at_end = last == count;
      if (!at_end && fused[last - 1]) continue;
      const double price = best[first] + loop.ns() + code.of(last - first);
      if (price < best[last]) {
        best[last] = price;
        from[last] = first;
      }
      if (!at_end && staged[last - 1]) break;
    }
  }
  for (uint32_t at = from[count]; at > 0; at = from[at]) {
    if (staged[at - 1]) continue;
    const bool behind_filter = std::holds_alternative<FilterRows>(stage.steps[at - 1].node);
    stage.cuts[at - 1].decision = Decision::kStaged;
    stage.cuts[at - 1].reason = behind_filter ? Reason::kSelectiveFilter : Reason::kCheaperApart;
  }
}

void price_cuts(Stage& stage, const StagePrices& prices, const CodePrices& code) {
  const std::vector<uint64_t> live_bytes = live_bytes_of(stage, liveness_of(stage));
  for (uint32_t cut = 0; cut < stage.cuts.size(); ++cut) {
    stage.cuts[cut].live_bytes_per_row = live_bytes[cut];
    stage.cuts[cut].predicted_ns_per_row = cut + 1 < stage.cuts.size() ? prices.cut_ns(cut) : 0;
    stage.cuts[cut].code_ns_otherwise = 0;
  }
  const std::vector<StepInterval> loops = intervals_of(stage);
  for (size_t loop = 0; loop < loops.size(); ++loop) {
    const auto [first, last] = loops[loop];
    for (uint32_t cut = first; cut + 1 < last; ++cut)
      stage.cuts[cut].code_ns_otherwise = code.of(cut + 1 - first) + code.of(last - cut - 1) - code.of(last - first);
    if (loop + 1 == loops.size()) break;
    const uint32_t end = loops[loop + 1].last;
    stage.cuts[last - 1].code_ns_otherwise = code.of(end - first) - code.of(last - first) - code.of(end - last);
  }
}

bool is_isolated(const Step& step, const FuseOptions& options) {
  if (const auto* compute = std::get_if<Compute>(&step.node))
    return options.isolated.contains(compute->kernel->function->name);
  const auto* accumulate = std::get_if<Accumulate>(&step.node);
  return accumulate != nullptr && options.isolated.contains(accumulate->aggregate->aggregate->name);
}

Error bad_pin(const std::string& name, Reasons barriers) {
  return {ErrorCode::kInvalidPlan,
          fmt::format("fusion.edge.{} cannot be pinned to register: {}", name, reason_text(weightiest(barriers))), "",
          ""};
}

bool hands_on_computed(const Stage& stage) {
  return std::ranges::any_of(stage.outputs,
                             [&](Operand output) { return !output.constant && output.index >= stage.source_values; });
}

Status decide(const Program& program, uint32_t index, Stage& stage, const FuseOptions& options,
              const std::string& prefix) {
  const auto count = static_cast<uint32_t>(stage.steps.size());
  if (count == 0) return kDone;
  std::vector<bool> must_stage(count, false), must_fuse(count, false);
  uint32_t loop_steps = 0;
  for (uint32_t cut = 0; cut + 1 < count; ++cut) {
    const std::string name = fmt::format("{}{}.{}", prefix, index, cut);
    const auto pin = options.pins.find(name);
    const std::optional<Decision> asked = pin == options.pins.end() ? std::nullopt : std::optional(pin->second);
    const Contract before = contract_of(stage, stage.steps[cut]), behind = contract_of(stage, stage.steps[cut + 1]);
    const bool isolated = is_isolated(stage.steps[cut], options) || is_isolated(stage.steps[cut + 1], options);
    const Reasons barriers = barriers_at({before, behind, options.mode, asked, isolated, ++loop_steps});
    if (forbids_a_pin(barriers) && asked == Decision::kRegister) return bad_pin(name, barriers);
    Cut& decided = stage.cuts[cut] = {.pinned = asked.has_value(), .barriers = barriers};
    decided.decision = barriers != 0 ? Decision::kStaged : Decision::kRegister;
    decided.reason = barriers != 0 ? weightiest(barriers) : (asked.has_value() ? Reason::kPinned : Reason::kFused);
    must_stage[cut] = barriers != 0;
    must_fuse[cut] = barriers == 0 && asked.has_value();
    if (must_stage[cut]) loop_steps = 0;
  }
  const bool shares_loop = options.mode == FusionMode::kFull || is_chosen(options.mode);
  stage.cuts[count - 1] = cut_before_sink(contract_of(program.sinks[stage.sink].node), shares_loop);
  if (stage.cuts[count - 1].reason == Reason::kFanOut && hands_on_computed(stage))
    stage.cuts[count - 1].reason = Reason::kEvaluatedMoreOften;
  const StageFlowShares shares = guessed_shares(stage);
  const StagePrices prices(stage, *options.machine, shares);
  const CodePrices code = code_prices(stage, options);
  if (is_chosen(options.mode)) choose(stage, prices, code, must_stage, must_fuse);
  price_cuts(stage, prices, code);
  return kDone;
}

}  // namespace

void decide_again(Stage& stage, const Machine& machine, const StageFlowShares& shares) {
  const auto count = static_cast<uint32_t>(stage.steps.size());
  if (count == 0) return;
  std::vector<bool> must_stage(count, false), must_fuse(count, false);
  for (uint32_t cut = 0; cut + 1 < count; ++cut) {
    Cut& decided = stage.cuts[cut];
    must_stage[cut] = decided.barriers != 0 || (decided.pinned && decided.decision == Decision::kStaged);
    must_fuse[cut] = decided.pinned && !must_stage[cut];
    if (is_free(decided)) decided = {Decision::kRegister, Reason::kFused};
  }
  const StagePrices prices(stage, machine, shares);
  choose(stage, prices, {}, must_stage, must_fuse);
  price_cuts(stage, prices, {});
}

double predicted_ns(const Stage& stage, const Machine& machine, const StageFlowShares& shares) {
  const StagePrices prices(stage, machine, shares);
  double ns = 0;
  for (const StepInterval interval : intervals_of(stage)) ns += prices.loop_ns(interval);
  return ns;
}

double predicted_ns(const Stage& stage, const Machine& machine) {
  return predicted_ns(stage, machine, guessed_shares(stage));
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
