#include <algorithm>

#include "fuse/liveness.h"
#include "fuse/patterns/places.h"

namespace headrace::patterns {

namespace {

bool reads_what_is_made(const CutSides& at) {
  const auto* made = std::get_if<Compute>(&at.stage.steps[at.cut].node);
  bool reads = false;
  for_each_operand(at.stage.steps[at.cut + 1], [&](Operand operand) {
    reads |= made != nullptr && !operand.constant && operand.index == made->out;
  });
  return reads;
}

bool is_instance(const CutSides& at) {
  return at.decided.decision == Decision::kRegister && computes(at.before) && computes(at.behind) &&
         reads_what_is_made(at);
}

}  // namespace

Pattern compute_chain() {
  return {
      .name = "compute_chain",
      .shape = "a value and what is computed of it share a loop: it stays in a register",
      .assumptions =
          "Both steps give one value a row (cardinality 1:1, domain same), remember nothing (state none) and have no "
          "side "
          "effects; the second reads what the first makes.",
      .guarantee =
          "The value is not written to memory unless somebody else reads it. Values, nulls and which rows fault are "
          "those of "
          "the steps run one by one.",
      .cost =
          "One loop's code instead of two; a batch in which a row faults is run again by the interpreter. A step that "
          "does not "
          "vectorise makes the whole loop go row by row (slow_step_apart).",
      .example =
          {.prepare = "",
           .rows = 1'000'000,
           .with =
               {"SELECT max((((range + 3) * 5 - 7 + range) * 3 + 11 - range) * 2 + 1) AS value FROM range(0, {rows})",
                {{"fusion.mode", "on"}}},
           .without =
               {"SELECT max((((range + 3) * 5 - 7 + range) * 3 + 11 - range) * 2 + 1) AS value FROM range(0, {rows})",
                {{"fusion.mode", "staged"}}}},
      .find = [](const Program& program) { return cuts_where(program, is_instance); }};
}

}  // namespace headrace::patterns
