// io/parquet_write/bit_runs.h — Parquet's RLE/bit-packed hybrid: levels and dictionary indices.
#pragma once

#include <bit>
#include <cstdint>

#include "state/accounted_array.h"

namespace headrace {

// Bytes of a page.
using PageBytes = AccountedArray<uint8_t, 1'024>;

// Bits that the numbers 0 … largest need.
inline uint32_t bits_for(uint64_t largest) { return static_cast<uint32_t>(std::bit_width(largest)); }

// Appends `count` numbers below 2^bits, 0 <= bits <= 32. Long enough runs become one, the rest is packed.
Status append_bit_runs(const uint32_t* values, uint64_t count, uint32_t bits, PageBytes& to);
Status append_bit_runs(const uint8_t* values, uint64_t count, uint32_t bits, PageBytes& to);
// `count` times the same.
Status append_bit_run(uint32_t value, uint64_t count, uint32_t bits, PageBytes& to);

}  // namespace headrace
