// io/format/parquet_file.h — one open Parquet file: its metadata, and its columns in our types.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <parquet/metadata.h>

#include "base/world.h"
#include "io/arrow_memory.h"
#include "io/parquet/tree.h"
#include "types/schema.h"

namespace headrace {

struct ParquetColumn {
  int leaf = -1;  // index of the column chunk in a row group; -1: nested, and statistics say nothing of rows
  int first_leaf = 0;  // the first of its column chunks, which follow one another (LeafForm::chunk)
  std::string refused;  // why it cannot be read; empty: it can, and there is a tree
  std::shared_ptr<const parquet_in::Tree> tree;
};

// What the footer says. Immutable and shared by all who read this version of the file. Arrow's metadata is safe for concurrent readers.
struct ParquetFooter {
  std::shared_ptr<BudgetMemoryPool> pool;  // declared first: what follows may hold its memory
  std::shared_ptr<parquet::FileMetaData> metadata;
  Schema schema;  // a column that cannot be read is shown as utf8
  std::vector<ParquetColumn> columns;  // beside `schema`
  std::vector<uint64_t> first_rows;  // per row group: rows before it
  uint64_t rows = 0;
  std::vector<uint64_t> page_bytes;  // by column, about, decompressed: as the chunks of the first row groups have it
};

// Immutable and shared: a table and the scans over it.
struct ParquetFile : ParquetFooter {
  std::string path;
  std::shared_ptr<ReadableFile> bytes;
};

class ParquetFooters;

// The footer is one of `footers`, or comes to be one; nullptr: it is read.
// kIo: the file cannot be opened or read. kBadInput: it is not Parquet, or damaged.
Result<std::shared_ptr<const ParquetFile>> open_parquet_file(World& world, MemoryBudget& budget,
                                                             const std::string& path,
                                                             ParquetFooters* footers = nullptr);

}  // namespace headrace
