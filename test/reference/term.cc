#include "reference/term.h"

#include <cmath>

#include "base/check.h"
#include "reference/cast.h"
#include "reference/lists.h"
#include "reference/nested.h"

namespace headrace::reference {
namespace {

bool same_literal(const Datum& left, const Datum& right) {
  if (left.data.index() != right.data.index()) return false;
  if (std::holds_alternative<Interval>(left.data)) return left.interval() == right.interval();
  return left.is_null() || compare(left, right) == 0;
}

uint32_t causes_of(const Datum& value) {
  const auto* faulted = std::get_if<Faulted>(&value.data);
  return faulted == nullptr ? 0 : faulted->causes;
}

// `absorbing` decides whatever the other side is; else a fault beats null.
Datum connect(const Datum& left, const Datum& right, bool absorbing) {
  const auto decides = [&](const Datum& side) { return absorbing ? side.is_true() : side.is_false(); };
  if (decides(left) || decides(right)) return {absorbing};
  const uint32_t causes = causes_of(left) | causes_of(right);
  if (causes != 0) return {Faulted{causes}};
  if (left.is_null() || right.is_null()) return null();
  return {!absorbing};
}

// Of zeros that are equal, +0 is the one that counts.
bool is_positive_zero(const Datum& value) {
  const auto* number = std::get_if<double>(&value.data);
  return number != nullptr && *number == 0 && !std::signbit(*number);
}

Datum evaluate_call(const Term& term, const Row& row, OnFault on_fault) {
  const auto argument = [&](size_t i) { return evaluate(term.arguments[i], row, on_fault); };
  if (term.function == "and") return connect(argument(0), argument(1), false);
  if (term.function == "or") return connect(argument(0), argument(1), true);
  if (term.function == "try") {  // of a cast
    const Datum input = evaluate(term.arguments[0].arguments[0], row, on_fault);
    const Datum converted = input.is_fault() ? input : argument(0);
    return converted.is_fault() && !input.is_fault() ? null() : converted;
  }
  if (term.function == "if_else") {
    const Datum condition = argument(0);
    if (condition.is_fault()) return condition;
    return condition.is_true() ? argument(1) : argument(2);
  }
  if (term.function == "coalesce") {
    const Datum first = argument(0);
    return first.is_null() ? argument(1) : first;
  }
  if (term.function == "is_null" || term.function == "is_not_null") {
    const Datum value = argument(0);
    if (value.is_fault()) return value;
    return {value.is_null() == (term.function == "is_null")};
  }
  if (term.function == "greatest" || term.function == "least" || term.function.ends_with("distinct_from")) {
    const Datum left = argument(0), right = argument(1);
    if (const uint32_t both = causes_of(left) | causes_of(right); both != 0) return {Faulted{both}};
    if (term.function.ends_with("distinct_from")) {
      const bool same =
          left.is_null() || right.is_null() ? left.is_null() == right.is_null() : compare(left, right) == 0;
      return {same == (term.function == "is_not_distinct_from")};
    }
    if (left.is_null() || right.is_null()) return left.is_null() ? right : left;
    const int order = compare(left, right);
    if (order == 0) return is_positive_zero(left) ? left : right;
    return (order > 0) == (term.function == "greatest") ? left : right;
  }
  std::vector<Datum> values;
  uint32_t causes = 0;
  bool any_null = false;
  for (size_t i = 0; i < term.arguments.size(); ++i) {
    values.push_back(argument(i));
    causes |= causes_of(values.back());
    any_null = any_null || values.back().is_null();
  }
  if (causes != 0) return {Faulted{causes}};
  if (const auto nested = apply_nested(term, values)) return *nested;
  if (const auto lists = apply_lists(term, values)) return *lists;
  if (any_null) return null();
  if (term.kind == Term::Kind::kCast) return cast(values[0], term.arguments[0].type, term.type);
  return reference::apply(term, values);
}

}  // namespace

bool operator==(const Term& left, const Term& right) {
  return left.kind == right.kind && left.type == right.type && left.column == right.column &&
         same_literal(left.value, right.value) && left.function == right.function &&
         left.arguments == right.arguments && left.query == right.query;
}

Term column_term(uint32_t column, Type type) { return {Term::Kind::kColumn, type, column}; }
Term literal_term(Datum value, Type type) { return {Term::Kind::kLiteral, type, 0, std::move(value)}; }
Term value_term(Datum value, Type type) { return {Term::Kind::kValue, type, 0, std::move(value)}; }
Term cast_term(Term input, Type to) {
  if (input.type == to) return input;
  if (input.kind == Term::Kind::kLiteral && input.value.is_null()) return literal_term(null(), to);
  return {Term::Kind::kCast, to, 0, {}, "", {std::move(input)}};
}

Datum evaluate(const Term& term, const Row& row, OnFault on_fault) {
  if (term.kind == Term::Kind::kColumn) return row.at(term.column);
  if (term.kind == Term::Kind::kLiteral || term.kind == Term::Kind::kValue) return term.value;
  if (term.kind == Term::Kind::kQuery) return (*term.query)(row);
  Datum result = evaluate_call(term, row, on_fault);
  if (on_fault == OnFault::kNull && result.is_fault()) return null();
  return result;
}

}  // namespace headrace::reference
