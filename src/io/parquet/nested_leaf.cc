#include "io/parquet/nested_leaf.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "base/cancel.h"
#include "base/check.h"
#include "types/utf8.h"

namespace headrace::parquet_in {

NestedLeaf::NestedLeaf(const LeafForm& form, std::shared_ptr<ColumnPages> pages, Reservation& reservation)
    : form_(form),
      leaf_(form.leaf),
      pages_(std::move(pages)),
      repetition_(reservation),
      definition_(reservation),
      fields_(reservation) {}

Error NestedLeaf::in_page(Error error) const {
  if (error.where.empty()) error.where = pages_->place();
  return error;
}

// The row of the value-th value that is there from entry `from` of the block on, which is the next to be taken.
uint64_t NestedLeaf::row_of(uint32_t from, uint32_t value) const {
  uint64_t next = row_;
  for (uint32_t entry = from;; ++entry) {
    next += block_.repetition[entry] == 0 ? 1 : 0;
    if (block_.definition[entry] == leaf_.definition && value-- == 0) return next - 1;
  }
}

Error NestedLeaf::at_value(Error error, uint32_t from, uint32_t value) const {
  error.where = pages_->place_of_row(row_of(from, value));
  return error;
}

Status NestedLeaf::turn_page(std::shared_ptr<const PageBytes> page) {
  page_ = std::move(page);
  values_.reset();
  block_.at = block_.end = 0;
  entries_left_ = page_->entries;
  repetitions_ = HybridReader(page_->repetition, level_bits(leaf_.repetition));
  definitions_ = HybridReader(page_->definition, level_bits(leaf_.definition));
  if (!page_->has_codes) return kDone;
  const uint32_t bits = page_->values.empty() ? 0 : page_->values[0];
  if (bits > 32) return in_page(damaged_page("dictionary codes have more than 32 bits"));
  codes_ = HybridReader(page_->values.empty() ? page_->values : page_->values.subspan(1), bits);
  return kDone;
}

Status NestedLeaf::read_block() {
  const auto count = static_cast<uint32_t>(std::min<uint64_t>(entries_left_, limits::kVectorRowsMax));
  if (leaf_.repetition > 0 && !repetitions_.read_levels(block_.repetition, count)) return in_page(ended_page());
  if (leaf_.definition > 0 && !definitions_.read_levels(block_.definition, count)) return in_page(ended_page());
  uint8_t before = last_definition_;
  bool bad = false;
  for (uint32_t entry = 0; entry < count; ++entry) {
    const uint8_t level = block_.definition[entry], least = form_.least_definition[block_.repetition[entry]];
    bad |= (level > leaf_.definition) | (level < least) | (before < least);
    before = level;
  }
  if (bad) return in_page(damaged_page("levels of a data page describe no list that there could be"));
  last_definition_ = before;
  block_.at = 0;
  block_.end = count;
  entries_left_ -= count;
  return kDone;
}

// Entries that go on the row that was begun last, or, where `wants_row`, those of the next one. False: there are none.
Result<bool> NestedLeaf::next_block(bool wants_row) {
  if (entries_left_ == 0 && page_ != nullptr && leaf_.repetition > 0) {
    TRY(page, pages_->page_after(*page_, row_ - 1));
    if (page != nullptr) TRY_STATUS(turn_page(page));
  }
  if (entries_left_ == 0) {
    if (!wants_row) return false;
    TRY(page, pages_->page_at(row_));
    CHECK(page->first_row == row_ && !page->goes_on);
    TRY_STATUS(turn_page(page));
  }
  TRY_STATUS(read_block());
  return true;
}

Result<uint64_t> NestedLeaf::take_rows(uint64_t rows_max, uint64_t entries_max, Use use) {
  uint64_t rows = 0, entries = 0;
  const auto is_enough = [&](uint64_t taken) { return rows == rows_max || (rows > 0 && taken >= entries_max); };
  for (;;) {
    if (block_.at == block_.end) {
      TRY(more, next_block(!is_enough(entries)));
      if (!more) return rows;
    }
    uint32_t to = block_.at;
    bool enough = false;
    for (; to < block_.end; ++to) {
      if (block_.repetition[to] != 0) continue;
      enough = is_enough(entries + (to - block_.at));
      if (enough) break;
      ++rows;
    }
    entries += to - block_.at;
    TRY_STATUS(take(to, use));
    if (enough) return rows;
  }
}

// Entries of the block up to `to`.
Status NestedLeaf::take(uint32_t to, Use use) {
  const uint32_t from = block_.at, count = to - from;
  if (count == 0) return kDone;
  const uint8_t* definition = block_.definition + from;
  const uint8_t* repetition = block_.repetition + from;
  const auto valid = static_cast<uint32_t>(std::count(definition, definition + count, leaf_.definition));
  if (const CancelToken* cancel = current_cancel()) TRY_STATUS(cancel->check());
  if (use == Use::kSkip) {
    if (valid > 0) TRY_STATUS(skip_values(valid));
  } else {
    if (const Status held = pages_->memory().check_values(fields_.bytes.size() + 2 * repetition_.size()); !held.ok())
      return in_page(held.error());
    TRY_STATUS(repetition_.reserve(repetition_.size() + count));
    TRY_STATUS(definition_.reserve(definition_.size() + count));
    std::memcpy(repetition_.extend(count), repetition, count);
    std::memcpy(definition_.extend(count), definition, count);
    TRY_STATUS(append_values(from, to, valid));
  }
  row_ += static_cast<uint64_t>(std::count(repetition, repetition + count, 0));
  block_.at = to;
  return kDone;
}

Status NestedLeaf::skip_values(uint32_t valid) {
  if (page_->has_codes) return codes_.skip(valid) ? kDone : Status(in_page(ended_page()));
  TRY(reader, values());
  const Status skipped = reader->skip(valid);
  return skipped.ok() ? skipped : Status(in_page(skipped.error()));
}

// The page's values, once one is asked for: some writers leave out every byte where all are null.
Result<RawReader*> NestedLeaf::values() {
  if (values_ == nullptr) {
    auto reader = make_raw_reader(page_->encoding, {leaf_, page_->values, page_->entries, pages_->memory()});
    if (!reader.ok()) return in_page(reader.error());
    values_ = std::move(reader.value());
  }
  return values_.get();
}

Status NestedLeaf::append_values(uint32_t from, uint32_t to, uint32_t valid) {
  const void* values = nullptr;
  if (valid > 0) {
    TRY(read, page_->has_codes ? read_codes(from, valid) : read_values(from, valid));
    values = read;
  }
  return append_fields(
      leaf_.type, values, valid,
      {block_.definition + from, to - from, form_.least_definition[leaf_.repetition], leaf_.definition}, fields_);
}

Result<const void*> NestedLeaf::read_codes(uint32_t from, uint32_t valid) {
  const Dictionary& dictionary = pages_->dictionary();
  if (!codes_.read(codes_room_, valid)) return in_page(ended_page());
  if (*std::max_element(codes_room_, codes_room_ + valid) >= dictionary.entries)
    return in_page(damaged_page("a dictionary code is beyond the dictionary's entries"));
  for (uint32_t value = 0; !dictionary.bad.empty() && value < valid; ++value)
    if (dictionary.bad[codes_room_[value]]) return at_value(pages_->bad_entry(codes_room_[value]), from, value);
  with_width(leaf_.type.id, [&]<class T>(T) {
    const auto* entries = static_cast<const T*>(dictionary.values);
    for (uint32_t value = 0; value < valid; ++value)
      reinterpret_cast<T*>(values_room_)[value] = entries[codes_room_[value]];
  });
  return static_cast<const void*>(values_room_);
}

Result<const void*> NestedLeaf::read_values(uint32_t from, uint32_t valid) {
  TRY(reader, values());
  auto next = reader->next(valid);
  if (!next.ok()) return in_page(next.error());
  const void* raw = next.value().data;
  const void* read = raw;
  if (form_.conversion.is_in_place == nullptr || !form_.conversion.is_in_place(leaf_, raw, valid)) {
    const uint32_t good = form_.conversion.convert(leaf_, raw, nullptr, valid, values_room_);
    if (good < valid) return at_value(bad_value(leaf_, form_.conversion, raw, good), from, good);
    read = values_room_;
  }
  if (leaf_.type == kUtf8 && !page_->ascii) {
    for (uint32_t value = 0; value < valid; ++value)
      if (!is_utf8(static_cast<const StringRef*>(read)[value].view())) return at_value(not_utf8(leaf_), from, value);
  }
  return read;
}

Status NestedLeaf::turn_to(uint64_t row) {
  if (row == row_) return kDone;
  CHECK(row > row_);
  TRY(page, pages_->page_at(row));
  if (page_ == nullptr || page->number != page_->number) {
    TRY_STATUS(turn_page(page));
    row_ = page->first_row + (page->goes_on ? 1 : 0);
    last_definition_ = std::numeric_limits<uint8_t>::max();
  }
  TRY(skipped, take_rows(row - row_, std::numeric_limits<uint64_t>::max(), Use::kSkip));
  CHECK(row == row_ && skipped <= row);
  return kDone;
}

Result<uint32_t> NestedLeaf::append(uint32_t rows_max, uint64_t entries_max) {
  TRY(rows, take_rows(rows_max, entries_max, Use::kAppend));
  return static_cast<uint32_t>(rows);
}

void NestedLeaf::empty() {
  repetition_.resize_down(0);
  definition_.resize_down(0);
  fields_.empty();
}

}  // namespace headrace::parquet_in
