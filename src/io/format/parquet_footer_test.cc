#include "io/format/parquet_footer.h"

#include <string>

#include <gtest/gtest.h>

namespace headrace {
namespace {

uint64_t count(std::string_view bytes) {
  return count_thrift_structures({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
}

TEST(ParquetFooter, StructuresAreCounted) {
  using namespace std::string_view_literals;
  EXPECT_EQ(count("\x00"sv), 1u);
  EXPECT_EQ(count("\x15\x02\x11\x12\x18\x03"
                  "abc\x07\x04\x12\x34\x56\x78\x12\x34\x56\x78\x00"sv),
            1u)
      << "numbers, booleans, texts, and a field whose number is written out";
  EXPECT_EQ(count("\x19\x3C\x00\x00\x1C\x00\x00\x00"sv), 5u) << "a list of three, one of which has one inside";
  EXPECT_EQ(count("\x1B\x02\x5C\x01\x00\x02\x00\x00"sv), 3u) << "a map of numbers to structures";
  EXPECT_EQ(count("\x19\x42\x01\x02\x01\x02\x00"sv), 1u) << "a list of booleans";
}

TEST(ParquetFooter, WhatEndsEarlyEndsTheCount) {
  using namespace std::string_view_literals;
  EXPECT_EQ(count(""sv), 1u);
  EXPECT_EQ(count("\x19\xFC\xFF\xFF\xFF\x0F\x00\x00"sv), 4u) << "the third was begun";
  EXPECT_EQ(count("\x18\x7F"
                  "abc"sv),
            1u);
  EXPECT_EQ(count("\x1F\x00"sv), 1u) << "no such type";
  EXPECT_EQ(count(std::string(1'000, '\x1C')), 34u) << "not deeper than footers are";
}

}  // namespace
}  // namespace headrace
