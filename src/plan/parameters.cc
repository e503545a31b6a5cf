#include "plan/parameters.h"

#include <algorithm>
#include <functional>

#include <fmt/format.h>

#include "base/nearest_name.h"
#include "base/overloaded.h"
#include "expr/coerce.h"
#include "expr/lexer.h"
#include "expr/walk.h"
#include "plan/select_list.h"

namespace headrace {

namespace {

using Change = std::function<Result<ExprPtr>(const ExprPtr&)>;

// Changes every expression of the plan, those of its inputs and of its subqueries first.
class PlanRewriter {
 public:
  explicit PlanRewriter(const Change& change) : change_(change) {}

  Result<PlanPtr> rewrite(const PlanPtr& plan) {
    if (plan == nullptr) return plan;
    std::vector<PlanPtr> inputs = inputs_of(*plan);
    for (PlanPtr& input : inputs) {
      TRY(changed, rewrite(input));
      input = changed;
    }
    Plan result = inputs.empty() ? *plan : *with_inputs(*plan, std::move(inputs));
    TRY_STATUS(std::visit(Overloaded{[&](Filter& n) { return apply(n.predicate); },
                                     [&](Project& n) -> Status {
                                       TRY_STATUS(apply_named(n.columns));
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

  Status apply(ExprPtr& expr) {
    if (expr == nullptr) return kDone;
    TRY(changed, walk(expr));
    expr = changed;
    return kDone;
  }

 private:
  Status apply(std::vector<ExprPtr>& list) {
    for (ExprPtr& one : list) TRY_STATUS(apply(one));
    return kDone;
  }
  Status apply(std::vector<NamedExpr>& list) {
    for (NamedExpr& one : list) TRY_STATUS(apply(one.expr));
    return kDone;
  }
  // A column without a name is called what it was before.
  Status apply_named(std::vector<NamedExpr>& list) {
    for (NamedExpr& one : list) {
      const ExprPtr before = one.expr;
      TRY_STATUS(apply(one.expr));
      if (one.expr != before && one.name.empty() && !std::holds_alternative<Star>(before->node))
        one.name = column_label({before, ""});
    }
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

// Adds the name of each parameter to `names`.
Change note_into(std::vector<std::string>& names) {
  return [&names](const ExprPtr& expr) -> Result<ExprPtr> {
    const auto* node = std::get_if<Parameter>(&expr->node);
    if (node != nullptr && std::ranges::find(names, node->name) == names.end()) names.push_back(node->name);
    return expr;
  };
}

const Literal* value_of(const std::string& name, const ParameterValues& values) {
  for (const auto& [given, value] : values)
    if (equal_words(given, name)) return &value;
  return nullptr;
}

Change replace_by(const ParameterValues& values) {
  return [&values](const ExprPtr& expr) -> Result<ExprPtr> {
    const auto* node = std::get_if<Parameter>(&expr->node);
    const Literal* given = node == nullptr ? nullptr : value_of(node->name, values);
    if (given == nullptr) return expr;
    const ExprPtr value = literal(given->value, expr->where);
    return given->typed ? with_own_type(value) : value;
  };
}

}  // namespace

void note_parameters(const PlanPtr& written, std::vector<std::string>& names) {
  const Change note = note_into(names);
  static_cast<void>(PlanRewriter(note).rewrite(written));
}

void note_parameters(const ExprPtr& written, std::vector<std::string>& names) {
  const Change note = note_into(names);
  ExprPtr expr = written;
  static_cast<void>(PlanRewriter(note).apply(expr));
}

Status check_parameters(const std::vector<std::string>& names, const ParameterValues& values) {
  for (const auto& [given, value] : values)
    if (std::ranges::none_of(names, [&](const std::string& name) { return equal_words(name, given); }))
      return Error{ErrorCode::kInvalidPlan, fmt::format("the statement has no parameter ${}", given), "",
                   did_you_mean(given, names)};
  for (const std::string& name : names)
    if (value_of(name, values) == nullptr)
      return Error{ErrorCode::kInvalidPlan, fmt::format("the parameter ${} has no value", name), "",
                   "give a value for each parameter of the statement"};
  return kDone;
}

Result<PlanPtr> with_parameters(const PlanPtr& written, const ParameterValues& values) {
  const Change replace = replace_by(values);
  return PlanRewriter(replace).rewrite(written);
}

Result<ExprPtr> with_parameters(const ExprPtr& written, const ParameterValues& values) {
  const Change replace = replace_by(values);
  ExprPtr expr = written;
  TRY_STATUS(PlanRewriter(replace).apply(expr));
  return expr;
}

}  // namespace headrace
