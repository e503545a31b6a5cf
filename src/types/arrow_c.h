// types/arrow_c.h — how arrays of the Arrow C data interface (headrace/arrow_c.h) become our vectors and back.
#pragma once

#include <headrace/arrow_c.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "base/error.h"
#include "types/batch.h"
#include "types/chunk.h"
#include "types/schema.h"

namespace headrace {

// Memory for what cannot be shared, 64-byte aligned; kLimit when the budget is exhausted.
using AllocateBytes = std::function<Result<std::shared_ptr<void>>(uint64_t bytes)>;

// The type that an Arrow field becomes: integers of 8 and 16 bits int32, uint32 int64, uint64 decimal(20,0), floats
// float64, dates date, timestamps of any unit and zone timestamp (UTC), strings and binary utf8, dictionaries their values'
// type. kUnsupported otherwise, naming the Arrow format.
Result<Type> import_type(const ArrowSchema& field);
// Of a struct (a record batch): one column a child. kBadInput when it is not a struct.
Result<Schema> import_schema(const ArrowSchema& schema);

struct ArrowImport {
  AllocateBytes allocate;
  bool check_utf8 = true;  // strings must be UTF-8; false for state files
  std::shared_ptr<const void> keep;  // outlives the array (its memory pool)
  std::function<std::string(uint64_t row)> where = {};  // for errors: row of this array; may be empty
};

// Takes over `array`, a struct of `schema`'s children. Fixed-width values and string bytes are shared with the array, which
// is released when the last vector goes; bitmaps, narrow integers and string views are converted.
// kBadInput: a string that is not UTF-8, a timestamp out of range. kUnsupported: a type that import_type refuses.
Result<Chunk> import_chunk(ArrowArray* array, const ArrowSchema& schema, const ArrowImport& import);

// Fills `out`, which the caller releases. utf8 becomes "u" (or "z" when `binary`), timestamps µs without zone.
void export_schema(const Schema& schema, ArrowSchema* out, bool binary = false);
// The rows of `batches`, one after another, as one struct array. Single flat columns of fixed width are shared, everything
// else is copied. kLimit when a column's strings exceed 2 GiB.
Status export_batches(const Schema& schema, std::span<const Batch> batches, const AllocateBytes& allocate,
                      ArrowArray* out);

}  // namespace headrace
