#include "io/format/csv_short_numbers.h"

#include <bit>
#include <cstring>

#include "io/format/csv_numbers.h"
#include "kernel/processor.h"

namespace headrace {
namespace {

constexpr uint64_t kZeros = 0x3030303030303030, kHighBits = 0x8080808080808080, kLowBits = 0x0101010101010101;

// Eight digits and where the point was among them.
struct Digits {
  uint64_t value;
  uint64_t point;  // the highest bit of its byte, which is the first of those that stand behind it; 0: there is none
  uint64_t negative, good;  // 0 or 1
};

// As read_plain_number, step by step.
[[gnu::always_inline]] inline Digits read_digits(uint64_t word, uint64_t size, uint64_t points) {
  const uint64_t fits = size - 1 < 8 ? 1 : 0;
  uint64_t text = word >> ((64 - 8 * size) & 63);
  const uint64_t negative = (text & 0xFF) == '-' ? 1 : 0;
  text >>= 8 * negative;
  const uint64_t count = size - negative;
  const uint64_t first = text & 0xFF, second = text >> 8 & 0xFF;
  const uint64_t begins =
      (first - '0' < 10 ? 1 : 0) & (first != '0' || count == 1 || second == (points & 0xFF) ? 1 : 0);
  const uint64_t unused = (64 - 8 * count) & 63;
  text = text << unused | (unused == 0 ? 0 : kZeros >> ((8 * count) & 63));
  const uint64_t differs = text ^ points;
  const uint64_t found = (differs - kLowBits) & ~differs & kHighBits;
  const uint64_t point = found & (0 - found);
  const uint64_t in_front = text & ((point >> 7) - 1), behind = text & ~((point << 1) - 1);
  text = point == 0 ? text : in_front << 8 | '0' | behind;
  const uint64_t high = text & 0xF0F0F0F0F0F0F0F0, raised = (text + 0x0606060606060606) & 0xF0F0F0F0F0F0F0F0;
  const uint64_t digits = (high ^ kZeros) == 0 && (raised ^ kZeros) == 0 ? 1 : 0;
  const uint64_t ends = point >> 63 == 0 ? 1 : 0;
  return {value_of_eight_digits(text), point, negative, fits & begins & digits & ends};
}

[[gnu::always_inline]] inline double power_behind(uint64_t point) {
  double power = 1;
  for (uint32_t scale = 1; scale < 8; ++scale)
    power = point == uint64_t{0x80} << (8 * (7 - scale)) ? kPowersOfTen[scale] : power;
  return power;
}

[[gnu::always_inline]] inline void floats_of_level(const ShortNumbers& numbers, char point, double* values,
                                                   uint8_t* read) {
  const uint64_t points = kLowBits * static_cast<unsigned char>(point);
  uint64_t good[ShortNumbers::kCount];
#pragma clang loop vectorize_width(8)
  for (uint32_t i = 0; i < ShortNumbers::kCount; ++i) {
    const Digits digits = read_digits(numbers.words[i], numbers.sizes[i], points);
    const double size = static_cast<double>(static_cast<int32_t>(digits.value)) / power_behind(digits.point);
    values[i] = std::bit_cast<double>(std::bit_cast<uint64_t>(size) | digits.negative << 63);
    good[i] = digits.good;
  }
  for (uint32_t i = 0; i < ShortNumbers::kCount; ++i) read[i] = static_cast<uint8_t>(good[i]);
}

[[gnu::always_inline]] inline void integers_of_level(const ShortNumbers& numbers, int64_t* values, uint8_t* read) {
  uint64_t good[ShortNumbers::kCount];
#pragma clang loop vectorize_width(8)
  for (uint32_t i = 0; i < ShortNumbers::kCount; ++i) {
    const Digits digits = read_digits(numbers.words[i], numbers.sizes[i], kLowBits * '.');
    const auto value = static_cast<int64_t>(digits.value);
    values[i] = digits.negative != 0 ? -value : value;
    good[i] = digits.good & (digits.point == 0 ? 1 : 0);
  }
  for (uint32_t i = 0; i < ShortNumbers::kCount; ++i) read[i] = static_cast<uint8_t>(good[i]);
}

struct Level {
  void (*floats)(const ShortNumbers& numbers, char point, double* values, uint8_t* read);
  void (*integers)(const ShortNumbers& numbers, int64_t* values, uint8_t* read);
};

void floats_v2(const ShortNumbers& numbers, char point, double* values, uint8_t* read) {
  floats_of_level(numbers, point, values, read);
}
void integers_v2(const ShortNumbers& numbers, int64_t* values, uint8_t* read) {
  integers_of_level(numbers, values, read);
}
constexpr Level kV2{floats_v2, integers_v2};

HEADRACE_V3 void floats_v3(const ShortNumbers& numbers, char point, double* values, uint8_t* read) {
  floats_of_level(numbers, point, values, read);
}
HEADRACE_V4_WIDE void floats_v4(const ShortNumbers& numbers, char point, double* values, uint8_t* read) {
  floats_of_level(numbers, point, values, read);
}
HEADRACE_V3 void integers_v3(const ShortNumbers& numbers, int64_t* values, uint8_t* read) {
  integers_of_level(numbers, values, read);
}
HEADRACE_V4_WIDE void integers_v4(const ShortNumbers& numbers, int64_t* values, uint8_t* read) {
  integers_of_level(numbers, values, read);
}
constexpr Level kV3{floats_v3, integers_v3}, kV4{floats_v4, integers_v4};

const Level& level() {
  static const Level& chosen = *choose_level(&kV2, &kV3, &kV4);
  return chosen;
}

}  // namespace

void read_short_floats(const ShortNumbers& numbers, char point, double* values, uint8_t* read) {
  level().floats(numbers, point, values, read);
}
void read_short_integers(const ShortNumbers& numbers, int64_t* values, uint8_t* read) {
  level().integers(numbers, values, read);
}

}  // namespace headrace
