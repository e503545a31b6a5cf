#include "io/parquet/chunk_range.h"

#include <algorithm>

#include "io/arrow_file.h"

namespace headrace::parquet_in {

arrow::Result<ByteRange> chunk_range(const ParquetFile& file, int group, int leaf) {
  const auto chunk = file.metadata->RowGroup(group)->ColumnChunk(leaf);
  int64_t begin = chunk->data_page_offset();
  if (chunk->has_dictionary_page() && chunk->dictionary_page_offset() > 0)
    begin = std::min(begin, chunk->dictionary_page_offset());
  const int64_t size = chunk->total_compressed_size();
  const uint64_t file_bytes = file.bytes->size_bytes();
  if (begin < 0 || size < 0 || static_cast<uint64_t>(begin) > file_bytes)
    return arrow::Status::Invalid("the footer places the column outside the file");
  // Old writers leave the dictionary's header out of the size: a little more is allowed than the footer says.
  constexpr uint64_t kHeaderSlackBytes = 100;
  const bool is_old =
      file.metadata->writer_version().VersionLt(parquet::ApplicationVersion::PARQUET_816_FIXED_VERSION());
  const uint64_t end = static_cast<uint64_t>(begin) + static_cast<uint64_t>(size) + (is_old ? kHeaderSlackBytes : 0);
  return ByteRange{static_cast<uint64_t>(begin), std::min(file_bytes, end)};
}

std::optional<ByteRange> known_chunk_range(const ParquetFile& file, int group, int leaf) {
  ByteRange range;
  const headrace::Status status = guard_arrow("", "", [&] { return chunk_range(file, group, leaf).Value(&range); });
  return status.ok() ? std::optional(range) : std::nullopt;
}

}  // namespace headrace::parquet_in
