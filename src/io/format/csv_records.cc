#include "io/format/csv_records.h"

#include <algorithm>
#include <cstring>

namespace headrace {

namespace {

// The quote that closes a field whose text begins at `at`, or `end`. `doubled`: bytes in front of it stand for others.
const char* find_closing_quote(const char* at, const char* end, const CsvDialect& dialect, bool& doubled) {
  doubled = false;
  if (dialect.escape != '\0') {
    for (; at < end && *at != dialect.quote; ++at)
      if (*at == dialect.escape) {
        doubled = true;
        if (++at == end) return end;
      }
    return at;
  }
  for (;;) {
    const auto* found = static_cast<const char*>(std::memchr(at, dialect.quote, static_cast<size_t>(end - at)));
    if (found == nullptr) return end;
    if (found + 1 == end || found[1] != dialect.quote) return found;
    doubled = true;
    at = found + 2;
  }
}

}  // namespace

std::string undouble(std::string_view text, const CsvDialect& dialect) {
  const char escape = dialect.escape == '\0' ? dialect.quote : dialect.escape;
  std::string result;
  result.reserve(text.size());
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] == escape && at + 1 < text.size()) ++at;
    result.push_back(text[at]);
  }
  return result;
}

CsvField read_csv_field(std::string_view between, const CsvDialect& dialect) {
  const auto bytes = static_cast<uint32_t>(between.size());
  if (dialect.quote == '\0' || bytes == 0 || between[0] != dialect.quote)
    return {between.data(), bytes, false, false, false};
  const char* const begin = between.data() + 1;
  const char* end = between.data() + bytes;
  bool doubled = false;
  const char* const close = find_closing_quote(begin, end, dialect, doubled);
  CsvField field{begin, static_cast<uint32_t>(close - begin), true, doubled, false, close == end};
  if (field.unclosed) return field;
  // Blanks before a comment are the comment's.
  if (dialect.comment != '\0' && *end == dialect.comment)
    while (end > close + 1 && (end[-1] == ' ' || end[-1] == '\t')) --end;
  field.malformed = end > close + 1;
  return field;
}

// Empty lines, and those of a comment.
void CsvRecords::skip_between_records() {
  while (at_ < end_) {
    if (!single_column_ && (*at_ == '\n' || (*at_ == '\r' && at_ + 1 < end_ && at_[1] == '\n'))) {
      ++at_;
      continue;
    }
    if (comment_ == '\0') return;
    const char* begin = std::find_if(at_, end_, [](char c) { return c != ' ' && c != '\t'; });
    if (begin == end_ || *begin != comment_) return;
    at_ = std::find(begin, end_, '\n');
    if (at_ < end_) ++at_;
  }
}

bool CsvRecords::begin_record() {
  skip_between_records();
  if (at_ >= end_) return false;
  record_ = at_;
  more_ = true;
  return true;
}

const char* CsvRecords::find_field_end() {
  const char* begin = at_;
  if (comment_ == '\0')
    while (at_ < end_ && *at_ != delimiter_ && *at_ != '\n') ++at_;
  else
    while (at_ < end_ && *at_ != delimiter_ && *at_ != '\n' && *at_ != comment_) ++at_;
  const char* stop = at_;
  if (at_ < end_ && *at_ == delimiter_) {
    ++at_;
    return stop;
  }
  more_ = false;
  if (at_ < end_ && *at_ != '\n') at_ = std::find(at_, end_, '\n');
  if (stop > begin && stop[-1] == '\r') --stop;
  if (at_ < end_) ++at_;
  return stop;
}

bool CsvRecords::next_field(CsvField& field) {
  if (!more_) return false;
  if (has_quote_ && at_ < end_ && *at_ == quote_) {
    next_quoted(field);
    return true;
  }
  const char* begin = at_;
  const char* stop = find_field_end();
  field = {begin, static_cast<uint32_t>(stop - begin), false, false, false};
  return true;
}

void CsvRecords::next_quoted(CsvField& field) {
  const char* begin = ++at_;
  bool doubled = false;
  const char* const close = find_closing_quote(begin, end_, dialect_, doubled);
  at_ = close < end_ ? close + 1 : end_;
  const char* rest = at_;
  const char* rest_end = find_field_end();
  // Blanks before a comment are the comment's.
  const bool comment = comment_ != '\0' && rest_end < end_ && *rest_end == comment_;
  while (comment && rest_end > rest && (rest_end[-1] == ' ' || rest_end[-1] == '\t')) --rest_end;
  field = {begin, static_cast<uint32_t>(close - begin), true, doubled, rest_end > rest, close == end_};
}

}  // namespace headrace
