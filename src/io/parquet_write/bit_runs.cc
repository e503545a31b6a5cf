#include "io/parquet_write/bit_runs.h"

#include <algorithm>
#include <array>
#include <utility>

namespace headrace {
namespace {

constexpr uint32_t kGroup = 8;  // values that are packed at a time
constexpr uint64_t kHeaderBytesMax = 10;

void push_varint(uint64_t value, PageBytes& to) {
  for (; value >= 0x80; value >>= 7) to.push(static_cast<uint8_t>(value | 0x80));
  to.push(static_cast<uint8_t>(value));
}

// Eight values into kBits bytes, the first in the lowest bits.
template <uint32_t kBits, class T>
void pack_group(const T* values, uint8_t* to) {
  uint64_t bits = 0;
  uint32_t filled = 0;
  for (uint32_t i = 0; i < kGroup; ++i) {
    bits |= uint64_t{values[i]} << filled;
    filled += kBits;
    if (filled >= 32) {
      const auto word = static_cast<uint32_t>(bits);
      std::memcpy(to, &word, 4);
      to += 4;
      bits >>= 32;
      filled -= 32;
    }
  }
  for (; filled > 0; filled -= 8, bits >>= 8) *to++ = static_cast<uint8_t>(bits);
}

template <class T>
using PackGroup = void (*)(const T* values, uint8_t* to);

template <class T, uint32_t... kBits>
constexpr std::array<PackGroup<T>, sizeof...(kBits)> packers(std::integer_sequence<uint32_t, kBits...>) {
  return {pack_group<kBits, T>...};
}
template <class T>
constexpr auto kPackers = packers<T>(std::make_integer_sequence<uint32_t, 33>());

template <class T>
bool is_run(const T* values) {
  T differs = 0;
  for (uint32_t i = 1; i < kGroup; ++i) differs = static_cast<T>(differs | (values[i] ^ values[0]));
  return differs == 0;
}

// Whole groups; a last one that is not full is filled up with zeros.
template <class T>
Status append_packed(const T* values, uint64_t count, uint32_t bits, PageBytes& to) {
  if (count == 0) return kDone;
  const uint64_t groups = (count + kGroup - 1) / kGroup;
  TRY_STATUS(to.reserve(to.size() + kHeaderBytesMax + groups * bits));
  push_varint(groups << 1 | 1, to);
  uint8_t* at = to.extend(groups * bits);
  const PackGroup<T> pack = kPackers<T>[bits];
  for (; count >= kGroup; count -= kGroup, values += kGroup, at += bits) pack(values, at);
  if (count == 0) return kDone;
  T last[kGroup] = {};
  for (uint64_t i = 0; i < count; ++i) last[i] = values[i];
  pack(last, at);
  return kDone;
}

template <class T>
Status append_runs(const T* values, uint64_t count, uint32_t bits, PageBytes& to) {
  // A run in between costs two more headers: of narrow values it pays only when it is long.
  const uint64_t run_min = std::max<uint64_t>(kGroup, 64 / std::max<uint32_t>(bits, 1));
  uint64_t packed = 0, at = 0;  // [packed, at) is to be packed: whole groups
  while (count - at >= kGroup) {
    if (!is_run(values + at)) {
      at += kGroup;
      continue;
    }
    uint64_t end = at + kGroup;
    while (end < count && values[end] == values[at]) ++end;
    if (end - at < run_min) {
      at += (end - at) / kGroup * kGroup;
      continue;
    }
    TRY_STATUS(append_packed(values + packed, at - packed, bits, to));
    TRY_STATUS(append_bit_run(values[at], end - at, bits, to));
    packed = at = end;
  }
  return append_packed(values + packed, count - packed, bits, to);
}

}  // namespace

Status append_bit_runs(const uint32_t* values, uint64_t count, uint32_t bits, PageBytes& to) {
  return append_runs(values, count, bits, to);
}
Status append_bit_runs(const uint8_t* values, uint64_t count, uint32_t bits, PageBytes& to) {
  return append_runs(values, count, bits, to);
}

Status append_bit_run(uint32_t value, uint64_t count, uint32_t bits, PageBytes& to) {
  if (count == 0) return kDone;
  TRY_STATUS(to.reserve(to.size() + kHeaderBytesMax + 4));
  push_varint(count << 1, to);
  for (uint32_t written = 0; written < bits; written += 8) to.push(static_cast<uint8_t>(value >> written));
  return kDone;
}

}  // namespace headrace
