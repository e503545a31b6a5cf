#include "fuse/fan_out.h"

#include <algorithm>
#include <set>

#include "fuse/contracts.h"
#include "fuse/legality.h"
#include "fuse/liveness.h"
#include "fuse/place_decodes.h"

namespace headrace {

namespace {

bool is_fan_out(const Program& program, uint32_t sink) {
  return sink < program.sinks.size() && !outlasts_its_stages(contract_of(program.sinks[sink].node));
}

// Columns of the source that a step or the sink reads.
std::vector<bool> read_columns(const Stage& stage) {
  std::vector<bool> read(stage.values.size(), false);
  const auto use = [&](Operand operand) {
    if (!operand.constant) read[operand.index] = true;
  };
  for (const Step& step : stage.steps) for_each_operand(step, use);
  for (const Operand operand : stage.outputs) use(operand);
  read.resize(stage.source_values);
  return read;
}

bool keeps_all_rows(const Stage& stage) {
  return std::ranges::none_of(
      stage.steps, [](const Step& step) { return starts_rows(step) || std::holds_alternative<FilterRows>(step.node); });
}

// How often the stage hands each column of its source on, and where first; columns that it computes with do not count.
struct PassedOn {
  uint32_t times = 0, output = 0;
};
std::vector<PassedOn> passed_on(const Stage& stage) {
  std::vector<PassedOn> passed(stage.source_values);
  for (uint32_t i = 0; i < stage.outputs.size(); ++i) {
    const Operand output = stage.outputs[i];
    if (output.constant || output.index >= stage.source_values) continue;
    PassedOn& column = passed[output.index];
    if (column.times++ == 0) column.output = i;
  }
  for (const Step& step : stage.steps)
    for_each_operand(step, [&](Operand operand) {
      if (!operand.constant && operand.index < stage.source_values) passed[operand.index].times = 0;
    });
  return passed;
}

// Calls before(stage) for each stage that must have ended when this one begins.
template <class Before>
void for_each_before(const Program& program, uint32_t index, Before&& before) {
  const Stage& stage = program.stages[index];
  std::set<uint32_t> complete;  // sinks
  if (const auto* source = std::get_if<SinkSource>(&stage.source); source != nullptr) {
    if (!is_fan_out(program, source->sink)) complete.insert(source->sink);
    for (uint32_t other = 0; other < program.stages.size(); ++other)  // unmatched rows are known when all have probed
      for (const Step& step : program.stages[other].steps)
        if (const auto* probe = std::get_if<Probe>(&step.node); probe != nullptr && probe->table == source->sink)
          before(other);
  }
  for (const Step& step : stage.steps)
    if (const auto* probe = std::get_if<Probe>(&step.node)) complete.insert(probe->table);
  for (uint32_t other = 0; other < program.stages.size(); ++other) {
    const Stage& one = program.stages[other];
    const bool in_turn = one.sink == stage.sink && one.sink_input < stage.sink_input &&
                         takes_inputs_in_turn(program.sinks[stage.sink].node);
    if (complete.contains(one.sink) || in_turn) before(other);
  }
}

}  // namespace

bool reads_fan_out(const Program& program, const Stage& stage) {
  const auto* source = std::get_if<SinkSource>(&stage.source);
  return source != nullptr && is_fan_out(program, source->sink);
}

std::vector<uint32_t> readers_of(const Program& program, uint32_t sink) {
  std::vector<uint32_t> readers;
  for (uint32_t index = 0; index < program.stages.size(); ++index)
    if (const auto* source = std::get_if<SinkSource>(&program.stages[index].source);
        source != nullptr && source->sink == sink)
      readers.push_back(index);
  return readers;
}

uint32_t running_stage(const Program& program, uint32_t stage) {
  if (!reads_fan_out(program, program.stages[stage])) return stage;
  const uint32_t sink = std::get<SinkSource>(program.stages[stage].source).sink;
  for (uint32_t feeding = 0; feeding < program.stages.size(); ++feeding)
    if (feeding != stage && program.stages[feeding].sink == sink) return running_stage(program, feeding);
  return stage;
}

std::vector<uint32_t> late_columns(const Program& program, uint32_t index) {
  const Stage& stage = program.stages[index];
  std::vector<bool> late = decoded_columns(stage);
  if (is_fan_out(program, stage.sink) && keeps_all_rows(stage)) {
    const std::vector<PassedOn> passed = passed_on(stage);
    const std::vector<uint32_t> readers = readers_of(program, stage.sink);
    for (uint32_t column = 0; column < stage.source_values; ++column) {
      if (late[column] || passed[column].times != 1) continue;
      const uint32_t output = passed[column].output;
      uint32_t reading = 0, decoding = 0;
      for (const uint32_t reader : readers) {
        reading += read_columns(program.stages[reader])[output] ? 1 : 0;
        const std::vector<uint32_t> of_reader = late_columns(program, reader);
        decoding += std::ranges::binary_search(of_reader, output) ? 1 : 0;
      }
      late[column] = reading == 1 && decoding == 1;
    }
  }
  std::vector<uint32_t> columns;
  for (uint32_t column = 0; column < late.size(); ++column)
    if (late[column]) columns.push_back(column);
  return columns;
}

bool waits_for_itself(const Program& program) {
  std::vector<uint32_t> running(program.stages.size());
  for (uint32_t stage = 0; stage < running.size(); ++stage) running[stage] = running_stage(program, stage);
  return would_wait_for_itself(program, running);
}

bool would_wait_for_itself(const Program& program, const std::vector<uint32_t>& begins_with) {
  const auto count = static_cast<uint32_t>(program.stages.size());
  std::vector<std::set<uint32_t>> before(count);  // by the stage that runs others
  for (uint32_t stage = 0; stage < count; ++stage)
    for_each_before(program, stage, [&](uint32_t other) { before[begins_with[stage]].insert(begins_with[other]); });
  std::vector<bool> begun(count, false);
  for (bool more = true; more;) {
    more = false;
    for (uint32_t stage = 0; stage < count; ++stage) {
      if (begun[stage] || begins_with[stage] != stage) continue;
      if (!std::ranges::all_of(before[stage], [&](uint32_t other) { return begun[other]; })) continue;
      begun[stage] = more = true;
    }
  }
  for (uint32_t stage = 0; stage < count; ++stage)
    if (begins_with[stage] == stage && !begun[stage]) return true;
  return false;
}

}  // namespace headrace
