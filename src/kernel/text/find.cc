#include "kernel/text/find.h"

#include <bit>
#include <cstring>
#include <type_traits>

#include "kernel/processor.h"

namespace headrace::kernel {
namespace {

// A part is compared where it could begin by its first and its last byte. Of texts in which that is so at most places, the part that has
// taken so many bytes of comparisons is left to the library, whose time does not depend on the bytes.
constexpr uint64_t kComparedMin = 256, kComparedShare = 8;

template <uint32_t kPlaces>
struct Places {
  using Bytes = uint8_t __attribute__((ext_vector_type(kPlaces)));
  using Bits = bool __attribute__((ext_vector_type(kPlaces)));
  using Word = std::conditional_t<kPlaces == 64, uint64_t, std::conditional_t<kPlaces == 32, uint32_t, uint16_t>>;

  [[gnu::always_inline]] static Word where_equal(const char* at, Bytes wanted) {
    Bytes bytes;
    __builtin_memcpy(&bytes, at, sizeof bytes);
    return __builtin_bit_cast(Word, __builtin_convertvector(bytes == wanted, Bits));
  }

  // Requires part_size >= 2 and as many places in front of `behind`, where the part would go beyond `end`.
  [[gnu::always_inline]] static const char* find(const char* text, const char* end, const char* part,
                                                 uint64_t part_size, const char* behind) {
    const Bytes first = static_cast<uint8_t>(part[0]), last = static_cast<uint8_t>(part[part_size - 1]);
    uint64_t compared = 0;
    for (const char* at = text;; at += kPlaces) {
      if (at > behind - kPlaces) at = behind - kPlaces;
      for (Word bits = where_equal(at, first) & where_equal(at + part_size - 1, last); bits != 0; bits &= bits - 1) {
        const char* const place = at + std::countr_zero(bits);
        if (std::memcmp(place + 1, part + 1, part_size - 2) == 0) return place;
        compared += part_size;
      }
      if (at == behind - kPlaces) return nullptr;
      if (compared > kComparedMin + kComparedShare * static_cast<uint64_t>(at - text))
        return static_cast<const char*>(memmem(at, static_cast<size_t>(end - at), part, part_size));
    }
  }
};

const char* find_in_short(const char* text, const char* part, uint64_t part_size, const char* behind) {
  for (const char* at = text; at < behind; ++at) {
    at = static_cast<const char*>(std::memchr(at, *part, static_cast<size_t>(behind - at)));
    if (at == nullptr) return nullptr;
    if (std::memcmp(at + 1, part + 1, part_size - 1) == 0) return at;
  }
  return nullptr;
}

template <uint32_t kPlaces>
[[gnu::always_inline]] inline const char* find_by(const char* text, const char* end, const char* part,
                                                  uint64_t part_size) {
  if (part_size > static_cast<uint64_t>(end - text)) return nullptr;
  if (part_size == 1) return static_cast<const char*>(std::memchr(text, *part, static_cast<size_t>(end - text)));
  const char* const behind = end - part_size + 1;
  const auto places = static_cast<uint64_t>(behind - text);
  if constexpr (kPlaces >= 64)
    if (places >= 64) return Places<64>::find(text, end, part, part_size, behind);
  if constexpr (kPlaces >= 32)
    if (places >= 32) return Places<32>::find(text, end, part, part_size, behind);
  if (places >= 16) return Places<16>::find(text, end, part, part_size, behind);
  return find_in_short(text, part, part_size, behind);
}

const char* find_v2(const char* text, const char* end, const char* part, uint64_t part_size) {
  return find_by<16>(text, end, part, part_size);
}
HEADRACE_V3 const char* find_v3(const char* text, const char* end, const char* part, uint64_t part_size) {
  return find_by<32>(text, end, part, part_size);
}
HEADRACE_V4_WIDE const char* find_v4(const char* text, const char* end, const char* part, uint64_t part_size) {
  return find_by<64>(text, end, part, part_size);
}

}  // namespace

const char* find_bytes(const char* text, const char* end, const char* part, uint64_t part_size) noexcept {
  static const auto find = choose_level(find_v2, find_v3, find_v4);
  return find(text, end, part, part_size);
}

}  // namespace headrace::kernel
