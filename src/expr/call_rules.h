// expr/call_rules.h — how calls are typed for which the overload with the fewest implicit casts is not the rule: the result's
// precision depends on the arguments', arguments meet in a common type, or the function is made of others. One table a family.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "expr/calls.h"

namespace headrace {

using Arguments = std::vector<ExprPtr>;

inline constexpr size_t kManyArguments = 1'000;  // the most that a rule for any number of them takes

struct CallRule {
  std::string_view name;
  size_t arguments_min, arguments_max;  // with another number of arguments the rule does not apply
  Result<ExprPtr> (*resolve)(std::string_view name, Arguments arguments, TextPosition where);
};
std::span<const CallRule> choice_rules();  // coalesce, nullif, greatest, typeof …
std::span<const CallRule> number_rules();  // rounding, bits, pi …
std::span<const CallRule> text_rules();  // substring, concat, regular expressions …
std::span<const CallRule> format_rules();  // format, printf
std::span<const CallRule> nested_rules();  // lists, structs, maps
Result<ExprPtr> concat_lists(Arguments two, TextPosition where);  // ||, null where either is
std::span<const CallRule> list_rules();  // aggregates of lists, sets, structs with more fields …
// list_sum, array_max …: of the aggregate behind the underscore; nullptr: there is none of that name.
Result<ExprPtr> call_aggregate_of_list(std::string_view name, Arguments& arguments, TextPosition where);
std::span<const CallRule> session_rules();  // what the statement and its session say: now, current_setting …
std::span<const CallRule> moment_rules();  // time zones
// + - * with intervals, between moments, and of a date and a time; nullptr: other operands.
Result<ExprPtr> moment_arithmetic(std::string_view name, const Arguments& arguments, TextPosition where);
std::span<const CallRule> date_rules();  // date_part, date_trunc, make_timestamp, formats …

// What the rules are made of.
Error type_error(TextPosition where, std::string message, std::string hint = "");
Error no_overload(const Function& function, const Arguments& arguments, TextPosition where);
// Requires that the function has an overload for exactly these types.
ExprPtr exact_call(std::string_view name, Arguments arguments, Type type, TextPosition where);
// The overload that needs the fewest implicit casts, the first of equals.
Result<ExprPtr> generic_call(const Function& function, Arguments arguments, TextPosition where);
inline ExprPtr text_literal(std::string text) { return literal(Value{kUtf8, std::move(text)}); }
inline ExprPtr int64_literal(int64_t value) { return literal(Value{kInt64, value}); }
const std::string* literal_text(const Expr& expr);  // nullptr: no literal text, or NULL

// Lists, structs and maps (call_rules_nested.cc).
ExprPtr shape_of(Type type);  // as the literal that kernels take
ExprPtr nested_of(Type type, const Arguments& fields, TextPosition where);
ExprPtr as_field(const ExprPtr& value, TextPosition where);  // what a value looks like among a list's elements
// The field of that number, from 1, where there is one, else null.
ExprPtr field_or_null(const ExprPtr& value, Type field, const ExprPtr& index, TextPosition where);
// The number of the key's value among the map's fields; 0: it has no such key.
Result<ExprPtr> map_value_position(const ExprPtr& map, const ExprPtr& written_key, TextPosition where);
ExprPtr sample(Type type);  // any value of the type that is not null
Error expected_nested(std::string_view name, std::string_view what, Type found, TextPosition where);
// Both arguments of a function of a list and an element, in one type.
Result<Arguments> list_and_element(std::string_view name, Arguments arguments, TextPosition where);

std::string different_types_text(const Arguments& values);  // "int32 and date"
ExprPtr typed(ExprPtr expr);  // an untyped NULL that met nothing with a type: int32

}  // namespace headrace
