#include "io/format/csv_blocks.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "io/format/csv_source.h"

namespace headrace {

Error CsvBlockReader::unclosed_quote(uint64_t line) const {
  return {ErrorCode::kBadInput,
          fmt::format("a quoted field begins here and is not closed, within {} MiB or before the end of the file",
                      kCsvRecordBytesMax >> 20),
          fmt::format("{}:{}", path_, line),
          fmt::format("close the field with {}, or set quote = '' if it does not quote", dialect_.quote)};
}

Result<bool> CsvBlockReader::next(uint64_t bytes_target, CsvBlock& block) {
  // One byte more than is left shows that nothing is left.
  const uint64_t left = file_->size_bytes() - std::min(offset_, file_->size_bytes()) + 1;
  for (uint64_t wanted = std::max<uint64_t>(std::min(bytes_target, left), carry_.size() + 1);; wanted *= 2) {
    TRY(buffer, Buffer::allocate(budget_, "csv reader", wanted));
    char* text = static_cast<char*>(buffer->data());
    if (!carry_.empty()) std::memcpy(text, carry_.data(), carry_.size());
    TRY(got, file_->read_at(offset_ + carry_.size(), {text + carry_.size(), wanted - carry_.size()}));
    const uint64_t bytes = carry_.size() + got;
    const bool last = bytes < wanted;
    if (bytes == 0) return false;
    CsvBoundary boundary = last_boundary({text, bytes}, dialect_);
    if (last) {
      if (boundary.open_quote) return unclosed_quote(line_ + boundary.quote_line);
      boundary.bytes = bytes;
    } else if (boundary.bytes == 0) {
      if (wanted < kCsvRecordBytesMax) continue;
      if (boundary.open_quote) return unclosed_quote(line_ + boundary.quote_line);
      return Error{ErrorCode::kBadInput, fmt::format("a record is longer than {} MiB", kCsvRecordBytesMax >> 20),
                   fmt::format("{}:{}", path_, line_), "is this a CSV file with line feeds?"};
    }
    block = {buffer, {text, boundary.bytes}, offset_, line_};
    offset_ += boundary.bytes;
    line_ += boundary.lines;
    carry_ = {text + boundary.bytes, bytes - boundary.bytes};
    carry_owner_ = carry_.empty() ? nullptr : buffer;
    return true;
  }
}

}  // namespace headrace
