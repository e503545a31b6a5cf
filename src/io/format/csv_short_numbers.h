// io/format/csv_short_numbers.h — the common forms of numbers (csv_numbers.h) of at most eight bytes, many at a time and without a branch
// on any of them. One body, three instruction sets.
#pragma once

#include <cstdint>

namespace headrace {

// Numbers as they are written.
struct ShortNumbers {
  static constexpr uint32_t kCount = 64;
  uint64_t words[kCount];  // the eight bytes that end with the number's last one, the first of them in the lowest byte
  uint64_t sizes[kCount];  // of the numbers, in bytes; of others than 1 to 8 nothing is read
};

// values[i]: what read_plain_number and to_float64 give; where they give nothing, or the number is longer, read[i] is 0, else 1.
//   values, read  [ShortNumbers::kCount] out
void read_short_floats(const ShortNumbers& numbers, char point, double* values, uint8_t* read);
// The same of whole numbers.
void read_short_integers(const ShortNumbers& numbers, int64_t* values, uint8_t* read);

}  // namespace headrace
