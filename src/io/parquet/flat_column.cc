#include "io/parquet/flat_column.h"

#include <algorithm>
#include <cstring>
#include <numeric>

#include <fmt/format.h>

#include "base/check.h"
#include "io/parquet/unpack.h"
#include "types/chunk.h"
#include "types/string_ref.h"
#include "types/utf8.h"
#include "types/with_layout.h"

namespace headrace::parquet_in {
namespace {

// Values that lie one behind the other go to the rows that are valid, in place; null rows get `null`.
template <class T>
void spread(T* values, const uint8_t* validity, uint32_t rows, uint32_t valid, T null) {
  for (uint32_t row = rows; row-- > 0;) values[row] = validity[row] != 0 ? values[--valid] : null;
}

}  // namespace

FlatColumn::FlatColumn(std::shared_ptr<ColumnPages> pages)
    : pages_(std::move(pages)), leaf_(pages_->leaf()), width_(width_bytes(leaf_.type.id)) {}

Error FlatColumn::at_row(Error error, uint64_t row) const {
  error.where = pages_->place_of_row(row);
  return error;
}

Error FlatColumn::in_page(Error error) const {
  if (error.where.empty()) error.where = pages_->place();
  return error;
}

Status FlatColumn::begin_page() {
  TRY(page, pages_->page_at(row_));
  page_ = page;
  values_.reset();
  levels_ = HybridReader(page_->definition, 1);
  row_ = page_->first_row;
  if (page_->has_codes) {
    const uint32_t bits = page_->values.empty() ? 0 : page_->values[0];
    if (bits > 32) return in_page(damaged_page("dictionary codes have more than 32 bits"));
    codes_ = HybridReader(page_->values.empty() ? page_->values : page_->values.subspan(1), bits);
    return kDone;
  }
  return kDone;
}

// The page's values, once one is asked for: some writers leave out every byte where all rows are null.
Result<RawReader*> FlatColumn::values() {
  if (values_ == nullptr) {
    auto reader = make_raw_reader(page_->encoding, {leaf_, page_->values, page_->rows, pages_->memory()});
    if (!reader.ok()) return in_page(reader.error());
    values_ = std::move(reader.value());
  }
  return values_.get();
}

// Moves to a row that lies behind or at the present one.
Status FlatColumn::turn_to(uint64_t row) {
  CHECK(page_ == nullptr || row >= row_);
  if (page_ == nullptr || row >= page_->first_row + page_->rows) {
    row_ = row;
    TRY_STATUS(begin_page());
  }
  return skip(row - row_);
}

// Within the page.
Status FlatColumn::skip(uint64_t rows) {
  if (rows == 0) return kDone;
  uint64_t valid = rows;
  if (leaf_.definition > 0) {
    valid = 0;
    uint8_t levels[limits::kVectorRowsMax];
    for (uint64_t left = rows; left > 0;) {
      const auto now = static_cast<uint32_t>(std::min<uint64_t>(left, limits::kVectorRowsMax));
      if (!levels_.read_bits(levels, now)) return in_page(ended_page());
      valid += std::accumulate(levels, levels + now, uint32_t{0});
      left -= now;
    }
  }
  row_ += rows;
  if (valid == 0) return kDone;
  if (page_->has_codes) return codes_.skip(valid) ? kDone : Status(in_page(ended_page()));
  TRY(reader, values());
  const Status skipped = reader->skip(valid);
  return skipped.ok() ? skipped : Status(in_page(skipped.error()));
}

// Whether all pages of rows [row_, end) have codes.
Result<bool> FlatColumn::has_codes(uint64_t end) const {
  bool all = page_->has_codes;
  for (uint64_t next = page_->first_row + page_->rows; all && next < end;) {
    TRY(page, pages_->page_at(next));
    all = page->has_codes;
    next = page->first_row + page->rows;
  }
  return all;
}

Status FlatColumn::read_validity(Reading& reading, Stretch& stretch) {
  stretch.valid = stretch.rows;
  if (leaf_.definition == 0) return kDone;
  uint8_t* validity = reading.validity + stretch.at;
  uint32_t same = 0;
  if (levels_.read_same(stretch.rows, same)) {
    std::memset(validity, static_cast<int>(same), stretch.rows);
    stretch.valid = same * stretch.rows;
  } else {
    if (!levels_.read_bits(validity, stretch.rows)) return in_page(ended_page());
    stretch.valid = std::accumulate(validity, validity + stretch.rows, uint32_t{0});
  }
  reading.nulls |= stretch.valid < stretch.rows;
  if (!reading.nulls || leaf_.nullable) return kDone;
  Error error = damaged_page("");
  error.message = fmt::format("column '{}' holds nulls, but the file's metadata says that it has none", leaf_.name);
  return in_page(std::move(error));
}

Status FlatColumn::read_codes(Reading& reading, const Stretch& stretch) {
  const Dictionary& dictionary = pages_->dictionary();
  const bool dense = stretch.valid == stretch.rows;
  uint32_t* codes = reading.codes + stretch.at;
  uint32_t greatest = 0;
  if (dense && reading.one_page && codes_.read_same(stretch.rows, greatest)) {
    reading.vector.encoding = Encoding::kConstant;
    std::fill_n(codes, stretch.rows, greatest);
  } else {
    if (!codes_.read(codes, stretch.valid)) return in_page(ended_page());
    for (uint32_t i = 0; i < stretch.valid; ++i) greatest = std::max(greatest, codes[i]);
  }
  if (stretch.valid > 0 && greatest >= dictionary.entries)
    return in_page(damaged_page("a dictionary code is beyond the dictionary's entries"));
  const uint8_t* validity = reading.validity + stretch.at;
  if (!dense) spread<uint32_t>(codes, validity, stretch.rows, stretch.valid, 0);
  if (dictionary.bad.empty()) return kDone;
  for (uint32_t row = 0; row < stretch.rows; ++row) {
    if ((!dense && validity[row] == 0) || !dictionary.bad[codes[row]]) continue;
    if (reading.wants(stretch.at + row)) return at_row(pages_->bad_entry(codes[row]), row_ + row);
  }
  return kDone;
}

void* FlatColumn::values_room(Reading& reading) {
  if (reading.vector.data == nullptr) {
    const auto& room = values_room_.get([&] { return std::make_shared<ScratchColumn>(leaf_.type.id); });
    reading.vector.data = room->data;
    reading.kept->values = room;
  }
  return const_cast<void*>(reading.vector.data);
}

// Flat values, of whatever encoding.
Status FlatColumn::read_values(Reading& reading, const Stretch& stretch) {
  if (page_->has_codes) {
    TRY_STATUS(read_codes(reading, stretch));
    char* to = static_cast<char*>(values_room(reading)) + uint64_t{stretch.at} * width_;
    const Dictionary& dictionary = pages_->dictionary();
    if (stretch.valid == 0) {
      std::memset(to, 0, uint64_t{stretch.rows} * width_);
    } else {
      with_width(leaf_.type.id, [&]<class T>(T) {
        const auto* entries = static_cast<const T*>(dictionary.values);
        for (uint32_t row = 0; row < stretch.rows; ++row)
          reinterpret_cast<T*>(to)[row] = entries[reading.codes[stretch.at + row]];
      });
      if (is_text_layout(leaf_.type)) reading.kept->bytes.push_back(dictionary.bytes);
    }
    return kDone;
  }
  if (stretch.valid == 0) {
    std::memset(static_cast<char*>(values_room(reading)) + uint64_t{stretch.at} * width_, 0,
                uint64_t{stretch.rows} * width_);
    return kDone;
  }
  TRY(reader, values());
  auto next = reader->next(stretch.valid);
  if (!next.ok()) return in_page(next.error());
  const RawValues& raw = next.value();
  const bool in_place = raw.in_page && reading.one_page && stretch.valid == stretch.rows &&
                        may_stay(pages_->conversion(), leaf_, raw.data, stretch.valid);
  if (in_place) {
    reading.vector.data = raw.data;
    reading.kept->values = page_->owner;
    return kDone;
  }
  if (is_text_layout(leaf_.type)) {
    reading.kept->bytes.push_back(page_->owner);
    if (raw.owner != nullptr) reading.kept->bytes.push_back(raw.owner);
  }
  return convert(reading, stretch, raw, static_cast<char*>(values_room(reading)) + uint64_t{stretch.at} * width_);
}

// The wanted rows of a stretch by their numbers among its values that are not null; `room`: [kVectorRowsMax], for them.
WantedRows FlatColumn::wanted_values(const Reading& reading, const Stretch& stretch, uint16_t* room) {
  const WantedRows& all = reading.wanted;
  const bool dense = stretch.valid == stretch.rows;
  if (all.rows == nullptr || (dense && reading.one_page)) return all;
  WantedRows here{room, 0};
  const uint16_t* next = std::lower_bound(all.rows, all.rows + all.count, stretch.at);
  const uint8_t* validity = reading.validity + stretch.at;
  for (uint32_t row = 0, value = 0; row < stretch.rows && next < all.rows + all.count; ++row) {
    const bool valid = dense || validity[row] != 0;
    if (*next == stretch.at + row) {
      if (valid) room[here.count++] = static_cast<uint16_t>(value);
      ++next;
    }
    if (valid) ++value;
  }
  return here;
}

Status FlatColumn::convert(Reading& reading, const Stretch& stretch, const RawValues& raw, void* to) {
  const bool dense = stretch.valid == stretch.rows;
  uint16_t room[limits::kVectorRowsMax];
  const WantedRows wanted = wanted_values(reading, stretch, room);
  const uint32_t count = wanted.rows == nullptr ? stretch.valid : wanted.count;
  // Texts that nobody wants are empty.
  if (wanted.rows != nullptr && is_text_layout(leaf_.type)) std::memset(to, 0, uint64_t{stretch.rows} * width_);
  const auto row_of = [&](uint32_t value) {  // of the stretch; the value's among those that are valid
    if (dense) return value;
    uint32_t row = 0;
    while (reading.validity[stretch.at + row] == 0 || value-- > 0) ++row;
    return row;
  };
  const uint32_t good = pages_->conversion().convert(leaf_, raw.data, wanted.rows, count, to);
  if (good < count) {
    const uint32_t value = wanted.rows == nullptr ? good : wanted.rows[good];
    return at_row(bad_value(leaf_, pages_->conversion(), raw.data, value), row_ + row_of(value));
  }
  if (leaf_.type == kUtf8 && !page_->ascii) {
    for (uint32_t i = 0; i < count; ++i) {
      const uint32_t value = wanted.rows == nullptr ? i : wanted.rows[i];
      if (!is_utf8(static_cast<const StringRef*>(to)[value].view()))
        return at_row(not_utf8(leaf_), row_ + row_of(value));
    }
  }
  if (dense) return kDone;
  with_width(leaf_.type.id, [&]<class T>(T) {
    spread<T>(static_cast<T*>(to), reading.validity + stretch.at, stretch.rows, stretch.valid, T{});
  });
  return kDone;
}

Status FlatColumn::read_stretch(Reading& reading, uint32_t at, uint32_t rows) {
  Stretch stretch{at, rows, rows};
  TRY_STATUS(read_validity(reading, stretch));
  reading.valid += stretch.valid;
  TRY_STATUS(reading.coded ? read_codes(reading, stretch) : read_values(reading, stretch));
  row_ += rows;
  return kDone;
}

Vector FlatColumn::finish(Reading& reading) {
  if (reading.valid == 0) return null_constant(leaf_.type);
  Vector& vector = reading.vector;
  vector.type = leaf_.type;
  if (reading.nulls) {
    vector.validity = reading.validity;
    reading.kept->validity = validity_room_.held();
  }
  if (reading.coded) {
    const Dictionary& dictionary = pages_->dictionary();
    vector.data = dictionary.values;
    reading.kept->bytes.push_back(dictionary.owner);
    reading.kept->bytes.push_back(dictionary.bytes);
    if (vector.encoding == Encoding::kConstant) {
      vector.data = static_cast<const char*>(vector.data) + uint64_t{reading.codes[0]} * width_;
    } else {
      vector.encoding = Encoding::kDictionary;
      vector.codes = reading.codes;
      vector.dictionary_rows = dictionary.entries;
      reading.kept->values = codes_room_.held();
    }
  }
  vector.owner = std::move(reading.kept);
  return std::move(vector);
}

Result<Vector> FlatColumn::read(uint64_t first, uint32_t rows, WantedRows wanted) {
  CHECK(rows > 0 && rows <= limits::kVectorRowsMax);
  TRY_STATUS(turn_to(first));
  const uint64_t end = first + rows;
  TRY(coded, has_codes(end));
  Reading reading{.rows = rows,
                  .wanted = wanted,
                  .coded = coded,
                  .one_page = end <= page_->first_row + page_->rows,
                  .validity = validity_room_.get([] { return std::make_shared<Room<uint8_t>>(); })->rows,
                  .codes = codes_room_.get([] { return std::make_shared<Room<uint32_t>>(); })->rows,
                  .vector = {},
                  .kept = std::make_shared<Kept>()};
  for (uint32_t at = 0; at < rows;) {
    if (row_ == page_->first_row + page_->rows) TRY_STATUS(begin_page());
    const auto now = static_cast<uint32_t>(std::min<uint64_t>(rows - at, page_->first_row + page_->rows - row_));
    TRY_STATUS(read_stretch(reading, at, now));
    at += now;
  }
  return finish(reading);
}

}  // namespace headrace::parquet_in
