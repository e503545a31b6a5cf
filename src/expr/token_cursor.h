// expr/token_cursor.h — a place in a list of tokens; every recursive-descent parser of ours walks one.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "expr/lexer.h"

namespace headrace {

// What a text means where it does not say.
struct TextRules {
  bool descending = false;  // ORDER BY x
  bool nulls_first_ascending = false, nulls_first_descending = false;
  bool integer_division = false;  // a / b is a // b
};

// `text` must outlive the cursor. Copying it is saving the place, assigning the copy back is returning to it; the tokens
// are shared.
class TokenCursor {
 public:
  static Result<TokenCursor> over(std::string_view text, TextRules rules = {});  // errors of lex()

  const Token& peek(size_t ahead = 0) const;  // kEnd from the end on
  Token take();  // peek(), and one on; stays at the end
  bool at_end() const { return peek().kind == TokenKind::kEnd; }
  TextPosition where() const { return peek().where; }
  std::string_view text() const { return text_; }
  const TextRules& rules() const { return rules_; }
  void set_rules(const TextRules& rules) { rules_ = rules; }
  size_t offset() const;  // bytes of text() in front of the current token; at the end: text().size()

  // Keywords match unquoted words in any case; symbols match exactly.
  bool at_word(std::string_view keyword, size_t ahead = 0) const;
  bool at_symbol(std::string_view symbol, size_t ahead = 0) const;
  bool accept_word(std::string_view keyword);
  bool accept_symbol(std::string_view symbol);
  Status expect_word(std::string_view keyword);  // "expected GROUP, found …"
  Status expect_symbol(std::string_view symbol);
  Status expect_end();

  // A name: a quoted name, or a word. `what` is for the message: "a table name".
  Result<std::string> take_name(std::string_view what);
  bool at_parameter() const;
  // The name of the parameter at the cursor, which it takes: that of $name, or the number of the ? in its statement.
  std::string take_parameter();
  // The current token is a name without AS in front that the next error may turn out to be a mistyped keyword: SELECT a FORM t.
  void mark_as_implicit_alias() { behind_alias_ = at_ + 1; }

  // "expected WHAT, found FOUND" at the current token. The hint is the nearest of `keywords` to it, or to an implicit
  // alias right before it.
  Error expected(std::string_view what, std::span<const std::string_view> keywords = {}) const;
  Error error(TextPosition where, std::string message, std::string hint = "",
              ErrorCode code = ErrorCode::kInvalidPlan) const;
  Error unsupported(TextPosition where, std::string message, std::string hint = "") const;

 private:
  TokenCursor(std::string_view text, std::shared_ptr<const std::vector<Token>> tokens);

  std::string_view text_;
  TextRules rules_;
  std::shared_ptr<const std::vector<Token>> tokens_;
  size_t at_ = 0;
  size_t questions_ = 0;  // ? in the statement so far
  size_t behind_alias_ = 0;  // the token behind the last implicit alias; 0: there was none
};

// How a token is named in "found …": `"FORM"`, the string 'abc', the number 12, end of text. At most 60 bytes of it.
std::string describe(const Token& token);

}  // namespace headrace
