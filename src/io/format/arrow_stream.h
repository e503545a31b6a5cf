// io/format/arrow_stream.h — Arrow IPC files and streams as tables, and whole results as Arrow C streams.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/world.h"
#include "runtime/scannable.h"
#include "types/arrow_c.h"

namespace headrace {

// Both IPC layouts: the file format ("ARROW1") and the stream format. A file's record batches are read in any order, a
// stream's front to back; each is a morsel.
//   errors   kIo, kBadInput and kUnsupported as open_parquet
Result<std::shared_ptr<const ScannableTable>> open_arrow(World& world, MemoryBudget& budget, const std::string& path);

// The rows of `batches`, in order, in arrays of about limits::kMorselRowsTarget rows. `out` is the caller's to release; the
// budget must outlive it and the arrays that it gave.
void export_stream(Schema schema, std::vector<Batch> batches, MemoryBudget& budget, ArrowArrayStream* out);

}  // namespace headrace
