#include "execute/loop_shapes.h"

#include "fuse/liveness.h"

namespace headrace {

std::vector<LoopShape> loop_shapes(const Stage& stage, bool faults_become_null) {
  const Liveness liveness = liveness_of(stage);
  std::vector<LoopShape> shapes;
  for (const StepInterval interval : intervals_of(stage)) {
    LoopShape shape{.stage = &stage,
                    .interval = interval,
                    .inputs = {},
                    .outputs = {},
                    .has_filter = false,
                    .faults_become_null = faults_become_null};
    std::vector<bool> read(stage.values.size(), false);
    for (uint32_t step = interval.first; step < interval.last; ++step) {
      for_each_operand(stage.steps[step], [&](Operand operand) {
        if (!operand.constant) read[operand.index] = true;
      });
      shape.has_filter |= std::holds_alternative<FilterRows>(stage.steps[step].node);
      const auto* compute = std::get_if<Compute>(&stage.steps[step].node);
      shape.names_faults |= compute != nullptr && compute->kernel->function->name == "try_result";
    }
    for (ValueId value = 0; value < stage.values.size(); ++value) {
      const uint32_t defined = liveness.defined[value];
      // What a loop decodes is in memory when its rows are run.
      const bool inside = value >= stage.source_values && defined >= interval.first && defined < interval.last;
      if (inside && liveness.last_read[value] >= interval.last) shape.outputs.push_back(value);
      if (!inside && read[value]) shape.inputs.push_back(value);
    }
    shapes.push_back(std::move(shape));
  }
  return shapes;
}

bool is_compilable(const LoopShape& shape) {
  bool works = false;
  for (uint32_t step = shape.interval.first; step < shape.interval.last; ++step) {
    if (starts_rows(shape.stage->steps[step])) return false;
    works |= !std::holds_alternative<Decode>(shape.stage->steps[step].node);
  }
  return works;
}

}  // namespace headrace
