#include "execute/compile/test_stage.h"

#include <cstring>

#include "base/check.h"
#include "execute/constants.h"
#include "execute/interpret/interpreter.h"
#include "kernel/loops.h"
#include "types/batch.h"

namespace headrace {

ValueId TestStage::input(Type type, bool nullable) {
  stage.values.push_back({.name = "in", .type = type, .nullable = nullable, .may_fault = false});
  stage.source_values = static_cast<uint32_t>(stage.values.size());
  return stage.source_values - 1;
}

Operand TestStage::constant(Value value, bool structural) {
  stage.constants.push_back({std::move(value), structural});
  return {.constant = true, .index = static_cast<uint32_t>(stage.constants.size() - 1)};
}

Operand TestStage::compute(std::string_view symbol, std::vector<Operand> arguments) {
  const Overload* kernel = find_overload(symbol);
  CHECK(kernel != nullptr);
  return compute(*kernel, std::move(arguments));
}

Operand TestStage::compute(const Overload& kernel, std::vector<Operand> arguments) {
  StageValue declared{
      .name = "v", .type = {kernel.result}, .nullable = false, .may_fault = kernel.function->contract.faults != 0};
  for (const Operand& argument : arguments) {
    declared.nullable |=
        argument.constant ? stage.constants[argument.index].value.is_null() : stage.values[argument.index].nullable;
    declared.may_fault |= !argument.constant && stage.values[argument.index].may_fault;
  }
  if (is_decimal(kernel.result)) declared.type = sample_type(kernel.result);
  const auto out = static_cast<ValueId>(stage.values.size());
  stage.values.push_back(declared);
  stage.steps.push_back({.node = Compute{&kernel, std::move(arguments), out}, .where = {}});
  return value(out);
}

void TestStage::filter(Operand predicate) { stage.steps.push_back({.node = FilterRows{predicate}, .where = {}}); }

void TestStage::accumulate(std::string_view symbol, std::vector<Operand> arguments) {
  const AggregateOverload* aggregate = find_aggregate_overload(symbol);
  CHECK(aggregate != nullptr);
  stage.steps.push_back({.node = Accumulate{aggregate, std::move(arguments), slots++}, .where = {}});
}

TestStage TestStage::under_null_policy() const {
  TestStage copy = *this;
  for (StageValue& declared : copy.stage.values) {
    declared.nullable |= declared.may_fault;
    declared.may_fault = false;
  }
  return copy;
}

LoopShape TestStage::shape(bool faults_become_null) const {
  LoopShape shape{.stage = &stage,
                  .interval = {0, static_cast<uint32_t>(stage.steps.size())},
                  .inputs = {},
                  .outputs = {},
                  .has_filter = false,
                  .faults_become_null = faults_become_null};
  for (ValueId id = 0; id < stage.source_values; ++id) shape.inputs.push_back(id);
  for (ValueId id = stage.source_values; id < stage.values.size(); ++id) {
    for (const Operand& output : stage.outputs) {
      if (!output.constant && output.index == id) {
        shape.outputs.push_back(id);
        break;
      }
    }
  }
  for (const Step& step : stage.steps) shape.has_filter |= std::holds_alternative<FilterRows>(step.node);
  return shape;
}

namespace {

std::string display(Type type, const void* data, bool valid, uint32_t row) {
  const uint8_t validity = valid ? 1 : 0;
  const char* at = static_cast<const char*>(data) + size_t{row} * width_bytes(type.id);
  if (is_float(type) && valid) {  // bits, so that -0 and NaN payloads show
    uint64_t bits = 0;
    std::memcpy(&bits, at, width_bytes(type.id));
    return std::to_string(bits);
  }
  alignas(16) char aligned[16];
  std::memcpy(aligned, at, width_bytes(type.id));
  return to_display(value_at(
      {.type = type, .encoding = Encoding::kConstant, .data = aligned, .validity = &validity, .owner = {}}, 0));
}

struct States {
  explicit States(const Stage& stage) {
    for (const Step& step : stage.steps) {
      if (const auto* accumulate = std::get_if<Accumulate>(&step.node)) {
        aggregates.push_back(accumulate->aggregate);
        arguments.push_back(accumulate->arguments);
        memory.emplace_back(accumulate->aggregate->state_bytes / sizeof(std::max_align_t) + 1);
        pointers.push_back(memory.back().data());
        loop_table().aggregates[accumulate->aggregate->id].init(pointers.back());
      }
    }
  }
  std::vector<std::string> finish() const {
    std::vector<std::string> values;
    for (size_t i = 0; i < aggregates.size(); ++i) {
      alignas(16) char value[16] = {};
      uint32_t bits = 0;
      const bool valid = loop_table().aggregates[aggregates[i]->id].finish(pointers[i], value, bits, 2);
      Type type{aggregates[i]->result};
      if (is_decimal(type)) type = sample_type(type.id);
      values.push_back(display(type, value, valid && bits == 0, 0) + "/" + std::to_string(bits));
    }
    return values;
  }
  std::vector<const AggregateOverload*> aggregates;
  std::vector<std::vector<Operand>> arguments;
  std::vector<std::vector<std::max_align_t>> memory;
  std::vector<void*> pointers;
};

std::string line_of(const Stage& stage, const LoopShape& shape, uint32_t row, const auto& column) {
  std::string line;
  for (size_t i = 0; i < shape.outputs.size(); ++i) {
    const auto [data, validity] = column(i);
    const Type type = stage.values[shape.outputs[i]].type;
    const bool valid = validity == nullptr || validity[row] != 0;
    line += valid ? display(type, data, true, row) : "null";
    line += " | ";
  }
  return line;
}

}  // namespace

LoopRun run_interpreted(const TestStage& test, bool faults_become_null, const LoopInput& input) {
  Stage stage = test.stage;
  stage.cuts.resize(stage.steps.size());
  const ConstantPool constants(stage);
  Interpreter interpreter(stage, constants, faults_become_null);
  Arena arena;
  KernelContext context{&arena};
  States states(stage);
  std::vector<Slot> slots(stage.values.size());
  for (ValueId id = 0; id < stage.source_values; ++id) {
    const TestColumn& column = input.columns[id];
    slots[id] = {.data = column.data.data(),
                 .validity = column.validity.empty() ? nullptr : column.validity.data(),
                 .owner = {}};
  }
  RowDomain domain{input.rows, input.selection.empty() ? nullptr : input.selection.data(),
                   input.selection.empty() ? input.rows : static_cast<uint32_t>(input.selection.size())};
  LoopRun run;
  std::vector<std::vector<uint16_t>> selections;
  for (const Step& step : stage.steps) {
    run.nulled.push_back(0);
    if (const auto* compute = std::get_if<Compute>(&step.node)) {
      run.nulled.back() = interpreter.compute(*compute, domain, context, slots);
    } else if (const auto* filter = std::get_if<FilterRows>(&step.node)) {
      std::optional<RowFault> fault;
      selections.emplace_back(limits::kVectorRowsMax + 8);
      domain = interpreter.filter(*filter, domain, slots, selections.back().data(), fault);
      run.faulted |= fault.has_value();
    } else if (const auto* accumulate = std::get_if<Accumulate>(&step.node)) {
      for (const Operand& operand : accumulate->arguments)
        run.faulted |= interpreter.first_fault(operand, domain, slots).has_value();
      interpreter.accumulate(*accumulate, domain, context, slots, states.pointers[accumulate->slot]);
    }
  }
  const LoopShape shape = test.shape(faults_become_null);
  for (ValueId id : shape.outputs)
    run.faulted |= interpreter.first_fault(TestStage::value(id), domain, slots).has_value();
  if (run.faulted) return {.faulted = true, .rows = {}, .aggregates = {}, .nulled = {}};
  run.rows.assign(input.rows, "dropped");
  for (uint32_t i = 0; i < domain.selected; ++i) {
    const uint32_t row = domain.selection != nullptr ? domain.selection[i] : i;
    run.rows[row] = line_of(stage, shape, row, [&](size_t at) {
      const Slot& slot = slots[shape.outputs[at]];
      return std::pair(slot.data, slot.validity);
    });
  }
  run.aggregates = states.finish();
  return run;
}

LoopRun run_compiled(const TestStage& test, LoopCode code, bool faults_become_null, const LoopInput& input) {
  const Stage& stage = test.stage;
  const LoopShape shape = test.shape(faults_become_null);
  const ConstantPool constants(stage);
  Arena arena;
  KernelContext context{&arena};
  States states(stage);
  std::vector<ColumnIn> inputs;
  for (ValueId id : shape.inputs) {
    const TestColumn& column = input.columns[id];
    inputs.push_back({column.data.data(), column.validity.empty() ? nullptr : column.validity.data()});
  }
  std::vector<std::vector<std::max_align_t>> data;
  std::vector<std::vector<uint8_t>> validity;
  std::vector<ColumnOut> outputs;
  for (ValueId id : shape.outputs) {
    data.emplace_back(size_t{input.rows} * width_bytes(stage.values[id].type.id) / sizeof(std::max_align_t) + 1);
    const bool stored = stage.values[id].nullable;
    validity.emplace_back(stored ? input.rows : 0);
    outputs.push_back({data.back().data(), stored ? validity.back().data() : nullptr});
  }
  std::vector<uint8_t> active(input.rows, 0);
  std::vector<uint32_t> nulled(stage.steps.size(), 0);
  const LoopFrame frame{
      .rows = input.rows,
      .selected = input.selection.empty() ? input.rows : static_cast<uint32_t>(input.selection.size()),
      .selection = input.selection.empty() ? nullptr : input.selection.data(),
      .inputs = inputs.data(),
      .outputs = outputs.data(),
      .constants = constants.values(),
      .active = shape.has_filter ? active.data() : nullptr,
      .states = states.pointers.data(),
      .context = &context,
      .nulled = nulled.data()};
  if (code(&frame) != 0) return {.faulted = true, .rows = {}, .aggregates = {}, .nulled = {}};
  LoopRun run;
  run.rows.assign(input.rows, "dropped");
  for (uint32_t i = 0; i < frame.selected; ++i) {
    const uint32_t row = input.selection.empty() ? i : input.selection[i];
    if (shape.has_filter && active[row] == 0) continue;
    run.rows[row] = line_of(stage, shape, row, [&](size_t at) {
      return std::pair(static_cast<const void*>(outputs[at].data), static_cast<const uint8_t*>(outputs[at].validity));
    });
  }
  run.aggregates = states.finish();
  run.nulled = std::move(nulled);
  return run;
}

}  // namespace headrace
