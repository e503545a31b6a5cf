// fuse/test_stages.h — for tests: a program of random steps over columns of every type.
#pragma once

#include <random>
#include <vector>

#include "base/check.h"
#include "fuse/stage.h"

namespace headrace {

using Random = std::mt19937_64;

// x, y int64 → #0 gt(x, y), #1 filter, #2 multiply(x, y), #3 add(#2, x) → collect, in one loop. Behind a filter that keeps few rows a loop
// of its own pays.
inline Stage filtered_stage() {
  Stage stage;
  stage.source = StreamSource{};
  stage.source_values = 2;
  for (const char* name : {"x", "y"}) stage.values.push_back({.name = name, .type = kInt64, .nullable = false});
  stage.values.push_back({.name = "p", .type = kBool, .nullable = false});
  stage.values.push_back({.name = "product", .type = kInt64, .nullable = false});
  stage.values.push_back({.name = "sum", .type = kInt64, .nullable = false});
  stage.steps = {{Compute{find_overload("gt_I64_I64"), {{false, 0}, {false, 1}}, 2}, {}},
                 {FilterRows{{false, 2}}, {}},
                 {Compute{find_overload("multiply_i64_i64"), {{false, 0}, {false, 1}}, 3}, {}},
                 {Compute{find_overload("add_i64_i64"), {{false, 3}, {false, 0}}, 4}, {}}};
  stage.cuts.assign(4, {Decision::kRegister, Reason::kFused});
  stage.cuts[3] = {Decision::kMaterialized, Reason::kBreaker};
  stage.outputs = {{false, 4}};
  return stage;
}

// Stage 0 builds the join table (sink 0) that the probes of stage 1 look into; stage 1 has at most `steps_max` steps and a
// few outputs of its last row domain (sink 1). Passes verify().
class RandomProgram {
 public:
  RandomProgram(Random& random, uint32_t steps_max) : random_(random) {
    program_.sinks.push_back({JoinBuildSink{1}, kTable, kTable, 1});
    Stage build;
    build.source = StreamSource{};
    for (const Column& column : kTable) visible_.push_back(define(build, column.type, column.nullable));
    build.source_values = static_cast<uint32_t>(build.values.size());
    for (const ValueId value : visible_) build.outputs.push_back({false, value});
    program_.stages.push_back(std::move(build));

    stage_.source = StreamSource{};
    visible_.clear();
    for (const Type type : {kBool, kInt32, kInt64, kFloat64, decimal(10, 2), kDate, kTimestamp, kUtf8})
      visible_.push_back(define(stage_, type, below(2) == 0));
    stage_.source_values = static_cast<uint32_t>(stage_.values.size());
    const uint32_t steps = below(steps_max) + 1;
    while (stage_.steps.size() < steps) append_step();
    stage_.cuts.assign(stage_.steps.size(), Cut{});
    finish();
  }

  Program take() { return std::move(program_); }

 private:
  inline static const Schema kTable{{"key", kInt64, false}, {"text", kUtf8, true}};

  uint32_t below(size_t end) { return static_cast<uint32_t>(random_() % end); }

  ValueId define(Stage& stage, Type type, bool nullable) {
    stage.values.push_back(
        {.name = "value " + std::to_string(stage.values.size()), .type = type, .nullable = nullable});
    return static_cast<ValueId>(stage.values.size() - 1);
  }

  // A visible value of the type, or at times a constant; none when there is neither.
  std::optional<Operand> operand(TypeId type, bool structural) {
    std::vector<ValueId> fitting;
    for (const ValueId value : visible_)
      if (stage_.values[value].type.id == type) fitting.push_back(value);
    const bool number = type == TypeId::kInt32 || type == TypeId::kInt64;
    if (number && (structural || fitting.empty() || below(4) == 0)) return constant(type, structural);
    if (fitting.empty()) return std::nullopt;
    return Operand{false, fitting[below(fitting.size())]};
  }

  Operand constant(TypeId type, bool structural) {
    const auto number = static_cast<int32_t>(below(3));
    const Value value = type == TypeId::kInt32 ? Value{kInt32, number} : Value{kInt64, static_cast<int64_t>(number)};
    for (uint32_t index = 0; index < stage_.constants.size(); ++index)
      if (stage_.constants[index].value == value && stage_.constants[index].structural == structural)
        return {true, index};
    stage_.constants.push_back({value, structural});
    return {true, static_cast<uint32_t>(stage_.constants.size() - 1)};
  }

  void append_step() {
    const uint32_t kind = below(12);
    if (kind == 0) {
      append_probe();
    } else if (kind <= 2) {
      if (const auto predicate = operand(TypeId::kBool, false)) stage_.steps.push_back({FilterRows{*predicate}, {}});
    } else {
      append_compute();
    }
  }

  void append_compute() {
    const Function& function = functions()[below(functions().size())];
    const Overload& overload = function.overloads[below(function.overloads.size())];
    if (function.name.starts_with("cast_to_") && overload.arguments.size() > 1) return;  // literals that suit the types
    Compute step{&overload, {}, 0};
    for (size_t i = 0; i < overload.arguments.size(); ++i) {
      const auto argument = operand(overload.arguments[i], i > 0 && function.literals_shape_code);
      if (!argument.has_value()) return;
      step.arguments.push_back(*argument);
    }
    bool nullable = below(3) == 0 || function.name == "try_result";
    for (const Operand argument : step.arguments)
      nullable |= !argument.constant && stage_.values[argument.index].nullable;
    step.out = define(stage_,
                      overload.result == TypeId::kDecimal128 ? decimal(20, 2)
                      : is_decimal(overload.result)          ? decimal(10, 2)
                                                             : Type{overload.result},
                      nullable);
    stage_.values[step.out].may_fault = !nullable;
    visible_.push_back(step.out);
    const TextPosition where{below(2), below(70) + 1};
    stage_.steps.push_back({std::move(step), where});
  }

  void append_probe() {
    const auto key = operand(TypeId::kInt64, false);
    Probe probe{0, below(2) == 0 ? JoinKind::kInner : JoinKind::kLeft, {*key}, {}, {}};
    std::vector<ValueId> behind;
    for (const ValueId value : visible_) {
      if (below(4) == 0) continue;
      behind.push_back(define(stage_, stage_.values[value].type, stage_.values[value].nullable));
      probe.carried.emplace_back(value, behind.back());
    }
    behind.push_back(define(stage_, kUtf8, true));
    probe.fetched.emplace_back(1, behind.back());
    visible_ = std::move(behind);
    stage_.steps.push_back({std::move(probe), {}});
  }

  void finish() {
    Schema schema;
    for (uint32_t i = 0; i < 3; ++i) {
      const ValueId value = visible_[below(visible_.size())];
      stage_.outputs.push_back({false, value});
      schema.push_back({"column " + std::to_string(i), stage_.values[value].type, stage_.values[value].nullable});
    }
    stage_.sink = 1;
    program_.sinks.push_back({CollectSink{true}, schema, schema, 1});
    program_.stages.push_back(std::move(stage_));
    program_.result = 1;
    CHECK(verify(program_).ok());
  }

  Random& random_;
  Program program_;
  Stage stage_;
  std::vector<ValueId> visible_;
};

}  // namespace headrace
