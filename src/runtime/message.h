// runtime/message.h — how data moves between stages. A bounded input is a stream whose last message is End; there is no
// other batch mode. Watermarks and barriers close an epoch: the runtime drains the epoch's morsels before it forwards them,
// so an operator never sees one out of place.
#pragma once

#include <cstdint>
#include <memory>
#include <variant>

#include "base/check.h"
#include "base/error.h"
#include "types/batch.h"

namespace headrace {

struct Watermark {
  int64_t time_us;
};  // no later row has event time < time_us (µs since epoch)
struct Barrier {
  uint64_t checkpoint_id;
};
struct End {};
struct Blocked {};  // nothing now; ask again

// Rows of one morsel, read by one worker.
class MorselReader {
 public:
  virtual ~MorselReader() = default;
  virtual uint64_t morsel() const = 0;
  // Fills `out` with at most rows_max rows, flat, constant or dictionary; false at the end of the morsel (out untouched).
  // Sets out.morsel and out.sequence: sequence is the morsel's row at which the batch begins.
  virtual Result<bool> next(uint32_t rows_max, Batch& out) = 0;
  // A column that next() left out of its last batch (Vector::data is nullptr), as ScanRequest::late allows: a vector of the batch's
  // rows, whose values are there for the `selected` rows of `selection` (nullptr: all). Asked for again for rows among
  // those, it gives the same.
  virtual Result<Vector> decode_column(uint32_t column, const uint16_t* selection, uint32_t selected) {
    static_cast<void>(column), static_cast<void>(selection), static_cast<void>(selected);
    CHECK(!"this source gives its columns at once");
    return Vector{};
  }
};

using Claim = std::variant<std::unique_ptr<MorselReader>, Watermark, Barrier, Blocked, End>;

}  // namespace headrace
