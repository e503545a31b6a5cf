// io/parquet/raw_reader.h — the values of one data page, one behind the other, nulls left out: from an encoding's bytes to
// values of the physical type. An encoding is one file with a make_… function and a line in raw_reader.cc.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "base/error.h"
#include "io/parquet/leaf.h"
#include "io/parquet/page_memory.h"

namespace headrace::parquet_in {

enum class ValueEncoding : uint8_t { kPlain, kRle, kDeltaBinaryPacked, kDeltaLength, kDeltaBytes, kByteStreamSplit };

struct RawValues {
  // [count] of raw_bytes(leaf) each, perhaps unaligned; valid until the reader's next call, or as long as the page where
  // `in_page`.
  const void* data = nullptr;
  bool in_page = false;
  std::shared_ptr<const void> owner = {};  // of bytes behind StringRefs; empty: they lie in the page
};

// Errors are kBadInput without a place.
class RawReader {
 public:
  virtual ~RawReader() = default;
  // The next values, 1 to limits::kVectorRowsMax.
  virtual Result<RawValues> next(uint32_t count) = 0;
  virtual Status skip(uint64_t count) = 0;
};

// What a reader is made from. Bytes have kReadPaddingBytes behind them and live as long as the reader.
struct RawInput {
  const Leaf& leaf;
  std::span<const uint8_t> bytes;
  uint64_t values_max;  // values of the page, nulls included
  const PageMemory& memory;
};

using RawResult = Result<std::unique_ptr<RawReader>>;
RawResult make_plain(const RawInput& input);
RawResult make_rle_bools(const RawInput& input);
RawResult make_delta_integers(const RawInput& input);
RawResult make_delta_length(const RawInput& input);
RawResult make_delta_bytes(const RawInput& input);
RawResult make_byte_stream_split(const RawInput& input);

// kUnsupported where the format does not have the encoding for the type.
RawResult make_raw_reader(ValueEncoding encoding, const RawInput& input);

inline Error damaged_page(const char* what) {
  return {ErrorCode::kBadInput, what, "", "the file is damaged or was written by a faulty program; write it again"};
}
inline Error ended_page() { return damaged_page("a data page ends before its last value"); }

}  // namespace headrace::parquet_in
