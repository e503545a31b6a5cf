#include "expr/fold.h"

#include "base/check.h"

namespace headrace {

namespace {

const Value* literal_value(const Expr& expr) {
  const auto* node = std::get_if<Literal>(&expr.node);
  return node == nullptr ? nullptr : &node->value;
}

bool is_literal_bool(const Expr& expr, bool value) {
  const Value* found = literal_value(expr);
  const bool* data = found == nullptr ? nullptr : std::get_if<bool>(&found->data);
  return data != nullptr && *data == value;
}

// In AND false wins over nulls and faults, in OR true does; the other truth value is neutral.
ExprPtr simplify(const ExprPtr& expr, const NeverNull& never_null) {
  const auto& node = std::get<Call>(expr->node);
  const auto& arguments = node.arguments;
  if (node.function == "and" || node.function == "or") {
    const bool winner = node.function == "or";
    for (size_t i = 0; i < 2; ++i) {
      if (is_literal_bool(*arguments[i], winner)) return arguments[i];
      if (is_literal_bool(*arguments[i], !winner)) return arguments[1 - i];
    }
  }
  if (node.function == "if_else")
    if (const Value* condition = literal_value(*arguments[0]))
      return !condition->is_null() && std::get<bool>(condition->data) ? arguments[1] : arguments[2];
  if (node.function == "coalesce")
    if (const Value* first = literal_value(*arguments[0])) return first->is_null() ? arguments[1] : arguments[0];
  if ((node.function == "is_null" || node.function == "is_not_null") && !arguments[0]->nullable &&
      !can_fault(*arguments[0]) && (!never_null || never_null(*arguments[0])))
    return literal(Value{kBool, node.function == "is_not_null"}, expr->where);
  return expr;
}

void append_conjuncts(const ExprPtr& predicate, std::vector<ExprPtr>& result) {
  const auto* node = std::get_if<Call>(&predicate->node);
  if (node != nullptr && node->function == "and" && node->overload != nullptr) {
    for (const ExprPtr& argument : node->arguments) append_conjuncts(argument, result);
    return;
  }
  result.push_back(predicate);
}

// range(1000000) stays a call: plans are written, read, compared and compiled with their literals in them.
constexpr size_t kLiteralBytesMax = 4096;

bool deterministic(const Expr& expr) {
  const auto* node = std::get_if<Call>(&expr.node);
  if (node == nullptr) return true;
  if (node->overload->function->contract.determinism != Determinism::kDeterministic) return false;
  for (const ExprPtr& argument : node->arguments)
    if (!deterministic(*argument)) return false;
  return true;
}

}  // namespace

Result<ExprPtr> fold_constants(const ExprPtr& expr, const EvaluateConstant& evaluate, const NeverNull& never_null) {
  const auto* node = std::get_if<Call>(&expr->node);
  if (node == nullptr) return expr;
  if (is_constant(*expr) && deterministic(*expr)) {
    TRY(value, evaluate(*expr));
    const auto* text = value ? std::get_if<std::string>(&value->data) : nullptr;
    if (value && (text == nullptr || text->size() <= kLiteralBytesMax)) {
      CHECK(value->type == expr->type);
      return literal(std::move(*value), expr->where);
    }
  }
  std::vector<ExprPtr> arguments;
  bool changed = false;
  for (const ExprPtr& argument : node->arguments) {
    TRY(folded, fold_constants(argument, evaluate, never_null));
    changed = changed || folded != argument;
    arguments.push_back(folded);
  }
  return simplify(changed ? with_arguments(*expr, arguments) : expr, never_null);
}

std::vector<ExprPtr> conjuncts_of(const ExprPtr& predicate) {
  std::vector<ExprPtr> result;
  append_conjuncts(predicate, result);
  return result;
}

ExprPtr conjunction_of(const std::vector<ExprPtr>& conjuncts) {
  if (conjuncts.empty()) return literal(Value{kBool, true});
  const Function* logical_and = find_function("and");
  CHECK(logical_and != nullptr && !logical_and->overloads.empty());
  ExprPtr result = conjuncts[0];
  for (size_t i = 1; i < conjuncts.size(); ++i)
    result = resolved_call(logical_and->overloads[0], {result, conjuncts[i]});
  return result;
}

ExprPtr with_arguments(const Expr& expr, std::vector<ExprPtr> arguments) {
  const auto& node = std::get<Call>(expr.node);
  CHECK(node.overload != nullptr);
  return resolved_call(*node.overload, std::move(arguments), expr.type, expr.where);
}

ExprPtr map_columns(const ExprPtr& expr, const std::function<ExprPtr(uint32_t)>& map) {
  if (const auto* column = std::get_if<ColumnIndex>(&expr->node)) return map(column->index);
  const auto* node = std::get_if<Call>(&expr->node);
  if (node == nullptr) return expr;
  std::vector<ExprPtr> arguments;
  bool changed = false;
  for (const ExprPtr& argument : node->arguments) {
    arguments.push_back(map_columns(argument, map));
    changed = changed || arguments.back() != argument;
  }
  return changed ? with_arguments(*expr, std::move(arguments)) : expr;
}

}  // namespace headrace
