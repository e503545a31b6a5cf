#include "expr/lexer.h"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <charconv>

#include "base/limits.h"

namespace headrace {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v'; }

// The longest first.
constexpr std::array kLongSymbols = std::to_array<std::string_view>(
    {"!~~*", "!~~", "!~*", "~~*", "~~~", "->>", "<>", "!=", "<=", ">=", "==", "||", "::", "//",
     "->",   "=>",  ":=",  "**",  "<<",  ">>",  "~~", "~*", "!~", "^@", "&&", "@>", "<@"});
constexpr std::string_view kSymbolCharacters = "+-*/%<>=(),.;[]{}:?@&|^~!";

// Bytes of the well-formed UTF-8 sequence at text[at] (Unicode 15, table 3-7); 0: there is none.
size_t sequence_bytes(std::string_view text, size_t at) {
  const auto byte = [&](size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const auto continues = [&](size_t i) { return (byte(i) & 0xC0) == 0x80; };
  const unsigned first = byte(at), second = byte(at + 1);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return continues(at + 1) ? 2 : 0;
  if ((first & 0xF0) == 0xE0) {
    const bool in_range = (first != 0xE0 || second >= 0xA0) && (first != 0xED || second <= 0x9F);
    return in_range && continues(at + 1) && continues(at + 2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const bool in_range = (first != 0xF0 || second >= 0x90) && (first != 0xF4 || second <= 0x8F);
    return in_range && continues(at + 1) && continues(at + 2) && continues(at + 3) ? 4 : 0;
  }
  return 0;
}

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The character that `text`, which begins with a backslash, stands for, and how many bytes say so; 0 bytes: no escape.
std::pair<char, size_t> unescape(std::string_view text) {
  constexpr std::string_view kLetters = "ntrbf\\'\"", kMeanings = "\n\t\r\b\f\\'\"";
  if (text.size() < 2) return {};
  if (const size_t at = kLetters.find(text[1]); at != std::string_view::npos) return {kMeanings[at], 2};
  if (text[1] != 'x' || text.size() < 4) return {};
  const int high = hex_digit(text[2]), low = hex_digit(text[3]);
  if (high < 0 || high > 7 || low < 0) return {};  // one byte of UTF-8 at most
  return {static_cast<char>(high * 16 + low), 4};
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  Result<std::vector<Token>> run() {
    TRY_STATUS(check_utf8());
    std::vector<Token> tokens;
    for (;;) {
      const TextPosition behind_last = here();
      TRY_STATUS(skip_blanks());
      if (done()) {
        tokens.push_back({TokenKind::kEnd, {}, behind_last});
        return tokens;
      }
      TRY(token, next());
      tokens.push_back(token);
    }
  }

 private:
  char peek(size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  bool done() const { return at_ >= text_.size(); }
  TextPosition here() const { return {line_, static_cast<uint32_t>(at_ - line_start_ + 1)}; }
  void advance(size_t bytes = 1) {
    for (; bytes > 0; --bytes, ++at_)
      if (text_[at_] == '\n') {
        ++line_;
        line_start_ = at_ + 1;
      }
  }
  Error error(TextPosition where, std::string message, std::string hint = "") const {
    return text_error(ErrorCode::kInvalidPlan, text_, where, std::move(message), std::move(hint));
  }

  Status check_utf8() {
    const Lexer start = *this;
    while (!done()) {
      const size_t bytes = sequence_bytes(text_, at_);
      if (bytes == 0)
        return error(here(),
                     fmt::format("expected UTF-8 text, found the byte 0x{:02X}", static_cast<unsigned char>(peek())),
                     "save the file as UTF-8");
      advance(bytes);
    }
    *this = start;
    return kDone;
  }

  Status skip_blanks() {
    for (;;) {
      if (!done() && is_space(peek())) {
        advance();
      } else if (peek() == '-' && peek(1) == '-') {
        while (!done() && peek() != '\n') advance();
      } else if (peek() == '/' && peek(1) == '*') {
        TRY_STATUS(skip_block_comment());
      } else {
        return kDone;
      }
    }
  }

  Status skip_block_comment() {
    const TextPosition start = here();
    uint64_t open = 0;
    do {
      if (done()) return error(start, "this comment is never closed", "close it with */");
      if (peek() == '/' && peek(1) == '*') {
        ++open;
        advance(2);
      } else if (peek() == '*' && peek(1) == '/') {
        --open;
        advance(2);
      } else {
        advance();
      }
    } while (open > 0);
    return kDone;
  }

  Token take(TokenKind kind, size_t bytes) {
    Token token{kind, text_.substr(at_, bytes), here()};
    advance(bytes);
    return token;
  }

  Result<Token> next() {
    const char first = peek();
    if ((first == 'e' || first == 'E') && peek(1) == '\'') return with_escapes(TokenKind::kString);
    if ((first == 'e' || first == 'E') && peek(1) == '"') return with_escapes(TokenKind::kQuotedName);
    if (is_letter(first)) {
      size_t bytes = 1;
      while (is_letter(peek(bytes)) || is_digit(peek(bytes)) || peek(bytes) == '$') ++bytes;
      return take(TokenKind::kWord, bytes);
    }
    if (is_digit(first) || (first == '.' && is_digit(peek(1)))) return number();
    if (first == '\'') return quoted(TokenKind::kString, "this string is never closed", "close it with '");
    if (first == '"') return quoted(TokenKind::kQuotedName, "this quoted name is never closed", "close it with \"");
    if (first == '#' && is_digit(peek(1))) {
      size_t bytes = 1;
      while (is_digit(peek(bytes))) ++bytes;
      return take(TokenKind::kColumnIndex, bytes);
    }
    if (first == '$') return dollar();
    for (std::string_view symbol : kLongSymbols)
      if (text_.substr(at_, symbol.size()) == symbol) return take(TokenKind::kSymbol, symbol.size());
    if (kSymbolCharacters.find(first) != std::string_view::npos && first != '\0') return take(TokenKind::kSymbol, 1);
    if (static_cast<unsigned char>(first) < 0x20 || first == 0x7F)
      return error(here(), fmt::format("unexpected control character 0x{:02X}", static_cast<unsigned char>(first)));
    return error(here(), fmt::format("unexpected character '{}'", first),
                 first == '`' ? "names with special characters are written in double quotes: \"name\"" : "");
  }

  Result<Token> quoted(TokenKind kind, const char* message, const char* hint) {
    const char quote = peek();
    for (size_t bytes = 1; at_ + bytes < text_.size(); ++bytes) {
      if (peek(bytes) != quote) continue;
      if (peek(bytes + 1) != quote) return take(kind, bytes + 1);
      ++bytes;
    }
    return error(here(), message, hint);
  }

  // E'…' or E"…".
  Result<Token> with_escapes(TokenKind kind) {
    const char quote = peek(1);
    for (size_t bytes = 2; at_ + bytes < text_.size(); ++bytes) {
      if (peek(bytes) == '\\') {
        const size_t taken = unescape(text_.substr(at_ + bytes)).second;
        if (taken == 0) {
          advance(bytes);
          return error(here(),
                       "expected an escape behind the backslash: \\n \\t \\r \\b \\f \\\\ \\' \\\" or \\x and two hex "
                       "digits below 80",
                       "write a backslash twice, or the string without the E in front");
        }
        bytes += taken - 1;
      } else if (peek(bytes) == quote) {
        if (peek(bytes + 1) != quote) return take(kind, bytes + 1);
        ++bytes;
      }
    }
    return error(here(), quote == '\'' ? "this string is never closed" : "this quoted name is never closed",
                 std::string("close it with ") + quote);
  }

  // $1, $name, or a string between two times $$ or $tag$.
  Result<Token> dollar() {
    size_t bytes = 1;
    while (is_letter(peek(bytes)) || is_digit(peek(bytes))) ++bytes;
    if (peek(bytes) == '$' && !is_digit(peek(1))) {
      const std::string_view tag = text_.substr(at_, bytes + 1);
      const size_t end = text_.find(tag, at_ + tag.size());
      if (end == std::string_view::npos)
        return error(here(), "this string is never closed", fmt::format("close it with {}", tag));
      return take(TokenKind::kString, end + tag.size() - at_);
    }
    if (bytes == 1) return error(here(), "unexpected character '$'", "a parameter is written $1 or $name");
    return take(TokenKind::kParameter, bytes);
  }

  // The end of the digits from `bytes` on; an underscore may stand between two of them.
  template <class IsDigit>
  size_t behind_digits(size_t bytes, IsDigit&& digit) const {
    const size_t start = bytes;
    while (digit(peek(bytes)) || (peek(bytes) == '_' && bytes > start && digit(peek(bytes + 1)))) ++bytes;
    return bytes;
  }

  // 0x…, 0o… or 0b…; 0: none.
  size_t radix_bytes() const {
    if (peek() != '0') return 0;
    const char letter = peek(1) | 0x20;
    const int radix = letter == 'x' ? 16 : letter == 'o' ? 8 : letter == 'b' ? 2 : 0;
    const auto digit = [&](char c) { return hex_digit(c) >= 0 && hex_digit(c) < radix; };
    return radix == 0 || !digit(peek(2)) ? 0 : behind_digits(2, digit);
  }

  Result<Token> number() {
    size_t bytes = radix_bytes();
    if (bytes == 0) {
      bytes = behind_digits(0, is_digit);
      if (peek(bytes) == '.') bytes = behind_digits(bytes + 1, is_digit);
      if (peek(bytes) == 'e' || peek(bytes) == 'E') {
        const size_t sign = peek(bytes + 1) == '+' || peek(bytes + 1) == '-' ? 1 : 0;
        if (is_digit(peek(bytes + 1 + sign))) bytes = behind_digits(bytes + 1 + sign, is_digit);
      }
    }
    if (is_letter(peek(bytes))) {
      size_t end = bytes;
      while (is_letter(peek(end)) || is_digit(peek(end))) ++end;
      return error(here(), fmt::format("expected a number, found \"{}\"", text_.substr(at_, end)),
                   "put a space behind the number, or quotes around the whole");
    }
    return take(TokenKind::kNumber, bytes);
  }

  std::string_view text_;
  size_t at_ = 0;
  uint32_t line_ = 1;
  size_t line_start_ = 0;
};

}  // namespace

Result<std::vector<Token>> lex(std::string_view text) {
  if (text.size() > limits::kStatementBytesMax)
    return Error{
        .code = ErrorCode::kLimit,
        .message = fmt::format("the text has {} bytes, at most {} are read", text.size(), limits::kStatementBytesMax),
        .where = "",
        .hint = "split it into several texts"};
  return Lexer(text).run();
}

std::string unquoted(const Token& token) {
  if (token.kind != TokenKind::kQuotedName && token.kind != TokenKind::kString) return std::string(token.text);
  if (token.text.front() == '$') {
    const size_t tag = token.text.find('$', 1) + 1;
    return std::string(token.text.substr(tag, token.text.size() - 2 * tag));
  }
  const bool escapes = token.text.front() == 'e' || token.text.front() == 'E';
  const std::string_view written = token.text.substr(escapes ? 1 : 0);
  const char quote = written.front();
  const std::string_view inside = written.substr(1, written.size() - 2);
  std::string result;
  result.reserve(inside.size());
  for (size_t i = 0; i < inside.size(); ++i) {
    if (escapes && inside[i] == '\\') {
      const auto [character, bytes] = unescape(inside.substr(i));
      result += character;
      i += bytes - 1;
      continue;
    }
    result += inside[i];
    if (inside[i] == quote) ++i;
  }
  return result;
}

std::string to_lower(std::string_view text) {
  std::string result(text);
  for (char& letter : result)
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  return result;
}

std::string to_upper(std::string_view text) {
  std::string result(text);
  for (char& letter : result)
    if (letter >= 'a' && letter <= 'z') letter = static_cast<char>(letter - 'a' + 'A');
  return result;
}

bool equal_words(std::string_view left, std::string_view right) {
  const auto equal = [](char a, char b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return lower(a) == lower(b);
  };
  return std::ranges::equal(left, right, equal);
}

Error text_error(ErrorCode code, std::string_view text, TextPosition where, std::string message, std::string hint) {
  if (where.line == 0) return {.code = code, .message = std::move(message), .where = "", .hint = std::move(hint)};
  size_t start = 0;
  for (uint32_t line = 1; line < where.line; ++line) start = text.find('\n', start) + 1;
  std::string_view source = text.substr(start, text.find('\n', start) - start);
  size_t caret = where.column - 1;

  constexpr size_t kExcerptBytesMax = 120;
  const auto inside_sequence = [&](size_t at) { return at < source.size() && (source[at] & 0xC0) == 0x80; };
  if (source.size() > kExcerptBytesMax) {
    size_t first = caret > kExcerptBytesMax / 2 ? caret - kExcerptBytesMax / 2 : 0;
    while (inside_sequence(first)) ++first;
    size_t last = std::min(source.size(), first + kExcerptBytesMax);
    while (inside_sequence(last)) --last;
    source = source.substr(first, last - first);
    caret -= first;
  }
  std::string excerpt, padding;
  for (size_t i = 0; i < source.size(); ++i) {
    const bool control = static_cast<unsigned char>(source[i]) < 0x20 || source[i] == 0x7F;
    const char shown = source[i] == '\t' ? '\t' : control ? ' ' : source[i];
    excerpt += shown;
    if (i < caret && !inside_sequence(i)) padding += shown == '\t' ? '\t' : ' ';
  }
  return {.code = code,
          .message = fmt::format("{}\n  {}\n  {}^", message, excerpt, padding),
          .where = fmt::format("line {}, column {}", where.line, where.column),
          .hint = std::move(hint)};
}

Error with_excerpt(Error error, std::string_view text) {
  constexpr std::string_view kLine = "line ", kColumn = ", column ";
  const std::string_view where = error.where;
  const size_t comma = where.find(kColumn);
  if (!where.starts_with(kLine) || comma == std::string_view::npos || error.message.find('\n') != std::string::npos)
    return error;
  TextPosition place;
  const auto number = [](std::string_view digits, uint32_t& value) {
    const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return failure == std::errc() && end == digits.data() + digits.size() && value > 0;
  };
  if (!number(where.substr(kLine.size(), comma - kLine.size()), place.line) ||
      !number(where.substr(comma + kColumn.size()), place.column))
    return error;
  size_t start = 0;
  for (uint32_t line = 1; line < place.line; ++line) {
    start = text.find('\n', start);
    if (start == std::string_view::npos) return error;
    ++start;
  }
  const size_t bytes = std::min(text.find('\n', start), text.size()) - start;
  if (place.column > bytes + 1) return error;
  return text_error(error.code, text, place, std::move(error.message), std::move(error.hint));
}

}  // namespace headrace
