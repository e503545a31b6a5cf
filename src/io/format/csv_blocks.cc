#include "io/format/csv_blocks.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "io/format/csv_source.h"

namespace headrace {

Result<bool> CsvBlockReader::next(uint64_t bytes_target, CsvText& block) {
  // One byte more than is left shows that nothing is left.
  const uint64_t left = file_->size_bytes() - std::min(offset_, file_->size_bytes()) + 1;
  for (uint64_t wanted = std::max<uint64_t>(std::min(bytes_target, left), carry_.size() + 1);; wanted *= 2) {
    TRY(buffer, buffers_.take(wanted));
    char* text = CsvBuffers::text_of(*buffer);
    if (!carry_.empty()) std::memcpy(text, carry_.data(), carry_.size());
    TRY(got, file_->read_at(offset_ + carry_.size(), {text + carry_.size(), wanted - carry_.size()}));
    const uint64_t bytes = carry_.size() + got;
    std::memset(text + bytes, 0, kCsvPaddingBytes);
    if (bytes == 0) return false;
    uint64_t complete = bytes;
    if (bytes == wanted) complete = summarize_csv({text, bytes}, marks_, CsvState::kField).last_end;
    if (complete == 0) {
      if (wanted < kCsvRecordBytesMax) continue;
      return csv_record_too_long(fmt::format("{}:{}", path_, line_));
    }
    block = {buffer, {text, complete}, offset_, line_};
    offset_ += complete;
    line_ += count_line_feeds({text, complete});
    carry_ = {text + complete, bytes - complete};
    carry_owner_ = carry_.empty() ? nullptr : buffer;
    return true;
  }
}

}  // namespace headrace
