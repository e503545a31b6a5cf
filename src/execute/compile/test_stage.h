// execute/compile/test_stage.h — for tests: builds stages by hand, fills their inputs with random rows, and runs a loop both
// ways, compiled and interpreted.
#pragma once

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "execute/loop.h"
#include "fuse/stage.h"
#include "kernel/test_columns.h"

namespace headrace {

class TestStage {
 public:
  ValueId input(Type type, bool nullable);
  Operand constant(Value value, bool structural = false);
  static Operand value(ValueId id) { return {.constant = false, .index = id}; }
  // Adds a step whose result's nullability and faults follow from its kernel's contract and arguments.
  Operand compute(std::string_view symbol, std::vector<Operand> arguments);
  Operand compute(const Overload& kernel, std::vector<Operand> arguments);
  void filter(Operand predicate);
  void accumulate(std::string_view symbol, std::vector<Operand> arguments);
  void output(Operand operand) { stage.outputs.push_back(operand); }

  // As the stage builder declares values under the policy `null`: nullable where they may fault.
  TestStage under_null_policy() const;

  // All steps as one loop; the stage's outputs leave it.
  LoopShape shape(bool faults_become_null) const;

  Stage stage;
  uint32_t slots = 0;
};

struct LoopRun {
  bool faulted = false;  // when set, nothing else means anything
  std::vector<std::string> rows;  // one line per row: "dropped", or the outputs
  std::vector<std::string> aggregates;  // finished values
  std::vector<uint32_t> nulled;  // by step
  friend bool operator==(const LoopRun&, const LoopRun&) = default;
};
struct LoopInput {
  uint32_t rows;
  const std::vector<TestColumn>& columns;  // by source value
  std::vector<uint16_t> selection;  // empty: all rows
};
LoopRun run_interpreted(const TestStage& test, bool faults_become_null, const LoopInput& input);
LoopRun run_compiled(const TestStage& test, LoopCode code, bool faults_become_null, const LoopInput& input);

}  // namespace headrace
