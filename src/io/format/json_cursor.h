// io/format/json_cursor.h — a walk over the tokens of one JSON text. Whatever is passed over is checked in full: who skips a value
// knows that it is well-formed, at any depth.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "io/format/json_index.h"
#include "io/format/json_text.h"

namespace headrace {

inline constexpr uint32_t kJsonDepthMax = 1'000;  // of values inside values

struct JsonPlace {
  uint32_t token = 0, escape = 0;
};

// The text must be readable one byte beyond its end. A line feed among the tokens is where the value ends. After a method that says false,
// `flaw` is set and nothing more is asked.
class JsonCursor {
 public:
  JsonCursor() = default;
  explicit JsonCursor(const JsonTokens& tokens) : tokens_(tokens) {}

  // The first character of the next token, '\0' at the end.
  char peek() const { return token_ < tokens_.count ? tokens_.text[tokens_.at[token_]] : '\0'; }
  const char* here() const { return tokens_.text + tokens_.at[token_]; }  // also at the end
  bool at_end() const { return token_ >= tokens_.count || *here() == '\n'; }
  void advance() { ++token_; }
  uint32_t token() const { return token_; }
  void go_to(uint32_t token) { token_ = token; }
  // Where the tokens lie, for one who was there before.
  JsonPlace place() const { return {token_, escape_}; }
  void go_to(JsonPlace place) {
    token_ = place.token;
    escape_ = place.escape;
  }

  bool accept(char symbol) {
    if (peek() != symbol) return false;
    ++token_;
    return true;
  }
  bool expect(char symbol, const char* expected) { return accept(symbol) || fail(expected); }

  // Requires peek() == '"'. What stands between the quotes, its escapes unread.
  std::string_view take_string(bool& escapes) {
    const char* from = here() + 1;
    ++token_;
    const char* end = here() - 1;
    while (*end != '"' && end > from) --end;  // blanks in front of the next token
    escapes = has_escape(static_cast<uint32_t>(from - tokens_.text), static_cast<uint32_t>(end - tokens_.text));
    return {from, static_cast<size_t>(end - from)};
  }
  // The same, and each escape is one.
  bool skip_string();
  // What stands from here up to the next token, when no blank is in between; else empty. Requires a token here.
  std::string_view whole_token() const {
    const char* const from = here();
    const char* const end = tokens_.text + tokens_.at[token_ + 1];
    return is_json_blank(end[-1]) ? std::string_view() : std::string_view(from, static_cast<size_t>(end - from));
  }
  // Whether the token behind this one is the symbol.
  bool is_next(char symbol) const {
    return token_ + 1 < tokens_.count && tokens_.text[tokens_.at[token_ + 1]] == symbol;
  }
  // A number, true, false or null, as written; empty: it is none of these.
  std::string_view take_scalar() {
    const char first = peek();
    const char* from = here();
    const char* end = first == '-' || is_json_digit(first) ? skip_json_number(from) : skip_word(from);
    ++token_;
    if (end == nullptr || (end != here() && !is_json_blank(*end))) {
      --token_;
      fail("a value");
      return {};
    }
    return {from, static_cast<size_t>(end - from)};
  }
  // A null is taken; anything else is left.
  bool accept_null() { return peek() == 'n' && take_scalar().size() == 4; }

  // Any value.
  bool skip_value() {
    const char first = peek();
    if (first == '"') {
      if (has_escape(tokens_.at[token_], tokens_.at[token_ + 1])) return skip_string();
      ++token_;
      return true;
    }
    if (first == '{' || first == '[') return skip_nested();
    return !take_scalar().empty();
  }
  // Any value; its text, without blanks around it.
  bool take_text(std::string_view& text);

  bool fail(const char* expected) {
    if (flaw_.expected == nullptr) flaw_ = {static_cast<uint32_t>(here() - tokens_.text), expected};
    return false;
  }
  const JsonFlaw& flaw() const { return flaw_; }

 private:
  const char* skip_word(const char* from) const {
    const std::string_view left(from, tokens_.text + tokens_.at[tokens_.count] - from);
    if (left.starts_with("true") || left.starts_with("null")) return from + 4;
    return left.starts_with("false") ? from + 5 : nullptr;
  }
  bool skip_nested();
  // Whether there is a backslash in [begin, end). In the order of the text.
  bool has_escape(uint32_t begin, uint32_t end) {
    while (tokens_.escapes[escape_] < begin) ++escape_;
    return tokens_.escapes[escape_] < end;
  }

  JsonTokens tokens_;
  uint32_t token_ = 0;
  uint32_t escape_ = 0;  // the first backslash that is not behind us
  JsonFlaw flaw_;
};

}  // namespace headrace
