// io/parquet/column_pages.h — the data pages of one column chunk, and its dictionary, for all workers that read rows of it.
//
// The library parses page headers and verifies checksums; it is told that nothing is compressed, and so hands over each page as
// it is stored. We decompress into buffers of ours, which live as long as anyone points into them.
#pragma once

#include <bit>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <parquet/column_page.h>
#include <parquet/column_reader.h>

#include "io/format/parquet_page_index.h"
#include "io/parquet/chunk_stream.h"
#include "io/parquet/conversion.h"
#include "io/parquet/raw_reader.h"
#include "state/buffer.h"

namespace headrace::parquet_in {

// Every span has kReadPaddingBytes behind it.
struct PageBytes {
  uint64_t number = 0;  // counts the chunk's data pages
  uint64_t first_row = 0,
           rows = 0;  // of the row group: those that it has an entry of; the first one may have begun before
  uint64_t entries = 0;  // values, nulls and empty lists included; as many as rows unless the column is repeated
  bool goes_on = false;  // its first entry belongs to a row that began in an earlier page
  bool has_codes = false;  // of the chunk's dictionary: a byte with their width, then the hybrid; else `encoding`
  ValueEncoding encoding = ValueEncoding::kPlain;
  std::span<const uint8_t> repetition, definition;  // hybrids; empty: the column has no such levels
  std::span<const uint8_t> values;
  bool ascii = false;  // no byte of `values` is above 0x7F
  std::shared_ptr<const void> owner;
};

struct Dictionary {
  uint32_t entries = 0;
  const void* values = nullptr;  // [entries] as in a vector of the column's type
  std::shared_ptr<const void> owner;  // of `values`
  std::shared_ptr<const void> bytes;  // what texts point into
  std::span<const uint8_t> raw;  // of all entries, PLAIN; part of `bytes`
  std::vector<bool> bad;  // by entry: it is no value of the type (ColumnPages::bad_entry); none: all are
};

// What the header of a page says of its values.
struct PageBounds {
  uint64_t first_row, end;  // of the row group
  std::optional<ColumnBounds> bounds;  // nothing: it says nothing
};

// The bytes of a chunk that hold these rows, and its dictionary. Gaps of a few bytes are read, too.
std::vector<ByteRange> bytes_of_rows(const PageIndex& index, const RowRanges& rows);

// Which chunk of which file.
struct ChunkPlace {
  std::shared_ptr<const ParquetFile> file;
  int group;
  int leaf;  // among the row group's column chunks
  std::shared_ptr<ReadableFile> bytes = {};  // what reads of the file go through; nullptr: nothing is read
};

// Bits of a level of a hybrid.
inline uint32_t level_bits(uint8_t greatest) { return static_cast<uint32_t>(std::bit_width(greatest)); }

// Thread-safe. Where a page begins is known from the values of the pages in front of it; of a repeated column, from their repetition
// levels, which are gone over when a page is read from the disk.
class ColumnPages {
 public:
  ColumnPages(ChunkPlace place, Leaf leaf, Conversion conversion, PageMemory memory);

  const Leaf& leaf() const { return leaf_; }
  const Conversion& conversion() const { return conversion_; }
  const PageMemory& memory() const { return memory_; }

  // Nobody will ask for rows outside `rows`: by the index, if there is one, pages without any of them are neither read nor decompressed.
  // Before the first call of page_at.
  void restrict_to(const RowRanges& rows, std::shared_ptr<const PageIndex> index);
  // What headers say of pages' values is kept for bounds_at(). Before the first call of it and of page_at; of a column that is not
  // repeated.
  void keep_bounds() { keeps_bounds_ = true; }
  Result<PageBounds> bounds_at(uint64_t row);

  // The page in which the row of the row group begins. kBadInput, kIo, kLimit with their place.
  Result<std::shared_ptr<const PageBytes>> page_at(uint64_t row);
  // The next page that goes on the row, which has entries in `page`; nullptr: there is none.
  Result<std::shared_ptr<const PageBytes>> page_after(const PageBytes& page, uint64_t row);
  // Of a chunk that has a page with codes, which was given out before.
  const Dictionary& dictionary() const { return *dictionary_; }
  // Of a row that refers to an entry of Dictionary::bad; without a place.
  Error bad_entry(uint32_t entry) const;
  // Nobody will ask for these rows any more.
  void drop(uint64_t first_row, uint64_t rows);

  // "t.parquet, row group 3, column 'a'", for errors of the chunk; "t.parquet, row 18" for those of a row.
  std::string place() const;
  std::string place_of_row(uint64_t row) const;

 private:
  struct StoredPage {
    uint64_t number, first_row, rows, entries;
    bool goes_on;
    uint64_t rows_wanted;  // not dropped
    std::optional<ColumnBounds> bounds;
    std::shared_ptr<parquet::DataPage> stored;
    std::mutex mutex;  // guards what follows
    std::shared_ptr<PageBytes> bytes;  // never changed once it was given out
  };

  arrow::Status open();
  arrow::Status read_dictionary(const parquet::DictionaryPage& page);
  arrow::Status fill(Dictionary& dictionary, RawReader& reader) const;
  Result<bool> read_next();
  Result<std::shared_ptr<StoredPage>> stored_at(uint64_t row);
  arrow::Result<bool> read_page();
  arrow::Result<std::shared_ptr<parquet::Page>> next_page();
  arrow::Status store(std::shared_ptr<parquet::DataPage> data);
  arrow::Status check_indexed(const StoredPage& page) const;
  arrow::Status count_rows(StoredPage& page) const;
  Error too_few_rows() const;
  Result<std::shared_ptr<const PageBytes>> unpacked(StoredPage& page) const;
  arrow::Status unpack(StoredPage& page) const;
  arrow::Result<std::span<const uint8_t>> take_levels(std::span<const uint8_t>& bytes,
                                                      parquet::Encoding::type encoding) const;
  arrow::Status unpack_first(const parquet::DataPageV1& page, PageBytes& bytes) const;
  arrow::Status unpack_second(const parquet::DataPageV2& page, PageBytes& bytes) const;
  // What is compressed, or the bytes themselves, which `owner` keeps.
  struct Bytes {
    std::span<const uint8_t> bytes;
    std::shared_ptr<const void> owner;
  };
  arrow::Result<Bytes> decompress(std::shared_ptr<const void> owner, std::span<const uint8_t> from,
                                  int64_t bytes_claimed) const;
  uint64_t dropped_of(uint64_t first_row, uint64_t rows) const;

  const ChunkPlace place_;
  const Leaf leaf_;
  const Conversion conversion_;
  const PageMemory memory_;
  const uint64_t rows_;  // of the row group
  bool keeps_bounds_ = false;

  std::mutex mutex_;  // guards what follows; dictionary_ is never changed once it is there
  std::shared_ptr<const PageIndex> index_;  // nullptr: all pages are read
  RowRanges wanted_;
  std::shared_ptr<ChunkStream> stream_;
  std::unique_ptr<parquet::PageReader> reader_;
  parquet::Compression::type codec_ = parquet::Compression::UNCOMPRESSED;
  int64_t dictionary_bytes_ = 0;  // what the first page's header claims for it
  std::unique_ptr<Dictionary> dictionary_;
  std::deque<std::shared_ptr<StoredPage>> pages_;  // those with rows that are wanted, ascending
  uint64_t rows_read_ = 0;  // rows that began in the pages so far
  uint64_t pages_read_ = 0;  // data pages
  std::optional<Error> failure_;  // of the last read: where the pages behind begin is not known
  std::vector<std::pair<uint64_t, uint64_t>> dropped_;  // first row, rows
};

}  // namespace headrace::parquet_in
