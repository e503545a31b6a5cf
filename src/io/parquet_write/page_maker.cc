#include "io/parquet_write/page_maker.h"

#include <limits>

#include <arrow/buffer.h>
#include <arrow/util/compression.h>
#include <fmt/format.h>
#include <parquet/exception.h>

namespace headrace {
namespace {

constexpr int64_t kFirstBytes = 64 << 10;

std::unique_ptr<parquet::PageWriter> open_page_writer(std::shared_ptr<arrow::io::BufferOutputStream> sink,
                                                      const ParquetStyle& style,
                                                      parquet::ColumnChunkMetaDataBuilder* metadata,
                                                      arrow::MemoryPool* pool) {
  arrow::util::CodecOptions codec;
  if (style.has_level) codec.compression_level = style.compression_level;
  return parquet::PageWriter::Open(std::move(sink), style.compression, metadata, -1, -1, pool, false, nullptr, nullptr,
                                   style.properties->page_checksum_enabled(), nullptr, nullptr, codec);
}

}  // namespace

PageMaker::PageMaker(const LeafValues& leaf, const ParquetStyle& style, arrow::MemoryPool& pool,
                     Reservation& reservation, EncodedChunk& out)
    : leaf_(leaf),
      pool_(pool),
      out_(out),
      metadata_(parquet::ColumnChunkMetaDataBuilder::Make(style.properties, &leaf.column)),
      page_(reservation) {
  PARQUET_ASSIGN_OR_THROW(sink_, arrow::io::BufferOutputStream::Create(kFirstBytes, &pool));
  writer_ = open_page_writer(sink_, style, metadata_.get(), &pool);
  if (writer_->has_compressor()) {
    PARQUET_ASSIGN_OR_THROW(compressed_, arrow::AllocateResizableBuffer(0, &pool_));
  }
  out_.values = static_cast<int64_t>(leaf.count);
  out_.index = parquet::ColumnIndexBuilder::Make(&leaf.column);
}

Status PageMaker::append_level_runs(const AccountedArray<uint8_t, 16>& levels, const PageCut& page, int16_t most) {
  if (most == 0) return kDone;
  const uint32_t bits = bits_for(static_cast<uint64_t>(most));
  const uint64_t before = page_.size();
  TRY_STATUS(page_.reserve(before + 4));
  page_.extend(4);
  if (levels.size() == 0)
    TRY_STATUS(append_bit_run(static_cast<uint32_t>(most), page.to - page.from, bits, page_));
  else
    TRY_STATUS(append_bit_runs(levels.begin() + page.from, page.to - page.from, bits, page_));
  const auto size = static_cast<uint32_t>(page_.size() - before - 4);
  std::memcpy(page_.begin() + before, &size, 4);
  return kDone;
}

Status PageMaker::append_levels(const PageCut& page) {
  TRY_STATUS(append_level_runs(leaf_.repetition, page, leaf_.column.max_repetition_level()));
  return append_level_runs(leaf_.definition, page, leaf_.column.max_definition_level());
}

void PageMaker::write_dictionary(uint32_t entries, const PageBytes& plain) {
  const auto bytes = std::make_shared<arrow::Buffer>(plain.begin(), static_cast<int64_t>(plain.size()));
  const parquet::DictionaryPage page(bytes, static_cast<int32_t>(entries), parquet::Encoding::PLAIN);
  out_.uncompressed_bytes += writer_->WriteDictionaryPage(page);
  out_.has_dictionary = true;
  PARQUET_ASSIGN_OR_THROW(out_.first_data_page, sink_->Tell());
}

Status PageMaker::finish_page(const PageCut& page, parquet::Encoding::type encoding) {
  const auto size = static_cast<int64_t>(page_.size());
  if (size > std::numeric_limits<int32_t>::max() / 2)
    return Error{ErrorCode::kLimit,
                 fmt::format("column '{}' holds a value of {} bytes, a Parquet page at most 1 GiB",
                             leaf_.column.path()->ToDotString(), size),
                 "", "leave the value out, or cut it"};
  std::shared_ptr<arrow::Buffer> bytes = std::make_shared<arrow::Buffer>(page_.begin(), size);
  if (compressed_ != nullptr) {
    writer_->Compress(*bytes, compressed_.get());
    bytes = compressed_;
  }
  out_.encoding = encoding;
  PARQUET_ASSIGN_OR_THROW(const int64_t offset, sink_->Tell());
  const parquet::DataPageV1 data(bytes, static_cast<int32_t>(page.to - page.from), encoding, parquet::Encoding::RLE,
                                 parquet::Encoding::RLE, size, {}, static_cast<int64_t>(page.first_row));
  out_.uncompressed_bytes += writer_->WriteDataPage(data);
  PARQUET_ASSIGN_OR_THROW(const int64_t end, sink_->Tell());
  out_.pages.push_back({offset, static_cast<int32_t>(end - offset), static_cast<int64_t>(page.first_row)});
  return kDone;
}

void PageMaker::describe_page(const PageCut& page, parquet::EncodedStatistics statistics) {
  const uint64_t nulls = page.to - page.from - (page.last_value - page.first_value);
  statistics.set_null_count(static_cast<int64_t>(nulls));
  statistics.all_null_value = nulls == page.to - page.from;
  out_.index->AddPage(statistics, {});
}

void PageMaker::finish() {
  out_.index->Finish();
  PARQUET_ASSIGN_OR_THROW(out_.bytes, sink_->Finish());
  writer_.reset();
}

}  // namespace headrace
