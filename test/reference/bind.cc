#include "reference/bind.h"

#include <algorithm>
#include <cctype>

#include "base/error.h"
#include "base/overloaded.h"
#include "reference/cast.h"
#include "reference/definitions.h"
#include "reference/lists.h"
#include "reference/moments.h"
#include "reference/nested.h"
#include "reference/text_form.h"

namespace headrace::reference {

void refuse(const std::string& message) { throw Error{ErrorCode::kInvalidPlan, message, "", ""}; }

bool same_name(const std::string& left, const std::string& right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); });
}

std::optional<uint32_t> find_column(const ColumnName& name, const Scope& scope) {
  std::optional<uint32_t> found;
  for (const auto place : {&ScopeColumn::name, &ScopeColumn::other_name}) {
    for (uint32_t i = 0; i < scope.size(); ++i) {
      const bool qualified = name.table.empty() ? !scope[i].merged : same_name(name.table, scope[i].qualifier);
      if (!qualified || !same_name(name.name, scope[i].*place)) continue;
      if (found) refuse("ambiguous: " + name.name);
      found = i;
    }
    if (found) break;
  }
  return found;
}

namespace {

Type capped(int whole, int scale) {
  return decimal(static_cast<uint8_t>(std::clamp(whole + scale, 1, 38)), static_cast<uint8_t>(scale));
}
int whole_digits(Type type) { return type.precision - type.scale; }
bool is_literal(const Term& term) { return term.kind == Term::Kind::kLiteral; }

Type as_decimal(Type type) {
  switch (type.id) {
    case TypeId::kInt8:
    case TypeId::kUInt8: return decimal(3, 0);
    case TypeId::kInt16:
    case TypeId::kUInt16: return decimal(5, 0);
    case TypeId::kInt32:
    case TypeId::kUInt32: return decimal(10, 0);
    case TypeId::kInt64: return decimal(19, 0);
    case TypeId::kUInt64: return decimal(20, 0);
    default: return type;
  }
}
bool holds(Type type, Type other) {
  const BigInteger one(1);
  const int bits = static_cast<int>(width_bytes(other.id)) * 8;
  const bool is_signed = is_signed_integer(other.id);
  const BigInteger least = is_signed ? -one.shifted_left(bits - 1) : BigInteger(0);
  const BigInteger greatest = one.shifted_left(is_signed ? bits - 1 : bits) - one;
  return fits(least, type) && fits(greatest, type);
}

// The first type that holds every value of both.
Type common_integer(Type left, Type right) {
  for (const Type type : {left, right, kInt16, kInt32, kInt64})
    if (holds(type, left) && holds(type, right)) return type;
  return decimal(38, 0);
}

Type common_number(Type left, Type right, Type left_decimal, Type right_decimal) {
  if (left == kFloat64 || right == kFloat64) return kFloat64;
  if (left == kFloat32 || right == kFloat32) return kFloat32;
  if (is_integer(left) && is_integer(right)) return common_integer(left, right);
  return capped(std::max(whole_digits(left_decimal), whole_digits(right_decimal)),
                std::max(left_decimal.scale, right_decimal.scale));
}

// Of two decimals of at most 18 digits, as DuckDB: the result has at most 18 too while its scale leaves room.
Type kept_short(Type result, Type left, Type right) {
  const bool both_short = std::max(left.precision, right.precision) <= 18;
  return both_short && result.scale < 18 && result.precision > 18 ? decimal(18, result.scale) : result;
}

// Whether the value of an integer or decimal literal survives in `to`.
bool exact(const Term& literal, Type to) {
  if (is_float(to)) return true;
  const BigInteger& number = literal.value.integer();
  const Datum there = cast(literal.value, literal.type, to);
  if (there.is_fault()) return false;
  const uint8_t from_scale = is_decimal(literal.type) ? literal.type.scale : 0;
  const uint8_t to_scale = is_decimal(to) ? to.scale : 0;
  return number * BigInteger::power_of_ten(to_scale) == there.integer() * BigInteger::power_of_ten(from_scale);
}

// Whether a text literal is the value of `to` that a cast makes of it, without rounding.
bool text_says_exactly(const std::string& text, Type to) {
  if (to == kBool || to == kUtf8 || cast({text}, kUtf8, to).is_fault()) return false;
  if (!is_integer(to) && !is_decimal(to)) return true;
  const Fraction number = *read_number(text);
  const BigInteger scaled = number.numerator * BigInteger::power_of_ten(is_decimal(to) ? to.scale : 0);
  return BigInteger::divide(scaled, number.denominator).second.is_zero();
}

// Implicit casts. Widening; text and NULL literals into anything; integer literals into numbers that hold them.
bool coerces(const Term& from, Type to) {
  if (from.type == to || from.type == kNullType) return true;
  if (is_literal(from) && (from.value.is_null() || from.type == kUtf8)) return true;
  if (is_literal(from) && is_integer(from.type) && is_numeric(to)) return exact(from, to);
  if (is_integer(from.type) && is_integer(to)) return holds(to, from.type);
  if (is_integer(from.type))
    return to == kFloat64 || (is_decimal(to) && whole_digits(to) >= whole_digits(as_decimal(from.type)));
  if (is_decimal(from.type) || from.type == kFloat32) return to == kFloat64;
  return common_type(from.type, to) == to;
}

Term coerced(const Term& from, Type to, const std::string& function) {
  if (!coerces(from, to)) refuse(function + " does not take " + to_text(from.type));
  return convert(from, to);
}

Term typed_call(std::string name, std::vector<Term> arguments, Type type) {
  return {Term::Kind::kCall, type, 0, {}, std::move(name), std::move(arguments)};
}

Term bind_comparison(const std::string& name, const Term& left, const Term& right) {
  const auto type = common_type(left, right);
  if (!type) refuse("cannot compare " + to_text(left.type) + " and " + to_text(right.type));
  const Type both = *type == kNullType ? kInt32 : *type;
  return typed_call(name, {convert(left, both), convert(right, both)}, kBool);
}

Term bind_choice(const std::string& name, std::vector<Term> before, const Term& left, const Term& right) {
  const auto type = common_type(left, right);
  if (!type) refuse(name + " of " + to_text(left.type) + " and " + to_text(right.type));
  before.push_back(convert(left, *type));
  before.push_back(convert(right, *type));
  return typed_call(name, std::move(before), *type);
}

Term bind_case(const std::vector<Term>& conditions, const std::vector<Term>& values) {
  const auto type = common_type(values);
  if (!type) refuse("the branches of CASE");
  if (*type == kNullType) return values[0];
  Term result = convert(values[0], *type);
  for (size_t i = conditions.size(); i-- > 0;)
    result = typed_call("if_else", {conditions[i], convert(values[i + 1], *type), result}, *type);
  return result;
}

Term bind_decimal_arithmetic(const std::string& name, const Term& left, const Term& right) {
  const bool huge = is_integer(left.type) && is_integer(right.type);
  const Type l = huge ? decimal(38, 0) : as_decimal(left.type), r = huge ? decimal(38, 0) : as_decimal(right.type);
  if (name == "multiply") {
    if (l.scale + r.scale > 38) refuse("too many digits behind the point");
    const Type product = kept_short(capped(whole_digits(l) + whole_digits(r), l.scale + r.scale), l, r);
    return typed_call(name, {convert(left, l), convert(right, r)}, product);
  }
  const Type sum = capped(std::max(whole_digits(l), whole_digits(r)) + 1, std::max(l.scale, r.scale));
  const auto on_scale = [&](const Term& term, Type type) {
    const int digits = std::min(whole_digits(type) + sum.scale, sum.precision <= 18 ? 18 : 38);
    return convert(term, decimal(static_cast<uint8_t>(digits), sum.scale));
  };
  return typed_call(name, {on_scale(left, l), on_scale(right, r)}, sum);
}

std::optional<Term> bind_date_arithmetic(const std::string& name, Term left, Term right) {
  if (name == "add" && right.type == kDate) std::swap(left, right);
  if (left.type != kDate) return std::nullopt;
  if (name == "subtract" && coerces(right, kDate)) return typed_call(name, {left, convert(right, kDate)}, kInt64);
  if (!is_integer(right.type)) return std::nullopt;
  Term days = convert(right, kInt32);
  if (name == "subtract") days = bind_call("negate", {days});
  return typed_call("add_days", {left, days}, kDate);
}

Term bind_arithmetic(const std::string& name, const Term& left, const Term& right) {
  if (auto moved = bind_moments(name, left, right)) return *moved;
  if (name == "add" || name == "subtract")
    if (auto dated = bind_date_arithmetic(name, left, right)) return *dated;
  auto type = common_type(left, right);
  if (type == kNullType) type = kInt32;
  if (!type || !is_numeric(*type)) refuse(name + " of " + to_text(left.type) + " and " + to_text(right.type));
  if (name == "divide" && !is_float(*type)) type = kFloat64;
  if (is_integer(*type) && *type != left.type && *type != right.type) type = kInt64;
  if (name == "integer_divide" && !is_integer(*type)) {
    const auto is_whole = [](const Term& term) {
      return is_integer(term.type) || (is_decimal(term.type) && term.type.scale == 0);
    };
    if (!is_whole(left) || !is_whole(right)) return bind_arithmetic("divide", left, right);
    return typed_call(name, {convert(left, kInt64), convert(right, kInt64)}, kInt64);
  }
  if (is_decimal(*type) && name != "modulo") {
    const auto number = [&](const Term& term) { return is_numeric(term.type) ? term : convert(term, *type); };
    return bind_decimal_arithmetic(name, number(left), number(right));
  }
  return typed_call(name, {convert(left, *type), convert(right, *type)}, *type);
}

Term bind_negation(Term input) {
  input = with_type(std::move(input));
  if (input.type == kInterval) return typed_call("negate_interval", {input}, kInterval);
  if (!is_numeric(input.type)) refuse("cannot negate " + to_text(input.type));
  const Term call = typed_call("negate", {input}, input.type);
  if (!is_literal(input)) return call;
  const Datum value = evaluate(call, {}, OnFault::kFail);
  if (value.is_fault()) return call;
  Term negated = literal_term(value, input.type);
  negated.typed = input.typed;
  return negated;
}

int32_t literal_digits(const Term& term) { return static_cast<int32_t>(term.value.integer().to_int64()); }

// round, trunc, floor, ceil: decimals keep their digits up to a literal count, integers are whole already.
std::optional<Term> bind_whole_part(const std::string& name, std::vector<Term> a) {
  const bool counts = name == "round" || name == "trunc";
  if (a.empty() || a.size() > (counts ? 2 : 1)) return std::nullopt;
  const Term input = with_type(a[0]);
  if (!is_numeric(input.type)) return std::nullopt;
  const Term digits = a.size() == 2 ? coerced(a[1], kInt32, name) : literal_term({BigInteger(0)}, kInt32);
  const bool known = is_literal(digits) && !digits.value.is_null();
  if (known && is_decimal(input.type)) {
    const int32_t kept = literal_digits(digits);
    if (kept >= input.type.scale) return input;
    const int scale = std::clamp(kept, 0, int{input.type.scale});
    const int whole = whole_digits(input.type) + 1 + scale;
    const int precision = scale < input.type.scale ? std::max(int{input.type.precision}, whole) : whole;
    const Type type = decimal(static_cast<uint8_t>(std::min(38, precision)), static_cast<uint8_t>(scale));
    return typed_call(name + "_decimal", {input, digits}, type);
  }
  if (counts && is_integer(input.type) && known && literal_digits(digits) >= 0) return input;
  if (name == "round" && is_integer(input.type)) return typed_call("round_integer", {input, digits}, input.type);
  if (name == "round") return typed_call(name, {convert(input, kFloat64), digits}, kFloat64);
  if (a.size() == 2) return typed_call(name, {convert(input, kFloat64), digits}, kFloat64);
  return typed_call(name, {convert(input, kFloat64)}, kFloat64);
}

// concat(a, b, …) and concat_ws(separator, a, b, …): values that are not null, as text.
Term bind_concat(const std::vector<Term>& a, size_t first, const std::optional<Term>& separator) {
  const Term empty = literal_term({std::string()}, kUtf8);
  std::optional<Term> all;
  for (size_t i = first; i < a.size(); ++i) {
    Term piece = convert(a[i], kUtf8);
    if (separator) piece = typed_call("concat", {*separator, piece}, kUtf8);
    piece = typed_call("coalesce", {piece, empty}, kUtf8);
    all = all ? typed_call("concat", {*all, piece}, kUtf8) : piece;
  }
  return all.value_or(empty);
}

// The number that date_trunc and its kin give a part (kernel/date/calendar.h), as far as cases name it.
Term part_number(const Term& part) {
  constexpr const char* kParts[] = {"millennium", "century",     "decade",      "year",   "quarter",
                                    "month",      "week",        "day",         "hour",   "minute",
                                    "second",     "millisecond", "microsecond", "isoyear"};
  for (int32_t i = 0; i < 14; ++i)
    if (is_literal(part) && part.value.text() == kParts[i]) return literal_term({BigInteger(i)}, kInt32);
  refuse("unknown part of a date");
}

// The definition that needs the fewest casts, the first of equals.
std::optional<Term> bind_definition(const std::string& name, const std::vector<Term>& a) {
  const Definition* best = nullptr;
  long best_casts = 0;
  for (const Definition* one : definitions_of(name)) {
    if (one->arguments.size() != a.size()) continue;
    long casts = 0;
    bool fits = true;
    for (size_t i = 0; i < a.size(); ++i) {
      fits = fits && coerces(a[i], one->arguments[i]);
      casts += a[i].type == one->arguments[i] ? 0 : 1;
    }
    if (!fits || (best != nullptr && casts >= best_casts)) continue;
    best = one;
    best_casts = casts;
  }
  if (best == nullptr) return std::nullopt;
  std::vector<Term> converted;
  for (size_t i = 0; i < a.size(); ++i) converted.push_back(convert(a[i], best->arguments[i]));
  return typed_call(name, converted, best->result);
}

// Functions of fixed types: "text" is utf8, "when" date or timestamp, "number" keeps its type.
std::optional<Term> bind_fixed(const std::string& name, const std::vector<Term>& a) {
  const auto arguments = [&](std::vector<Type> types, Type result) {
    if (types.size() != a.size()) refuse(name + " takes " + std::to_string(types.size()) + " arguments");
    std::vector<Term> converted;
    for (size_t i = 0; i < a.size(); ++i) converted.push_back(coerced(a[i], types[i], name));
    return typed_call(name, converted, result);
  };
  const Type when = !a.empty() && a[0].type == kTimestamp ? kTimestamp : kDate;
  if (name == "length") return arguments({kUtf8}, kInt64);
  if (name == "upper" || name == "lower") return arguments({kUtf8}, kUtf8);
  if (name == "starts_with" || name == "like") return arguments({kUtf8, kUtf8}, kBool);
  if (name == "substring" && a.size() == 2)
    return bind_fixed(name, {a[0], a[1], literal_term({BigInteger(INT64_MAX)}, kInt64)});
  if (name == "substring") return arguments({kUtf8, kInt64, kInt64}, kUtf8);
  if (name == "year" || name == "month" || name == "day") return arguments({when}, kInt64);
  if (name == "hour" || name == "minute") return arguments({kTimestamp}, kInt64);
  if (name == "add_days" || name == "add_months") return arguments({when, kInt32}, when);
  if (name == "add_microseconds") return arguments({kTimestamp, kInt64}, kTimestamp);
  return std::nullopt;
}

}  // namespace

std::optional<Type> common_type(Type left, Type right) {
  if (left == right || right == kNullType) return left;
  if (left == kNullType) return right;
  if (is_numeric(left) && is_numeric(right)) return common_number(left, right, as_decimal(left), as_decimal(right));
  for (const Type later : {kTimestampTz, kTimestamp})
    for (const Type earlier : {kDate, kTimestamp})
      if ((left == earlier && right == later) || (left == later && right == earlier)) return later;
  return common_nested(left, right);
}

std::optional<Type> common_type(const Term& left, const Term& right) {
  const auto is_whole = [](const Term& term) {
    return is_literal(term) && !term.typed && !term.value.is_null() &&
           (is_integer(term.type) || term.type == decimal(38, 0));
  };
  if (is_whole(left) && !is_whole(right) && is_integer(right.type) && exact(left, right.type)) return right.type;
  if (is_whole(right) && !is_whole(left) && is_integer(left.type) && exact(right, left.type)) return left.type;
  if (const auto type = common_type(left.type, right.type)) return type;
  if (left.type == kUtf8 && is_literal(left)) return right.type;
  if (right.type == kUtf8 && is_literal(right)) return left.type;
  return std::nullopt;
}

std::optional<Type> common_type(const std::vector<Term>& values) {
  const auto adapts = [](const Term& term) {
    return term.type == kNullType || (term.type == kUtf8 && is_literal(term));
  };
  Term met = values[0];
  for (size_t i = 1; i < values.size(); ++i) {
    const auto type = common_type(met, values[i]);
    if (!type) return std::nullopt;
    if (!adapts(met) || !adapts(values[i])) met = column_term(0, *type);
    if (adapts(met) && met.type != *type) met = values[i];
  }
  return met.type;
}

Term convert(Term input, Type to) {
  if (!has_cast(input.type, to)) refuse("cannot cast " + to_text(input.type) + " to " + to_text(to));
  const bool number = is_literal(input) && !input.value.is_null() && (is_integer(input.type) || is_decimal(input.type));
  if (number && is_numeric(to) && exact(input, to)) return literal_term(cast(input.value, input.type, to), to);
  if (is_literal(input) && input.type == kUtf8 && !input.value.is_null() && text_says_exactly(input.value.text(), to))
    return literal_term(cast(input.value, input.type, to), to);
  return cast_term(std::move(input), to);
}

Term with_type(Term term) { return term.type == kNullType ? convert(std::move(term), kInt32) : term; }

Term bind_call(std::string name, std::vector<Term> a) {
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const auto is = [&](std::initializer_list<const char*> names) {
    return std::any_of(names.begin(), names.end(), [&](const char* one) { return name == one; });
  };
  if (is({"substr"})) name = "substring";
  if (is({"ifnull", "nvl"})) name = "coalesce";
  if (is({"mod"})) name = "modulo";
  if (is({"lcase"})) name = "lower";
  if (is({"ucase"})) name = "upper";
  if (is({"len", "char_length"})) name = "length";
  if (is({"pow"})) name = "power";
  if (is({"ceiling"})) name = "ceil";
  if (is({"strpos", "instr"})) name = "position";
  if (auto nested = bind_nested(name, a)) return *nested;
  if (auto lists = bind_lists(name, a)) return *lists;
  if (auto interval = bind_units(name, a)) return *interval;
  if (is({"eq", "ne", "lt", "le", "gt", "ge"})) return bind_comparison(name, a.at(0), a.at(1));
  if (is({"and", "or"})) return typed_call(name, {coerced(a.at(0), kBool, name), coerced(a.at(1), kBool, name)}, kBool);
  if (is({"not"})) return typed_call(name, {coerced(a.at(0), kBool, name)}, kBool);
  if (is({"add", "subtract", "multiply", "divide", "integer_divide", "modulo"}))
    return bind_arithmetic(name, a.at(0), a.at(1));
  if (is({"negate"})) return bind_negation(a.at(0));
  if (is({"abs", "sign"})) {
    const Term input = with_type(a.at(0));
    if (!is_numeric(input.type)) refuse(name + " takes numbers");
    return typed_call(name, {input}, name == "sign" ? kInt8 : input.type);
  }
  if (is({"round", "trunc", "floor", "ceil"}))
    if (auto whole = bind_whole_part(name, a)) return *whole;
  if (is({"greatest", "least", "coalesce"})) {
    const auto met = common_type(a);
    if (!met) refuse(name + " of different types");
    const Type type = *met == kNullType ? kInt32 : *met;
    Term result = convert(a.back(), type);
    for (size_t i = a.size() - 1; i-- > 0;) result = typed_call(name, {convert(a[i], type), result}, type);
    return result;
  }
  if (is({"is_distinct_from", "is_not_distinct_from"})) {
    const Term comparison = bind_comparison("eq", a.at(0), a.at(1));
    return typed_call(name, comparison.arguments, kBool);
  }
  if (is({"if_else"})) return bind_choice(name, {coerced(a.at(0), kBool, name)}, a.at(1), a.at(2));
  if (is({"nullif"}))
    return bind_choice("if_else", {bind_comparison("eq", a.at(0), a.at(1))}, literal_term(null(), kNullType), a[0]);
  if (is({"is_null", "is_not_null"})) return typed_call(name, {with_type(a.at(0))}, kBool);
  if (is({"hash"})) return typed_call(name, {with_type(a.at(0))}, kInt64);
  if (is({"concat"}) && a.size() == 2) return typed_call(name, {convert(a[0], kUtf8), convert(a[1], kUtf8)}, kUtf8);
  if (is({"concat_values"})) return bind_concat(a, 0, std::nullopt);
  if (is({"concat_ws"})) {
    const Term separator = convert(a.at(0), kUtf8);
    const Term start =
        typed_call("add", {typed_call("length", {separator}, kInt64), literal_term({BigInteger(1)}, kInt64)}, kInt64);
    return bind_call("substring", {bind_concat(a, 1, separator), start});
  }
  if (is({"date_part"})) {
    std::string part = a.at(0).value.text();
    if (part == "dow") part = "dayofweek";
    if (part == "doy") part = "dayofyear";
    return bind_call(part, {a.at(1)});
  }
  if (is({"date_trunc"})) return bind_call("truncate_to", {part_number(a.at(0)), a.at(1)});
  if (is({"date_diff"})) return bind_call("boundaries_between", {part_number(a.at(0)), a.at(1), a.at(2)});
  if (is({"date_sub"})) return bind_call("whole_parts_between", {part_number(a.at(0)), a.at(1), a.at(2)});
  if (auto fixed = bind_fixed(name, a)) return *fixed;
  if (auto defined = bind_definition(name, a)) return *defined;
  refuse("unknown function " + name);
}

Term term_of(const Expr& written, const Scope& scope, const Substitute& substitute) {
  if (substitute)
    if (auto term = substitute(written)) return *term;
  const auto part = [&](const ExprPtr& child) { return term_of(*child, scope, substitute); };
  return std::visit(
      Overloaded{[&](const ColumnName& n) {
                   const auto found = find_column(n, scope);
                   if (!found && !n.table.empty())  // a field of a struct
                     if (const auto whole = find_column({"", n.table}, scope))
                       return bind_call("struct_extract",
                                        {column_term(*whole, scope[*whole].type), literal_term({n.name}, kUtf8)});
                   if (!found) refuse("unknown column " + n.name);
                   return column_term(*found, scope[*found].type);
                 },
                 [&](const Literal& n) { return literal_term(from_value(n.value), n.value.type); },
                 [&](const CastTo& n) {
                   Term converted = convert(part(n.input), n.to);
                   if (is_literal(converted)) converted.typed = true;
                   if (!n.try_ || converted.kind != Term::Kind::kCast) return converted;
                   return typed_call("try", {std::move(converted)}, n.to);
                 },
                 [&](const Case& n) {
                   std::vector<Term> conditions;
                   std::vector<Term> values{n.otherwise ? part(n.otherwise) : literal_term(null(), kNullType)};
                   for (const auto& arm : n.arms) {
                     conditions.push_back(coerced(part(arm.first), kBool, "CASE"));
                     values.push_back(part(arm.second));
                   }
                   return bind_case(conditions, values);
                 },
                 [&](const Call& n) {
                   std::vector<Term> arguments;
                   for (const ExprPtr& argument : n.arguments) arguments.push_back(part(argument));
                   return bind_call(n.function, std::move(arguments));
                 },
                 [&](const ColumnIndex& n) {  // from a star
                   if (n.index >= scope.size()) refuse("no column " + std::to_string(n.index));
                   return column_term(n.index, scope[n.index].type);
                 },
                 [](const Subquery& n) -> Term { refuse("a subquery where none may stand: " + n.text); },
                 [](const auto&) -> Term { refuse("an aggregate, * or parameter where none may stand"); }},
      written.node);
}

Term bind_predicate(const Expr& written, const Scope& scope, const Substitute& substitute) {
  return coerced(term_of(written, scope, substitute), kBool, "a condition");
}

}  // namespace headrace::reference
