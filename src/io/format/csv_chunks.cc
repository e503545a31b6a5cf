#include "io/format/csv_chunks.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "io/format/csv_source.h"

namespace headrace {
namespace {

constexpr uint64_t kReadAheadBytes = 4096;  // behind a chunk's cut, where its last record ends

}  // namespace

Result<std::shared_ptr<Buffer>> CsvBuffers::take(uint64_t bytes) {
  const uint64_t all = bytes + 2 * kCsvPaddingBytes;
  std::shared_ptr<Buffer> buffer;
  {
    const std::lock_guard lock(mutex_);
    if (!free_.empty() && free_.back()->bytes() >= all) {
      buffer = std::move(free_.back());
      free_.pop_back();
    }
  }
  if (buffer == nullptr) {
    TRY(fresh, Buffer::allocate(budget_, "csv reader", all));
    std::memset(fresh->data(), 0, kCsvPaddingBytes);
    buffer = std::move(fresh);
  }
  Buffer* const memory = buffer.get();
  return std::shared_ptr<Buffer>(
      memory, [pool = shared_from_this(), buffer = std::move(buffer)](Buffer*) mutable { pool->give_back(buffer); });
}

void CsvBuffers::give_back(std::shared_ptr<Buffer>& buffer) {
  const std::lock_guard lock(mutex_);
  if (free_.size() < free_max_) free_.push_back(std::move(buffer));
}

void CsvBuffers::keep_none() {
  const std::lock_guard lock(mutex_);
  free_max_ = 0;
  free_.clear();
}

CsvChunks::CsvChunks(std::shared_ptr<ReadableFile> file, std::string path, const CsvMarks& marks, CsvBuffers& buffers,
                     uint64_t data_offset, uint64_t chunk_bytes)
    : file_(std::move(file)),
      path_(std::move(path)),
      marks_(marks),
      buffers_(buffers),
      data_offset_(data_offset),
      chunk_bytes_(chunk_bytes),
      end_(std::max(file_->size_bytes(), data_offset)),
      count_((end_ - data_offset + chunk_bytes - 1) / chunk_bytes),
      effects_(marks.quote == '\0' ? 0 : count_) {}

Error csv_record_too_long(std::string where) {
  return {ErrorCode::kBadInput,
          fmt::format("a record is longer than {} MiB, or a quoted field is not closed", kCsvRecordBytesMax >> 20),
          std::move(where), "is this a CSV file with line feeds? quote = '' if its fields do not quote"};
}

Error CsvChunks::too_long(uint64_t offset) const {
  return csv_record_too_long(fmt::format("{}, byte {}", path_, offset));
}

Status CsvChunks::read_more(Raw& raw, uint64_t bytes) const {
  const uint64_t have = raw.text.size();
  auto shift = static_cast<uint64_t>(raw.text.data() - CsvBuffers::text_of(*raw.buffer));
  if (shift + have + bytes > CsvBuffers::room_of(*raw.buffer)) {
    TRY(larger, buffers_.take(std::max(have + bytes, 2 * have)));
    std::memcpy(CsvBuffers::text_of(*larger), raw.text.data(), have);
    raw.buffer = std::move(larger);
    shift = 0;
  }
  char* text = CsvBuffers::text_of(*raw.buffer) + shift;
  const uint64_t begin = raw.offset + have;
  const uint64_t wanted = std::min(bytes, end_ - std::min(begin, end_));
  TRY(got, file_->read_at(begin, {text + have, wanted}));
  raw.text = {text, have + got};
  std::memset(text + have + got, 0, kCsvPaddingBytes);
  return kDone;
}

// The byte in front of the cut is read, too: it may be the line feed.
Result<CsvChunks::Raw> CsvChunks::read_raw(uint64_t chunk) const {
  const uint64_t cut = data_offset_ + chunk * chunk_bytes_;
  const uint64_t next_cut = std::min(cut + chunk_bytes_, end_);
  Raw raw;
  raw.offset = chunk == 0 ? cut : cut - 1;
  TRY(buffer, buffers_.take(next_cut - raw.offset + kReadAheadBytes));
  raw.buffer = std::move(buffer);
  raw.text = {CsvBuffers::text_of(*raw.buffer), 0};
  TRY_STATUS(read_more(raw, next_cut - raw.offset + kReadAheadBytes));
  uint64_t begin = 0;
  if (chunk > 0) {
    begin = raw.text.find('\n') + 1;
    if (begin == 0 || raw.offset + begin >= next_cut) {
      raw.text = raw.text.substr(0, 0);
      return std::move(raw);
    }
  }
  uint64_t end = raw.text.size();
  if (next_cut < end_)
    for (uint64_t looked_at = next_cut - 1 - raw.offset;;) {
      const size_t found = raw.text.find('\n', looked_at);
      end = found == std::string_view::npos ? raw.text.size() : found + 1;
      if (found != std::string_view::npos || raw.offset + raw.text.size() >= end_) break;
      if (raw.text.size() > kCsvRecordBytesMax + chunk_bytes_) return too_long(raw.offset + begin);
      looked_at = raw.text.size();
      TRY_STATUS(read_more(raw, raw.text.size()));
    }
  raw.offset += begin;
  raw.text = raw.text.substr(begin, end - begin);
  return std::move(raw);
}

bool CsvChunks::ends_inside(const Raw& raw, bool begins_inside) const {
  if (std::memchr(raw.text.data(), marks_.quote, raw.text.size()) == nullptr) return begins_inside;
  const CsvState state = begins_inside ? CsvState::kQuoted : CsvState::kField;
  const CsvState after = summarize_csv(raw.text, marks_, state).state;
  return after == CsvState::kQuoted || after == CsvState::kEscaped;
}

void CsvChunks::publish(uint64_t chunk, bool begins_inside, bool ends_inside) {
  const std::lock_guard lock(mutex_);
  (begins_inside ? effects_[chunk].from_quotes : effects_[chunk].from_record) = ends_inside;
}

Result<bool> CsvChunks::begins_inside(uint64_t chunk) {
  for (;;) {
    uint64_t unknown = 0;
    bool inside = false;
    {
      const std::lock_guard lock(mutex_);
      uint64_t at = known_ <= chunk ? known_ : 0;
      inside = known_ <= chunk && known_is_inside_;
      for (; at < chunk; ++at) {
        const auto& effect = inside ? effects_[at].from_quotes : effects_[at].from_record;
        if (!effect.has_value()) break;
        inside = *effect;
      }
      if (at > known_) {
        known_ = at;
        known_is_inside_ = inside;
      }
      if (at == chunk) return inside;
      unknown = at;
    }
    TRY(raw, read_raw(unknown));
    publish(unknown, inside, ends_inside(raw, inside));
  }
}

Result<CsvText> CsvChunks::read(uint64_t chunk) {
  TRY(raw, read_raw(chunk));
  if (marks_.quote == '\0') return CsvText{raw.buffer, raw.text, raw.offset, std::nullopt};
  bool ends = ends_inside(raw, false);
  publish(chunk, false, ends);
  TRY(begins, begins_inside(chunk));
  uint64_t begin = 0;
  if (begins) {
    const CsvSummary summary = summarize_csv(raw.text, marks_, CsvState::kQuoted);
    ends = summary.state == CsvState::kQuoted || summary.state == CsvState::kEscaped;
    publish(chunk, true, ends);
    begin = summary.first_end;
    if (begin == 0) return CsvText{raw.buffer, raw.text.substr(0, 0), raw.offset, std::nullopt};
  }
  // The last record goes on behind the chunk.
  CsvState state = CsvState::kQuoted;
  uint64_t end = raw.text.size();
  while (ends && end > begin) {
    const uint64_t have = raw.text.size();
    if (have - begin > kCsvRecordBytesMax + chunk_bytes_) return too_long(raw.offset + begin);
    TRY_STATUS(read_more(raw, std::max(kReadAheadBytes, have)));
    end = raw.text.size();
    if (end == have) break;  // of the file: the record is cut off
    const CsvSummary summary = summarize_csv(raw.text.substr(have), marks_, state);
    state = summary.state;
    if (summary.first_end == 0) continue;
    end = have + summary.first_end;
    break;
  }
  return CsvText{raw.buffer, raw.text.substr(begin, end - begin), raw.offset + begin, std::nullopt};
}

}  // namespace headrace
