#include "io/format/csv_records.h"

#include <algorithm>
#include <cstring>

namespace headrace {

std::string undouble(std::string_view text, char quote) {
  std::string result;
  result.reserve(text.size());
  for (size_t at = 0; at < text.size(); ++at) {
    result.push_back(text[at]);
    if (text[at] == quote) ++at;
  }
  return result;
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
  while (true) {
    const auto* found = static_cast<const char*>(std::memchr(at_, quote_, static_cast<size_t>(end_ - at_)));
    if (found == nullptr) {
      at_ = end_;
      break;
    }
    at_ = found + 1;
    if (at_ >= end_ || *at_ != quote_) break;
    doubled = true;
    ++at_;
  }
  const char* stop = at_ > begin && at_[-1] == quote_ ? at_ - 1 : at_;
  const char* rest = at_;
  const char* rest_end = find_field_end();
  // Blanks before a comment are the comment's.
  const bool comment = comment_ != '\0' && rest_end < end_ && *rest_end == comment_;
  while (comment && rest_end > rest && (rest_end[-1] == ' ' || rest_end[-1] == '\t')) --rest_end;
  field = {begin, static_cast<uint32_t>(stop - begin), true, doubled, rest_end > rest};
}

uint32_t CsvRecords::skip_record() {
  uint32_t fields = 0;
  for (CsvField field; next_field(field);) ++fields;
  return fields;
}

CsvBoundary last_boundary(std::string_view text, const CsvDialect& dialect) {
  CsvBoundary boundary;
  const bool quotes = dialect.quote != '\0' && std::memchr(text.data(), dialect.quote, text.size()) != nullptr;
  if (!quotes) {
    const size_t last = text.rfind('\n');
    if (last == std::string_view::npos) return boundary;
    boundary.bytes = last + 1;
    boundary.lines =
        static_cast<uint64_t>(std::count(text.begin(), text.begin() + static_cast<ptrdiff_t>(boundary.bytes), '\n'));
    return boundary;
  }
  bool field_start = true;
  uint64_t lines = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (field_start && c == dialect.quote) {
      const uint64_t opened = lines;
      size_t close = at + 1;
      while (true) {
        const size_t found = text.find(dialect.quote, close);
        const size_t stop = found == std::string_view::npos ? text.size() : found;
        lines += static_cast<uint64_t>(std::count(text.begin() + static_cast<ptrdiff_t>(close),
                                                  text.begin() + static_cast<ptrdiff_t>(stop), '\n'));
        if (found == std::string_view::npos) {
          boundary.open_quote = true;
          boundary.quote_line = opened;
          return boundary;
        }
        close = found + 1;
        if (close >= text.size() || text[close] != dialect.quote) break;
        ++close;
      }
      at = close - 1;
      field_start = false;
    } else if (c == '\n') {
      ++lines;
      boundary.bytes = at + 1;
      boundary.lines = lines;
      field_start = true;
    } else if (c == dialect.comment && c != '\0') {
      at = std::min(text.find('\n', at), text.size()) - 1;
      field_start = false;
    } else {
      field_start = c == dialect.delimiter;
    }
  }
  return boundary;
}

}  // namespace headrace
