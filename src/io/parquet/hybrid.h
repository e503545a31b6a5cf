// io/parquet/hybrid.h — the RLE / bit-packing hybrid: runs of one value, and runs of bit-packed values. Levels, dictionary
// codes and booleans lie so. https://parquet.apache.org/docs/file-format/data-pages/encodings/
#pragma once

#include <cstdint>
#include <span>

namespace headrace::parquet_in {

// Over bytes with kReadPaddingBytes behind them. Every function is false when the bytes end or are no runs.
class HybridReader {
 public:
  HybridReader() = default;
  HybridReader(std::span<const uint8_t> bytes, uint32_t bits)  // bits: 0 to 32
      : at_(bytes.data()), end_(bytes.data() + bytes.size()), bits_(bits) {}

  bool read(uint32_t* out, uint32_t count);
  // Of one bit a value, as bytes.
  bool read_bits(uint8_t* out, uint32_t count);
  // Of at most eight bits a value.
  bool read_levels(uint8_t* out, uint32_t count);
  bool skip(uint64_t count);
  // Whether the next `count` values are one run of the same value; then they are read, and `value` is theirs.
  bool read_same(uint32_t count, uint32_t& value);

 private:
  bool begin_run();
  template <class Repeat, class Packed>
  bool take(uint64_t count, Repeat&& repeat, Packed&& packed);

  const uint8_t* at_ = nullptr;  // behind the run's head
  const uint8_t* end_ = nullptr;
  uint32_t bits_ = 0;
  uint64_t left_ = 0;  // values of the run
  bool packed_ = false;
  uint32_t value_ = 0;  // of a run of one value
  uint64_t first_ = 0;  // of a packed run: values of it that were read
  const uint8_t* run_ = nullptr;  // of a packed run: where it begins
};

}  // namespace headrace::parquet_in
