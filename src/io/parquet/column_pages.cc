#include "io/parquet/column_pages.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <optional>

#include <arrow/util/compression.h>
#include <fmt/format.h>

#include "base/check.h"
#include "base/limits.h"
#include "io/arrow_file.h"
#include "io/format/parquet_bounds.h"
#include "io/parquet/chunk_range.h"
#include "io/parquet/chunk_stream.h"
#include "io/parquet/hybrid.h"
#include "io/parquet/snappy.h"
#include "io/parquet/unpack.h"
#include "types/string_ref.h"
#include "types/utf8.h"

namespace headrace::parquet_in {
namespace {

using arrow::Status;

// A page may claim any size; that is held against the budget and the file (page_memory.h), too.
constexpr int64_t kPageBytesMax = int64_t{1} << 30;

Status from_error(const Error& error) {
  return error.code == ErrorCode::kLimit ? Status::OutOfMemory(error.message) : Status::Invalid(error.message);
}

// The header of a page begins with its type and its size when it is decompressed, both as a field number and a zigzag varint of
// Thrift's compact form. The library does not hand the size of a dictionary over. -1: the header has another form.
int64_t claimed_bytes(std::string_view header) {
  size_t at = 0;
  uint64_t number = 0;
  for (int field = 0; field < 2; ++field) {
    if (at >= header.size() || header[at] != 0x15) return -1;
    ++at;
    number = 0;
    for (uint32_t shift = 0;; shift += 7) {
      if (at >= header.size() || shift > 28) return -1;
      const auto byte = static_cast<uint8_t>(header[at++]);
      number |= uint64_t{byte & 0x7Fu} << shift;
      if (byte < 0x80) break;
    }
  }
  return static_cast<int64_t>(number >> 1);
}

std::optional<ValueEncoding> value_encoding(parquet::Encoding::type encoding) {
  switch (encoding) {
    case parquet::Encoding::PLAIN: return ValueEncoding::kPlain;
    case parquet::Encoding::RLE: return ValueEncoding::kRle;
    case parquet::Encoding::DELTA_BINARY_PACKED: return ValueEncoding::kDeltaBinaryPacked;
    case parquet::Encoding::DELTA_LENGTH_BYTE_ARRAY: return ValueEncoding::kDeltaLength;
    case parquet::Encoding::DELTA_BYTE_ARRAY: return ValueEncoding::kDeltaBytes;
    case parquet::Encoding::BYTE_STREAM_SPLIT: return ValueEncoding::kByteStreamSplit;
    default: return std::nullopt;
  }
}

bool is_dictionary(parquet::Encoding::type encoding) {
  return encoding == parquet::Encoding::RLE_DICTIONARY || encoding == parquet::Encoding::PLAIN_DICTIONARY;
}

}  // namespace

std::vector<ByteRange> bytes_of_rows(const PageIndex& index, const RowRanges& rows) {
  constexpr uint64_t kGapBytesMax = 4096;
  std::vector<ByteRange> ranges;
  if (!rows.empty()) ranges.push_back({index.chunk_begin, index.offsets.front()});
  for (size_t page = 0; page < index.pages(); ++page)
    if (rows.touches(index.first_rows[page], index.first_rows[page + 1]))
      ranges.push_back({index.offsets[page], index.offsets[page] + index.bytes[page]});
  return merged_ranges(std::move(ranges), kGapBytesMax, std::numeric_limits<uint64_t>::max());
}

ColumnPages::ColumnPages(ChunkPlace place, Leaf leaf, Conversion conversion, PageMemory memory)
    : place_(std::move(place)),
      leaf_(std::move(leaf)),
      conversion_(conversion),
      memory_(std::move(memory)),
      rows_(static_cast<uint64_t>(place_.file->metadata->RowGroup(place_.group)->num_rows())),
      wanted_(RowRanges::all(rows_)) {}

std::string ColumnPages::place() const {
  return fmt::format("{}, row group {}, column '{}'", place_.file->path, place_.group, leaf_.name);
}

std::string ColumnPages::place_of_row(uint64_t row) const {
  return fmt::format("{}, row {}", place_.file->path,
                     place_.file->first_rows[static_cast<size_t>(place_.group)] + row + 1);
}

Status ColumnPages::open() {
  const auto chunk = place_.file->metadata->RowGroup(place_.group)->ColumnChunk(place_.leaf);
  if (chunk->crypto_metadata() != nullptr) return Status::NotImplemented("the column is encrypted");
  ARROW_ASSIGN_OR_RAISE(const ByteRange range, chunk_range(*place_.file, place_.group, place_.leaf));
  stream_ = std::make_shared<ChunkStream>(place_.bytes, range.begin, range.end, memory_.budget());
  if (index_ != nullptr) stream_->want(bytes_of_rows(*index_, wanted_));
  codec_ = chunk->compression();
  parquet::ReaderProperties properties(place_.file->pool.get());
  properties.set_page_checksum_verification(true);
  ARROW_ASSIGN_OR_RAISE(const std::string_view header, stream_->Peek(16));
  dictionary_bytes_ = claimed_bytes(header);
  reader_ = parquet::PageReader::Open(stream_, chunk->num_values(), parquet::Compression::UNCOMPRESSED, properties,
                                      *place_.file->metadata->schema()->Column(place_.leaf));
  return Status::OK();
}

arrow::Result<ColumnPages::Bytes> ColumnPages::decompress(std::shared_ptr<const void> owner,
                                                          std::span<const uint8_t> from, int64_t bytes_claimed) const {
  if (codec_ == parquet::Compression::UNCOMPRESSED) return Bytes{from, std::move(owner)};
  if (bytes_claimed < 0 || bytes_claimed > kPageBytesMax)
    return Status::Invalid("a page claims ", bytes_claimed, " bytes, at most ", kPageBytesMax, " are read");
  if (from.empty() || bytes_claimed == 0) return Bytes{from.first(0), std::move(owner)};
  Result<std::shared_ptr<Buffer>> room = memory_.allocate(static_cast<uint64_t>(bytes_claimed) + kReadPaddingBytes);
  if (!room.ok()) return from_error(room.error());
  auto* to = static_cast<uint8_t*>(room.value()->data());
  const std::span<uint8_t> bytes(to, static_cast<size_t>(bytes_claimed));
  if (codec_ == parquet::Compression::SNAPPY) {
    if (!decompress_snappy(from, bytes))
      return Status::Invalid("a page does not decompress by snappy to the ", bytes_claimed, " bytes that it claims");
  } else {
    ARROW_ASSIGN_OR_RAISE(const int64_t got, parquet::GetCodec(codec_)->Decompress(static_cast<int64_t>(from.size()),
                                                                                   from.data(), bytes_claimed, to));
    if (got != bytes_claimed)
      return Status::Invalid("a page claims ", bytes_claimed, " bytes and decompresses to ", got);
  }
  std::memset(to + bytes.size(), 0, kReadPaddingBytes);
  return Bytes{bytes, std::move(room.value())};
}

Status ColumnPages::fill(Dictionary& dictionary, RawReader& reader) const {
  const uint32_t width = width_bytes(leaf_.type.id);
  Result<std::shared_ptr<Buffer>> room = memory_.allocate(std::max<uint64_t>(uint64_t{dictionary.entries} * width, 16));
  if (!room.ok()) return from_error(room.error());
  auto* to = static_cast<char*>(room.value()->data());
  dictionary.values = to;
  dictionary.owner = std::move(room.value());
  for (uint32_t first = 0; first < dictionary.entries;) {
    const uint32_t count = std::min(dictionary.entries - first, limits::kVectorRowsMax);
    const Result<RawValues> raw = reader.next(count);
    if (!raw.ok()) return from_error(raw.error());
    for (uint32_t done = 0; done < count;) {
      const char* from = static_cast<const char*>(raw.value().data) + uint64_t{done} * raw_bytes(leaf_);
      const uint32_t good =
          conversion_.convert(leaf_, from, nullptr, count - done, to + uint64_t{first + done} * width);
      done += good;
      if (done == count) break;
      dictionary.bad.resize(dictionary.entries);
      dictionary.bad[first + done] = true;
      ++done;
    }
    first += count;
  }
  return Status::OK();
}

Status ColumnPages::read_dictionary(const parquet::DictionaryPage& page) {
  if (dictionary_ != nullptr) return Status::Invalid("the column has two dictionaries");
  if (page.encoding() != parquet::Encoding::PLAIN && page.encoding() != parquet::Encoding::PLAIN_DICTIONARY)
    return Status::Invalid("the dictionary's encoding is not PLAIN");
  ARROW_ASSIGN_OR_RAISE(const Bytes bytes,
                        decompress(page.buffer(), {page.data(), static_cast<size_t>(page.size())}, dictionary_bytes_));
  const uint64_t least_bytes = leaf_.physical == Physical::kBytes ? sizeof(uint32_t) : raw_bytes(leaf_);
  if (leaf_.physical == Physical::kBool || page.num_values() < 0 ||
      static_cast<uint64_t>(page.num_values()) > bytes.bytes.size() / least_bytes)
    return Status::Invalid("the dictionary claims ", page.num_values(), " values, its bytes hold fewer");
  auto dictionary = std::make_unique<Dictionary>();
  dictionary->entries = static_cast<uint32_t>(page.num_values());
  dictionary->bytes = bytes.owner;
  dictionary->raw = bytes.bytes;
  if (may_stay(conversion_, leaf_, bytes.bytes.data(), dictionary->entries)) {
    dictionary->values = bytes.bytes.data();
    dictionary->owner = bytes.owner;
  } else {
    Result<std::unique_ptr<RawReader>> reader =
        make_plain({leaf_, bytes.bytes, static_cast<uint64_t>(page.num_values()), memory_});
    if (!reader.ok()) return from_error(reader.error());
    ARROW_RETURN_NOT_OK(fill(*dictionary, *reader.value()));
  }
  if (leaf_.type == kUtf8 && !is_ascii(reinterpret_cast<const char*>(bytes.bytes.data()), bytes.bytes.size())) {
    const auto* texts = static_cast<const StringRef*>(dictionary->values);
    for (uint32_t entry = 0; entry < dictionary->entries; ++entry) {
      if (is_utf8(texts[entry].view())) continue;
      dictionary->bad.resize(dictionary->entries);
      dictionary->bad[entry] = true;
    }
  }
  dictionary_ = std::move(dictionary);
  return Status::OK();
}

Error ColumnPages::bad_entry(uint32_t entry) const {
  if (leaf_.type == kUtf8) return not_utf8(leaf_);
  const auto reader = make_plain({leaf_, dictionary_->raw, dictionary_->entries, memory_});
  CHECK(reader.ok() && reader.value()->skip(entry).ok());
  const Result<RawValues> raw = reader.value()->next(1);
  CHECK(raw.ok());
  return bad_value(leaf_, conversion_, raw.value().data, 0);
}

// Levels of v1, behind their length in four bytes; `bytes` goes on behind them.
arrow::Result<std::span<const uint8_t>> ColumnPages::take_levels(std::span<const uint8_t>& bytes,
                                                                 parquet::Encoding::type encoding) const {
  if (encoding != parquet::Encoding::RLE)
    return Status::NotImplemented("levels in the encoding ", parquet::EncodingToString(encoding),
                                  ", which is deprecated");
  uint32_t size = 0;
  if (bytes.size() < sizeof size) return Status::Invalid("a data page ends inside its levels");
  std::memcpy(&size, bytes.data(), sizeof size);
  if (size > bytes.size() - sizeof size) return Status::Invalid("a data page ends inside its levels");
  const auto levels = bytes.subspan(sizeof size, size);
  bytes = bytes.subspan(sizeof size + size);
  return levels;
}

// v1: the levels, then the values, compressed as one.
Status ColumnPages::unpack_first(const parquet::DataPageV1& page, PageBytes& to) const {
  ARROW_ASSIGN_OR_RAISE(const Bytes bytes, decompress(page.buffer(), {page.data(), static_cast<size_t>(page.size())},
                                                      page.uncompressed_size()));
  to.owner = bytes.owner;
  to.values = bytes.bytes;
  if (leaf_.repetition > 0) {
    ARROW_ASSIGN_OR_RAISE(to.repetition, take_levels(to.values, page.repetition_level_encoding()));
  }
  if (leaf_.definition > 0) {
    ARROW_ASSIGN_OR_RAISE(to.definition, take_levels(to.values, page.definition_level_encoding()));
  }
  return Status::OK();
}

// v2: the levels as they are, then the values, compressed or not.
Status ColumnPages::unpack_second(const parquet::DataPageV2& page, PageBytes& to) const {
  const std::span<const uint8_t> stored{page.data(), static_cast<size_t>(page.size())};
  const int64_t repetition = page.repetition_levels_byte_length(), definition = page.definition_levels_byte_length();
  const int64_t levels = repetition + definition;
  if (repetition < 0 || definition < 0 || levels > static_cast<int64_t>(stored.size()))
    return Status::Invalid("a data page ends inside its levels");
  // A column without levels may have bytes of them all the same.
  if (leaf_.repetition > 0) to.repetition = stored.first(static_cast<size_t>(repetition));
  if (leaf_.definition > 0)
    to.definition = stored.subspan(static_cast<size_t>(repetition), static_cast<size_t>(definition));
  to.values = stored.subspan(static_cast<size_t>(levels));
  to.owner = page.buffer();
  if (!page.is_compressed()) return Status::OK();
  ARROW_ASSIGN_OR_RAISE(const Bytes bytes, decompress(page.buffer(), to.values, page.uncompressed_size() - levels));
  to.values = bytes.bytes;
  to.owner =
      std::make_shared<std::pair<std::shared_ptr<const void>, std::shared_ptr<const void>>>(to.owner, bytes.owner);
  return Status::OK();
}

Status ColumnPages::unpack(StoredPage& page) const {
  auto bytes = std::make_shared<PageBytes>();
  bytes->number = page.number;
  bytes->first_row = page.first_row;
  bytes->rows = page.rows;
  bytes->entries = page.entries;
  bytes->goes_on = page.goes_on;
  const parquet::DataPage& stored = *page.stored;
  bytes->has_codes = is_dictionary(stored.encoding());
  if (bytes->has_codes && dictionary_ == nullptr)
    return Status::Invalid("a data page has codes, but there is no dictionary");
  if (!bytes->has_codes) {
    const auto encoding = value_encoding(stored.encoding());
    if (!encoding.has_value())
      return Status::NotImplemented("values in the encoding ", parquet::EncodingToString(stored.encoding()));
    bytes->encoding = *encoding;
  }
  if (stored.type() == parquet::PageType::DATA_PAGE)
    ARROW_RETURN_NOT_OK(unpack_first(static_cast<const parquet::DataPageV1&>(stored), *bytes));
  else
    ARROW_RETURN_NOT_OK(unpack_second(static_cast<const parquet::DataPageV2&>(stored), *bytes));
  if (leaf_.type == kUtf8 && !bytes->has_codes)
    bytes->ascii = is_ascii(reinterpret_cast<const char*>(bytes->values.data()), bytes->values.size());
  page.bytes = std::move(bytes);
  page.stored.reset();
  return Status::OK();
}

// From the repetition levels: which rows the page has entries of.
Status ColumnPages::count_rows(StoredPage& page) const {
  std::span<const uint8_t> levels;
  if (page.stored->type() == parquet::PageType::DATA_PAGE) {
    ARROW_RETURN_NOT_OK(unpack(page));
    levels = page.bytes->repetition;
  } else {
    const auto& stored = static_cast<const parquet::DataPageV2&>(*page.stored);
    const int64_t bytes = stored.repetition_levels_byte_length();
    if (bytes < 0 || bytes > stored.size()) return Status::Invalid("a data page ends inside its levels");
    levels = {stored.data(), static_cast<size_t>(bytes)};
  }
  HybridReader reader(levels, level_bits(leaf_.repetition));
  uint8_t block[limits::kVectorRowsMax];
  uint64_t begun = 0;
  for (uint64_t at = 0; at < page.entries;) {
    const auto now = static_cast<uint32_t>(std::min<uint64_t>(page.entries - at, limits::kVectorRowsMax));
    if (!reader.read_levels(block, now)) return Status::Invalid("a data page ends before its last repetition level");
    if (at == 0) page.goes_on = block[0] != 0;
    begun += static_cast<uint64_t>(std::count(block, block + now, 0));
    at += now;
  }
  if (page.goes_on && rows_read_ == 0) return Status::Invalid("its first page begins inside a row");
  page.first_row = rows_read_ - (page.goes_on ? 1 : 0);
  page.rows = begun + (page.goes_on ? 1 : 0);
  if (page.bytes == nullptr) return Status::OK();
  page.bytes->goes_on = page.goes_on;
  page.bytes->first_row = page.first_row;
  page.bytes->rows = page.rows;
  return Status::OK();
}

uint64_t ColumnPages::dropped_of(uint64_t first_row, uint64_t rows) const {
  uint64_t dropped = 0;
  for (const auto& [first, count] : dropped_) {
    const uint64_t begin = std::max(first, first_row), end = std::min(first + count, first_row + rows);
    if (begin < end) dropped += end - begin;
  }
  return dropped;
}

// The page that is read now, which begins with row rows_read_, is held against the index.
Status ColumnPages::check_indexed(const StoredPage& page) const {
  const size_t at = index_->page_of(rows_read_);
  const uint64_t rows = index_->first_rows[at + 1] - index_->first_rows[at];
  if (page.rows == rows && !page.goes_on) return Status::OK();
  return Status::Invalid("page ", at, " holds ", rows, " rows by the page index, and ", page.rows, " by itself");
}

// The next one with rows that are wanted; nullptr: there is none.
arrow::Result<std::shared_ptr<parquet::Page>> ColumnPages::next_page() {
  if (reader_ == nullptr) ARROW_RETURN_NOT_OK(open());
  if (index_ == nullptr) return reader_->NextPage();
  if (dictionary_ == nullptr && rows_read_ == 0 && stream_->at() < index_->offsets.front()) {
    std::shared_ptr<parquet::Page> page = reader_->NextPage();
    if (page != nullptr && page->type() == parquet::PageType::DICTIONARY_PAGE) return page;
    return Status::Invalid("a data page lies in front of those of the page index");
  }
  const RowRange next = wanted_.from(rows_read_);
  if (next.begin == next.end) return nullptr;
  const size_t at = index_->page_of(next.begin);
  rows_read_ = index_->first_rows[at];
  ARROW_RETURN_NOT_OK(stream_->skip_to(index_->offsets[at]));
  return reader_->NextPage();
}

// False: the chunk has no more pages.
arrow::Result<bool> ColumnPages::read_page() {
  ARROW_ASSIGN_OR_RAISE(const std::shared_ptr<parquet::Page> page, next_page());
  if (page == nullptr) return false;
  if (page->type() == parquet::PageType::DICTIONARY_PAGE) {
    ARROW_RETURN_NOT_OK(read_dictionary(static_cast<const parquet::DictionaryPage&>(*page)));
    return true;
  }
  ARROW_RETURN_NOT_OK(store(std::static_pointer_cast<parquet::DataPage>(page)));
  return true;
}

Status ColumnPages::store(std::shared_ptr<parquet::DataPage> data) {
  if (data->num_values() < 0) return Status::Invalid("a page has ", data->num_values(), " values");
  auto stored = std::make_shared<StoredPage>();
  stored->number = pages_read_++;
  stored->goes_on = false;
  stored->first_row = rows_read_;
  stored->rows = stored->entries = static_cast<uint64_t>(data->num_values());
  stored->stored = std::move(data);
  if (stored->entries == 0) return index_ == nullptr ? Status::OK() : check_indexed(*stored);
  if (leaf_.repetition > 0) ARROW_RETURN_NOT_OK(count_rows(*stored));
  if (stored->rows > rows_ - stored->first_row)
    return Status::Invalid("its pages hold more rows than the footer says, ", rows_);
  if (index_ != nullptr) ARROW_RETURN_NOT_OK(check_indexed(*stored));
  if (keeps_bounds_ && stored->stored->statistics().is_set())
    stored->bounds =
        bounds_of_page(*place_.file->metadata->schema()->Column(place_.leaf), leaf_.type, stored->stored->statistics(),
                       stored->rows, place_.file->metadata->writer_version());
  stored->rows_wanted = stored->rows - dropped_of(stored->first_row, stored->rows);
  rows_read_ = stored->first_row + stored->rows;
  if (stored->rows_wanted > 0) pages_.push_back(std::move(stored));
  return Status::OK();
}

headrace::Result<bool> ColumnPages::read_next() {
  if (failure_.has_value()) return *failure_;
  bool more = false;
  const headrace::Status read =
      guard_arrow("cannot read the Parquet file", place(), [&] { return read_page().Value(&more); });
  if (!read.ok()) failure_ = read.error();
  return read.ok() ? Result<bool>(more) : Result<bool>(read.error());
}

Error ColumnPages::too_few_rows() const {
  return from_arrow(Status::Invalid("its pages hold ", rows_read_, " rows, the footer says ", rows_),
                    "cannot read the Parquet file", place());
}

headrace::Result<std::shared_ptr<const PageBytes>> ColumnPages::unpacked(StoredPage& page) const {
  std::lock_guard lock(page.mutex);
  if (page.bytes == nullptr)
    TRY_STATUS(guard_arrow("cannot read the Parquet file", place(), [&] { return unpack(page); }));
  return std::shared_ptr<const PageBytes>(page.bytes);
}

void ColumnPages::restrict_to(const RowRanges& rows, std::shared_ptr<const PageIndex> index) {
  std::lock_guard lock(mutex_);
  CHECK(reader_ == nullptr);
  uint64_t behind = 0;
  for (const RowRange& range : rows.ranges()) {
    if (range.begin > behind) dropped_.emplace_back(behind, range.begin - behind);
    behind = range.end;
  }
  if (behind < rows_) dropped_.emplace_back(behind, rows_ - behind);
  index_ = std::move(index);
  wanted_ = rows;
}

// Requires mutex_.
headrace::Result<std::shared_ptr<ColumnPages::StoredPage>> ColumnPages::stored_at(uint64_t row) {
  CHECK(row < rows_);
  while (rows_read_ <= row) {
    TRY(more, read_next());
    if (!more) return too_few_rows();
  }
  const auto found = std::partition_point(pages_.begin(), pages_.end(),
                                          [&](const auto& one) { return one->first_row + one->rows <= row; });
  CHECK(found != pages_.end() && (*found)->first_row <= row);
  return *found;
}

headrace::Result<PageBounds> ColumnPages::bounds_at(uint64_t row) {
  CHECK(keeps_bounds_ && leaf_.repetition == 0);
  std::lock_guard lock(mutex_);
  TRY(page, stored_at(row));
  return PageBounds{page->first_row, page->first_row + page->rows, page->bounds};
}

headrace::Result<std::shared_ptr<const PageBytes>> ColumnPages::page_at(uint64_t row) {
  std::shared_ptr<StoredPage> page;
  {
    std::lock_guard lock(mutex_);
    TRY(stored, stored_at(row));
    page = stored;
  }
  return unpacked(*page);
}

headrace::Result<std::shared_ptr<const PageBytes>> ColumnPages::page_after(const PageBytes& before, uint64_t row) {
  std::shared_ptr<StoredPage> page;
  {
    std::lock_guard lock(mutex_);
    // A row's pages are not dropped while somebody reads it.
    const auto next = [&] {
      return std::partition_point(pages_.begin(), pages_.end(),
                                  [&](const auto& one) { return one->number <= before.number; });
    };
    bool more = true;
    while (more && next() == pages_.end() && rows_read_ == row + 1) {
      TRY(read, read_next());
      more = read;
    }
    if (next() == pages_.end() || (*next())->first_row > row) return std::shared_ptr<const PageBytes>();
    page = *next();
  }
  return unpacked(*page);
}

void ColumnPages::drop(uint64_t first_row, uint64_t rows) {
  const uint64_t last = first_row + rows;
  std::lock_guard lock(mutex_);
  for (RowRange range = wanted_.from(first_row); range.begin < std::min(range.end, last);
       range = wanted_.from(range.end)) {
    range.end = std::min(range.end, last);
    const auto before = std::find_if(dropped_.begin(), dropped_.end(),
                                     [&](const auto& one) { return one.first + one.second == range.begin; });
    if (before != dropped_.end())
      before->second += range.end - range.begin;
    else
      dropped_.emplace_back(range.begin, range.end - range.begin);
    const auto begin = std::partition_point(
        pages_.begin(), pages_.end(), [&](const auto& page) { return page->first_row + page->rows <= range.begin; });
    auto end = begin;
    for (; end != pages_.end() && (*end)->first_row < range.end; ++end) {
      StoredPage& page = **end;
      page.rows_wanted -= std::min(range.end, page.first_row + page.rows) - std::max(range.begin, page.first_row);
    }
    pages_.erase(std::remove_if(begin, end, [](const auto& page) { return page->rows_wanted == 0; }), end);
  }
}

}  // namespace headrace::parquet_in
