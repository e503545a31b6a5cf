#include "io/parquet/raw_reader.h"

#include <array>

#include "base/check.h"
#include "types/string_ref.h"

namespace headrace::parquet_in {

uint32_t raw_bytes(const Leaf& leaf) {
  switch (leaf.physical) {
    case Physical::kBool: return 1;
    case Physical::k32: return 4;
    case Physical::k64: return 8;
    case Physical::k96: return 12;
    case Physical::kFixed: return leaf.fixed_bytes;
    case Physical::kBytes: return sizeof(StringRef);
  }
  CHECK(false);
}

RawResult make_raw_reader(ValueEncoding encoding, const RawInput& input) {
  const Physical physical = input.leaf.physical;
  const bool integers = physical == Physical::k32 || physical == Physical::k64;
  switch (encoding) {
    case ValueEncoding::kPlain: return make_plain(input);
    case ValueEncoding::kRle:
      if (physical == Physical::kBool) return make_rle_bools(input);
      break;
    case ValueEncoding::kDeltaBinaryPacked:
      if (integers) return make_delta_integers(input);
      break;
    case ValueEncoding::kDeltaLength:
      if (physical == Physical::kBytes) return make_delta_length(input);
      break;
    case ValueEncoding::kDeltaBytes:
      if (physical == Physical::kBytes || physical == Physical::kFixed) return make_delta_bytes(input);
      break;
    case ValueEncoding::kByteStreamSplit:
      if (integers || physical == Physical::kFixed) return make_byte_stream_split(input);
      break;
  }
  return damaged_page("a data page has an encoding that is none of its column's type");
}

}  // namespace headrace::parquet_in
