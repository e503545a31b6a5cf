#include "execute/loop_program.h"

#include <algorithm>
#include <map>

#include "base/check.h"
#include "base/overloaded.h"

namespace headrace {
namespace {

// Copies values and steps under new numbers.
class LoopCopy {
 public:
  explicit LoopCopy(const LoopShape& shape) : from_(*shape.stage) {
    stage_.source = StreamSource{};
    stage_.constants = from_.constants;
    for (const ValueId input : shape.inputs) add_value(input);
    stage_.source_values = static_cast<uint32_t>(stage_.values.size());
    for (uint32_t step = shape.interval.first; step < shape.interval.last; ++step) add_step(from_.steps[step]);
    stage_.cuts.assign(stage_.steps.size(), Cut{Decision::kRegister, Reason::kFused});
    for (const ValueId output : shape.outputs) stage_.outputs.push_back({false, numbers_.at(output)});
  }

  Stage& stage() { return stage_; }
  Operand operand(Operand before) const { return before.constant ? before : Operand{false, numbers_.at(before.index)}; }

 private:
  ValueId add_value(ValueId before) {
    const auto number = static_cast<ValueId>(stage_.values.size());
    stage_.values.push_back(from_.values[before]);
    numbers_[before] = number;
    return number;
  }

  std::vector<Operand> operands(const std::vector<Operand>& before) const {
    std::vector<Operand> all;
    for (const Operand one : before) all.push_back(operand(one));
    return all;
  }

  void add_step(const Step& step) {
    std::visit(
        Overloaded{
            [&](const Compute& node) {
              Compute copy{node.kernel, operands(node.arguments), 0};
              copy.out = add_value(node.out);
              stage_.steps.push_back({std::move(copy), step.where});
            },
            [&](const FilterRows& node) { stage_.steps.push_back({FilterRows{operand(node.predicate)}, step.where}); },
            [](const Decode&) {},  // its column is an input
            [&](const Accumulate& node) {
              stage_.steps.push_back({Accumulate{node.aggregate, operands(node.arguments), node.slot}, step.where});
            },
            [](const auto&) { CHECK(!"no such step is part of a compiled loop"); }},
        step.node);
  }

  const Stage& from_;
  Stage stage_;
  std::map<ValueId, ValueId> numbers_;
};

Schema schema_of(const Stage& stage) {
  Schema schema;
  for (const Operand output : stage.outputs) {
    const StageValue& value = stage.values[output.index];
    schema.push_back({value.name, value.type, value.nullable});
  }
  return schema;
}

// Slots are numbered anew: a loop may have some of its stage's.
SinkSpec sink_of_states(Stage& stage) {
  AggregateAllSink sink;
  SinkSpec spec;
  for (Step& step : stage.steps) {
    auto* accumulate = std::get_if<Accumulate>(&step.node);
    if (accumulate == nullptr) continue;
    accumulate->slot = static_cast<uint32_t>(sink.aggregates.size());
    GroupAggregate one{accumulate->aggregate, {}, Type{accumulate->aggregate->result}};
    for (const Operand argument : accumulate->arguments) {
      const Type type =
          argument.constant ? stage.constants[argument.index].value.type : stage.values[argument.index].type;
      one.columns.push_back(static_cast<uint32_t>(spec.input.size()));
      spec.input.push_back({"argument", type, true});
    }
    if (is_decimal(one.result)) one.result = decimal(one.result.id == TypeId::kDecimal64 ? 18 : 38, 0);
    spec.output.push_back({std::string(accumulate->aggregate->symbol), one.result, true});
    sink.aggregates.push_back(std::move(one));
  }
  spec.node = std::move(sink);
  return spec;
}

}  // namespace

Program program_of_loop(const LoopShape& shape) {
  LoopCopy copy(shape);
  Program program;
  Stage& stage = copy.stage();
  const bool accumulates =
      std::ranges::any_of(stage.steps, [](const Step& step) { return std::holds_alternative<Accumulate>(step.node); });
  if (accumulates) {
    stage.outputs.clear();
    program.sinks.push_back(sink_of_states(stage));
    const Schema output = program.sinks[0].output;
    Stage results;
    results.source = SinkSource{0};
    for (const Column& field : output) {
      results.outputs.push_back({false, static_cast<ValueId>(results.values.size())});
      results.values.push_back({.name = field.name, .type = field.type, .nullable = true});
    }
    results.source_values = static_cast<uint32_t>(results.values.size());
    results.sink = 1;
    program.sinks.push_back({CollectSink{true}, output, output, 1});
    program.stages = {std::move(stage), std::move(results)};
    program.result = 1;
  } else {
    const Schema schema = schema_of(stage);
    program.sinks.push_back({CollectSink{true}, schema, schema, 1});
    program.stages = {std::move(stage)};
  }
  return program;
}

}  // namespace headrace
