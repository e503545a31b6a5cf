// io/parquet/conversion.h — values of a physical type as values of the column's type.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/error.h"
#include "io/parquet/leaf.h"

namespace headrace::parquet_in {

// Raw values of one layout to vector values of one type.
struct Conversion {
  // out[i] of raw value i, or out[wanted[i]] of raw value wanted[i], for `count` of them. Returns the first i whose value the
  // type does not hold, else `count`. Raw values may be unaligned.
  uint32_t (*convert)(const Leaf& leaf, const void* raw, const uint16_t* wanted, uint32_t count, void* out) = nullptr;
  // Whether `count` raw values are as the vector has them, all of them values of the type. nullptr: they lie otherwise.
  bool (*is_in_place)(const Leaf& leaf, const void* raw, uint32_t count) = nullptr;
  // Why raw value i is none of the type's: "expected decimal(3,1), found 1234.5".
  std::string (*describe)(const Leaf& leaf, const void* raw, uint32_t i) = nullptr;
};

// None where the format has no such type, or we do not know it.
std::optional<Conversion> find_conversion(const Leaf& leaf);

// Whether `count` fixed-width raw values may be a vector's where they lie: is_in_place says so, and they are aligned.
bool may_stay(const Conversion& conversion, const Leaf& leaf, const void* raw, uint32_t count);

// Two's complement, the highest byte first. False when it has more than 128 bits.
bool take_big_endian(const uint8_t* bytes, uint64_t count, int128& out);

// Of a row whose value is none of the column's type; without a place.
Error bad_value(const Leaf& leaf, const Conversion& conversion, const void* raw, uint32_t i);
Error not_utf8(const Leaf& leaf);

}  // namespace headrace::parquet_in
