#include "expr/token_cursor.h"

#include <fmt/format.h>

#include "base/check.h"
#include "base/nearest_name.h"

namespace headrace {

Result<TokenCursor> TokenCursor::over(std::string_view text, TextRules rules) {
  TRY(tokens, lex(text));
  TokenCursor cursor(text, std::make_shared<const std::vector<Token>>(std::move(tokens)));
  cursor.rules_ = rules;
  return cursor;
}

TokenCursor::TokenCursor(std::string_view text, std::shared_ptr<const std::vector<Token>> tokens)
    : text_(text), tokens_(std::move(tokens)) {
  CHECK(!tokens_->empty() && tokens_->back().kind == TokenKind::kEnd);
}

const Token& TokenCursor::peek(size_t ahead) const { return (*tokens_)[std::min(at_ + ahead, tokens_->size() - 1)]; }

Token TokenCursor::take() {
  const Token& token = peek();
  if (token.kind != TokenKind::kEnd) ++at_;
  return token;
}

size_t TokenCursor::offset() const {
  return at_end() ? text_.size() : static_cast<size_t>(peek().text.data() - text_.data());
}

bool TokenCursor::at_word(std::string_view keyword, size_t ahead) const {
  const Token& token = peek(ahead);
  return token.kind == TokenKind::kWord && equal_words(token.text, keyword);
}

bool TokenCursor::at_symbol(std::string_view symbol, size_t ahead) const {
  const Token& token = peek(ahead);
  return token.kind == TokenKind::kSymbol && token.text == symbol;
}

bool TokenCursor::accept_word(std::string_view keyword) {
  if (!at_word(keyword)) return false;
  ++at_;
  return true;
}

bool TokenCursor::accept_symbol(std::string_view symbol) {
  if (!at_symbol(symbol)) return false;
  if (symbol == ";") questions_ = 0;
  ++at_;
  return true;
}

Status TokenCursor::expect_word(std::string_view keyword) {
  if (accept_word(keyword)) return kDone;
  return expected(keyword, std::span(&keyword, 1));
}

Status TokenCursor::expect_symbol(std::string_view symbol) {
  if (accept_symbol(symbol)) return kDone;
  return expected(fmt::format("'{}'", symbol));
}

Status TokenCursor::expect_end() {
  if (at_end()) return kDone;
  return expected("end of text");
}

Result<std::string> TokenCursor::take_name(std::string_view what) {
  if (peek().kind != TokenKind::kWord && peek().kind != TokenKind::kQuotedName) return expected(what);
  return unquoted(take());
}

bool TokenCursor::at_parameter() const { return at_symbol("?") || peek().kind == TokenKind::kParameter; }

std::string TokenCursor::take_parameter() {
  CHECK(at_parameter());
  const std::string_view text = take().text;
  return text == "?" ? std::to_string(++questions_) : std::string(text.substr(1));
}

Error TokenCursor::expected(std::string_view what, std::span<const std::string_view> keywords) const {
  std::string hint;
  // A keyword that stands in the wrong place is no mistyped one.
  if (peek().kind == TokenKind::kWord && edit_distance(peek().text, nearest_name(peek().text, keywords)) > 0)
    hint = did_you_mean(peek().text, keywords);
  if (hint.empty() && at_ > 0 && behind_alias_ == at_) {
    const std::string_view alias = (*tokens_)[at_ - 1].text;
    const std::string nearest = nearest_name(alias, keywords);
    if (!nearest.empty()) hint = fmt::format("did you mean {} instead of {}?", nearest, alias);
  }
  return error(where(), fmt::format("expected {}, found {}", what, describe(peek())), hint);
}

Error TokenCursor::error(TextPosition where, std::string message, std::string hint, ErrorCode code) const {
  return text_error(code, text_, where, std::move(message), std::move(hint));
}

Error TokenCursor::unsupported(TextPosition where, std::string message, std::string hint) const {
  return error(where, std::move(message), std::move(hint), ErrorCode::kUnsupported);
}

std::string describe(const Token& token) {
  size_t bytes = std::min<size_t>(token.text.size(), 60);
  while (bytes < token.text.size() && bytes > 0 && (token.text[bytes] & 0xC0) == 0x80) --bytes;  // whole characters
  std::string shown(token.text.substr(0, bytes));
  for (char& letter : shown)
    if (static_cast<unsigned char>(letter) < 0x20 || letter == 0x7F) letter = ' ';
  if (bytes < token.text.size()) shown += "…";
  switch (token.kind) {
    case TokenKind::kWord: return fmt::format("\"{}\"", shown);
    case TokenKind::kQuotedName: return fmt::format("the name {}", shown);
    case TokenKind::kString: return fmt::format("the string {}", shown);
    case TokenKind::kNumber: return fmt::format("the number {}", shown);
    case TokenKind::kParameter: return fmt::format("the parameter {}", shown);
    case TokenKind::kColumnIndex: return fmt::format("the column index {}", shown);
    case TokenKind::kSymbol: return fmt::format("'{}'", shown);
    case TokenKind::kEnd: return "end of text";
  }
  CHECK(false);
}

}  // namespace headrace
