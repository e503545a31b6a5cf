#include "io/format/parquet_row_group.h"

#include <algorithm>

#include <fmt/format.h>

namespace headrace {

std::string parquet_row_text(const ParquetFile& file, uint64_t row_of_file) {
  return fmt::format("{}, row {}", file.path, row_of_file + 1);
}

ParquetRowGroup::ParquetRowGroup(std::shared_ptr<const ParquetScan> scan, std::shared_ptr<ParquetGroupIndex> index,
                                 const std::shared_ptr<ReadableFile>& bytes)
    : scan_(std::move(scan)), index_(std::move(index)), rows_(index_->rows()) {
  for (const uint32_t column : scan_->columns) {
    const ParquetColumn& place = scan_->file->columns[column];
    Pages& pages = pages_.emplace_back();
    for (const parquet_in::LeafForm& form : place.tree->leaves)
      pages.push_back(std::make_shared<parquet_in::ColumnPages>(
          parquet_in::ChunkPlace{scan_->file, index_->group(), place.first_leaf + static_cast<int>(pages.size()),
                                 bytes},
          form.leaf, form.conversion, *scan_->budget));
  }
}

uint64_t ParquetRowGroup::piece_rows(uint64_t piece) const {
  return std::min<uint64_t>(limits::kMorselRowsTarget, rows_ - piece * limits::kMorselRowsTarget);
}

void ParquetRowGroup::drop(uint64_t piece, uint64_t first, uint64_t rows) {
  if (rows == 0) return;
  for (const Pages& pages : pages_)
    for (const auto& leaf : pages) leaf->drop(piece * limits::kMorselRowsTarget + first, rows);
}

}  // namespace headrace
