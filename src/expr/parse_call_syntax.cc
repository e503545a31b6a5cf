// Functions whose arguments have a syntax of their own.
#include <fmt/format.h>

#include "expr/parse_parts.h"

namespace headrace {

Result<std::optional<Parsed>> ExpressionParser::parse_call_syntax(const std::string& name, TextPosition where) {
  auto parsed = name == "extract"     ? parse_extract(where)
                : name == "substring" ? parse_substring(where)
                : name == "columns"   ? parse_columns(where)
                : name == "position"  ? parse_position(where)
                : name == "trim"      ? parse_trim(where)
                : name == "overlay"   ? parse_overlay(where)
                                      : Result<Parsed>(Parsed{});
  if (!parsed.ok()) return parsed.error();
  if (parsed.value().expr == nullptr) return std::optional<Parsed>();
  return std::optional(parsed.value());
}

// COLUMNS(*), COLUMNS(t.* EXCLUDE …), COLUMNS(* LIKE 'a%'): a Star. COLUMNS('regex'), COLUMNS(['a', 'b']): a call, which
// plan/select_list.h writes out.
Result<Parsed> ExpressionParser::parse_columns(TextPosition where) {
  if (!at_star()) {
    const bool list = cursor_.at_symbol("[") || (cursor_.at_word("list_value") && cursor_.at_symbol("(", 1));
    if (!list && cursor_.peek().kind != TokenKind::kString)
      return cursor_.unsupported(cursor_.where(), "COLUMNS takes a star, a regular expression or a list of names",
                                 "write COLUMNS(*), COLUMNS('^a') or COLUMNS(['a', 'b'])");
    TRY(chosen, parse(kLoosest));
    TRY_STATUS(cursor_.expect_symbol(")"));
    return call_of("columns", std::array{chosen}, where);
  }
  TRY(star, parse_star());
  TRY_STATUS(cursor_.expect_symbol(")"));
  Star made = std::get<Star>(star.expr->node);
  made.inside = true;
  return node(Expr{.node = std::move(made), .where = where}, std::array{star});
}

// extract(year FROM x) → date_part('year', x)
Result<Parsed> ExpressionParser::parse_extract(TextPosition where) {
  const Token part = cursor_.peek();
  if (part.kind != TokenKind::kWord && part.kind != TokenKind::kString)
    return cursor_.expected("a part of a date, such as year");
  cursor_.take();
  TRY_STATUS(cursor_.expect_word("FROM"));
  TRY(from, parse(kLoosest));
  TRY_STATUS(cursor_.expect_symbol(")"));
  const Parsed name{literal(Value{kUtf8, unquoted(part)}, part.where)};
  return call_of("date_part", std::array{name, from}, where);
}

// position(part IN text) → position(text, part)
Result<Parsed> ExpressionParser::parse_position(TextPosition where) {
  TRY(part, parse(kOther));
  if (!cursor_.accept_word("in")) {
    TRY_STATUS(cursor_.expect_symbol(","));
    TRY(more, parse_arguments("position", where));
    more.insert(more.begin(), std::move(part));
    return call_of("position", more, where);
  }
  TRY(text, parse(kOther));
  TRY_STATUS(cursor_.expect_symbol(")"));
  return call_of("position", std::array{text, part}, where);
}

// substring(x FROM a [FOR b]), substring(x FOR b [FROM a]) or substring(x, a [, b])
Result<Parsed> ExpressionParser::parse_substring(TextPosition where) {
  TRY(text, parse(kLoosest));
  std::vector<Parsed> arguments = {std::move(text)};
  if (cursor_.at_word("from") || cursor_.at_word("for")) {
    std::optional<Parsed> start, count;
    for (;;) {
      if (!start && cursor_.accept_word("from")) {
        TRY(given, parse(kLoosest));
        start = std::move(given);
      } else if (!count && cursor_.accept_word("for")) {
        TRY(given, parse(kLoosest));
        count = std::move(given);
      } else {
        break;
      }
    }
    TRY_STATUS(cursor_.expect_symbol(")"));
    arguments.push_back(start.value_or(Parsed{literal(Value{kInt32, int32_t{1}}, where)}));
    if (count) arguments.push_back(std::move(*count));
  } else if (cursor_.accept_symbol(",")) {
    TRY(more, parse_arguments("substring", where));
    for (Parsed& argument : more) arguments.push_back(std::move(argument));
  } else {
    TRY_STATUS(cursor_.expect_symbol(")"));
  }
  // Without a count: to the end of the text, whose length no text exceeds.
  if (arguments.size() == 2) arguments.push_back(Parsed{literal(Value{kInt64, int64_t{UINT32_MAX}}, where)});
  return call_of("substring", arguments, where);
}

// trim([LEADING | TRAILING | BOTH] [characters] FROM text) or trim(text [, characters])
Result<Parsed> ExpressionParser::parse_trim(TextPosition where) {
  const char* function = "trim";
  const bool side = cursor_.at_word("leading") || cursor_.at_word("trailing") || cursor_.at_word("both");
  if (side && !cursor_.at_symbol(",", 1) && !cursor_.at_symbol(")", 1)) {
    if (cursor_.at_word("leading")) function = "ltrim";
    if (cursor_.at_word("trailing")) function = "rtrim";
    cursor_.take();
  }
  std::vector<Parsed> arguments;
  if (!cursor_.accept_word("from")) {
    TRY(first, parse(kLoosest));
    if (!cursor_.accept_word("from")) {
      std::vector<Parsed> more;
      if (cursor_.accept_symbol(",")) {
        TRY(given, parse_arguments(function, where));
        more = std::move(given);
      } else {
        TRY_STATUS(cursor_.expect_symbol(")"));
      }
      more.insert(more.begin(), std::move(first));
      return call_of(function, more, where);
    }
    arguments.push_back(std::move(first));
  }
  TRY(text, parse(kLoosest));
  arguments.insert(arguments.begin(), std::move(text));
  TRY_STATUS(cursor_.expect_symbol(")"));
  return call_of(function, arguments, where);
}

// overlay(text PLACING part FROM a [FOR b]) or with commas
Result<Parsed> ExpressionParser::parse_overlay(TextPosition where) {
  TRY(text, parse(kLoosest));
  std::vector<Parsed> arguments = {std::move(text)};
  if (!cursor_.accept_word("placing")) {
    TRY_STATUS(cursor_.expect_symbol(","));
    TRY(more, parse_arguments("overlay", where));
    for (Parsed& argument : more) arguments.push_back(std::move(argument));
    return call_of("overlay", arguments, where);
  }
  for (std::string_view word : {"", "from", "for"}) {
    if (word == "from") TRY_STATUS(cursor_.expect_word("FROM"));
    if (word == "for" && !cursor_.accept_word("for")) break;
    TRY(argument, parse(kLoosest));
    arguments.push_back(std::move(argument));
  }
  TRY_STATUS(cursor_.expect_symbol(")"));
  return call_of("overlay", arguments, where);
}

bool ExpressionParser::at_star() const {
  const TokenKind kind = cursor_.peek().kind;
  const bool name = kind == TokenKind::kWord || kind == TokenKind::kQuotedName;
  return cursor_.at_symbol("*") || (name && cursor_.at_symbol(".", 1) && cursor_.at_symbol("*", 2));
}

// [t.]* [EXCLUDE …] [REPLACE …] [RENAME …] [LIKE '…']; a clause of one item needs no parentheses
Result<Parsed> ExpressionParser::parse_star() {
  const TextPosition where = cursor_.where();
  Star star;
  if (!cursor_.at_symbol("*")) {
    star.table = unquoted(cursor_.take());
    cursor_.take();
  }
  cursor_.take();
  const auto clause = [&](std::string_view word, auto&& item) -> Status {
    const bool name = cursor_.peek(1).kind == TokenKind::kWord || cursor_.peek(1).kind == TokenKind::kQuotedName;
    if (!cursor_.at_word(word) || (!name && !cursor_.at_symbol("(", 1))) return kDone;
    cursor_.take();
    const bool several = cursor_.accept_symbol("(");
    do TRY_STATUS(item());
    while (several && cursor_.accept_symbol(","));
    return several ? cursor_.expect_symbol(")") : Status(kDone);
  };
  TRY_STATUS(clause("exclude", [&]() -> Status {
    TRY(column, cursor_.take_name("a column name"));
    star.exclude.push_back(std::move(column));
    return kDone;
  }));
  std::vector<Parsed> parts;
  TRY_STATUS(clause("replace", [&]() -> Status {
    TRY(value, parse(kLoosest));
    TRY_STATUS(cursor_.expect_word("AS"));
    TRY(column, cursor_.take_name("a column name"));
    star.replace.emplace_back(value.expr, std::move(column));
    parts.push_back(std::move(value));
    return kDone;
  }));
  TRY_STATUS(clause("rename", [&]() -> Status {
    TRY(from, cursor_.take_name("a column name"));
    TRY_STATUS(cursor_.expect_word("AS"));
    TRY(to, cursor_.take_name("a column name"));
    star.rename.emplace_back(std::move(from), std::move(to));
    return kDone;
  }));
  if (cursor_.at_word("like") && cursor_.peek(1).kind == TokenKind::kString) {
    cursor_.take();
    star.like = unquoted(cursor_.take());
  }
  return node(Expr{.node = std::move(star), .where = where}, parts);
}

}  // namespace headrace
