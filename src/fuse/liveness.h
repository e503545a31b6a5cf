// fuse/liveness.h — where each value of a stage is defined and last read.
#pragma once

#include <vector>

#include "base/overloaded.h"
#include "fuse/stage.h"

namespace headrace {

inline constexpr uint32_t kBySource = ~uint32_t{0};

struct Liveness {
  std::vector<uint32_t> defined;    // by value: its step, or kBySource
  std::vector<uint32_t> last_read;  // by value: the last step that reads it; steps.size(): the sink
};
Liveness liveness_of(const Stage& stage);

// Bytes per row of computed values that cross each cut (behind step i): what staging it would write and read.
std::vector<uint64_t> live_bytes_of(const Stage& stage, const Liveness& liveness);

// Calls use(Operand) for everything the step reads, in order.
template <class Use>
void for_each_operand(const Step& step, Use&& use) {
  std::visit(Overloaded{[&](const Compute& s) {
                          for (const Operand operand : s.arguments) use(operand);
                        },
                        [&](const FilterRows& s) { use(s.predicate); }, [](const Decode&) {},
                        [&](const Probe& s) {
                          for (const Operand operand : s.keys) use(operand);
                          for (const auto& [before, after] : s.carried) use(Operand{false, before});
                        },
                        [&](const Match& s) {
                          if (s.verdict.has_value()) use(*s.verdict);
                          for (const auto& [before, after] : s.carried) use(Operand{false, before});
                        },
                        [&](const Expand& s) {
                          use(s.count);
                          for (const auto& [before, after] : s.carried) use(Operand{false, before});
                        },
                        [&](const Accumulate& s) {
                          for (const Operand operand : s.arguments) use(operand);
                        }},
             step.node);
}

// Calls define(ValueId) for everything the step defines, in order.
template <class Define>
void for_each_definition(const Step& step, Define&& define) {
  if (const auto* compute = std::get_if<Compute>(&step.node)) define(compute->out);
  if (const auto* decode = std::get_if<Decode>(&step.node)) define(decode->value);
  if (const auto* probe = std::get_if<Probe>(&step.node)) {
    for (const auto& [before, after] : probe->carried) define(after);
    for (const auto& [column, value] : probe->fetched) define(value);
    if (probe->mark.has_value()) define(*probe->mark);
  }
  if (const auto* expand = std::get_if<Expand>(&step.node)) {
    for (const auto& [before, after] : expand->carried) define(after);
    define(expand->number);
  }
  if (const auto* match = std::get_if<Match>(&step.node)) {
    for (const auto& [before, after] : match->carried) define(after);
    for (const auto& [column, value] : match->fetched) define(value);
    if (match->mark.has_value()) define(*match->mark);
  }
}

}  // namespace headrace
