// Goal: many numbers at a time are those that are read one by one.
#include "io/format/csv_short_numbers.h"

#include <bit>
#include <cstring>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "io/format/csv_numbers.h"

namespace headrace {
namespace {

constexpr uint32_t kCount = ShortNumbers::kCount;

std::string random_number(std::mt19937_64& random) {
  static constexpr std::string_view kLetters = "0123456789.,-";
  const bool sound = random() % 2 == 0;
  std::string text(random() % 11, '0');
  for (char& letter : text)
    letter = sound ? static_cast<char>('0' + random() % 10) : kLetters[random() % kLetters.size()];
  if (sound && text.size() > 2 && random() % 2 == 0)
    text[text.size() - 1 - random() % 3] = random() % 4 == 0 ? ',' : '.';
  if (sound && text.size() > 1 && random() % 3 == 0) text[0] = '-';
  return text;
}

TEST(CsvShortNumbers, AreThoseThatAreReadOneByOne) {
  std::mt19937_64 random(1);
  uint64_t sound = 0;
  for (int round = 0; round < 5'000; ++round) {
    ShortNumbers numbers;
    std::string texts[kCount];
    for (uint32_t i = 0; i < kCount; ++i) {
      const std::string number = random_number(random);
      texts[i] =
          std::string(8, static_cast<char>('0' + random() % 10)) + number;  // what stands in front is not looked at
      std::memcpy(&numbers.words[i], texts[i].data() + number.size(), 8);
      numbers.sizes[i] = number.size();
    }
    const char point = round % 2 == 0 ? '.' : ',';
    double floats[kCount];
    int64_t integers[kCount];
    uint8_t is_float[kCount], is_integer[kCount];
    read_short_floats(numbers, point, floats, is_float);
    read_short_integers(numbers, integers, is_integer);
    for (uint32_t i = 0; i < kCount; ++i) {
      const char* const at = texts[i].data() + 8;
      const auto size = static_cast<uint32_t>(texts[i].size() - 8);
      PlainNumber plain;
      double value = 0;
      const bool expected = size <= 8 && read_plain_number(at, size, point, plain) && to_float64(plain, value);
      ASSERT_EQ(is_float[i] != 0, expected) << texts[i];
      if (expected) {
        ASSERT_EQ(std::bit_cast<uint64_t>(floats[i]), std::bit_cast<uint64_t>(value)) << texts[i];
      }
      const bool whole = size <= 8 && read_plain_number(at, size, '.', plain) && !plain.point;
      ASSERT_EQ(is_integer[i] != 0, whole) << texts[i];
      const auto digits = static_cast<int64_t>(plain.digits);
      if (whole) {
        ASSERT_EQ(integers[i], plain.negative ? -digits : digits) << texts[i];
      }
      sound += expected ? 1 : 0;
    }
  }
  EXPECT_GT(sound, 50'000u);
}

}  // namespace
}  // namespace headrace
