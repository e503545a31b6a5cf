#include "io/format/json_lines.h"

#include <algorithm>

namespace headrace {
namespace {

constexpr size_t kIndexedBytes = size_t{64} << 10;

}  // namespace

void JsonRecordTexts::begin(const JsonBlock& block) {
  block_ = &block;
  next_ = 0;
  text_ = block.text.substr(0, 0);
  tokens_ = {};
  place_ = {};
  line_ = 0;
}

// Whole lines behind those that were indexed before.
Status JsonRecordTexts::index_lines() {
  const std::string_view left =
      block_->text.substr(static_cast<size_t>(text_.data() + text_.size() - block_->text.data()));
  size_t end =
      left.size() <= kIndexedBytes ? left.size() : left.substr(0, kIndexedBytes).rfind('\n') + 1;  // npos + 1 is 0
  if (end == 0) end = std::min(left.find('\n', kIndexedBytes), left.size() - 1) + 1;
  text_ = left.substr(0, end);
  place_ = {};
  line_ = 0;
  return index_.build_lines(text_, tokens_);
}

Result<bool> JsonRecordTexts::next_line(JsonRecordText& record) {
  const auto is_line_feed = [&] { return text_[tokens_.at[place_.token]] == '\n'; };
  for (;;) {
    for (; place_.token < tokens_.count && is_line_feed(); ++place_.token) line_ = tokens_.at[place_.token] + 1;
    if (place_.token < tokens_.count) break;
    if (text_.data() + text_.size() == block_->text.data() + block_->text.size()) return false;
    TRY_STATUS(index_lines());
  }
  record.flaw = {};
  if (!index_.is_fine()) {
    const auto end = static_cast<uint32_t>(std::min(text_.find('\n', line_), text_.size()));
    record.flaw = index_.line_flaw(line_, end);
  }
  record.cursor = JsonCursor(tokens_);
  record.cursor.go_to(place_);
  record.begin = static_cast<uint32_t>(text_.data() - block_->text.data()) + line_;
  record.skipped = line_;
  return true;
}

Result<bool> JsonRecordTexts::next(JsonRecordText& record) {
  if (block_->lines) return next_line(record);
  if (next_ == block_->values.size()) return false;
  const JsonSpan span = block_->values[next_++];
  text_ = block_->text.substr(span.begin, span.end - span.begin);
  TRY(flaw, index_.build(text_, tokens_));
  record = {JsonCursor(tokens_), flaw, span.begin, 0};
  return true;
}

std::string_view JsonRecordTexts::finish(const JsonRecordText& record) {
  if (!block_->lines) return text_;
  place_ = record.cursor.place();
  while (place_.token < tokens_.count && text_[tokens_.at[place_.token]] != '\n') ++place_.token;
  const uint32_t end = tokens_.at[place_.token], begin = line_;
  line_ = end + 1;
  if (place_.token < tokens_.count) ++place_.token;
  return text_.substr(begin, end - begin);
}

}  // namespace headrace
