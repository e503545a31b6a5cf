// expr/coerce.h — which types turn into which, and how: the table is docs/types.md.
#pragma once

#include <optional>
#include <span>

#include "expr/expr.h"

namespace headrace {

// The type that values of both become when they meet: in arithmetic, CASE, coalesce and UNION. A literal adapts to what it
// meets. nullopt: they have nothing in common.
std::optional<Type> common_type(const Expr& left, const Expr& right);
std::optional<Type> common_type(Type left, Type right);
// Of several, each meeting what those before it became. Requires one.
std::optional<Type> common_type(std::span<const ExprPtr> values);
// The type of a column that has values of both in a set operation: as common_type of columns, but text and anything that
// prints on one line meet as text.
std::optional<Type> united_type(const Expr& left, const Expr& right);
// The type in which both compare as in their common type: an integer literal that meets a decimal needs no more than its
// own digits.
std::optional<Type> comparison_type(const Expr& left, const Expr& right);
// The type in which both are equal or not: also of text and what it then must say a value of.
std::optional<Type> equality_type(const Expr& left, const Expr& right);

// The value that CAST makes of a text: what says one exactly, and what docs/types.md lists beside it. Nothing: it faults, or the
// type is nested, an enum or text.
std::optional<Value> value_of_text(std::string_view text, Type to);

// A literal with a type of its own: what CAST makes of one.
ExprPtr with_own_type(ExprPtr expr);

// Whether an expression turns into `to` without the query saying so. Widening always; a text literal into anything; an
// integer literal into every number type that holds it.
bool coerces(const Expr& from, Type to);

// CAST(input AS to), also narrowing: a call of the cast's kernel with the scales it needs; the input itself when it has
// the type. Casts of literals that only change the representation (integers, decimals, doubles nearest to them, NULL, text
// that says a value exactly) fold at once. kInvalidPlan when no such cast exists.
Result<ExprPtr> cast_expr(ExprPtr input, Type to, TextPosition where = {});
// What stands for true or false: a number is true unless it is 0, text says which. `what` names the place in the error.
Result<ExprPtr> as_condition(const ExprPtr& input, std::string_view what, TextPosition where);
// The same where the cast is known to exist (coerces() said so).
ExprPtr coerce(ExprPtr input, Type to);
// TRY_CAST: `converted` is cast_expr of `input`. Where the cast faults the result is null; where `input` does, it faults.
Result<ExprPtr> null_where_it_faults(ExprPtr converted, const ExprPtr& input, TextPosition where);
// TRY_CAST to a type that `input` has no cast to: null, and a fault where `input` faults.
Result<ExprPtr> null_instead_of(const ExprPtr& input, Type to, TextPosition where);

// Types of arithmetic on decimals; operands may also be integers. Capped at limits::kDecimalPrecisionMax.
Type decimal_of(Type number);  // the decimal that holds its values: int32 (10,0), int64 (19,0) …
Type decimal_sum_type(Type left, Type right);  // of + and -
// nullopt when the scales add up to more than the maximum.
std::optional<Type> decimal_product_type(Type left, Type right);

}  // namespace headrace
