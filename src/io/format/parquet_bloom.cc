#include "io/format/parquet_bloom.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include <fmt/format.h>

#include "io/arrow_file.h"
#include "io/format/file_table.h"
#include "types/calendar.h"

namespace headrace {
namespace {

using TimeUnit = parquet::LogicalType::TimeUnit;

// How a column's values lie in the file: each in one way, or in ways that can be listed.
struct Stored {
  bool known = false;
  uint8_t scale = 0;  // of integers and decimals: value · 10^scale is stored
  int64_t divisor = 1;  // of times: stored · divisor is the value
  int64_t low = std::numeric_limits<int64_t>::min();  // of integers, in 64 bits; what lies outside is not stored
  int128 high = std::numeric_limits<int64_t>::max();
};

// Times and timestamps: of a unit as fine as the type's or coarser.
Stored stored_time(TimeUnit::unit unit, Type type) {
  Stored stored;
  stored.known = type == kTimestampNs ? unit == TimeUnit::NANOS : unit == TimeUnit::MICROS || unit == TimeUnit::MILLIS;
  if (unit == TimeUnit::MILLIS) stored.divisor = 1'000;
  return stored;
}

Stored stored_integer(const parquet::ColumnDescriptor& about, Type type) {
  const parquet::LogicalType* logical = about.logical_type().get();
  Stored stored;
  if (const auto* time = dynamic_cast<const parquet::TimeLogicalType*>(logical))
    stored = stored_time(time->time_unit(), type);
  else if (const auto* timestamp = dynamic_cast<const parquet::TimestampLogicalType*>(logical))
    stored = stored_time(timestamp->time_unit(), type);
  else
    stored.known = is_integer(type) || is_decimal(type) || type == kDate;
  const auto* integer = dynamic_cast<const parquet::IntLogicalType*>(logical);
  const bool is_unsigned = integer != nullptr && !integer->is_signed();
  const bool narrow = about.physical_type() == parquet::Type::INT32;
  stored.scale = type.scale;
  if (is_unsigned) stored.low = 0;
  if (narrow && !is_unsigned) stored.low = std::numeric_limits<int32_t>::min();
  if (narrow)
    stored.high =
        is_unsigned ? int128{std::numeric_limits<uint32_t>::max()} : int128{std::numeric_limits<int32_t>::max()};
  if (!narrow && is_unsigned) stored.high = std::numeric_limits<uint64_t>::max();
  return stored;
}

bool is_stored_as_bytes(const parquet::ColumnDescriptor& about, Type type) {
  if (type == kUtf8 || type == kBinary) return true;
  // A decimal of any length may have been padded.
  return is_decimal(type) && about.physical_type() == parquet::Type::FIXED_LEN_BYTE_ARRAY && about.type_length() <= 16;
}

bool is_stored_as_number(const parquet::ColumnDescriptor& about, Type type) {
  switch (about.physical_type()) {
    case parquet::Type::INT32:
    case parquet::Type::INT64: return stored_integer(about, type).known;
    case parquet::Type::FLOAT:
    case parquet::Type::DOUBLE: return is_float(type);
    default: return false;
  }
}

// A timestamp that a date is compared with is the date's midnight, or no date's.
std::optional<Value> as_date(const Value& value) {
  const auto* us = std::get_if<int64_t>(&value.data);
  if (us == nullptr || *us % kMicrosecondsPerDay != 0) return std::nullopt;
  return Value{kDate, static_cast<int32_t>(*us / kMicrosecondsPerDay)};
}

using Hashes = std::vector<uint64_t>;  // of all forms that the value may have in the file; empty: it has none there

std::optional<Hashes> integer_hashes(const parquet::BloomFilter& filter, const parquet::ColumnDescriptor& about,
                                     Type type, const Value& value) {
  const Stored stored = stored_integer(about, type);
  if (!stored.known) return std::nullopt;
  if (type == kDate && value.type == kTimestamp) {
    const std::optional<Value> date = as_date(value);
    return date ? integer_hashes(filter, about, type, *date) : Hashes{};
  }
  if (value.type.id != type.id && !(is_numeric(value.type) && is_numeric(type))) return std::nullopt;
  if (is_float(value.type)) return std::nullopt;
  std::optional<int128> number = scaled_integer(value, stored.scale);
  if (!number || *number % stored.divisor != 0) return Hashes{};
  *number /= stored.divisor;
  if (*number < stored.low || *number > stored.high) return Hashes{};
  if (about.physical_type() == parquet::Type::INT32) return Hashes{filter.Hash(static_cast<int32_t>(*number))};
  return Hashes{filter.Hash(static_cast<int64_t>(*number))};
}

// +0 and −0 are equal.
std::optional<Hashes> real_hashes(const parquet::BloomFilter& filter, parquet::Type::type physical,
                                  const Value& value) {
  const auto* real = std::get_if<double>(&value.data);
  if (real == nullptr || std::isnan(*real)) return std::nullopt;
  if (physical == parquet::Type::DOUBLE)
    return *real == 0 ? Hashes{filter.Hash(0.0), filter.Hash(-0.0)} : Hashes{filter.Hash(*real)};
  const auto narrow = static_cast<float>(*real);
  if (static_cast<double>(narrow) != *real) return Hashes{};
  return narrow == 0 ? Hashes{filter.Hash(0.0F), filter.Hash(-0.0F)} : Hashes{filter.Hash(narrow)};
}

std::optional<Hashes> bytes_hashes(const parquet::BloomFilter& filter, const parquet::ColumnDescriptor& about,
                                   Type type, const Value& value) {
  const bool fixed = about.physical_type() == parquet::Type::FIXED_LEN_BYTE_ARRAY;
  std::string bytes;
  if (is_decimal(type)) {
    std::optional<int128> number = scaled_integer(value, type.scale);
    if (!number) return Hashes{};
    for (int byte = 0; byte < about.type_length(); ++byte, *number >>= 8)
      bytes.insert(bytes.begin(), static_cast<char>(static_cast<uint8_t>(*number & 0xFF)));
    if (*number != ((bytes.front() & 0x80) != 0 ? -1 : 0)) return Hashes{};
  } else {
    const auto* text = std::get_if<std::string>(&value.data);
    if (text == nullptr) return std::nullopt;
    bytes = *text;
  }
  const auto* data = reinterpret_cast<const uint8_t*>(bytes.data());
  if (!fixed) return Hashes{filter.Hash(parquet::ByteArray(static_cast<uint32_t>(bytes.size()), data))};
  if (bytes.size() != static_cast<size_t>(about.type_length())) return Hashes{};
  return Hashes{filter.Hash(parquet::FLBA(data), static_cast<uint32_t>(bytes.size()))};
}

bool has_one_form(const parquet::ColumnDescriptor& about, Type type) {
  return is_stored_as_number(about, type) || is_stored_as_bytes(about, type);
}

bool has_filter(const parquet::ColumnChunkMetaData& chunk) {
  return chunk.bloom_filter_offset().has_value() && chunk.crypto_metadata() == nullptr;
}

// Up to the file's end where the footer does not say how long the filter is.
std::optional<ByteRange> place_of(const ParquetFile& file, const parquet::ColumnChunkMetaData& chunk) {
  const auto file_bytes = static_cast<int64_t>(file.bytes->size_bytes());
  const int64_t offset = std::clamp<int64_t>(*chunk.bloom_filter_offset(), -1, file_bytes);
  return range_inside(offset, chunk.bloom_filter_length().value_or(file_bytes - offset), file.bytes->size_bytes());
}

arrow::Status read_filter(const ParquetFile& file, const parquet::ColumnChunkMetaData& chunk,
                          std::optional<parquet::BlockSplitBloomFilter>& filter) {
  const auto place = place_of(file, chunk);
  if (!place) return arrow::Status::Invalid("the footer places it outside the file");
  parquet::ReaderProperties properties(file.pool.get());
  ARROW_ASSIGN_OR_RAISE(
      const auto stream,
      arrow::io::RandomAccessFile::GetStream(std::make_shared<WorldInputFile>(file.bytes, file.pool.get()),
                                             static_cast<int64_t>(place->begin), static_cast<int64_t>(place->bytes())));
  filter.emplace(parquet::BlockSplitBloomFilter::Deserialize(properties, stream.get(), chunk.bloom_filter_length()));
  return arrow::Status::OK();
}

// Of a filter of which the footer does not say how long it is; more of it is read when it turns out to be longer.
constexpr uint64_t kBytesGuess = 4096;

}  // namespace

std::optional<ByteRange> bloom_range(const ParquetFile& file, int group, uint32_t column) {
  const int leaf = file.columns[column].leaf;
  if (leaf < 0 || !has_one_form(*file.metadata->schema()->Column(leaf), file.schema[column].type)) return std::nullopt;
  const auto chunk = file.metadata->RowGroup(group)->ColumnChunk(leaf);
  if (!has_filter(*chunk)) return std::nullopt;
  auto place = place_of(file, *chunk);
  if (place && !chunk->bloom_filter_length()) place->end = std::min(place->end, place->begin + kBytesGuess);
  return place;
}

ParquetBloom::ParquetBloom(const ParquetFile& file, int group, uint32_t column)
    : about_(*file.metadata->schema()->Column(file.columns[column].leaf)), type_(file.schema[column].type) {
  if (!has_one_form(about_, type_)) {
    unused_ = fmt::format("values of {} lie in the file in several forms", to_text(type_));
    return;
  }
  const Status read = guard_arrow("", "", [&] {
    const auto chunk = file.metadata->RowGroup(group)->ColumnChunk(file.columns[column].leaf);
    if (!has_filter(*chunk)) {
      unused_ = "the column has no Bloom filter";
      return arrow::Status::OK();
    }
    return read_filter(file, *chunk, filter_);
  });
  if (!read.ok()) unused_ = "its Bloom filter cannot be read: " + read.error().message;
}

Held ParquetBloom::holds(const Value& value) const {
  if (!filter_.has_value()) return Held::kSilent;
  std::optional<Hashes> hashes;
  switch (about_.physical_type()) {
    case parquet::Type::INT32:
    case parquet::Type::INT64: hashes = integer_hashes(*filter_, about_, type_, value); break;
    case parquet::Type::FLOAT:
    case parquet::Type::DOUBLE: hashes = real_hashes(*filter_, about_.physical_type(), value); break;
    default: hashes = bytes_hashes(*filter_, about_, type_, value);
  }
  if (!hashes) return Held::kSilent;
  for (const uint64_t hash : *hashes)
    if (filter_->FindHash(hash)) return Held::kOverlaps;
  return Held::kExcluded;
}

}  // namespace headrace
