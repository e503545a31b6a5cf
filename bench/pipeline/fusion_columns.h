// bench/pipeline/fusion_columns.h — the input of `bench fusion`: three int64 columns of small pseudo-random numbers.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

namespace headrace::bench {

// Row `row` of the columns a, b and c: the upper ten bits of row × multiplier modulo 2^64, so 0 … 1,023.
// bench/fusion.py makes the same columns for the peers.
inline constexpr uint64_t kMultipliers[3] = {0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9};

inline int64_t column_value(uint64_t row, uint64_t multiplier) {
  return static_cast<int64_t>((row * multiplier) >> 54);
}

struct Column {
  explicit Column(uint64_t rows, uint64_t multiplier) : values(new int64_t[rows]), size(rows) {
    for (uint64_t row = 0; row < rows; ++row) values[row] = column_value(row, multiplier);
  }
  std::span<const int64_t> span() const { return {values.get(), size}; }

  std::unique_ptr<int64_t[]> values;
  uint64_t size;
};

}  // namespace headrace::bench
