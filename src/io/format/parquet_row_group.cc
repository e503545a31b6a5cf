#include "io/format/parquet_row_group.h"

#include <algorithm>

#include <fmt/format.h>

namespace headrace {

std::string parquet_row_text(const ParquetFile& file, uint64_t row_of_file) {
  return fmt::format("{}, row {}", file.path, row_of_file + 1);
}

void append_chunks(const ParquetColumn& column, const parquet_in::Tree& tree, std::vector<int>& chunks) {
  for (const parquet_in::LeafForm& form : tree.leaves) chunks.push_back(column.first_leaf + form.chunk);
}

ParquetRowGroup::ParquetRowGroup(std::shared_ptr<const ParquetScan> scan, std::shared_ptr<ParquetGroupIndex> index,
                                 const std::shared_ptr<ReadableFile>& bytes)
    : scan_(std::move(scan)), index_(std::move(index)), rows_(index_->rows()) {
  for (size_t column = 0; column < scan_->columns.size(); ++column) {
    const int first_leaf = scan_->file->columns[scan_->columns[column]].first_leaf;
    Pages& pages = pages_.emplace_back();
    for (const parquet_in::LeafForm& form : scan_->trees[column]->leaves)
      pages.push_back(std::make_shared<parquet_in::ColumnPages>(
          parquet_in::ChunkPlace{scan_->file, index_->group(), first_leaf + form.chunk, bytes}, form.leaf,
          form.conversion, *scan_->memory));
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
