// io/parquet/leaf.h — what a column of a Parquet file holds, in our words.
#pragma once

#include <cstdint>
#include <string>

#include "types/type.h"

namespace headrace::parquet_in {

enum class Physical : uint8_t { kBool, k32, k64, k96, kFixed, kBytes };

// What the integers of a physical type count, where it is not what the vector's count: see Leaf::unit.
enum class Unit : uint8_t { kNone, kSeconds, kMilliseconds, kMicroseconds, kNanoseconds };

struct Leaf {
  std::string name;  // "a"; inside a nested column "a.list.element"
  Type type;  // of its vectors
  Physical physical = Physical::k32;
  uint32_t fixed_bytes = 0;  // of a value; kFixed only
  bool half = false;  // kFixed of two bytes: a float16
  Unit unit = Unit::kNone;  // of times, timestamps and durations
  bool always_null = false;  // the file says that it never has a value
  uint8_t definition = 0, repetition = 0;  // the greatest levels; 0: it has none
  bool nullable = true;  // false: the file's metadata says that no row is null
};

// Bytes of a value as decoders hand it over: 1, 4, 8, 12, fixed_bytes; 16 for kBytes (a StringRef).
uint32_t raw_bytes(const Leaf& leaf);

}  // namespace headrace::parquet_in
