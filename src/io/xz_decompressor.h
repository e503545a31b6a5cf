// io/xz_decompressor.h — .xz streams, in the shape of the decompressors that Arrow has for other formats.
#pragma once

#include <memory>

#include <arrow/result.h>
#include <arrow/util/compression.h>

#include "state/budget.h"

namespace headrace {

// At most `memory_bytes_max` for a stream's dictionary; more is an error. It is reserved before it is taken: CapacityError. The reservation, of
// which nothing else may be a part, outlives the decompressor.
arrow::Result<std::shared_ptr<arrow::util::Decompressor>> make_xz_decompressor(uint64_t memory_bytes_max,
                                                                               Reservation& reservation);

}  // namespace headrace
