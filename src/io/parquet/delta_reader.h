// io/parquet/delta_reader.h — DELTA_BINARY_PACKED: blocks of differences, each block with its least one, packed in miniblocks of
// their own widths.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/error.h"

namespace headrace::parquet_in {

// Integers of 64 bits that wrap around; those of 32 bits are their low halves.
class DeltaReader {
 public:
  // Over bytes with kReadPaddingBytes behind them; at most values_max integers.
  static Result<DeltaReader> open(std::span<const uint8_t> bytes, uint64_t values_max);

  uint64_t count() const { return count_; }  // of all integers
  // T: int32_t or int64_t. False when the bytes end, or have no such integers.
  template <class T>
  bool read(T* out, uint64_t count);
  bool skip(uint64_t count);
  // When all have been read: where the bytes behind them begin.
  const uint8_t* end_of_values() const { return at_; }

 private:
  template <class Take>
  bool take(uint64_t count, Take&& take);
  bool varint(uint64_t& value);
  bool zigzag(uint64_t& value);
  bool begin_miniblock();

  const uint8_t* at_ = nullptr;
  const uint8_t* end_ = nullptr;
  uint64_t count_ = 0, read_ = 0;
  uint64_t last_ = 0;  // the integer that was read last
  bool first_ = true;  // the first integer, which the head holds, was not read
  uint32_t miniblocks_ = 0;  // of a block
  uint32_t miniblock_ = 0;  // of the block: which comes next
  const uint8_t* widths_ = nullptr;  // of the block's miniblocks
  uint64_t least_ = 0;  // of the block
  std::vector<uint64_t> differences_;  // of the miniblock, as integers above least_
  uint64_t next_ = 0;  // of differences_
};

}  // namespace headrace::parquet_in
