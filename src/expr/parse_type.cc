// The name of a type in SQL: words, what they have in parentheses, and brackets of lists; parse_type of types/type.h reads it.
#include <fmt/format.h>

#include "expr/parse.h"
#include "expr/parse_parts.h"

namespace headrace {
namespace {

std::string text_of(const Token& token) {
  if (token.kind == TokenKind::kString) return quoted_text(unquoted(token), '\'');
  if (token.kind == TokenKind::kQuotedName) return quoted_text(unquoted(token), '"');
  return std::string(token.text);
}

// ( … ) with what is between them, parentheses in it included.
Status take_parentheses(TokenCursor& cursor, std::string& text) {
  uint32_t open = 0;
  do {
    if (cursor.at_end() || cursor.at_symbol(";")) return cursor.expected("')'");
    if (cursor.at_symbol("(")) ++open;
    if (cursor.at_symbol(")")) --open;
    const bool joined = text.ends_with('(') || cursor.at_symbol("(") || cursor.at_symbol(")") || cursor.at_symbol(",");
    text += (joined ? "" : " ") + text_of(cursor.take());
  } while (open > 0);
  return kDone;
}

}  // namespace

Result<Type> parse_type(TokenCursor& cursor) {
  const TextPosition where = cursor.where();
  TRY(name, cursor.take_name("a type"));
  if (equal_words(name, "double") && cursor.accept_word("precision")) name += " precision";
  const bool clock = equal_words(name, "timestamp") || equal_words(name, "time");
  if (clock && (cursor.at_word("with") || cursor.at_word("without")) && cursor.at_word("time", 1)) {
    for (int i = 0; i < 3; ++i) name += fmt::format(" {}", cursor.take().text);
  }
  if (cursor.at_symbol("(")) TRY_STATUS(take_parentheses(cursor, name));
  while (cursor.at_symbol("[") &&
         (cursor.at_symbol("]", 1) || (cursor.peek(1).kind == TokenKind::kNumber && cursor.at_symbol("]", 2)))) {
    const int tokens = cursor.at_symbol("]", 1) ? 2 : 3;
    for (int i = 0; i < tokens; ++i) name += cursor.take().text;
  }
  const auto type = parse_type(std::string_view(name));
  if (!type.ok()) return cursor.error(where, type.error().message, type.error().hint);
  return type.value();
}

}  // namespace headrace
