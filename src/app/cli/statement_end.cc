#include "app/cli/statement_end.h"

#include <algorithm>
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

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || (c & 0x80) != 0;
}

// The $$ or $tag$ that begins a string at `at`; empty: none does.
std::string_view dollar_tag(std::string_view text, size_t at) {
  if (text[at] != '$' || (at > 0 && is_word(text[at - 1]))) return {};
  size_t end = at + 1;
  while (end < text.size() && is_word(text[end])) ++end;
  const bool number = end > at + 1 && text[at + 1] >= '0' && text[at + 1] <= '9';
  return end < text.size() && text[end] == '$' && !number ? text.substr(at, end + 1 - at) : std::string_view();
}

// A text in pieces: blanks and comments, semicolons, and the rest, in which a quoted string is one piece.
class Pieces {
 public:
  enum class Kind { kBlank, kSemicolon, kOther };
  explicit Pieces(std::string_view text) : text_(text) {}

  // false: there is no other.
  bool next() {
    if (end_ >= text_.size()) return false;
    const size_t begin = end_;
    const char c = text_[begin];
    kind_ = c == ';' ? Kind::kSemicolon : Kind::kOther;
    end_ = begin + 1;
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v') {
      kind_ = Kind::kBlank;
    } else if (text_.substr(begin, 2) == "--") {
      kind_ = Kind::kBlank;
      end_ = std::min(text_.find('\n', begin), text_.size());
    } else if (text_.substr(begin, 2) == "/*") {
      kind_ = Kind::kBlank;
      end_ = behind_comment(text_, begin);
    } else if (c == '\'' || c == '"') {
      const bool escapes = begin > 0 && (text_[begin - 1] == 'e' || text_[begin - 1] == 'E') &&
                           (begin < 2 || !is_word(text_[begin - 2]));
      end_ = behind_quoted(text_, begin, escapes);
    } else if (const std::string_view tag = dollar_tag(text_, begin); !tag.empty()) {
      const size_t closing = text_.find(tag, begin + tag.size());
      end_ = closing == std::string_view::npos ? closing : closing + tag.size();
    }
    open_ = end_ == std::string_view::npos;
    return true;
  }

  Kind kind() const { return kind_; }
  bool open() const { return open_; }  // the text ends inside the piece
  size_t end() const { return end_; }

 private:
  const std::string_view text_;
  size_t end_ = 0;
  Kind kind_ = Kind::kBlank;
  bool open_ = false;
};

}  // namespace

bool ends_statement(std::string_view text) {
  Pieces::Kind last = Pieces::Kind::kBlank;
  Pieces pieces(text);
  while (pieces.next()) {
    if (pieces.open()) return false;
    if (pieces.kind() != Pieces::Kind::kBlank) last = pieces.kind();
  }
  return last == Pieces::Kind::kSemicolon;
}

bool is_nothing(std::string_view text) {
  Pieces pieces(text);
  while (pieces.next())
    if (pieces.open() || pieces.kind() == Pieces::Kind::kOther) return false;
  return true;
}

std::vector<std::string> split_statements(std::string_view text) {
  std::vector<std::string> statements;
  std::string blank;  // newlines and spaces in the place of what came before
  size_t begin = 0;
  const auto add = [&](size_t end) {
    const std::string_view own = text.substr(begin, end - begin);
    if (!is_nothing(own)) statements.push_back(blank + std::string(own));
    const size_t line = own.rfind('\n');
    if (line != std::string_view::npos) {
      blank.erase(blank.rfind('\n') + 1);
      blank.append(static_cast<size_t>(std::count(own.begin(), own.end(), '\n')), '\n');
    }
    blank.append(line == std::string_view::npos ? own.size() : own.size() - line - 1, ' ');
    begin = end;
  };
  Pieces pieces(text);
  while (pieces.next() && !pieces.open())
    if (pieces.kind() == Pieces::Kind::kSemicolon) add(pieces.end());
  if (begin < text.size()) add(text.size());
  return statements;
}

}  // namespace headrace
