// io/parquet/field_bytes.h — the values of one node of a nested column, one behind the other, as the fields of what they lie in
// (types/nested_value.h): a marker, and the value's bytes unless it is null.
#pragma once

#include <cstring>

#include "io/format/byte_words.h"
#include "state/accounted_array.h"
#include "types/nested_bytes.h"
#include "types/with_layout.h"

namespace headrace::parquet_in {

struct FieldBytes {
  explicit FieldBytes(Reservation& reservation) : bytes(reservation), ends(reservation) {}

  AccountedArray<char, 1'024> bytes;
  AccountedArray<uint64_t> ends;  // [values] in `bytes`

  uint64_t size() const { return ends.size(); }
  uint64_t begin_of(uint64_t value) const { return value == 0 ? 0 : ends[value - 1]; }
  void empty() {
    bytes.resize_down(0);
    ends.resize_down(0);
  }
};

// Definition levels of a stretch of a leaf's entries.
struct Definitions {
  const uint8_t* levels;  // [count]
  uint32_t count;
  uint8_t around;  // below: the entry is none of the leaf's values, not even a null
  uint8_t present;  // the greatest: there is a value
};

// Bytes as they lie inside a nested value, 00 as 00 FF, without an end. Needs room for twice as many. Where they end.
inline char* write_escaped(const char* from, uint64_t bytes, char* to) {
  const auto put = [&](uint64_t count) {
    for (const char* const end = from + count; from < end; ++from) {
      to[0] = *from;
      to[1] = static_cast<char>(0xFF);
      to += *from == 0 ? 2 : 1;
    }
  };
  for (; bytes >= sizeof(uint64_t); bytes -= sizeof(uint64_t)) {
    uint64_t word;
    std::memcpy(&word, from, sizeof word);
    if (has_zero_byte(word)) {
      put(sizeof word);
    } else {
      std::memcpy(to, &word, sizeof word);
      from += sizeof word;
      to += sizeof word;
    }
  }
  put(bytes);
  return to;
}

// Texts seldom hold a 00.
inline char* write_text(std::string_view text, char* to) {
  if (text.empty() || std::memchr(text.data(), 0, text.size()) == nullptr) {
    if (!text.empty()) std::memcpy(to, text.data(), text.size());
    to += text.size();
  } else {
    to = write_escaped(text.data(), text.size(), to);
  }
  *to++ = 0;
  *to++ = 0;
  return to;
}

// Goes through the leaf's values of a stretch: write(value's index, to) puts one that is there behind its marker. `bytes_max`: of
// all that it puts.
template <class Write>
Status append_fields(const Definitions& at, uint64_t bytes_max, FieldBytes& to, Write&& write) {
  TRY_STATUS(to.ends.reserve(to.ends.size() + at.count));
  TRY_STATUS(to.bytes.reserve(to.bytes.size() + bytes_max + at.count + 2));
  char* const base = to.bytes.begin();
  char* next = to.bytes.end();
  uint64_t* end = to.ends.end();
  uint32_t value = 0;
  for (uint32_t entry = 0; entry < at.count; ++entry) {
    const uint8_t level = at.levels[entry];
    if (level == at.present) {
      *next++ = kNestedValid;
      next = write(value++, next);
    } else if (level >= at.around) {
      *next++ = kNestedNull;
    } else {
      continue;
    }
    *end++ = static_cast<uint64_t>(next - base);
  }
  to.bytes.resize_to(next);
  to.ends.resize_to(end);
  return kDone;
}

// `values`: [those that are there], perhaps unaligned, as in a vector of the type; `valid` of them.
inline Status append_fields(Type type, const void* values, uint32_t valid, const Definitions& at, FieldBytes& to) {
  return with_layout(type.id, [&]<class T>(T) -> Status {
    if constexpr (std::is_same_v<T, StringRef>) {
      const auto* texts = static_cast<const StringRef*>(values);
      uint64_t bytes = 0;
      for (uint32_t i = 0; i < valid; ++i) bytes += texts[i].size;
      return append_fields(at, 2 * bytes + 2 * uint64_t{valid}, to,
                           [&](uint32_t i, char* next) { return write_text(texts[i].view(), next); });
    } else {
      const auto* from = static_cast<const char*>(values);
      return append_fields(at, uint64_t{valid} * kOrderedBytes<T>, to, [&](uint32_t i, char* next) {
        T value;
        std::memcpy(&value, from + uint64_t{i} * sizeof value, sizeof value);
        write_ordered(value, next);
        return next + kOrderedBytes<T>;
      });
    }
  });
}

}  // namespace headrace::parquet_in
