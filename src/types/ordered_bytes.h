// types/ordered_bytes.h — numbers as bytes whose memcmp order is the values' order, and back.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

#include "types/interval.h"
#include "types/type.h"

namespace headrace {

// One NaN, and +0 for both zeros.
template <class Float>
Float canonical_float(Float value) {
  if (std::isnan(value)) return std::numeric_limits<Float>::quiet_NaN();
  return value == 0 ? Float{0} : value;
}

template <class Unsigned>
Unsigned big_endian(Unsigned value) {
  if constexpr (sizeof(Unsigned) == 16) {
    return static_cast<Unsigned>(__builtin_bswap64(static_cast<uint64_t>(value >> 64))) |
           static_cast<Unsigned>(__builtin_bswap64(static_cast<uint64_t>(value))) << 64;
  } else if constexpr (sizeof(Unsigned) == 8) {
    return __builtin_bswap64(value);
  } else if constexpr (sizeof(Unsigned) == 4) {
    return __builtin_bswap32(value);
  } else if constexpr (sizeof(Unsigned) == 2) {
    return __builtin_bswap16(value);
  } else {
    return value;
  }
}

template <class T>
struct OrderedUnsigned {
  using type = std::make_unsigned_t<T>;
};
template <>
struct OrderedUnsigned<float> {
  using type = uint32_t;
};
template <>
struct OrderedUnsigned<double> {
  using type = uint64_t;
};
template <>
struct OrderedUnsigned<int128> {
  using type = unsigned __int128;
};
template <>
struct OrderedUnsigned<bool> {
  using type = uint8_t;
};

// An unsigned integer in the order of the values; floats by total order, canonical.
template <class T>
typename OrderedUnsigned<T>::type ordered_bits(T value) {
  using Unsigned = typename OrderedUnsigned<T>::type;
  constexpr Unsigned kTop = Unsigned{1} << (sizeof(T) * 8 - 1);
  if constexpr (std::is_floating_point_v<T>) {
    const auto bits = std::bit_cast<Unsigned>(canonical_float(value));
    return (bits & kTop) != 0 ? ~bits : bits | kTop;
  } else if constexpr (T(-1) < T(0)) {
    return static_cast<Unsigned>(value) ^ kTop;
  } else {
    return value;
  }
}
template <class T>
T value_of_ordered_bits(typename OrderedUnsigned<T>::type bits) {
  using Unsigned = typename OrderedUnsigned<T>::type;
  constexpr Unsigned kTop = Unsigned{1} << (sizeof(T) * 8 - 1);
  if constexpr (std::is_floating_point_v<T>) {
    return std::bit_cast<T>((bits & kTop) != 0 ? bits & ~kTop : ~bits);
  } else if constexpr (T(-1) < T(0)) {
    return static_cast<T>(bits ^ kTop);
  } else {
    return static_cast<T>(bits);
  }
}

// Bytes that write_ordered puts; an interval's length decides before its months and days.
template <class T>
inline constexpr uint32_t kOrderedBytes = sizeof(T);
template <>
inline constexpr uint32_t kOrderedBytes<Interval> = 24;

template <class T>
void write_ordered(T value, char* to) {
  const auto bits = big_endian(ordered_bits(value));
  std::memcpy(to, &bits, sizeof bits);
}
template <>
inline void write_ordered(Interval value, char* to) {
  write_ordered(interval_length_us(value), to);
  write_ordered(value.months, to + 16);
  write_ordered(value.days, to + 20);
}

template <class T>
T read_ordered(const char* from) {
  typename OrderedUnsigned<T>::type bits;
  std::memcpy(&bits, from, sizeof bits);
  return value_of_ordered_bits<T>(big_endian(bits));
}
template <>
inline Interval read_ordered(const char* from) {
  const auto length_us = read_ordered<int128>(from);
  Interval value{read_ordered<int32_t>(from + 16), read_ordered<int32_t>(from + 20), 0};
  value.us = static_cast<int64_t>(length_us - interval_length_us(value));
  return value;
}

}  // namespace headrace
