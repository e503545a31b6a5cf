// io/format/parquet_source.h — Parquet files as tables.
#pragma once

#include <string>

#include "base/world.h"
#include "runtime/scannable.h"

namespace headrace {

class ParquetFooters;

// A morsel is a piece of a row group (io/format/parquet_row_group.h), decoded a few batches at a time. Columns that the file's statistics
// prove free of nulls are not nullable. Columns of types that we do not read show as utf8 and are an error when scanned.
//   errors   kIo: missing, no permission, directory. kBadInput: not Parquet, damaged (page checksums are verified), a
//            string that is not UTF-8 — with the file, and the column and row where they are known.
//   footers  those of files that were read before; nullptr: none are kept
Result<std::shared_ptr<const ScannableTable>> open_parquet(World& world, MemoryBudget& budget, const std::string& path,
                                                           ParquetFooters* footers = nullptr);

}  // namespace headrace
