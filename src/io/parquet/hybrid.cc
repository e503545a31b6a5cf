#include "io/parquet/hybrid.h"

#include <algorithm>
#include <cstring>

#include "io/parquet/unpack.h"

namespace headrace::parquet_in {

bool HybridReader::begin_run() {
  uint64_t head = 0;
  for (uint32_t shift = 0;; shift += 7) {
    if (at_ == end_ || shift > 28) return false;
    const uint8_t byte = *at_++;
    head |= uint64_t{byte & 0x7Fu} << shift;
    if (byte < 0x80) break;
  }
  const auto room = static_cast<uint64_t>(end_ - at_);
  packed_ = (head & 1) != 0;
  if (!packed_) {
    const uint32_t bytes = (bits_ + 7) / 8;
    if (room < bytes) return false;
    value_ = 0;
    std::memcpy(&value_, at_, bytes);
    if (bits_ < 32 && value_ >> bits_ != 0) return false;
    at_ += bytes;
    left_ = head >> 1;
    return true;
  }
  left_ = (head >> 1) * 8;
  first_ = 0;
  run_ = at_;
  // Some writers cut the last run's bytes behind the last value.
  const uint64_t bytes = left_ / 8 * bits_;
  if (bytes > room) left_ = room * 8 / bits_;
  at_ += std::min(bytes, room);
  return true;
}

// Calls repeat(values) and packed(first, values) for the stretches of the next `count` values.
template <class Repeat, class Packed>
bool HybridReader::take(uint64_t count, Repeat&& repeat, Packed&& packed) {
  while (count > 0) {
    if (left_ == 0) {
      if (!begin_run()) return false;
      continue;
    }
    const uint64_t now = std::min(count, left_);
    if (packed_) {
      packed(first_, static_cast<uint32_t>(now));
      first_ += now;
    } else {
      repeat(static_cast<uint32_t>(now));
    }
    left_ -= now;
    count -= now;
  }
  return true;
}

bool HybridReader::read(uint32_t* out, uint32_t count) {
  return take(
      count,
      [&](uint32_t values) {
        std::fill_n(out, values, value_);
        out += values;
      },
      [&](uint64_t first, uint32_t values) {
        // Vectors begin at a byte: single values up to the next group of eight.
        const auto lead = std::min<uint32_t>(values, static_cast<uint32_t>((8 - first % 8) % 8));
        uint32_t eight[8];
        if (lead > 0) {
          unpack(run_ + first / 8 * bits_, bits_, 8, eight);
          std::memcpy(out, eight + first % 8, lead * sizeof *out);
        }
        unpack(run_ + (first + lead) / 8 * bits_, bits_, values - lead, out + lead);
        out += values;
      });
}

bool HybridReader::read_bits(uint8_t* out, uint32_t count) {
  return take(
      count,
      [&](uint32_t values) {
        std::memset(out, static_cast<int>(value_), values);
        out += values;
      },
      [&](uint64_t first, uint32_t values) {
        unpack_bits(run_, first, values, out);
        out += values;
      });
}

bool HybridReader::read_levels(uint8_t* out, uint32_t count) {
  if (bits_ == 1) return read_bits(out, count);
  return take(
      count,
      [&](uint32_t values) {
        std::memset(out, static_cast<int>(value_), values);
        out += values;
      },
      [&](uint64_t first, uint32_t values) {
        uint32_t wide[256];
        for (uint32_t done = 0; done < values;) {
          // From a byte on: single values up to the next group of eight.
          const auto lead = static_cast<uint32_t>((first + done) % 8);
          const uint32_t now = std::min<uint32_t>(values - done, 256 - lead);
          unpack(run_ + (first + done - lead) / 8 * bits_, bits_, lead + now, wide);
          for (uint32_t i = 0; i < now; ++i) out[i] = static_cast<uint8_t>(wide[lead + i]);
          out += now;
          done += now;
        }
      });
}

bool HybridReader::skip(uint64_t count) {
  return take(count, [](uint32_t) {}, [](uint64_t, uint32_t) {});
}

bool HybridReader::read_same(uint32_t count, uint32_t& value) {
  while (left_ == 0)
    if (!begin_run()) return false;
  if (packed_ || left_ < count) return false;
  value = value_;
  left_ -= count;
  return true;
}

}  // namespace headrace::parquet_in
