// io/parquet_write/page_maker.h — cuts a chunk into pages and gives them to the library, which compresses them and writes
// their headers.
#pragma once

#include <memory>
#include <optional>

#include <arrow/io/memory.h>
#include <parquet/column_page.h>
#include <parquet/column_writer.h>
#include <parquet/metadata.h>

#include "io/parquet_write/encoded_chunk.h"
#include "io/parquet_write/physical.h"

namespace headrace {

// Entries [from, to) of a leaf, and which of its present values they have.
struct PageCut {
  uint64_t from = 0, to = 0;
  uint64_t first_value = 0, last_value = 0;  // [first, last)
  uint64_t first_row = 0, rows = 0;
};

class PageMaker {
 public:
  PageMaker(const LeafValues& leaf, const ParquetStyle& style, arrow::MemoryPool& pool, Reservation& reservation,
            EncodedChunk& out);

  // The page that begins where `page` ends; false: there is none. Pages end with a row, at about kPageRowsMax rows, or when
  // `bytes_of(value)` of the present values add up to kPageBytesMax.
  template <class BytesOf>
  bool next(PageCut& page, BytesOf&& bytes_of) const;

  void write_dictionary(uint32_t entries, const PageBytes& plain);
  // A data page: levels, then what `append_values(bytes)` puts.
  template <class AppendValues>
  Status write_page(const PageCut& page, parquet::Encoding::type encoding, AppendValues&& append_values);
  // What the indexes say of the page that was written last.
  void describe_page(const PageCut& page, parquet::EncodedStatistics statistics);
  void finish();

 private:
  Status append_levels(const PageCut& page);
  Status append_level_runs(const AccountedArray<uint8_t, 16>& levels, const PageCut& page, int16_t most);
  Status finish_page(const PageCut& page, parquet::Encoding::type encoding);

  const LeafValues& leaf_;
  arrow::MemoryPool& pool_;
  EncodedChunk& out_;
  std::shared_ptr<arrow::io::BufferOutputStream> sink_;
  std::unique_ptr<parquet::ColumnChunkMetaDataBuilder> metadata_;
  std::unique_ptr<parquet::PageWriter> writer_;
  PageBytes page_;
  std::shared_ptr<arrow::ResizableBuffer> compressed_;
};

inline constexpr uint64_t kPageRowsMax = 20'000;
inline constexpr uint64_t kPageBytesMax = uint64_t{1} << 20;
inline constexpr uint64_t kPageEntriesMax = uint64_t{1} << 16;  // of a repeated column

template <class BytesOf>
bool PageMaker::next(PageCut& page, BytesOf&& bytes_of) const {
  const bool repeats = leaf_.repetition.size() > 0, has_levels = leaf_.definition.size() > 0;
  const auto most = static_cast<uint8_t>(leaf_.column.max_definition_level());
  page = {page.to, page.to, page.last_value, page.last_value, page.first_row + page.rows, 0};
  uint64_t bytes = 0;
  for (uint64_t at = page.from; at < leaf_.count; ++at) {
    const bool begins_row = !repeats || leaf_.repetition[at] == 0;
    if (begins_row && (page.rows == kPageRowsMax || bytes >= kPageBytesMax || at - page.from >= kPageEntriesMax)) break;
    page.rows += begins_row ? 1 : 0;
    if (!has_levels || leaf_.definition[at] == most) bytes += bytes_of(page.last_value++);
    page.to = at + 1;
  }
  return page.to > page.from;
}

template <class AppendValues>
Status PageMaker::write_page(const PageCut& page, parquet::Encoding::type encoding, AppendValues&& append_values) {
  page_.resize_down(0);
  TRY_STATUS(append_levels(page));
  TRY_STATUS(append_values(page_));
  return finish_page(page, encoding);
}

}  // namespace headrace
