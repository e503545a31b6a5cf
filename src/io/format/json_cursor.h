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

// The text must be readable one byte beyond its end. After a method that says false, `flaw` is set and nothing more is asked.
class JsonCursor {
 public:
  JsonCursor() = default;
  // `escapes`: whether the text has a backslash anywhere.
  JsonCursor(const JsonTokens& tokens, bool escapes) : tokens_(tokens), escapes_(escapes) {}

  // The first character of the next token, '\0' at the end.
  char peek() const { return token_ < tokens_.count ? tokens_.text[tokens_.at[token_]] : '\0'; }
  const char* here() const { return tokens_.text + tokens_.at[token_]; }  // also at the end
  bool at_end() const { return token_ >= tokens_.count; }
  void advance() { ++token_; }
  bool escapes() const { return escapes_; }
  uint32_t token() const { return token_; }
  void go_to(uint32_t token) { token_ = token; }

  bool accept(char symbol) {
    if (peek() != symbol) return false;
    ++token_;
    return true;
  }
  bool expect(char symbol, const char* expected) { return accept(symbol) || fail(expected); }

  // Requires peek() == '"'. What stands between the quotes, its escapes unread.
  std::string_view take_string() {
    const char* from = here() + 1;
    ++token_;
    const char* end = here() - 1;
    while (*end != '"' && end > from) --end;  // blanks in front of the next token
    return {from, static_cast<size_t>(end - from)};
  }
  // The same, and each escape is one.
  bool skip_string();
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
    if (first == '"') return escapes_ ? skip_string() : (++token_, true);
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

  JsonTokens tokens_;
  uint32_t token_ = 0;
  bool escapes_ = false;
  JsonFlaw flaw_;
};

}  // namespace headrace
