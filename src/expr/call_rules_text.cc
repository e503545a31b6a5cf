#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "expr/call_rules.h"
#include "expr/coerce.h"
#include "kernel/text/regexp.h"

namespace headrace {

const std::string* literal_text(const Expr& expr) {
  const auto* node = std::get_if<Literal>(&expr.node);
  if (node == nullptr || node->value.is_null() || node->value.type != kUtf8) return nullptr;
  return std::get_if<std::string>(&node->value.data);
}

namespace {

constexpr size_t kAnyCount = SIZE_MAX;

Result<ExprPtr> call_by_name(std::string_view name, Arguments arguments, TextPosition where) {
  return resolve_call(std::string(name), std::move(arguments), where);
}

// Without a count: to the end.
Result<ExprPtr> substring(std::string_view name, Arguments arguments, TextPosition where) {
  arguments.push_back(literal(Value{kInt64, INT64_MAX}));
  return generic_call(*find_function(name), std::move(arguments), where);
}

// Without a count: as many as the part has.
Result<ExprPtr> overlay(std::string_view name, Arguments arguments, TextPosition where) {
  TRY(count, call_by_name("length", {arguments[1]}, where));
  arguments.push_back(count);
  return generic_call(*find_function(name), std::move(arguments), where);
}

bool some_list(const Arguments& arguments) {
  return std::any_of(arguments.begin(), arguments.end(),
                     [](const ExprPtr& one) { return one->type.id == TypeId::kList; });
}

// Lists are put together; operands of any other type become text.
Result<ExprPtr> concat(std::string_view name, Arguments arguments, TextPosition where) {
  if (some_list(arguments)) return concat_lists(std::move(arguments), where);
  for (ExprPtr& argument : arguments) {
    TRY(text, cast_expr(argument, kUtf8, where));
    argument = text;
  }
  return generic_call(*find_function(name), std::move(arguments), where);
}

// Pieces put together from the left; at least one.
Result<ExprPtr> joined(const Arguments& pieces, TextPosition where) {
  ExprPtr result = pieces[0];
  for (size_t i = 1; i < pieces.size(); ++i) {
    TRY(longer, call_by_name("concat", {result, pieces[i]}, where));
    result = longer;
  }
  return result;
}

// concat(a, b, …): a null counts as empty.
Result<ExprPtr> concat_values(std::string_view, Arguments arguments, TextPosition where) {
  if (some_list(arguments)) return call_by_name("list_concat", std::move(arguments), where);
  for (ExprPtr& argument : arguments) {
    TRY(text, cast_expr(argument, kUtf8, where));
    TRY(or_empty, call_by_name("coalesce", {text, text_literal("")}, where));
    argument = or_empty;
  }
  return joined(arguments, where);
}

// Each value that is not null behind a separator, and then without the first separator: null when the separator is.
Result<ExprPtr> concat_ws(std::string_view, Arguments arguments, TextPosition where) {
  TRY(separator, cast_expr(arguments[0], kUtf8, where));
  Arguments pieces;
  for (size_t i = 1; i < arguments.size(); ++i) {
    TRY(piece, call_by_name("concat", {separator, arguments[i]}, where));
    pieces.push_back(piece);
  }
  TRY(all, concat_values("", std::move(pieces), where));
  TRY(length, call_by_name("length", {separator}, where));
  TRY(start, call_by_name("add", {length, literal(Value{kInt64, int64_t{1}})}, where));
  return call_by_name("substring", {all, start}, where);
}

// A pattern that is a literal and says nothing is refused now.
Result<ExprPtr> regexp(std::string_view name, Arguments arguments, TextPosition where) {
  const bool replaces = name == "regexp_replace";
  const size_t options_at = name == "regexp_matches" || name == "regexp_full_match" ? 2 : 3;
  const std::string* pattern = literal_text(*arguments[1]);
  const std::string* options = arguments.size() > options_at ? literal_text(*arguments[options_at]) : nullptr;
  const std::string* written = replaces ? literal_text(*arguments[2]) : nullptr;
  if (pattern != nullptr && (arguments.size() <= options_at || options != nullptr)) {
    const std::string_view replacement = written != nullptr ? std::string_view(*written) : std::string_view();
    const std::string error =
        kernel::regexp_error(*pattern, options != nullptr ? *options : "", written != nullptr ? &replacement : nullptr);
    if (!error.empty())
      return type_error(where, fmt::format("{}: bad regular expression '{}': {}", name, *pattern, error),
                        "the syntax is RE2's: github.com/google/re2/wiki/Syntax");
  }
  return generic_call(*find_function(name), std::move(arguments), where);
}

constexpr CallRule kRules[] = {
    {"substring", 2, 2, substring},
    {"overlay", 3, 3, overlay},
    {"concat", 2, 2, concat},
    {"concat_values", 1, kAnyCount, concat_values},
    {"concat_ws", 2, kAnyCount, concat_ws},
    {"regexp_matches", 2, 3, regexp},
    {"regexp_full_match", 2, 3, regexp},
    {"regexp_extract", 2, 4, regexp},
    {"regexp_replace", 3, 4, regexp},
};

}  // namespace

std::span<const CallRule> text_rules() { return kRules; }

}  // namespace headrace
