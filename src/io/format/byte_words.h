// io/format/byte_words.h — 64 bytes of text at a time, as bitmaps: what scans of text are made of. All is inlined, so that a scan which is
// compiled for a newer instruction set uses that.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

namespace headrace {

inline bool has_zero_byte(uint64_t word) {
  return ((word - 0x0101010101010101ULL) & ~word & 0x8080808080808080ULL) != 0;
}

using Bytes64 = unsigned char __attribute__((ext_vector_type(64)));
using Bits64 = bool __attribute__((ext_vector_type(64)));

// Bit i: whether byte i is `wanted`.
[[gnu::always_inline]] inline uint64_t bytes_equal(const Bytes64& bytes, char wanted) {
  return std::bit_cast<uint64_t>(
      __builtin_convertvector(bytes == static_cast<Bytes64>(static_cast<unsigned char>(wanted)), Bits64));
}
// Bit i: whether byte i, as it is with `bits` set, is `wanted`.
[[gnu::always_inline]] inline uint64_t bytes_equal_with(const Bytes64& bytes, unsigned char bits, char wanted) {
  return std::bit_cast<uint64_t>(__builtin_convertvector(
      (bytes | static_cast<Bytes64>(bits)) == static_cast<Bytes64>(static_cast<unsigned char>(wanted)), Bits64));
}
// Bit i: whether byte i is below `bound`.
[[gnu::always_inline]] inline uint64_t bytes_below(const Bytes64& bytes, unsigned char bound) {
  return std::bit_cast<uint64_t>(__builtin_convertvector(bytes < static_cast<Bytes64>(bound), Bits64));
}

[[gnu::always_inline]] inline uint64_t bytes_above_ascii(const Bytes64& bytes) {
  return std::bit_cast<uint64_t>(__builtin_convertvector(bytes >= static_cast<Bytes64>(0x80), Bits64));
}

// Bit i: the xor of bits 0 … i.
[[gnu::always_inline]] inline uint64_t prefix_xor(uint64_t bits) {
  for (int shift = 1; shift < 64; shift *= 2) bits ^= bits << shift;
  return bits;
}

// The places of the bits, from `base` on, eight at a time: room for 8 more than there are. Returns the end.
[[gnu::always_inline]] inline uint32_t* write_places(uint64_t bits, uint32_t base, uint32_t* to) {
  uint32_t* const end = to + std::popcount(bits);
  do {
    for (int i = 0; i < 8; ++i) {
      to[i] = base + static_cast<uint32_t>(std::countr_zero(bits));
      bits &= bits - 1;
    }
    to += 8;
  } while (to < end);
  return end;
}

}  // namespace headrace
