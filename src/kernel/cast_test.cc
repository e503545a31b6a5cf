// Casts. Expected values from DuckDB 2.0 and, where it does not round correctly (decimal to double), from fractions.Fraction.
#include "kernel/cast.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <string>

#include "types/value.h"

namespace headrace::kernel {
namespace {

constexpr uint32_t kBad = Faults::kBadCast;
constexpr uint32_t kOver = Faults::kOverflow;
constexpr uint32_t kRange = Faults::kOutOfRange;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

StringRef text_of(std::string_view text) { return StringRef(text); }

template <class T>
struct Expected {
  const char* text;
  T value;
  uint32_t faults = 0;
};

TEST(Cast, TextToBool) {
  for (const char* text : {"true", "TRUE", "t", "T", "yes", "y", "1"}) {
    Faults faults;
    EXPECT_TRUE(text_to_bool(text_of(text), faults) && faults.bits == 0) << text;
  }
  for (const char* text : {"false", "False", "f", "no", "N", "0"}) {
    Faults faults;
    EXPECT_TRUE(!text_to_bool(text_of(text), faults) && faults.bits == 0) << text;
  }
  for (const char* text : {"", "on", " true ", "2", "truee", "tru"}) {
    Faults faults;
    text_to_bool(text_of(text), faults);
    EXPECT_EQ(faults.bits, kBad) << text;
  }
}

TEST(Cast, TextToInt32) {
  const Expected<int32_t> cases[] = {
      {"12", 12},
      {" 12 ", 12},
      {"\t+12\n", 12},
      {"-2147483648", INT32_MIN},
      {"2147483647", INT32_MAX},
      {"1.5", 2},
      {"2.5", 3},
      {"-2.5", -3},
      {"1e3", 1000},
      {"0.1e1", 1},
      {"1.", 1},
      {".5", 1},
      {"2147483647.4", INT32_MAX},
      {"1e-1", 0},
      {"5e-1", 1},
      {"00000000000000000000000000000000000000000000000000000000000000007", 7},
      {"1234500e-2", 12345},
      {"1e-999999999999", 0},
      {"", 0, kBad},
      {" ", 0, kBad},
      {"-", 0, kBad},
      {"--1", 0, kBad},
      {"1 2", 0, kBad},
      {"+ 1", 0, kBad},
      {"1e", 0, kBad},
      {"e1", 0, kBad},
      {".", 0, kBad},
      {"abc", 0, kBad},
      {"12a", 0, kBad},
      {"0x1F", 31},
      {"0b101", 5},
      {"1_000", 1000},
      {"1__000", 0, kBad},
      {"0x", 0, kBad},
      {"0xFFFFFFFF", 0, kOver},
      {"2147483648", 0, kOver},
      {"2147483647.5", 0, kOver},
      {"-2147483648.5", 0, kOver},
      {"1e10", 0, kOver},
      {"1e999999999999", 0, kOver},
      {"99999999999999999999999999999999999999999999", 0, kOver},
  };
  for (const auto& one : cases) {
    Faults faults;
    const int32_t value = text_to<int32_t>(text_of(one.text), faults);
    EXPECT_EQ(faults.bits, one.faults) << one.text;
    if (one.faults == 0) {
      EXPECT_EQ(value, one.value) << one.text;
    }
  }
}

TEST(Cast, TextToInt64) {
  const Expected<int64_t> cases[] = {{"9223372036854775807", INT64_MAX},
                                     {"-9223372036854775808", INT64_MIN},
                                     {"9223372036854775808", 0, kOver},
                                     {"1e18", 1'000'000'000'000'000'000}};
  for (const auto& one : cases) {
    Faults faults;
    const int64_t value = text_to<int64_t>(text_of(one.text), faults);
    EXPECT_EQ(faults.bits, one.faults) << one.text;
    if (one.faults == 0) {
      EXPECT_EQ(value, one.value) << one.text;
    }
  }
}

TEST(Cast, TextToFloat) {
  const Expected<double> cases[] = {
      {" 1e5 ", 1e5},
      {"+1e5", 1e5},
      {".5", 0.5},
      {"5.", 5},
      {"1.e5", 1e5},
      {"inf", kInfinity},
      {"Infinity", kInfinity},
      {"-INF", -kInfinity},
      {"1e400", kInfinity},
      {"-1e400", -kInfinity},
      {"1e-400", 0},
      {"4.9406564584124654e-324", 5e-324},
      {"2.4703282292062327e-324", 0},
      {"2.4703282292062328e-324", 5e-324},
      {"1.7976931348623159e308", kInfinity},
      {"9007199254740993", 9007199254740992.0},
      {"9007199254740993.00000000000000000000000000000000000001", 9007199254740994.0},
      {"0e999999999999", 0},
      {"0.1", 0.1},
      {"", 0, kBad},
      {".", 0, kBad},
      {"1.5.", 0, kBad},
      {"1e", 0, kBad},
      {"0x10", 0, kBad},
      {"nan(1)", 0, kBad},
      {"infinit", 0, kBad},
      {"1 ,", 0, kBad},
      {"- 1", 0, kBad},
      {"+-1", 0, kBad},
      {"+ inf", 0, kBad},
  };
  for (const auto& one : cases) {
    Faults faults;
    const double value = text_to_float(text_of(one.text), faults);
    EXPECT_EQ(faults.bits, one.faults) << one.text;
    EXPECT_EQ(value, one.value) << one.text;
  }
  Faults faults;
  const double nan = text_to_float(text_of("-NaN"), faults);
  EXPECT_TRUE(std::isnan(nan) && !std::signbit(nan) && faults.bits == 0);
  EXPECT_TRUE(std::signbit(text_to_float(text_of("-1e-400"), faults)));
}

TEST(Cast, TextToDecimal) {
  struct Case {
    const char* text;
    int32_t precision, scale;
    const char* expected;  // nullptr: the faults below
    uint32_t faults = 0;
  };
  const Case cases[] = {
      {"1.005", 4, 2, "1.01"},
      {"-1.005", 4, 2, "-1.01"},
      {"1e2", 5, 2, "100.00"},
      {"1.25e1", 5, 1, "12.5"},
      {"125e-2", 5, 1, "1.3"},
      {" +1.5 ", 4, 2, "1.50"},
      {".5", 4, 2, "0.50"},
      {"5.", 4, 2, "5.00"},
      {"-.5", 2, 0, "-1"},
      {"1.0049999999999999999999999999999999999999999", 4, 2, "1.00"},
      {"0.00000000000000000000000000000000000001", 38, 38, "0.00000000000000000000000000000000000001"},
      {"99999999999999999999999999999999999999.4", 38, 0, "99999999999999999999999999999999999999"},
      {"1e37", 38, 0, "10000000000000000000000000000000000000"},
      {"0e999999999999", 4, 1, "0.0"},
      {"0.004", 4, 2, "0.00"},
      {"0.005", 4, 2, "0.01"},
      {"0.0005", 4, 2, "0.00"},
      {"99.995", 4, 2, nullptr, kOver},
      {"99999999999999999999999999999999999999.5", 38, 0, nullptr, kOver},
      {"1e38", 38, 0, nullptr, kOver},
      {"", 4, 2, nullptr, kBad},
      {"abc", 4, 2, nullptr, kBad},
      {"1.2.3", 4, 2, nullptr, kBad},
      {"inf", 4, 2, nullptr, kBad},
  };
  for (const Case& one : cases) {
    Faults faults;
    const int128 value = text_to_decimal(text_of(one.text), one.precision, one.scale, faults);
    EXPECT_EQ(faults.bits, one.faults) << one.text;
    if (one.expected != nullptr) {
      EXPECT_EQ(headrace::decimal_to_text(value, static_cast<uint8_t>(one.scale)), one.expected) << one.text;
    }
  }
}

TEST(Cast, TextToDateAndTimestamp) {
  struct Case {
    const char* text;
    const char* date;  // nullptr: fault_bits
    const char* timestamp;
    uint32_t fault_bits = 0;
  };
  const Case cases[] = {
      {"1998-09-02", "1998-09-02", "1998-09-02 00:00:00"},
      {" 1998-9-2 ", "1998-09-02", "1998-09-02 00:00:00"},
      {"1998/09/02", "1998-09-02", "1998-09-02 00:00:00"},
      {"12345-01-01", "12345-01-01", "12345-01-01 00:00:00"},
      {"0044-03-15 (BC)", "-0043-03-15", "-0043-03-15 00:00:00"},
      {"-0044-03-15", "-0044-03-15", "-0044-03-15 00:00:00"},
      {"1998-09-02 10:11", "1998-09-02", "1998-09-02 10:11:00"},
      {"1998-09-02T10:11:12.1234567", "1998-09-02", "1998-09-02 10:11:12.123456"},
      {"1998-09-02 1:1:1", "1998-09-02", "1998-09-02 01:01:01"},
      {"1998-09-02 24:00:00", "1998-09-02", "1998-09-03 00:00:00"},
      {"1998-09-02   10:11:12Z", "1998-09-02", "1998-09-02 10:11:12"},
      {"2000-02-29", "2000-02-29", "2000-02-29 00:00:00"},
      {"2000-01-01 10:00:00.1", "2000-01-01", "2000-01-01 10:00:00.1"},
      {"1998-02-30", nullptr, nullptr, kRange},
      {"1900-02-29", nullptr, nullptr, kRange},
      {"1998-13-01", nullptr, nullptr, kRange},
      {"1998-00-01", nullptr, nullptr, kRange},
      {"9999999-01-01", nullptr, nullptr, kRange},
      {"2000-01-01 25:00:00", nullptr, nullptr, kRange},
      {"2000-01-01 10:60:00", nullptr, nullptr, kRange},
      {"2000-01-01 24:00:01", nullptr, nullptr, kRange},
      {"", nullptr, nullptr, kBad},
      {"19980902", nullptr, nullptr, kBad},
      {"1998-09-02x", nullptr, nullptr, kBad},
      {"1998-09/02", nullptr, nullptr, kBad},
      {"1998-09", nullptr, nullptr, kBad},
      {"1998-09-02 10", nullptr, nullptr, kBad},
      {"1998-09-02 10:11:12+02", "1998-09-02", "1998-09-02 10:11:12"},
      {"1998-09-02 10:11:12+2x", nullptr, nullptr, kBad},
      {"1998-123-02", nullptr, nullptr, kBad},
      {"--1998-09-02", nullptr, nullptr, kBad},
      {"1998-09-02 ::", nullptr, nullptr, kBad},
  };
  for (const Case& one : cases) {
    Faults faults;
    const int32_t date = text_to_date(text_of(one.text), faults);
    EXPECT_EQ(faults.bits, one.fault_bits) << one.text;
    if (one.date != nullptr) {
      EXPECT_EQ(headrace::date_to_text(date), one.date) << one.text;
    }
    Faults others;
    const int64_t timestamp = text_to_timestamp(text_of(one.text), others);
    EXPECT_EQ(others.bits, one.fault_bits) << one.text;
    if (one.timestamp != nullptr) {
      EXPECT_EQ(headrace::timestamp_to_text(timestamp), one.timestamp) << one.text;
    }
  }
  Faults faults;
  EXPECT_EQ(text_to_timestamp(text_of("294247-01-10 04:00:54.775807"), faults), INT64_MAX);
  EXPECT_EQ(faults.bits, 0U);
  text_to_timestamp(text_of("294247-01-10 04:00:54.775808"), faults);
  EXPECT_EQ(faults.bits, kRange);
}

TEST(Cast, FloatToInteger) {
  struct Case {
    double value;
    int64_t expected;
    uint32_t faults32 = 0, faults64 = 0;
  };
  const Case cases[] = {
      {2.5, 2},
      {3.5, 4},
      {-2.5, -2},
      {-0.5, 0},
      {0.49999999999999994, 0},
      {1.4999999999999998, 1},
      {2147483647.4, 2147483647},
      {2147483647.5, 2147483648, kOver},
      {-2147483648.5, -2147483648},
      {-2147483648.6, -2147483649, kOver},
      {4503599627370497.5, 4503599627370498, kOver},
      {9007199254740993.0, 9007199254740992, kOver},
      {-9223372036854775808.0, INT64_MIN, kOver},
      {9223372036854775808.0, 0, kOver, kOver},
      {9223372036854774784.0, 9223372036854774784, kOver},
      {1e300, 0, kOver, kOver},
      {-kInfinity, 0, kOver, kOver},
      {std::nan(""), 0, kBad, kBad},
  };
  for (const Case& one : cases) {
    Faults faults32;
    const int32_t narrow = float_to<int32_t>(one.value, faults32);
    EXPECT_EQ(faults32.bits, one.faults32) << one.value;
    if (one.faults32 == 0) {
      EXPECT_EQ(narrow, one.expected) << one.value;
    }
    Faults faults64;
    const int64_t wide = float_to<int64_t>(one.value, faults64);
    EXPECT_EQ(faults64.bits, one.faults64) << one.value;
    if (one.faults64 == 0) {
      EXPECT_EQ(wide, one.expected) << one.value;
    }
  }
}

TEST(Cast, FloatToDecimalFollowsDuckDB) {
  struct Case {
    double value;
    int32_t precision, scale;
    const char* expected;
    uint32_t faults = 0;
  };
  const Case cases[] = {
      {1.005, 4, 2, "1.00"},
      {0.125, 4, 2, "0.13"},
      {2.675, 4, 2, "2.68"},
      {-0.125, 4, 2, "-0.13"},
      {-0.5, 10, 0, "-1"},
      {0.005, 10, 2, "0.01"},
      {1.115, 10, 2, "1.12"},
      {8.345, 10, 2, "8.35"},
      {123456.789, 10, 3, "123456.789"},
      {1e37, 38, 0, "9999999999999999538762658202121142272"},
      {0.1, 38, 30, "0.100000000000000009025336901632"},
      {1e22, 38, 10, "10000000000000000536616.2204393472"},
      {4503599627370497.5, 38, 2, "4503599627370497.92"},
      {-0.0, 4, 2, "0.00"},
      {5e-324, 4, 2, "0.00"},
      {99.995, 4, 2, nullptr, kOver},
      {1e38, 38, 0, nullptr, kOver},
      {-kInfinity, 38, 0, nullptr, kOver},
      {std::nan(""), 4, 2, nullptr, kBad},
  };
  for (const Case& one : cases) {
    Faults faults;
    const int128 value = float_to_decimal(one.value, one.precision, one.scale, faults);
    EXPECT_EQ(faults.bits, one.faults) << one.value;
    if (one.expected != nullptr) {
      EXPECT_EQ(headrace::decimal_to_text(value, static_cast<uint8_t>(one.scale)), one.expected);
    }
  }
}

TEST(Cast, DecimalToInteger) {
  Faults faults;
  EXPECT_EQ(decimal_to<int32_t>(int128{25}, 1, faults), 3);
  EXPECT_EQ(decimal_to<int32_t>(int128{-25}, 1, faults), -3);
  EXPECT_EQ(decimal_to<int64_t>(int128{-24}, 1, faults), -2);
  EXPECT_EQ(faults.bits, 0U);
  decimal_to<int32_t>(int128{21474836475}, 1, faults);
  EXPECT_EQ(faults.bits, kOver);
  Faults others;
  decimal_to<int64_t>(power_of_ten(20), 0, others);
  EXPECT_EQ(others.bits, kOver);
}

// Every decimal text reads as the nearest double, so that text is the way round that shares no code.
TEST(Cast, DecimalToFloatIsTheNearestDouble) {
  std::mt19937_64 random(31);
  for (int i = 0; i < 100'000; ++i) {
    const auto scale = static_cast<int32_t>(random() % 39);
    auto value = static_cast<int128>((static_cast<uint128>(random()) << 64 | random()) >> (1 + random() % 127));
    value %= kDecimalEnd;
    if (i % 2 == 0) value = -value;
    if (i % 5 == 0)
      value =
          (static_cast<int128>(1) << (54 + random() % 60)) + (static_cast<int128>(1) << random() % 6);  // near halves
    Faults faults;
    const std::string text = headrace::decimal_to_text(value, static_cast<uint8_t>(scale));
    ASSERT_EQ(decimal_to_float(value, scale), text_to_float(text_of(text), faults)) << text;
  }
  EXPECT_EQ(decimal_to_float(kDecimalEnd - 1, 0), 1e38);
  EXPECT_EQ(decimal_to_float(power_of_ten(37), 38), 0.1);
}

TEST(Cast, ToTextAsPrinted) {
  Arena arena;
  KernelContext context{&arena};
  Faults faults;
  EXPECT_EQ(bool_to_text(true).view(), "true");
  EXPECT_EQ(integer_to_text(INT32_MIN, faults, context).view(), "-2147483648");
  EXPECT_EQ(integer_to_text(INT64_MIN, faults, context).view(), "-9223372036854775808");
  EXPECT_EQ(float_to_text(100000, faults, context).view(), "100000.0");
  EXPECT_EQ(float_to_text(-1.7976931348623157e308, faults, context).view(), "-1.7976931348623157e+308");
  EXPECT_EQ(decimal_to_text(-kDecimalEnd + 1, 38, faults, context).view(), "-0.99999999999999999999999999999999999999");
  EXPECT_EQ(date_to_text(10'471, faults, context).view(), "1998-09-02");
  EXPECT_EQ(timestamp_to_text(1, faults, context).view(), "1970-01-01 00:00:00.000001");
  EXPECT_EQ(faults.bits, 0U);
}

TEST(Cast, FloatsReadBackFromTheirText) {
  std::mt19937_64 random(37);
  Arena arena;
  KernelContext context{&arena};
  for (int i = 0; i < 50'000; ++i) {
    const uint64_t word = random();
    double value = 0;
    std::memcpy(&value, &word, sizeof value);
    if (std::isnan(value)) continue;
    arena.reset();
    Faults faults;
    ASSERT_EQ(text_to_float(float_to_text(value, faults, context), faults), value);
    ASSERT_EQ(faults.bits, 0U);
  }
}

TEST(Cast, AnyTextIsHarmless) {
  std::mt19937_64 random(41);
  for (int i = 0; i < 100'000; ++i) {
    std::string text(random() % 24, ' ');
    for (char& letter : text) letter = "0123456789+-.eE:/ TZnaif"[random() % 24];
    Faults faults;
    text_to_bool(text_of(text), faults);
    text_to<int32_t>(text_of(text), faults);
    text_to_float(text_of(text), faults);
    text_to_decimal(text_of(text), 10, 2, faults);
    text_to_date(text_of(text), faults);
    text_to_timestamp(text_of(text), faults);
  }
}

}  // namespace
}  // namespace headrace::kernel
