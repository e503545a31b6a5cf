// What a CASE asks that is known already, or need not be known:
//   - behind a condition, the same condition is true in its value, and not true in all that follows;
//   - CASE of which both values are the same is this value; neighbours with the same value are one, their conditions in an OR;
//   - a function of a CASE of literals is a CASE of its results: CASE … THEN 'low' … END = 'low' compares nothing;
//   - a CASE of truth values is its conditions: exactly where these are never null, else where null and false are the same, in a filter.
// Values that a CASE does not choose do not fault, and conditions do where they are read. In an OR true beats a fault, in an AND false does: what
// an OR or AND would hide must not fault. A condition that no longer decides anything must not, either.
#include <algorithm>

#include "expr/fold.h"
#include "optimize/disjunctions.h"
#include "optimize/rewrite.h"
#include "optimize/rules/rules.h"

namespace headrace {

namespace {

// A function is computed of each value of a CASE, up to so many.
constexpr size_t kValuesMax = 64;

ExprPtr truth(bool value) { return std::make_shared<const Expr>(Expr{Literal{Value{kBool, value}}, kBool, false, {}}); }

ExprPtr negated(const ExprPtr& condition) {
  const Function* logical_not = find_function("not");
  return resolved_call(logical_not->overloads[0], {condition});
}

const Call* as_case(const Expr& expr) {
  const auto* call = std::get_if<Call>(&expr.node);
  return call != nullptr && call->function == "if_else" ? call : nullptr;
}

const Value* as_literal(const Expr& expr) {
  const auto* literal = std::get_if<Literal>(&expr.node);
  return literal == nullptr ? nullptr : &literal->value;
}

bool is_bool(const Expr& expr, bool wanted) {
  const Value* value = as_literal(expr);
  return value != nullptr && *value == Value{kBool, wanted};
}

// How many values it has, if all are literals and it is a CASE; else 0.
size_t literal_values(const Expr& expr) {
  const Call* node = as_case(expr);
  if (node == nullptr) return 0;
  size_t values = 0;
  for (size_t i = 1; i < 3; ++i) {
    const size_t below = as_literal(*node->arguments[i]) != nullptr ? 1 : literal_values(*node->arguments[i]);
    if (below == 0) return 0;
    values += below;
  }
  return values;
}

class Simplifier {
 public:
  Simplifier(const Plan& input, const OptimizeContext& context) : input_(input), context_(context) {}

  Result<ExprPtr> simplified(const ExprPtr& expr) const {
    const auto* call = std::get_if<Call>(&expr->node);
    if (call == nullptr) return expr;
    std::vector<ExprPtr> arguments;
    for (const ExprPtr& argument : call->arguments) {
      TRY(better, simplified(argument));
      arguments.push_back(better);
    }
    const ExprPtr node = arguments == call->arguments ? expr : with_arguments(*expr, std::move(arguments));
    if (as_case(*node) != nullptr) return merged(node);
    TRY(pushed, into_values(node));
    return pushed == nullptr ? node : simplified(pushed);
  }

  // The same where null is as good as false.
  ExprPtr as_filter(const ExprPtr& expr) const {
    const auto* call = std::get_if<Call>(&expr->node);
    if (call == nullptr) return expr;
    if (call->function == "and" || call->function == "or") {
      // In an AND null lets another fault be seen, and false does not.
      const bool is_and = call->function == "and";
      ExprPtr left = call->arguments[0], right = call->arguments[1];
      if (!is_and || cannot_fault(*call->arguments[1])) left = as_filter(left);
      if (!is_and || cannot_fault(*call->arguments[0])) right = as_filter(right);
      if (left == call->arguments[0] && right == call->arguments[1]) return expr;
      return with_arguments(*expr, {left, right});
    }
    if (as_case(*expr) == nullptr || !cannot_fault(*call->arguments[0])) return expr;
    const ExprPtr& condition = call->arguments[0];
    const ExprPtr then = as_filter(without_null(call->arguments[1]));
    const ExprPtr otherwise = as_filter(without_null(call->arguments[2]));
    if (is_bool(*then, true)) return is_bool(*otherwise, false) ? condition : disjunction_of({condition, otherwise});
    const bool is_exact = never_null(*condition, input_);
    if (is_bool(*otherwise, false) && (is_exact || cannot_fault(*then))) return conjunction_of({condition, then});
    if (is_bool(*then, false) && is_exact)
      return is_bool(*otherwise, true) ? negated(condition) : conjunction_of({negated(condition), otherwise});
    return then == call->arguments[1] && otherwise == call->arguments[2]
               ? expr
               : with_arguments(*expr, {condition, then, otherwise});
  }

 private:
  bool cannot_fault(const Expr& expr) const { return !read_can_fault(expr, input_); }

  static ExprPtr without_null(const ExprPtr& expr) {
    const Value* value = as_literal(*expr);
    return value != nullptr && value->is_null() ? truth(false) : expr;
  }

  // `expr` where the condition is true, or where it is not.
  static ExprPtr decided(const ExprPtr& expr, const Expr& condition, bool is_true) {
    const auto* call = std::get_if<Call>(&expr->node);
    if (call == nullptr) return expr;
    if (as_case(*expr) != nullptr && same(*call->arguments[0], condition))
      return decided(call->arguments[is_true ? 1 : 2], condition, is_true);
    std::vector<ExprPtr> arguments;
    for (const ExprPtr& argument : call->arguments) arguments.push_back(decided(argument, condition, is_true));
    return arguments == call->arguments ? expr : with_arguments(*expr, std::move(arguments));
  }

  // A CASE whose parts are simplified.
  ExprPtr merged(const ExprPtr& expr) const {
    const auto& arguments = std::get<Call>(expr->node).arguments;
    const ExprPtr& condition = arguments[0];
    ExprPtr then = decided(arguments[1], *condition, true);
    const ExprPtr otherwise = decided(arguments[2], *condition, false);
    if (cannot_fault(*condition)) {
      if (same(*then, *otherwise)) return then;
      if (is_bool(*then, true) && is_bool(*otherwise, false) && never_null(*condition, input_)) return condition;
      const Call* next = as_case(*otherwise);
      if (next != nullptr && same(*then, *next->arguments[1]))
        return with_arguments(*expr, {disjunction_of({condition, next->arguments[0]}), then, next->arguments[2]});
    }
    return then == arguments[1] && otherwise == arguments[2] ? expr
                                                             : with_arguments(*expr, {condition, then, otherwise});
  }

  // f(CASE … THEN literal …) with the results as values; nullptr: it is no such call, or a result is not known.
  Result<ExprPtr> into_values(const ExprPtr& expr) const {
    const auto& arguments = std::get<Call>(expr->node).arguments;
    if (!context_.evaluate) return ExprPtr();
    size_t of_case = arguments.size();
    for (size_t i = 0; i < arguments.size(); ++i) {
      if (as_literal(*arguments[i]) != nullptr) continue;
      const size_t values = literal_values(*arguments[i]);
      if (of_case < arguments.size() || values == 0 || values > kValuesMax) return ExprPtr();
      of_case = i;
    }
    if (of_case == arguments.size()) return ExprPtr();
    return with_results(*expr, of_case, arguments[of_case]);
  }

  Result<ExprPtr> with_results(const Expr& call, size_t of_case, const ExprPtr& value) const {
    std::vector<ExprPtr> arguments = std::get<Call>(call.node).arguments;
    if (const Call* node = as_case(*value)) {
      TRY(then, with_results(call, of_case, node->arguments[1]));
      if (then == nullptr) return then;
      TRY(otherwise, with_results(call, of_case, node->arguments[2]));
      if (otherwise == nullptr) return otherwise;
      return case_of(node->arguments[0], then, otherwise);
    }
    arguments[of_case] = value;
    const ExprPtr of_literals = with_arguments(call, std::move(arguments));
    TRY(result, fold_constants(of_literals, context_.evaluate));
    return as_literal(*result) != nullptr ? result : ExprPtr();
  }

  static ExprPtr case_of(const ExprPtr& condition, const ExprPtr& then, const ExprPtr& otherwise) {
    for (const Overload& overload : find_function("if_else")->overloads)
      if (overload.accepts(0, kBool.id) && overload.accepts(1, then->type.id) && overload.accepts(2, then->type.id))
        return resolved_call(overload, {condition, then, otherwise}, then->type);
    return nullptr;
  }

  const Plan& input_;
  const OptimizeContext& context_;
};

// What a scan is asked to skip by, in the form of the filters above.
Result<PlanPtr> with_simpler_pruning(const PlanPtr& plan, const ScanFile& scan, const OptimizeContext& context) {
  const Simplifier simplifier(*plan, context);
  ScanFile result = scan;
  result.pruning.clear();
  for (const ExprPtr& conjunct : scan.pruning) {
    TRY(simplified, simplifier.simplified(conjunct));
    const ExprPtr better = simplifier.as_filter(simplified);
    const std::vector<ExprPtr> parts = better == conjunct ? std::vector{conjunct} : conjuncts_of(better);
    for (const ExprPtr& part : parts)
      if (!is_constant(*part)) result.pruning.push_back(part);
  }
  return result.pruning == scan.pruning ? plan : make_resolved(std::move(result));
}

}  // namespace

Result<PlanPtr> simplify_cases(const PlanPtr& plan, const OptimizeContext& context) {
  return rewrite_up(plan, [&](const PlanPtr& node) -> Result<PlanPtr> {
    if (const auto* scan = std::get_if<ScanFile>(&node->node)) return with_simpler_pruning(node, *scan, context);
    const std::vector<PlanPtr> inputs = inputs_of(*node);
    if (inputs.size() != 1) return node;
    const Simplifier simplifier(*inputs[0], context);
    const bool is_filter = std::holds_alternative<Filter>(node->node);
    return rewrite_exprs(node, [&](const ExprPtr& expr) -> Result<ExprPtr> {
      TRY(better, simplifier.simplified(expr));
      return is_filter ? simplifier.as_filter(better) : better;
    });
  });
}

}  // namespace headrace
