#include "optimize/rebase.h"

#include "base/check.h"
#include "expr/fold.h"
#include "optimize/rewrite.h"

namespace headrace {

std::vector<bool> columns_read(const PlanPtr& node) {
  std::vector<bool> read(inputs_of(*node)[0]->schema.size(), false);
  const auto looked = rewrite_exprs(node, [&](const ExprPtr& expr) -> Result<ExprPtr> {
    for_each_column(*expr, [&](uint32_t index) { read[index] = true; });
    return expr;
  });
  CHECK(looked.ok());
  return read;
}

PlanPtr rebased(const PlanPtr& node, const PlanPtr& input, const std::vector<uint32_t>& place) {
  const auto moved = rewrite_exprs(node, [&](const ExprPtr& expr) -> Result<ExprPtr> {
    return map_columns(expr, [&](uint32_t index) {
      CHECK(place[index] != UINT32_MAX);
      return column_of(input->schema, place[index]);
    });
  });
  CHECK(moved.ok());
  return with_inputs(*moved.value(), {input});
}

}  // namespace headrace
