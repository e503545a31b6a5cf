#include "app/cli/statement_end.h"

#include <cstddef>
#include <string>

namespace headrace {

namespace {

// Behind the closing quote; npos: it is open. Doubled quotes stand for one; E'…' also has backslashes.
size_t behind_quoted(std::string_view text, size_t at, bool escapes) {
  const char quote = text[at++];
  for (; at < text.size(); ++at) {
    if (escapes && text[at] == '\\') {
      ++at;
    } else if (text[at] == quote) {
      if (at + 1 >= text.size() || text[at + 1] != quote) return at + 1;
      ++at;
    }
  }
  return std::string_view::npos;
}

// Behind a comment; npos: it is open. Comments in /* */ nest.
size_t behind_comment(std::string_view text, size_t at) {
  size_t depth = 0;
  while (at + 1 < text.size()) {
    const std::string_view two = text.substr(at, 2);
    depth += two == "/*" ? 1 : 0;
    if (two == "*/" && --depth == 0) return at + 2;
    at += two == "/*" || two == "*/" ? 2 : 1;
  }
  return std::string_view::npos;
}

// The last character outside blanks and comments, '\0' when there is none; `open`: the text ends inside something.
char last_of(std::string_view text, bool& open, bool& only_semicolons) {
  char last = '\0';
  open = false;
  only_semicolons = true;
  for (size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v') {
      ++at;
    } else if (text.substr(at, 2) == "--") {
      at = std::min(text.find('\n', at), text.size());
    } else {
      const bool comment = text.substr(at, 2) == "/*", quoted = c == '\'' || c == '"';
      if (!comment) {
        const bool escapes = quoted && (last == 'e' || last == 'E') && at > 0 && text[at - 1] == last;
        last = c;
        only_semicolons = only_semicolons && c == ';';
        if (!quoted) {
          ++at;
          continue;
        }
        at = behind_quoted(text, at, escapes);
      } else {
        at = behind_comment(text, at);
      }
      if (at == std::string_view::npos) {
        open = true;
        return last;
      }
    }
  }
  return last;
}

}  // namespace

bool ends_statement(std::string_view text) {
  bool open = false, only_semicolons = false;
  return last_of(text, open, only_semicolons) == ';' && !open;
}

bool is_nothing(std::string_view text) {
  bool open = false, only_semicolons = false;
  last_of(text, open, only_semicolons);
  return only_semicolons && !open;
}

}  // namespace headrace
