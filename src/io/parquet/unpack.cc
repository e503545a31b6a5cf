#include "io/parquet/unpack.h"

#include <array>
#include <cstring>
#include <utility>

#include "kernel/processor.h"

namespace headrace::parquet_in {
namespace {

typedef uint8_t Bytes16 __attribute__((vector_size(16)));
typedef uint32_t Words8 __attribute__((vector_size(32)));

uint64_t load64(const uint8_t* from) {
  uint64_t word;
  std::memcpy(&word, from, sizeof word);
  return word;
}

uint64_t one(const uint8_t* in, uint64_t bit, uint32_t bits) {
  const uint8_t* from = in + bit / 8;
  const uint32_t shift = bit % 8;
  uint64_t value = load64(from) >> shift;
  if (shift + bits > 64) value |= uint64_t{from[8]} << (64 - shift);
  return bits == 64 ? value : value & ((uint64_t{1} << bits) - 1);
}

// Integer i of eight begins at bit i * Bits: the four bytes from there on hold all of it.
constexpr bool fits_windows(uint32_t bits) {
  for (uint32_t i = 0; i < 8; ++i)
    if (i * bits % 8 + bits > 32) return false;
  return bits > 0;
}

// Eight integers at a time: each one's four bytes are shuffled to its place in a vector, shifted down and masked. The lower
// four lie in the 16 bytes from `in` on, the upper four in those from Bits / 2 on.
template <uint32_t Bits, size_t... I>
[[gnu::always_inline]] inline void eight(const uint8_t* in, uint32_t* out, std::index_sequence<I...>) {
  constexpr auto source = [](size_t byte) {
    const size_t i = byte / 4;
    const size_t from = i * Bits / 8 + byte % 4;
    return i < 4 ? from : from - Bits / 2 + 16;
  };
  Bytes16 low, high;
  std::memcpy(&low, in, 16);
  std::memcpy(&high, in + Bits / 2, 16);
  const auto spread = __builtin_shufflevector(low, high, source(I)...);
  constexpr Words8 shifts = {
      0, Bits % 8, 2 * Bits % 8, 3 * Bits % 8, 4 * Bits % 8, 5 * Bits % 8, 6 * Bits % 8, 7 * Bits % 8};
  Words8 words;
  std::memcpy(&words, &spread, 32);
  words >>= shifts;
  if constexpr (Bits < 32) words &= (uint32_t{1} << Bits) - 1;
  std::memcpy(out, &words, 32);
}

template <uint32_t Bits>
[[gnu::always_inline]] inline void groups(const uint8_t* in, uint32_t count, uint32_t* out) {
  for (uint32_t i = 0; i < count; i += 8, in += Bits, out += 8) eight<Bits>(in, out, std::make_index_sequence<32>{});
}

using Groups = void (*)(const uint8_t* in, uint32_t count, uint32_t* out);  // count: a multiple of 8

#define HEADRACE_GROUPS(level, attribute)                                                           \
  template <uint32_t Bits>                                                                          \
  attribute void groups_##level(const uint8_t* in, uint32_t count, uint32_t* out) {                 \
    groups<Bits>(in, count, out);                                                                   \
  }                                                                                                 \
  template <size_t... Bits>                                                                         \
  constexpr std::array<Groups, 33> table_##level(std::index_sequence<Bits...>) {                    \
    return {(fits_windows(Bits) ? &groups_##level < fits_windows(Bits) ? Bits : 1 > : nullptr)...}; \
  }
HEADRACE_GROUPS(v2, )
HEADRACE_GROUPS(v3, HEADRACE_V3)
HEADRACE_GROUPS(v4, HEADRACE_V4)
#undef HEADRACE_GROUPS

const std::array<Groups, 33>& table() {
  constexpr auto all = std::make_index_sequence<33>{};
  static constexpr std::array<Groups, 33> v2 = table_v2(all), v3 = table_v3(all), v4 = table_v4(all);
  static const std::array<Groups, 33>& chosen = *choose_level(&v2, &v3, &v4);
  return chosen;
}

template <class T>
void unpack_each(const uint8_t* in, uint32_t bits, uint32_t first, uint32_t count, T* out) {
  for (uint32_t i = first; i < count; ++i) out[i] = static_cast<T>(one(in, uint64_t{i} * bits, bits));
}

}  // namespace

void unpack(const uint8_t* in, uint32_t bits, uint32_t count, uint32_t* out) {
  const Groups chosen = table()[bits];
  const uint32_t whole = chosen == nullptr ? 0 : count & ~7u;
  if (whole > 0) chosen(in, whole, out);
  unpack_each(in, bits, whole, count, out);
}

void unpack(const uint8_t* in, uint32_t bits, uint32_t count, uint64_t* out) { unpack_each(in, bits, 0, count, out); }

void unpack_bits(const uint8_t* in, uint64_t first, uint32_t count, uint8_t* out) {
  const uint32_t shift = first % 8;
  in += first / 8;
  uint32_t i = 0;
  for (; i + 8 <= count; i += 8, ++in) {
    const uint64_t byte = (in[0] | uint32_t{in[1]} << 8) >> shift & 0xFF;
    // Byte k of the word keeps bit k, then any bit becomes 1.
    const uint64_t spread = byte * 0x0101010101010101ULL & 0x8040201008040201ULL;
    const uint64_t ones = (spread + 0x7F7F7F7F7F7F7F7FULL) >> 7 & 0x0101010101010101ULL;
    std::memcpy(out + i, &ones, 8);
  }
  for (uint32_t bit = shift; i < count; ++i, ++bit) out[i] = in[bit / 8] >> (bit % 8) & 1;
}

}  // namespace headrace::parquet_in
