// expr/lexer.h — text to tokens, for SQL and for the text forms of expressions, plans and stages.
//
//   word          letter or _ or a byte above 127, then these, digits and $           flights, Größe
//   quoted name   "any text", a " inside is doubled                                    "my column"
//   string        'any text', a ' inside is doubled                                    'it''s'
//   E'…' E"…"     the same with escapes: \n \t \r \b \f \\ \' \" and \x with two hex digits below 80   E'two\nlines'
//   $$…$$ $t$…$t$ any text as it is                                                    $$it's$$
//   number        12  1.50  .5  1e3  1_000  0xFF  0o17  0b11
//   parameter     $ and a number or a name; ? is a symbol                              $1  $date
//   column index  # and digits                                                         #3
//   symbol        the longest of <> != <= >= == || :: // -> => := ** << >> ~~ ~* !~ !~* ~~* !~~ !~~* ~~~ ->> ^@ && @> <@ and
//                 + - * / % < > = ( ) , . ; [ ] { } : ? @ & | ^ ~ !
// Between tokens: white space, -- to the end of the line, /* nested */ comments. Words are not lower-cased here; keywords
// are words that a parser expects.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "expr/expr.h"

namespace headrace {

enum class TokenKind : uint8_t { kWord, kQuotedName, kString, kNumber, kColumnIndex, kParameter, kSymbol, kEnd };

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::string_view text;  // as written, quotes included; empty at the end
  TextPosition where;
};

// All tokens of `text`, then one kEnd, which stands right behind the last. The tokens point into `text`.
// kInvalidPlan with position and caret: invalid UTF-8, a stray character, an unterminated string, name or comment, a number
// that runs into letters. kLimit: more than limits::kStatementBytesMax bytes.
Result<std::vector<Token>> lex(std::string_view text);

// What a quoted name or a string stands for: without its quotes, doubled ones halved, escapes
// replaced. Other tokens: as written.
std::string unquoted(const Token& token);

// ASCII only.
std::string to_lower(std::string_view text);
std::string to_upper(std::string_view text);
bool equal_words(std::string_view left, std::string_view right);  // case ignored

// An Error that points into `text`: `where` is "line L, column C" and `message` is followed by two lines, the source line
// (at most 120 bytes of it, around the place) and a caret below the place:
//   expected a table after FROM, found end of text
//     select 1 from
//                  ^
// Line 0: neither.
Error text_error(ErrorCode code, std::string_view text, TextPosition where, std::string message, std::string hint = "");

// The same lines for an error that was made without the text, such as one of resolve(): added when `where` is
// "line L, column C" of a place in `text` and the message has one line; otherwise the error as it is.
Error with_excerpt(Error error, std::string_view text);

}  // namespace headrace
