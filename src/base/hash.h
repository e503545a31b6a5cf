// base/hash.h — 64-bit mixing for integers and bytes. Fixed for all time within a state format version: key groups,
// spill files and checkpoints depend on it.
#pragma once

#include <cstdint>
#include <cstring>

namespace headrace {

// Finaliser with full avalanche. Source: MurmurHash3 fmix64 (Appleby, public domain).
inline uint64_t mix64(uint64_t x) {
  x ^= x >> 33;
  x *= 0xff51afd7ed558ccdULL;
  x ^= x >> 33;
  x *= 0xc4ceb9fe1a85ec53ULL;
  x ^= x >> 33;
  return x;
}

inline uint64_t combine_hashes(uint64_t left, uint64_t right) { return mix64(left * 0x9e3779b97f4a7c15ULL + right); }

// Eight bytes at a time; the tail is zero-padded and the length is mixed in.
inline uint64_t hash_bytes(const char* data, uint64_t size) {
  uint64_t hash = size * 0x9e3779b97f4a7c15ULL;
  while (size >= 8) {
    uint64_t word;
    std::memcpy(&word, data, 8);
    hash = mix64(hash ^ word) + 0x9e3779b97f4a7c15ULL;
    data += 8;
    size -= 8;
  }
  uint64_t tail = 0;
  if (size > 0) std::memcpy(&tail, data, size);
  return mix64(hash ^ tail);
}

}  // namespace headrace
