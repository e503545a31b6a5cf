// io/parquet/snappy.h — Snappy's raw format, decompressed. Why not by the library: docs/adr/0005-own-snappy-decompressor.md.
// Source of the format: format_description.txt of google/snappy.
#pragma once

#include <cstdint>
#include <span>

namespace headrace::parquet_in {

// Fills `to` with what `from` holds. False: `from` is not whole, or makes another number of bytes; `to` has anything then. Nothing
// outside of either is touched.
bool decompress_snappy(std::span<const uint8_t> from, std::span<uint8_t> to);

}  // namespace headrace::parquet_in
