#include "io/format/csv_reader.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "base/limits.h"

namespace headrace {
namespace {

// Takes rows out of a vector whose values, or codes, nobody else has seen. `rows`: ascending, at least one.
void remove_rows(Vector& vector, const std::vector<uint32_t>& rows, uint32_t row_count) {
  const bool coded = vector.encoding == Encoding::kDictionary;
  const uint64_t width = coded ? sizeof(uint32_t) : width_bytes(vector.type.id);
  const void* const values = coded ? vector.codes : vector.data;
  char* const data = const_cast<char*>(static_cast<const char*>(values));
  auto* const validity = const_cast<uint8_t*>(vector.validity);
  uint64_t to = rows[0];
  for (size_t i = 0; i < rows.size(); ++i) {
    const uint64_t from = rows[i] + uint64_t{1};
    const uint64_t count = (i + 1 < rows.size() ? rows[i + 1] : row_count) - from;
    std::memmove(data + to * width, data + from * width, count * width);
    if (validity != nullptr) std::memmove(validity + to, validity + from, count);
    to += count;
  }
}

void remove_rows(std::vector<uint32_t>& values, const std::vector<uint32_t>& rows) {
  size_t kept = 0, next = 0;
  for (uint32_t row = 0; row < values.size(); ++row)
    if (next < rows.size() && rows[next] == row)
      ++next;
    else
      values[kept++] = values[row];
  values.resize(kept);
}

std::string_view without_line_end(std::string_view record) {
  if (record.ends_with('\n')) record.remove_suffix(1);
  if (record.ends_with('\r')) record.remove_suffix(1);
  return record;
}

}  // namespace

CsvReader::CsvReader(std::shared_ptr<const CsvScan> scan, ReadCsvText read, uint32_t file_number, uint64_t morsel)
    : scan_(std::move(scan)),
      read_(std::move(read)),
      morsel_(morsel),
      fields_expected_(static_cast<uint32_t>(scan_->file->schema.size())),
      bad_(scan_->bad_rows, file_number, morsel),
      reservation_(*scan_->budget, "csv reader"),
      index_(reservation_),
      extra_entries_(reservation_) {}

Result<bool> CsvReader::next(uint32_t rows_max, Batch& out) {
  CHECK(rows_max > 0);
  if (row_in_chunk_ == chunk_.rows) {
    row_in_chunk_ = chunk_.rows = 0;
    while (chunk_.rows == 0) {
      if (pending_.has_value()) return *pending_;
      if (ended_) return false;
      TRY_STATUS(scan_->cancel->check());
      TRY_STATUS(decode());
    }
  }
  const auto rows = static_cast<uint32_t>(std::min<uint64_t>(rows_max, chunk_.rows - row_in_chunk_));
  cut(chunk_, row_in_chunk_, rows, out);
  out.morsel = morsel_;
  out.sequence = row_;
  batch_begin_ = row_in_chunk_;
  row_in_chunk_ += rows;
  row_ += rows;
  return true;
}

Status CsvReader::begin() {
  TRY(text, read_());
  text_ = std::move(text);
  entries_ = scan_->entries->take();
  indexer_.emplace(text_.text, scan_->file->dialect);
  TRY_STATUS(index_.positions.reserve(1));
  index_.positions.push(UINT32_MAX);  // in front of the first byte
  return kDone;
}

// Rows of up to a vector into chunk_; the last time also the end of the morsel.
Status CsvReader::decode() {
  if (!std::exchange(begun_, true)) TRY_STATUS(begin());
  drop_taken_entries();
  TRY_STATUS(take_records());
  const bool last = closed_ && next_end_ == index_.ends.size() && !pending_.has_value();
  TRY_STATUS(place_extra_entries());
  TRY_STATUS(convert());
  if (!last || pending_.has_value()) return kDone;
  ended_ = true;
  return bad_.finish(bad_.keeps() ? lines_counted_ + count_line_feeds(text_.text.substr(counted_to_)) : 0);
}

void CsvReader::drop_taken_entries() {
  rows_.clear();
  broken_.clear();
  first_bad_.clear();
  if (extra_entries_.size() > 0) index_.positions.resize_down(entries_scanned_);
  extra_entries_.resize_down(0);
  const uint64_t entries = index_.positions.size() - before_, ends = index_.ends.size() - next_end_;
  const uint64_t suspects = index_.suspects.size() - next_suspect_;
  std::copy(index_.positions.begin() + before_, index_.positions.end(), index_.positions.begin());
  std::transform(index_.ends.begin() + next_end_, index_.ends.end(), index_.ends.begin(),
                 [this](uint32_t end) { return end - before_; });
  std::copy(index_.suspects.begin() + next_suspect_, index_.suspects.end(), index_.suspects.begin());
  index_.positions.resize_down(entries);
  index_.ends.resize_down(ends);
  index_.suspects.resize_down(suspects);
  before_ = 0;
  next_end_ = next_suspect_ = 0;
}

Status CsvReader::take_records() {
  const bool plain = scan_->file->dialect.comment == '\0';
  while (rows_.size() < limits::kVectorRowsMax && !pending_.has_value()) {
    if (next_end_ == index_.ends.size()) {
      if (closed_) return kDone;
      TRY_STATUS(more_records());
      continue;
    }
    if (plain && next_suspect_ == index_.suspects.size()) take_plain_records();
    if (next_end_ == index_.ends.size() || rows_.size() == limits::kVectorRowsMax) continue;
    TRY_STATUS(take_odd_record(index_.ends[next_end_++]));
  }
  return kDone;
}

// As long as they have their fields.
void CsvReader::take_plain_records() {
  const size_t had = rows_.size();
  rows_.resize(limits::kVectorRowsMax);
  uint32_t *row = rows_.data() + had, *const rows_end = rows_.data() + limits::kVectorRowsMax;
  const uint32_t *end = index_.ends.begin() + next_end_, *const ends_end = index_.ends.end();
  uint32_t before = before_;
  for (; row != rows_end && end != ends_end && *end - before == fields_expected_; ++row, ++end) {
    *row = before;
    before = *end;
  }
  before_ = before;
  next_end_ = static_cast<uint64_t>(end - index_.ends.begin());
  rows_.resize(static_cast<size_t>(row - rows_.data()));
}

Status CsvReader::more_records() {
  if (indexer_->at_end()) {
    TRY_STATUS(index_.positions.reserve(index_.positions.size() + 1));
    TRY_STATUS(index_.ends.reserve(index_.ends.size() + 1));
    TRY_STATUS(index_.suspects.reserve(index_.suspects.size() + 1));
    close_last_record();
    return kDone;
  }
  return scan_on(next_end_ + limits::kVectorRowsMax - rows_.size());
}

// A record that is not complete yet began in the scan before this one.
Status CsvReader::scan_on(uint64_t ends) {
  indexer_->set_looks_at_utf8(reads_texts());
  TRY_STATUS(indexer_->scan_until(ends, index_));
  const bool bad = indexer_->take_bad_utf8();
  bad_utf8_ = bad || scanned_bad_utf8_ || (bad_utf8_ && !rows_.empty());
  scanned_bad_utf8_ = bad;
  return kDone;
}

// Texts as they come, where nobody has looked at each of them before.
bool CsvReader::reads_texts() const {
  for (size_t i = 0; i < scan_->wanted.size(); ++i)
    if (const TextEntries* known = entries_->of_column(i); known != nullptr && !known->is_useful()) return true;
  return false;
}

// What stands behind the last line feed is a record, too.
void CsvReader::close_last_record() {
  closed_ = true;
  const CsvState state = indexer_->state();
  const std::string_view text = text_.text;
  if (text.empty() || state == CsvState::kComment || (state == CsvState::kField && text.back() == '\n')) return;
  const auto end = static_cast<uint32_t>(text.size());
  if (state == CsvState::kQuoted || state == CsvState::kEscaped) index_.suspects.push(end);
  index_.ends.push(static_cast<uint32_t>(index_.positions.size()));
  index_.positions.push(end);
}

bool CsvReader::is_suspect(uint32_t begin, uint32_t end) {
  while (next_suspect_ < index_.suspects.size() && index_.suspects[next_suspect_] < begin) ++next_suspect_;
  bool any = false;
  for (; next_suspect_ < index_.suspects.size() && index_.suspects[next_suspect_] <= end; ++next_suspect_) any = true;
  return any;
}

bool CsvReader::ends_at_comment(uint32_t end) const {
  const uint32_t at = index_.positions[end];
  const char comment = scan_->file->dialect.comment;
  return comment != '\0' && at < text_.text.size() && text_.text[at] == comment;
}

// A record with a comment behind it, without the number of fields, or with quotes that may be wrong.
Status CsvReader::take_odd_record(uint32_t end) {
  const CsvFile& file = *scan_->file;
  const uint32_t before = before_, fields = end - before;
  const bool comment = ends_at_comment(end);
  if (comment && end + 1 == index_.positions.size() && !indexer_->at_end())
    TRY_STATUS(scan_on(index_.ends.size() + 1));  // at least the comment's line feed
  before_ = comment && end + 1 < index_.positions.size() ? end + 1 : end;
  const uint32_t begin = index_.positions[before] + 1, stop = index_.positions[end];
  const std::string_view record = text_.text.substr(begin, stop - begin);
  const bool suspect = is_suspect(begin, stop);
  if (fields == 1 && (comment || fields_expected_ != 1)) {
    const size_t text = record.find_first_not_of(comment ? " \t\r" : "\r");
    if (text == std::string_view::npos && (comment || record.size() <= 1)) return kDone;  // an empty line
  }
  if (suspect) {
    if (const CsvFlaw flaw = flaw_of_quotes(before, end); flaw != CsvFlaw::kNone) return take_broken(before, end, flaw);
  }
  if (fields == fields_expected_) {
    rows_.push_back(before);
    return kDone;
  }
  if (fields < fields_expected_ && file.dialect.null_padding) return push_lacking_row(before, end, fields);
  return take_broken(before, end, CsvFlaw::kFields);
}

CsvReader::CsvFlaw CsvReader::flaw_of_quotes(uint32_t before, uint32_t end) const {
  for (uint32_t entry = before; entry < end; ++entry) {
    const uint32_t begin = index_.positions[entry] + 1;
    std::string_view between = text_.text.substr(begin, index_.positions[entry + 1] - begin);
    if (entry + 1 == end && between.ends_with('\r')) between.remove_suffix(1);
    const CsvField field = read_csv_field(between, scan_->file->dialect);
    if (field.unclosed) return CsvFlaw::kUnclosed;
    if (field.malformed) return CsvFlaw::kBehindQuotes;
  }
  return CsvFlaw::kNone;
}

Status CsvReader::take_broken(uint32_t before, uint32_t end, CsvFlaw flaw) {
  const uint32_t begin = index_.positions[before] + 1, fields = end - before;
  switch (bad_.policy()) {
    case BadRowPolicy::kFail: {
      const CsvFile& file = *scan_->file;
      pending_ = flaw == CsvFlaw::kFields     ? wrong_field_count(file, 0, fields)
                 : flaw == CsvFlaw::kUnclosed ? unclosed_quote(file, 0)
                                              : malformed_quote(file, 0);
      pending_->where = place_of(begin);
      return kDone;
    }
    case BadRowPolicy::kNull: bad_.add_null(); return push_lacking_row(before, end, 0);
    case BadRowPolicy::kSkip: return bad_.add({});
    case BadRowPolicy::kReject: break;
  }
  BadStructure broken{begin, index_.positions[end], "", ""};
  if (flaw == CsvFlaw::kFields) {
    broken.reason = fmt::format("found {} fields", fields);
    broken.expected = fmt::format("{} fields", fields_expected_);
  } else if (flaw == CsvFlaw::kUnclosed) {
    broken.reason = "a quoted field is not closed";
    broken.expected = "a closing quote";
  } else {
    broken.reason = "text follows a closing quote";
    broken.expected = "a separator or the end of the line";
  }
  broken_.push_back(std::move(broken));
  return kDone;
}

// The record's first `fields` fields; the others repeat an entry.
Status CsvReader::push_lacking_row(uint32_t before, uint32_t end, uint32_t fields) {
  const auto extra = static_cast<uint32_t>(extra_entries_.size());
  TRY_STATUS(extra_entries_.reserve(extra + fields_expected_ + 1));
  const uint32_t begin = index_.positions[before] + 1;
  uint32_t stop = index_.positions[end];
  if (stop > begin && text_.text[stop - 1] == '\r') --stop;
  if (fields == 0) stop = begin;
  for (uint32_t field = 0; field <= fields_expected_; ++field)
    extra_entries_.push(field < fields ? index_.positions[before + field] : stop);
  rows_.push_back(kExtra | extra);
  return kDone;
}

// Behind all others, until the rows at hand are done.
Status CsvReader::place_extra_entries() {
  entries_scanned_ = index_.positions.size();
  if (extra_entries_.size() == 0) return kDone;
  TRY_STATUS(index_.positions.reserve(entries_scanned_ + extra_entries_.size()));
  for (const uint32_t entry : extra_entries_) index_.positions.push(entry);
  for (uint32_t& row : rows_)
    if ((row & kExtra) != 0) row = (row & ~kExtra) + static_cast<uint32_t>(entries_scanned_);
  return kDone;
}

CsvColumnText CsvReader::column_text(uint32_t column) const {
  return {text_.text.data(),
          index_.positions.begin(),
          rows_.data(),
          static_cast<uint32_t>(rows_.size()),
          column,
          column + 1 == fields_expected_,
          !bad_utf8_,
          extra_entries_.size() == 0};
}

Status CsvReader::convert() {
  const CsvFile& file = *scan_->file;
  std::vector<Vector> vectors;
  for (size_t i = 0; i < scan_->wanted.size(); ++i) {
    const CsvWanted& wanted = scan_->wanted[i];
    bad_in_column_.clear();
    TRY(vector, convert_csv_column(column_text(wanted.column), file.columns[wanted.column], file.dialect,
                                   scan_->allocate, text_.owner, entries_->of_column(i), bad_in_column_));
    vectors.push_back(std::move(vector));
    if (!wanted.checked || bad_in_column_.empty()) continue;
    if (bad_.policy() == BadRowPolicy::kNull) {
      bad_.add_null(bad_in_column_.size());
      continue;
    }
    first_bad_.resize(rows_.size(), kNoColumn);
    for (const uint32_t row : bad_in_column_) first_bad_[row] = std::min(first_bad_[row], wanted.column);
  }
  chunk_.rows = rows_.size();
  TRY_STATUS(settle(vectors));
  chunk_.columns.clear();
  for (const uint32_t output : scan_->outputs) chunk_.columns.push_back(vectors[output]);
  return kDone;
}

// Bad values cut the rows off or take them out.
Status CsvReader::settle(std::vector<Vector>& vectors) {
  std::vector<uint32_t> rows;
  for (uint32_t row = 0; row < first_bad_.size(); ++row)
    if (first_bad_[row] != kNoColumn) rows.push_back(row);
  if (rows.empty() && broken_.empty()) return kDone;
  if (bad_.policy() == BadRowPolicy::kFail) {
    const uint32_t row = rows[0], column = first_bad_[row];
    const CsvFile& file = *scan_->file;
    pending_ = error_of_bad_value(file.columns[column], column_text(column).at(row), file.dialect);
    pending_->where = place_of(record_begin(row));
    chunk_.rows = row;
    return kDone;
  }
  TRY_STATUS(keep_rejects(rows));
  if (rows.empty()) return kDone;
  for (Vector& vector : vectors) remove_rows(vector, rows, static_cast<uint32_t>(rows_.size()));
  remove_rows(rows_, rows);
  chunk_.rows -= rows.size();
  return kDone;
}

// Records with bad values and those without a structure, in the order of the text.
Status CsvReader::keep_rejects(const std::vector<uint32_t>& rows) {
  const CsvFile& file = *scan_->file;
  size_t next_broken = 0;
  for (const uint32_t row : rows) {
    for (; next_broken < broken_.size() && broken_[next_broken].begin < record_begin(row); ++next_broken)
      TRY_STATUS(add_reject(broken_[next_broken], ""));
    if (!bad_.keeps()) {
      TRY_STATUS(bad_.add({}));
      continue;
    }
    const uint32_t column = first_bad_[row];
    CsvBadValue bad = reason_of_bad_value(file.columns[column], column_text(column).at(row), file.dialect);
    TRY_STATUS(add_reject({record_begin(row), record_end(row), std::move(bad.reason), std::move(bad.expected)},
                          file.columns[column].name));
  }
  for (; next_broken < broken_.size(); ++next_broken) TRY_STATUS(add_reject(broken_[next_broken], ""));
  return kDone;
}

Status CsvReader::add_reject(const BadStructure& record, std::string_view column) {
  lines_counted_ += count_line_feeds(text_.text.substr(counted_to_, record.begin - counted_to_));
  counted_to_ = record.begin;
  return bad_.add({text_.offset + record.begin, lines_counted_, column, record.reason, record.expected,
                   without_line_end(text_.text.substr(record.begin, record.end - record.begin))});
}

std::string CsvReader::place_of(uint64_t offset) const {
  const CsvFile& file = *scan_->file;
  const Result<uint64_t> first =
      text_.first_line.has_value() ? Result<uint64_t>(*text_.first_line) : csv_line_at(file, text_.offset);
  if (!first.ok()) return file.path;
  return csv_place(file, csv_line(text_.text, first.value(), text_.text.data() + offset));
}

}  // namespace headrace
