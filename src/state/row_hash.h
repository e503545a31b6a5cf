// state/row_hash.h — the hash of a row's key columns, and the canonical form of a key.
//
// Equal keys have equal hashes, across types that joins compare: int32, int64, date and timestamp hash by their 64-bit
// value. As keys, -0 is +0, every NaN is one NaN, null equals null. The functions are fixed within a state format version:
// spill files and checkpoints depend on them.
#pragma once

#include <bit>
#include <cstdint>

#include "base/hash.h"
#include "base/limits.h"
#include "types/vector.h"

namespace headrace {

inline double canonical_key(double value) {
  if (value != value) return std::bit_cast<double>(uint64_t{0x7ff8000000000000});
  return value == 0 ? 0.0 : value;
}

// The unit of spill, checkpoint and re-scaling: in [0, limits::kKeyGroups).
inline uint32_t key_group(uint64_t hash) { return static_cast<uint32_t>(hash >> 52); }
static_assert(limits::kKeyGroups == 1u << 12);

// hashes[i] is the hash of row selection[i] (of row i when `selection` is nullptr), for i < rows. Requires count > 0.
//   columns  [count], any encoding, no kNull type
//   hashes   [rows] out
void hash_rows(const Vector* columns, uint32_t count, uint32_t rows, const uint16_t* selection, uint64_t* hashes);

}  // namespace headrace
