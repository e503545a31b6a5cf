#include "io/format/json_blocks.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "io/format/shown_text.h"
#include "state/buffer.h"

namespace headrace {
namespace {

constexpr uint64_t kLookAheadBytes = uint64_t{16} << 10;  // behind a block, for its last line

struct Read {
  std::shared_ptr<Buffer> buffer;
  std::string_view text;
};

// [offset, offset + bytes) of the file, behind `front`, with zeros around it.
Result<Read> read_padded(ReadableFile& file, uint64_t offset, uint64_t bytes, std::string_view front,
                         MemoryBudget& budget) {
  TRY(buffer, Buffer::allocate(budget, "json reader", front.size() + bytes + 2 * kJsonPaddingBytes));
  char* text = static_cast<char*>(buffer->data()) + kJsonPaddingBytes;
  std::memset(buffer->data(), 0, kJsonPaddingBytes);
  if (!front.empty()) std::memcpy(text, front.data(), front.size());
  TRY(got, file.read_at(offset, {text + front.size(), bytes}));
  const uint64_t size = front.size() + got;
  std::memset(text + size, 0, kJsonPaddingBytes);
  return Read{buffer, {text, size}};
}

}  // namespace

std::string shown_json(std::string_view text) {
  const std::string quote = text.starts_with('"') ? "" : "\"";
  return quote + shown_text(text) + (text.size() > kShownBytesMax ? "" : quote);
}

std::string json_flaw_found(std::string_view text, const JsonFlaw& flaw) {
  if (flaw.found != nullptr) return fmt::format("found {}", flaw.found);
  std::string_view found = text.substr(flaw.at);
  found = found.substr(0, found.find('\n'));
  return found.empty() ? "found the end" : "found " + shown_json(found);
}

Error json_flaw_error(const std::string& path, uint64_t line, std::string_view text, const JsonFlaw& flaw,
                      uint64_t column) {
  const std::string_view before = text.substr(0, flaw.at);
  const size_t line_end = before.rfind('\n');
  line += static_cast<uint64_t>(std::count(before.begin(), before.end(), '\n'));
  column = line_end == std::string_view::npos ? column + flaw.at : flaw.at - line_end - 1;
  return {ErrorCode::kBadInput, fmt::format("expected {}, {}", flaw.expected, json_flaw_found(text, flaw)),
          fmt::format("{}:{}:{}", path, line, column + 1), ""};
}

Error long_json_record(const std::string& path, uint64_t line, uint64_t bytes_max) {
  return {ErrorCode::kBadInput, fmt::format("a record is longer than {} bytes", bytes_max),
          fmt::format("{}:{}", path, line), "maximum_object_size allows longer ones"};
}

Result<JsonBlock> read_json_lines(ReadableFile& file, uint64_t file_bytes, uint64_t index, const JsonCut& cut,
                                  MemoryBudget& budget) {
  const uint64_t own_begin = index * cut.block_bytes;
  // The first line is the first block's, even where that is shorter than the mark in front of it.
  const uint64_t own_end =
      std::min(std::max(own_begin + cut.block_bytes, index == 0 ? cut.data_offset + 1 : 0), file_bytes);
  // The byte in front decides whether a line begins with the block.
  const uint64_t from = index == 0 ? std::min(cut.data_offset, own_end) : own_begin - 1;
  JsonBlock none;
  none.offset = own_end;
  for (uint64_t ahead = kLookAheadBytes;; ahead *= 4) {
    TRY(read, read_padded(file, from, own_end - from + ahead, {}, budget));
    const std::string_view text = read.text;
    const bool last = text.size() < own_end - from + ahead;
    size_t begin = 0;
    if (index > 0) {
      begin = text.substr(0, own_end - from - 1).find('\n');
      if (begin == std::string_view::npos) return none;
      ++begin;
    }
    size_t end = own_end > from ? text.find('\n', own_end - from - 1) : 0;
    if (end == std::string_view::npos && !last) {
      const size_t line = text.rfind('\n') == std::string_view::npos ? 0 : text.rfind('\n') + 1;
      if (text.size() - line <= cut.record_bytes_max) continue;
      end = text.size();  // the line is refused where it is read
    }
    end = end == std::string_view::npos ? text.size() : std::min(end + 1, text.size());
    JsonBlock block;
    block.lines = true;
    block.owner = read.buffer;
    block.text = text.substr(begin, end - begin);
    block.offset = from + begin;
    block.first_line = index == 0 ? 1 : 0;
    return block;
  }
}

// What stands there is read once more: the text may end in it.
Error JsonBlockReader::flaw_error(std::string_view text, const JsonFlaw& flaw) const {
  std::string all(text.substr(0, flaw.at));
  all.resize(flaw.at + 2 * kShownBytesMax);
  const Result<uint64_t> got = file_->read_at(offset_ + flaw.at, std::span(all).subspan(flaw.at));
  if (!got.ok()) return json_flaw_error(cut_.path, line_, text, flaw, column_);  // a pipe
  all.resize(flaw.at + got.value());
  return json_flaw_error(cut_.path, line_, all, flaw, column_);
}

Result<std::optional<uint64_t>> JsonBlockReader::complete(std::string_view text, uint64_t scanned, bool last,
                                                          JsonBlock& block) {
  if (cut_.format == JsonFormat::kLines) {
    if (last) return std::optional<uint64_t>(text.size());
    const size_t end = text.rfind('\n');
    return end == std::string_view::npos ? std::nullopt : std::optional<uint64_t>(end + 1);
  }
  JsonFlaw flaw = splitter_.scan(text, scanned, block.values);
  if (flaw.expected == nullptr && last) flaw = splitter_.finish(text, block.values);
  if (flaw.expected != nullptr && block.values.empty()) return flaw_error(text, flaw);
  if (flaw.expected != nullptr) {  // the records in front of it first
    flaw_ = flaw;
    return std::optional<uint64_t>(block.values.back().end);
  }
  if (last) return std::optional<uint64_t>(text.size());
  return block.values.empty() ? std::nullopt : std::optional<uint64_t>(block.values.back().end);
}

Result<bool> JsonBlockReader::next(JsonBlock& block) {
  block = {};
  block.lines = cut_.format == JsonFormat::kLines;
  if (flaw_.expected != nullptr) return flaw_error(carry_, flaw_);
  const uint64_t left = file_->size_bytes() - std::min(offset_, file_->size_bytes()) + 1;
  uint64_t scanned = carry_.size();
  for (uint64_t wanted = std::max(std::min(cut_.block_bytes, left), carry_.size() + 1);; wanted *= 2) {
    const std::string_view front = carry_;
    TRY(read, read_padded(*file_, offset_ + front.size(), wanted - front.size(), front, budget_));
    const bool last = read.text.size() < wanted;
    if (read.text.empty() && cut_.format != JsonFormat::kArray) return false;
    TRY(bytes, complete(read.text, scanned, last, block));
    carry_ = read.text;
    carry_owner_ = read.buffer;
    scanned = read.text.size();
    if (!bytes) {
      if (read.text.size() > cut_.record_bytes_max) return long_json_record(cut_.path, line_, cut_.record_bytes_max);
      continue;
    }
    if (read.text.empty()) return false;
    block.owner = read.buffer;
    block.text = read.text.substr(0, *bytes);
    block.offset = offset_;
    block.first_line = line_;
    offset_ += *bytes;
    block.first_column = column_;
    const size_t line_end = block.text.rfind('\n');
    column_ = line_end == std::string_view::npos ? column_ + *bytes : *bytes - line_end - 1;
    line_ += static_cast<uint64_t>(std::count(block.text.begin(), block.text.end(), '\n'));
    carry_.remove_prefix(*bytes);
    if (flaw_.expected != nullptr) flaw_.at -= static_cast<uint32_t>(*bytes);
    splitter_.drop(*bytes);
    return true;
  }
}

}  // namespace headrace
