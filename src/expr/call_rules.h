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

struct CallRule {
  std::string_view name;
  size_t arguments_min, arguments_max;  // with another number of arguments the rule does not apply
  Result<ExprPtr> (*resolve)(std::string_view name, Arguments arguments, TextPosition where);
};
std::span<const CallRule> choice_rules();  // coalesce, nullif, greatest, typeof …
std::span<const CallRule> number_rules();  // rounding, bits, pi …
std::span<const CallRule> text_rules();  // substring, concat, format, regular expressions …
std::span<const CallRule> nested_rules();  // lists, structs, maps
Result<ExprPtr> concat_lists(Arguments two, TextPosition where);  // ||, null where either is
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
const std::string* literal_text(const Expr& expr);  // nullptr: no literal text, or NULL
ExprPtr typed(ExprPtr expr);  // an untyped NULL that met nothing with a type: int32

}  // namespace headrace
