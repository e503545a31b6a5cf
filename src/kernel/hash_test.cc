// Hashes: equal values hash alike, and the numbers never change.
#include "kernel/hash.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

namespace headrace::kernel {
namespace {

TEST(Hash, EqualValuesHashAlike) {
  EXPECT_EQ(hash_of(int32_t{-5}), hash_of(int64_t{-5}));
  EXPECT_EQ(hash_of(-0.0), hash_of(0.0));
  EXPECT_EQ(hash_of(std::nan("1")), hash_of(-std::numeric_limits<double>::quiet_NaN()));
  EXPECT_NE(hash_of(1.0), hash_of(2.0));
  EXPECT_NE(hash_of(int128{1}), hash_of(int128{1} << 64));
  const std::string text = "longer than twelve bytes";
  const std::string copy(text.data(), text.size());
  EXPECT_EQ(hash_of(StringRef(text)), hash_of(StringRef(copy)));
  EXPECT_NE(hash_of(StringRef(std::string_view("a\0", 2))), hash_of(StringRef(std::string_view("a", 1))));
}

// Spill files and checkpoints depend on these.
TEST(Hash, ValuesAreFixedForAllTime) {
  EXPECT_EQ(static_cast<uint64_t>(hash_of(int64_t{1})), 0xb456bcfc34c2cb2cULL);
  EXPECT_EQ(static_cast<uint64_t>(hash_of(true)), 0xb456bcfc34c2cb2cULL);
  EXPECT_EQ(static_cast<uint64_t>(hash_of(1.5)), 0x885dcc874e75b6f0ULL);
  EXPECT_EQ(static_cast<uint64_t>(hash_of(int128{-1})), 0x6dcc32eca3e74be4ULL);
  EXPECT_EQ(static_cast<uint64_t>(hash_of(StringRef(std::string_view("headrace")))), 0xd75a12435f72df78ULL);
}

}  // namespace
}  // namespace headrace::kernel
