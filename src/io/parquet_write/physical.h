// io/parquet_write/physical.h — what differs between the types that a Parquet file stores: bytes of a value, and least and
// greatest of many.
#pragma once

#include <cmath>
#include <span>
#include <string>

#include <parquet/bloom_filter.h>

#include "io/parquet_write/bit_runs.h"
#include "types/ordered_bytes.h"
#include "types/string_ref.h"

namespace headrace {

// As PLAIN stores them.
template <class T>
Status append_plain(std::span<const T> values, uint32_t, PageBytes& to) {
  TRY_STATUS(to.reserve(to.size() + values.size_bytes()));
  std::memcpy(to.extend(values.size_bytes()), values.data(), values.size_bytes());
  return kDone;
}
// BOOLEAN: bits.
inline Status append_plain(std::span<const uint8_t> values, uint32_t, PageBytes& to) {
  const uint64_t bytes = (values.size() + 7) / 8;
  TRY_STATUS(to.reserve(to.size() + bytes));
  uint8_t* bits = to.extend(bytes);
  std::memset(bits, 0, bytes);
  for (uint64_t i = 0; i < values.size(); ++i) bits[i / 8] = static_cast<uint8_t>(bits[i / 8] | values[i] << (i % 8));
  return kDone;
}
// FIXED_LEN_BYTE_ARRAY of decimals: big-endian, in `width` bytes.
inline Status append_plain(std::span<const int128> values, uint32_t width, PageBytes& to) {
  TRY_STATUS(to.reserve(to.size() + values.size() * width));
  for (const int128 value : values) {
    const auto bytes = big_endian(static_cast<unsigned __int128>(value));
    std::memcpy(to.extend(width), reinterpret_cast<const char*>(&bytes) + 16 - width, width);
  }
  return kDone;
}
inline Status append_plain(std::span<const StringRef> values, uint32_t, PageBytes& to) {
  uint64_t bytes = 0;
  for (const StringRef& text : values) bytes += 4 + text.size;
  TRY_STATUS(to.reserve(to.size() + bytes));
  for (const StringRef& text : values) {
    uint8_t* at = to.extend(4 + uint64_t{text.size});
    std::memcpy(at, &text.size, 4);
    std::memcpy(at + 4, text.data(), text.size);
  }
  return kDone;
}

template <class T>
uint64_t plain_bytes(std::span<const T> values, uint32_t width) {
  if constexpr (std::is_same_v<T, StringRef>) {
    uint64_t bytes = 4 * values.size();
    for (const StringRef& text : values) bytes += text.size;
    return bytes;
  } else {
    return values.size() * (std::is_same_v<T, int128> ? width : sizeof(T));
  }
}

// Least and greatest of the values seen; NaN is in no order.
template <class T>
struct ValueBounds {
  bool any = false;
  T least{}, most{};

  void see(std::span<const T> values, bool is_unsigned) {
    if constexpr (std::is_same_v<T, StringRef>) {
      for (const StringRef& text : values) see_one(text);
    } else if constexpr (std::is_floating_point_v<T>) {
      for (const T value : values)
        if (!std::isnan(value)) see_one(value);
    } else if constexpr (std::is_same_v<T, int32_t> || std::is_same_v<T, int64_t>) {
      // Unsigned values are seen with the top bit turned, which gives them the signed order.
      const T turned = is_unsigned ? std::numeric_limits<T>::min() : 0;
      if (values.empty()) return;
      T low = values[0] ^ turned, high = low;
      for (const T value : values) {
        low = std::min<T>(low, value ^ turned);
        high = std::max<T>(high, value ^ turned);
      }
      least = any ? std::min<T>(least ^ turned, low) ^ turned : low ^ turned;
      most = any ? std::max<T>(most ^ turned, high) ^ turned : high ^ turned;
      any = true;
    } else {
      for (const T value : values) see_one(value);
    }
  }
  void see(const ValueBounds& other, bool is_unsigned) {
    if (!other.any) return;
    const T both[] = {other.least, other.most};
    see(std::span<const T>(both), is_unsigned);
  }
  void see_one(const T& value) {
    if (!any || less(value, least)) least = value;
    if (!any || less(most, value)) most = value;
    any = true;
  }

 private:
  static bool less(const T& left, const T& right) {
    if constexpr (std::is_same_v<T, StringRef>)
      return compare(left, right) < 0;
    else
      return left < right;
  }
};

// As statistics store a bound: PLAIN without a text's length. Zeros as -0 below and +0 above, as the format asks.
template <class T>
std::string bound_bytes(T value, uint32_t width, bool below) {
  if constexpr (std::is_same_v<T, StringRef>) {
    return std::string(value.view());
  } else if constexpr (std::is_same_v<T, int128>) {
    const auto bytes = big_endian(static_cast<unsigned __int128>(value));
    return {reinterpret_cast<const char*>(&bytes) + 16 - width, width};
  } else {
    if constexpr (std::is_floating_point_v<T>) {
      if (value == 0) value = below ? -T{0} : T{0};
    }
    return {reinterpret_cast<const char*>(&value), sizeof value};
  }
}

template <class T>
uint64_t bloom_hash(const parquet::BloomFilter& filter, const T& value, uint32_t width) {
  if constexpr (std::is_same_v<T, StringRef>) {
    return filter.Hash(value.view());
  } else if constexpr (std::is_same_v<T, int128>) {
    const std::string bytes = bound_bytes(value, width, false);
    const parquet::FixedLenByteArray fixed(reinterpret_cast<const uint8_t*>(bytes.data()));
    return filter.Hash(&fixed, width);
  } else if constexpr (std::is_same_v<T, uint8_t>) {
    return filter.Hash(int32_t{value});
  } else {
    return filter.Hash(value);
  }
}

}  // namespace headrace
