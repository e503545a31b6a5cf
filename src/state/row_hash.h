// state/row_hash.h — the hash of a row's key columns, and the canonical form of a key.
//
// Equal keys have equal hashes. Integers, dates and times hash by their 64-bit value. As keys, -0 is +0, every NaN is one
// NaN, intervals of one length are one (less than 30 days and 24 hours beside its months), null equals null. The functions are fixed within a state format version:
// spill files and checkpoints depend on them.
#pragma once

#include <bit>
#include <cstdint>

#include "base/hash.h"
#include "base/limits.h"
#include "types/ordered_bytes.h"
#include "types/vector.h"

namespace headrace {

inline double canonical_key(double value) { return canonical_float(value); }
inline float canonical_key(float value) { return canonical_float(value); }
inline Interval canonical_key(const Interval& value) {
  constexpr int64_t kDayUs = 86'400'000'000;
  const int128 length_us = interval_length_us(value);
  const int128 days = length_us / kDayUs;
  return {static_cast<int32_t>(days / 30), static_cast<int32_t>(days % 30), static_cast<int64_t>(length_us % kDayUs)};
}

// The unit of spill, checkpoint and re-scaling: in [0, limits::kKeyGroups).
inline uint32_t key_group(uint64_t hash) { return static_cast<uint32_t>(hash >> 52); }
static_assert(limits::kKeyGroups == 1u << 12);

// hashes[i] is the hash of row selection[i] (of row i when `selection` is nullptr), for i < rows. Requires count > 0.
//   columns  [count], any encoding, no kNull type
//   hashes   [rows] out
void hash_rows(const Vector* columns, uint32_t count, uint32_t rows, const uint16_t* selection, uint64_t* hashes);

}  // namespace headrace
