// kernel/hash.h — hashes of values, fixed for all time (base/hash.h): key groups, spill files and checkpoints depend on them.
// Values that compare equal hash alike: integers, dates and times as int64; -0 as +0; every NaN as one.
#pragma once

#include <cstdint>
#include <cstring>

#include "base/hash.h"
#include "types/interval.h"
#include "types/string_ref.h"
#include "types/type.h"

namespace headrace::kernel {

inline constexpr uint64_t kCanonicalNan = 0x7ff8000000000000ULL;

// The bits of a double with one NaN and one zero.
inline uint64_t canonical_bits(double value) {
  uint64_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  bits = value == 0 ? 0 : bits;
  return value != value ? kCanonicalNan : bits;
}

inline int64_t hash_of(bool value) { return static_cast<int64_t>(mix64(value ? 1 : 0)); }
template <class Integer>
inline int64_t hash_of(Integer value) {
  return static_cast<int64_t>(mix64(static_cast<uint64_t>(static_cast<int64_t>(value))));
}
inline int64_t hash_of(float value) { return static_cast<int64_t>(mix64(canonical_bits(static_cast<double>(value)))); }
inline int64_t hash_of(double value) { return static_cast<int64_t>(mix64(canonical_bits(value))); }
inline int64_t hash_of(int128 value) {
  const auto bits = static_cast<unsigned __int128>(value);
  return static_cast<int64_t>(combine_hashes(mix64(static_cast<uint64_t>(bits)), static_cast<uint64_t>(bits >> 64)));
}
inline int64_t hash_of(Interval value) { return hash_of(interval_length_us(value)); }
inline int64_t hash_of(StringRef value) { return static_cast<int64_t>(hash_bytes(value.data(), value.size)); }

}  // namespace headrace::kernel
