#include "execute/interpret/evaluate_constant.h"

#include "execute/interpret/interpreter.h"
#include "fuse/stage_builder.h"
#include "types/batch.h"

namespace headrace {

Result<std::optional<Value>> evaluate_constant(const Expr& expr) {
  StageBuilder builder(OneRowSource{}, {}, CutOptions{});
  const Operand operand = builder.append(expr, {});
  const Stage stage = builder.finish({operand}, 0, 0);
  const ConstantPool constants(stage);
  Interpreter interpreter(stage, constants, false);
  std::vector<Slot> slots(stage.values.size());
  Arena arena;
  KernelContext context{&arena};
  const RowDomain one_row{1, nullptr, 1};
  for (const Step& step : stage.steps) interpreter.compute(std::get<Compute>(step.node), one_row, context, slots);
  if (interpreter.first_fault(operand, one_row, slots).has_value()) return std::optional<Value>();
  const Slot slot = interpreter.slot_of(operand, slots);
  const Vector vector{.type = expr.type, .data = slot.data, .validity = slot.validity, .owner = slot.owner};
  return std::optional<Value>(value_at(vector, 0));
}

}  // namespace headrace
