#include "io/format/json_reader.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/check.h"
#include "state/exhausted.h"

namespace headrace {

namespace {

std::string found_in(const JsonBadRecord& bad) {
  return *bad.why != '\0' ? fmt::format("{}: {}", bad.why, shown_json(bad.text)) : "found " + shown_json(bad.text);
}

std::string_view without_line_end(std::string_view record) {
  if (record.ends_with('\r')) record.remove_suffix(1);
  return record;
}

}  // namespace

// What a chunk's vectors point into.
struct JsonMorselReader::Memory {
  explicit Memory(MemoryBudget& budget) : reservation(budget, "json reader"), arena(&reservation) {}
  std::shared_ptr<const void> text;
  std::shared_ptr<void> values;
  Reservation reservation;
  Arena arena;
};

JsonMorselReader::JsonMorselReader(std::shared_ptr<JsonScan> scan, JsonBlock block, uint64_t morsel,
                                   std::unique_ptr<MorselBadRows> bad)
    : scan_(std::move(scan)), block_(std::move(block)), morsel_(morsel), bad_(std::move(bad)) {
  {
    const std::lock_guard lock(scan_->mutex);
    if (!scan_->idle.empty()) {
      records_ = std::move(scan_->idle.back());
      scan_->idle.pop_back();
      records_->texts().begin(block_);
      return;
    }
  }
  const JsonFile& file = *scan_->file;
  std::vector<JsonColumn> columns;
  std::vector<std::string> keys;
  for (size_t slot = 0; slot < scan_->slots.size(); ++slot) {
    const uint32_t column = scan_->slots[slot];
    columns.emplace_back(file.schema[column].name, scan_->shapes[slot]);
    keys.push_back(file.keys[column]);
  }
  records_ = std::make_unique<JsonRecords>(std::move(columns), keys, scan_->checked, file.whole, *scan_->budget);
  records_->texts().begin(block_);
}

JsonMorselReader::~JsonMorselReader() {
  const std::lock_guard lock(scan_->mutex);
  if (!scan_->is_claimed) scan_->idle.push_back(std::move(records_));
}

Result<bool> JsonMorselReader::next(uint32_t rows_max, Batch& out) {
  CHECK(rows_max > 0);
  if (row_in_chunk_ == chunk_.rows) {
    TRY_STATUS(scan_->cancel->check());
    if (error_) return *error_;
    TRY_STATUS(decode());
    if (chunk_.rows == 0) return false;
  }
  const auto rows = static_cast<uint32_t>(std::min<uint64_t>(rows_max, chunk_.rows - row_in_chunk_));
  cut(chunk_, row_in_chunk_, rows, out);
  out.morsel = morsel_;
  out.sequence = row_;
  row_in_chunk_ += rows;
  row_ += rows;
  return true;
}

uint64_t JsonMorselReader::line_in_block(uint64_t row) const {
  CHECK(row < row_ && row_ - row <= row_in_chunk_);
  const uint32_t begin = begins_[row_in_chunk_ - (row_ - row)];
  return static_cast<uint64_t>(std::count(block_.text.data(), block_.text.data() + begin, '\n'));
}

Result<std::shared_ptr<JsonMorselReader::Memory>> JsonMorselReader::begin_columns() {
  auto memory = std::make_shared<Memory>(*scan_->budget);
  memory->text = block_.owner;
  uint64_t bytes = 0;
  for (const JsonColumn& column : records_->columns()) bytes += (column.bytes() + 15) & ~uint64_t{15};
  if (bytes == 0) return memory;
  TRY(values, scan_->allocate(bytes));
  memory->values = values;
  char* at = static_cast<char*>(memory->values.get());
  for (JsonColumn& column : records_->columns()) {
    column.begin(at);
    at += (column.bytes() + 15) & ~uint64_t{15};
  }
  return memory;
}

// Fills chunk_ with up to a vector of rows; none at the end of the block.
Status JsonMorselReader::decode() {
  row_in_chunk_ = 0;
  chunk_.rows = 0;
  chunk_.columns.clear();
  TRY(memory, begin_columns());
  TRY(rows, decode_rows(*memory));
  chunk_.rows = rows;
  if (rows == 0) {
    if (error_) return *error_;
    if (bad_ == nullptr) return kDone;
    return bad_->finish(bad_->keeps() ? static_cast<uint64_t>(std::count(block_.text.begin(), block_.text.end(), '\n'))
                                      : 0);
  }
  std::vector<Vector> by_slot;
  for (JsonColumn& column : records_->columns()) by_slot.push_back(column.take(rows, memory));
  for (const uint32_t slot : scan_->outputs) chunk_.columns.push_back(by_slot[slot]);
  return kDone;
}

Result<uint32_t> JsonMorselReader::decode_rows(Memory& memory) {
  JsonRoom room{&scan_->file->options.formats, &memory.arena, {}, {}};
  const bool nulls = scan_->policy == BadRowPolicy::kNull;
  JsonBadRecord bad;
  uint32_t rows = 0;
  JsonRecordText text;
  while (rows < limits::kVectorRowsMax && !error_) {
    TRY(more, records_->texts().next(text));
    if (!more) break;
    const JsonRecord read = records_->read(text, rows, nulls, room, bad);
    if (read == JsonRecord::kNoMemory) return exhausted(memory.reservation);
    const std::string_view record = records_->texts().finish(text);
    begins_[rows] = text.begin;
    if (record.size() > scan_->file->cut.record_bytes_max) {
      TRY(line, line_of(record));
      error_ = long_json_record(scan_->file->path, line, scan_->file->cut.record_bytes_max);
      for (JsonColumn& column : records_->columns()) column.cut(rows);
    } else if (read == JsonRecord::kRow) {
      ++rows;
    } else {
      TRY_STATUS(take_bad(record, bad, rows));
    }
  }
  return rows;
}

Result<uint64_t> JsonMorselReader::line_of(std::string_view record) const {
  uint64_t first_line = block_.first_line;
  if (first_line == 0) {
    TRY(line, json_line_of(*scan_->file->stored, block_.offset));
    first_line = line;
  }
  return first_line + static_cast<uint64_t>(std::count(block_.text.data(), record.data(), '\n'));
}

Status JsonMorselReader::fail(std::string_view record, const JsonBadRecord& bad) {
  const JsonFile& file = *scan_->file;
  TRY(line, line_of(record));
  if (bad.flaw.expected != nullptr) {
    const auto before = static_cast<size_t>(record.data() - block_.text.data());
    const size_t line_end = block_.text.substr(0, before).rfind('\n');
    const uint64_t column = line_end == std::string_view::npos ? block_.first_column + before : before - line_end - 1;
    error_ = json_flaw_error(file.path, line, record, bad.flaw, column);
    error_->hint = "on_error = 'skip' leaves such records out, rejects = 'path' keeps them in a file";
    return kDone;
  }
  const std::string& name = records_->columns()[bad.column].name();
  error_ =
      Error{ErrorCode::kBadInput, fmt::format("column '{}' expects {}, {}", name, to_text(bad.type), found_in(bad)),
            fmt::format("{}:{}", file.path, line),
            fmt::format("declare it: types = {{'{}': 'utf8'}}; or on_error = 'null' or 'skip'", name)};
  return kDone;
}

Status JsonMorselReader::take_bad(std::string_view record, const JsonBadRecord& bad, uint32_t& rows) {
  const bool malformed = bad.flaw.expected != nullptr;
  if (scan_->policy == BadRowPolicy::kFail) return fail(record, bad);
  if (scan_->policy == BadRowPolicy::kNull) {
    if (bad_ != nullptr) bad_->add_null(malformed ? 1 : bad.columns_unfit);
    ++rows;
    return kDone;
  }
  if (bad_ == nullptr) return kDone;
  if (!bad_->keeps()) return bad_->add({});
  const auto begin = static_cast<uint64_t>(record.data() - block_.text.data());
  counted_lines_ += static_cast<uint64_t>(std::count(block_.text.data() + counted_bytes_, record.data(), '\n'));
  counted_bytes_ = begin;
  const JsonColumn* column = malformed ? nullptr : &records_->columns()[bad.column];
  const std::string reason = malformed ? json_flaw_found(record, bad.flaw) : found_in(bad);
  const std::string expected = malformed ? bad.flaw.expected : to_text(bad.type);
  return bad_->add({.position = block_.offset + begin,
                    .line = counted_lines_,
                    .column = malformed ? std::string_view() : std::string_view(column->name()),
                    .reason = reason,
                    .expected = expected,
                    .raw = without_line_end(record)});
}

Result<uint64_t> json_line_of(ReadableFile& file, uint64_t offset) {
  uint64_t line = 1;
  std::string text(uint64_t{1} << 16, '\0');
  for (uint64_t at = 0; at < offset;) {
    TRY(got, file.read_at(at, {text.data(), std::min<uint64_t>(text.size(), offset - at)}));
    if (got == 0) break;
    line += static_cast<uint64_t>(std::count(text.data(), text.data() + got, '\n'));
    at += got;
  }
  return line;
}

}  // namespace headrace
