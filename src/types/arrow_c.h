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

// The type that an Arrow field becomes: its own where there is one (docs/types.md), float16 float32, dates of any unit date,
// times of any unit time, timestamps of s, ms and µs timestamp, of ns timestamp_ns, with a zone timestamptz, durations and
// intervals interval, fixed-size binary binary, lists of any kind list, dictionaries their values' type. kUnsupported
// otherwise, naming the Arrow format.
Result<Type> import_type(const ArrowSchema& field);
// Of a struct (a record batch): one column a child. kBadInput when it is not a struct.
Result<Schema> import_schema(const ArrowSchema& schema);

struct ArrowImport {
  AllocateBytes allocate;
  bool check_utf8 = true;  // strings must be UTF-8; false for state files
  std::shared_ptr<const void> keep;  // outlives the array (its memory pool)
  std::function<std::string(uint64_t row)> where = {};  // for errors: row of this array; may be empty
  // State files only: the columns' types, whose values were exported as they lie (ArrowForm::kState).
  const Schema* state = nullptr;
};

// Takes over `array`, a struct of `schema`'s children. Values that lie as ours do and string bytes are shared with the array,
// which is released when the last vector goes; everything else is converted.
// kBadInput: a string that is not UTF-8, a value that our type does not hold exactly. kUnsupported: a type that import_type
// refuses.
Result<Chunk> import_chunk(ArrowArray* array, const ArrowSchema& schema, const ArrowImport& import);

// kPublic: types that others read as such. kState: values as they lie, nested ones as bytes; only import with `state` set
// knows what they are.
enum class ArrowForm : uint8_t { kPublic, kState };

// Fills `out`, which the caller releases.
void export_schema(const Schema& schema, ArrowSchema* out, ArrowForm form = ArrowForm::kPublic);
// The rows of `batches`, one after another, as one struct array. Single flat columns of fixed width are shared, everything
// else is copied. kLimit when a column's strings exceed 2 GiB.
Status export_batches(const Schema& schema, std::span<const Batch> batches, const AllocateBytes& allocate,
                      ArrowArray* out, ArrowForm form = ArrowForm::kPublic);

}  // namespace headrace
