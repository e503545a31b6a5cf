// io/parquet/unpack.h — unsigned integers of a fixed number of bits, packed one behind the other from the low bits up.
#pragma once

#include <cstdint>

namespace headrace::parquet_in {

// What may be read (and is never used) behind the bytes that a decoder is given: every buffer that holds pages has as much.
inline constexpr uint64_t kReadPaddingBytes = 64;

// out[i] = the i-th integer of `bits` bits, 0 to 32. Reads at most kReadPaddingBytes behind the last one.
void unpack(const uint8_t* in, uint32_t bits, uint32_t count, uint32_t* out);
// The same for 0 to 64 bits.
void unpack(const uint8_t* in, uint32_t bits, uint32_t count, uint64_t* out);
// out[i] = bit first + i, as a byte.
void unpack_bits(const uint8_t* in, uint64_t first, uint32_t count, uint8_t* out);

}  // namespace headrace::parquet_in
