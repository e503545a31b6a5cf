#include "fuse/place_decodes.h"

#include <algorithm>

#include "fuse/liveness.h"

namespace headrace {

namespace {

// Of a probe: which rows come out is known from the keys alone, and some may not.
bool drops_rows(const Stage& stage, uint32_t probe) {
  const JoinKind kind = std::get<Probe>(stage.steps[probe].node).kind;
  for (uint32_t step = probe + 1; step < stage.steps.size(); ++step)
    if (const auto* match = std::get_if<Match>(&stage.steps[step].node); match != nullptr && match->probe == probe)
      return false;
  return !keeps_left_rows(kind) && kind != JoinKind::kMark;
}

}  // namespace

void place_decodes(Stage& stage) {
  const auto count = static_cast<uint32_t>(stage.steps.size());
  constexpr uint32_t kNever = ~uint32_t{0};
  std::vector<uint32_t> first_read(stage.source_values, kNever);
  const auto read = [&](Operand operand, uint32_t step) {
    if (!operand.constant && operand.index < stage.source_values)
      first_read[operand.index] = std::min(first_read[operand.index], step);
  };
  for (uint32_t step = 0; step < count; ++step)
    for_each_operand(stage.steps[step], [&](Operand operand) { read(operand, step); });
  for (const Operand operand : stage.outputs) read(operand, count);

  std::vector<Step> steps;
  std::vector<uint32_t> moved(count);  // where each step lies now
  bool filtered = false, other_rows = false;
  const auto decode_what = [&](uint32_t step) {
    for (ValueId value = 0; value < stage.source_values; ++value)
      if (filtered && !other_rows && first_read[value] == step) steps.push_back({Decode{value}, {}});
  };
  for (uint32_t step = 0; step < count; ++step) {
    if (auto* probe = std::get_if<Probe>(&stage.steps[step].node);
        probe != nullptr && !other_rows && drops_rows(stage, step)) {
      for (ValueId value = 0; value < stage.source_values; ++value)
        if (first_read[value] == step && std::ranges::count(probe->keys, Operand{false, value}) == 0) {
          probe->decoded.push_back(value);
          first_read[value] = kNever;
        }
    }
    decode_what(step);
    moved[step] = static_cast<uint32_t>(steps.size());
    filtered |= std::holds_alternative<FilterRows>(stage.steps[step].node);
    other_rows |= starts_rows(stage.steps[step]);
    steps.push_back(std::move(stage.steps[step]));
    if (auto* match = std::get_if<Match>(&steps.back().node)) match->probe = moved[match->probe];
  }
  decode_what(count);
  stage.steps = std::move(steps);
}

std::vector<bool> decoded_columns(const Stage& stage) {
  std::vector<bool> decoded(stage.source_values, false);
  for (const Step& step : stage.steps) {
    if (const auto* decode = std::get_if<Decode>(&step.node)) decoded[decode->value] = true;
    if (const auto* probe = std::get_if<Probe>(&step.node))
      for (const ValueId value : probe->decoded) decoded[value] = true;
  }
  return decoded;
}

}  // namespace headrace
