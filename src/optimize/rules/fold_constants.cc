// Calls of literals become literals; a Filter that always holds goes away. What would fault stays where it is, so that it
// faults only if a row reaches it.
#include "optimize/rewrite.h"
#include "optimize/rules/rules.h"

namespace headrace {

Result<PlanPtr> fold_constants_pass(const PlanPtr& plan, const OptimizeContext& context) {
  const EvaluateConstant evaluate =
      context.evaluate ? context.evaluate
                       : [](const Expr&) -> Result<std::optional<Value>> { return std::optional<Value>(); };
  return rewrite_up(plan, [&](const PlanPtr& node) -> Result<PlanPtr> {
    const std::vector<PlanPtr> inputs = inputs_of(*node);
    const auto is_never_null = [&](const Expr& expr) { return inputs.size() == 1 && never_null(expr, *inputs[0]); };
    TRY(folded,
        rewrite_exprs(node, [&](const ExprPtr& expr) { return fold_constants(expr, evaluate, is_never_null); }));
    if (const auto* filter = std::get_if<Filter>(&folded->node))
      if (const auto* always = std::get_if<Literal>(&filter->predicate->node);
          always != nullptr && always->value == Value{kBool, true})
        return filter->input;
    return folded;
  });
}

}  // namespace headrace
