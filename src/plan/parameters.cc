#include "plan/parameters.h"

#include <algorithm>
#include <functional>

#include <fmt/format.h>

#include "base/nearest_name.h"
#include "base/overloaded.h"
#include "expr/typing.h"
#include "expr/walk.h"

namespace headrace {

namespace {

using Change = std::function<Result<ExprPtr>(const ExprPtr&)>;

// Changes every expression of the plan, those of its inputs and of its subqueries first.
class PlanRewriter {
 public:
  explicit PlanRewriter(const Change& change) : change_(change) {}

  Result<PlanPtr> rewrite(const PlanPtr& plan) {
    std::vector<PlanPtr> inputs = inputs_of(*plan);
    for (PlanPtr& input : inputs) {
      TRY(changed, rewrite(input));
      input = changed;
    }
    Plan result = inputs.empty() ? *plan : *with_inputs(*plan, std::move(inputs));
    TRY_STATUS(std::visit(Overloaded{[&](Filter& n) { return apply(n.predicate); },
                                     [&](Project& n) -> Status {
                                       TRY_STATUS(apply(n.columns));
                                       return apply(n.distinct_on);
                                     },
                                     [&](Aggregation& n) -> Status {
                                       for (NamedAggregate& one : n.aggregates)
                                         for (ExprPtr& argument : one.arguments) TRY_STATUS(apply(argument));
                                       return apply(n.keys);
                                     },
                                     [&](Join& n) { return apply(n.condition); },
                                     [&](Sort& n) { return apply(n.keys); }, [&](TopN& n) { return apply(n.keys); },
                                     [&](Limit& n) -> Status {
                                       TRY_STATUS(apply(n.rows_written));
                                       return apply(n.offset_written);
                                     },
                                     [&](Values& n) -> Status {
                                       for (auto& row : n.rows) TRY_STATUS(apply(row));
                                       return kDone;
                                     },
                                     [](auto&) -> Status { return kDone; }},
                          result.node));
    return std::make_shared<const Plan>(std::move(result));
  }

 private:
  Status apply(ExprPtr& expr) {
    if (expr == nullptr) return kDone;
    TRY(changed, walk(expr));
    expr = changed;
    return kDone;
  }
  Status apply(std::vector<ExprPtr>& list) {
    for (ExprPtr& one : list) TRY_STATUS(apply(one));
    return kDone;
  }
  Status apply(std::vector<NamedExpr>& list) {
    for (NamedExpr& one : list) TRY_STATUS(apply(one.expr));
    return kDone;
  }
  Status apply(std::vector<SortKey>& list) {
    for (SortKey& one : list) TRY_STATUS(apply(one.expr));
    return kDone;
  }

  Result<ExprPtr> walk(const ExprPtr& expr) {
    TRY(inside, with_children(expr, [&](const ExprPtr& part) { return walk(part); }));
    if (const auto* query = std::get_if<Subquery>(&inside->node)) {
      Subquery changed = *query;
      TRY(plan, rewrite(changed.plan));
      changed.plan = plan;
      return std::make_shared<const Expr>(Expr{std::move(changed), inside->type, inside->nullable, inside->where});
    }
    return change_(inside);
  }

  const Change& change_;
};

}  // namespace

std::vector<std::string> parameters_of(const Plan& written) {
  std::vector<std::string> names;
  const Change note = [&](const ExprPtr& expr) -> Result<ExprPtr> {
    const auto* node = std::get_if<Parameter>(&expr->node);
    if (node != nullptr && std::find(names.begin(), names.end(), node->name) == names.end())
      names.push_back(node->name);
    return expr;
  };
  static_cast<void>(PlanRewriter(note).rewrite(std::make_shared<const Plan>(written)));
  return names;
}

Result<PlanPtr> with_parameters(const PlanPtr& written, const std::vector<std::pair<std::string, Value>>& values) {
  const std::vector<std::string> known = parameters_of(*written);
  for (const auto& [name, value] : values)
    if (std::find(known.begin(), known.end(), name) == known.end())
      return Error{ErrorCode::kInvalidPlan, fmt::format("the statement has no parameter ${}", name), "",
                   did_you_mean(name, known)};
  const Change replace = [&](const ExprPtr& expr) -> Result<ExprPtr> {
    const auto* node = std::get_if<Parameter>(&expr->node);
    if (node == nullptr) return expr;
    for (const auto& [name, value] : values)
      if (name == node->name) return literal(value, expr->where);
    return Error{ErrorCode::kInvalidPlan, fmt::format("the parameter ${} has no value", node->name),
                 to_text(expr->where), "give a value for each parameter of the statement"};
  };
  return PlanRewriter(replace).rewrite(written);
}

}  // namespace headrace
