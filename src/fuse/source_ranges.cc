#include "expr/value_range.h"
#include "fuse/fan_out.h"
#include "fuse/stage.h"

namespace headrace {

std::optional<ValueRange> range_of_source(const SourceSpec& source, uint32_t column) {
  if (const auto* numbers = std::get_if<RangeSource>(&source); numbers != nullptr && numbers->begin < numbers->end)
    return ValueRange{numbers->begin, numbers->end - 1};
  if (const auto* table = std::get_if<TableSource>(&source); table != nullptr)
    return table->table->value_range(table->columns[column]);
  return std::nullopt;
}

std::vector<ValueRange> ranges_of_values(const Stage& stage) {
  std::vector<ValueRange> ranges;
  for (const StageValue& value : stage.values) ranges.push_back(value.range.value_or(whole_range(value.type.id)));
  for (const Step& step : stage.steps) {
    const auto* compute = std::get_if<Compute>(&step.node);
    if (compute == nullptr) continue;
    std::vector<ValueRange> arguments;
    for (const Operand operand : compute->arguments)
      arguments.push_back(operand.constant ? range_of_literal(stage.constants[operand.index].value)
                                           : ranges[operand.index]);
    ranges[compute->out] = range_of_call(*compute->kernel, arguments).range;
  }
  return ranges;
}

namespace {

std::optional<ValueRange> promised_range(const Program& program, const Stage& stage, uint32_t column) {
  if (!reads_fan_out(program, stage)) return range_of_source(stage.source, column);
  for (const Stage& feeding : program.stages) {
    if (feeding.sink != std::get<SinkSource>(stage.source).sink || column >= feeding.outputs.size()) continue;
    const Operand output = feeding.outputs[column];
    if (!output.constant) return ranges_of_values(feeding)[output.index];
  }
  return std::nullopt;
}

}  // namespace

bool keeps_ranges(const Program& program, const Stage& stage) {
  if (std::holds_alternative<StreamSource>(stage.source)) return true;
  for (ValueId value = 0; value < stage.values.size(); ++value) {
    const std::optional<ValueRange>& declared = stage.values[value].range;
    if (!declared.has_value()) continue;
    if (value >= stage.source_values) return false;
    const std::optional<ValueRange> actual = promised_range(program, stage, value);
    if (!actual.has_value() || actual->low < declared->low || actual->high > declared->high) return false;
  }
  return true;
}

}  // namespace headrace
