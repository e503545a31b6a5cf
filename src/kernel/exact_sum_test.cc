// Exact sums and averages against fractions.Fraction (exact_sum_cases.txt) and against a plain big integer kept here, in many
// orders, split into many states, through serialisation and retraction: always the same bits.
#include "kernel/exact_sum.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <random>
#include <sstream>
#include <vector>

#include "kernel/aggregate.h"

namespace headrace::kernel {
namespace {

struct Answer {
  uint64_t sum, average;
  friend bool operator==(const Answer&, const Answer&) = default;
};

std::ostream& operator<<(std::ostream& to, const Answer& answer) {
  return to << std::hex << answer.sum << ' ' << answer.average << std::dec;
}

double from_bits(uint64_t bits) {
  double value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

Answer finished(const SumFloat& state) {
  AverageFloat average;
  static_cast<SumFloat&>(average) = state;
  Faults faults;
  double sum = 0;
  double mean = 0;
  EXPECT_TRUE(state.finish(sum, faults, 0));
  EXPECT_TRUE(average.finish(mean, faults, 0));
  EXPECT_EQ(faults.bits, 0U);
  return {bits_of(sum), bits_of(mean)};
}

struct Case {
  Answer expected;
  std::vector<double> values;
};

std::vector<Case> cases() {
  std::ifstream file("src/kernel/exact_sum_cases.txt");
  std::vector<Case> all;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    Case one;
    words >> std::hex >> one.expected.sum >> one.expected.average;
    for (std::string word; words >> word;) {
      char* end = nullptr;
      const uint64_t bits = std::strtoull(word.c_str(), &end, 16);
      one.values.insert(one.values.end(), *end == '*' ? std::strtoull(end + 1, nullptr, 10) : 1, from_bits(bits));
    }
    all.push_back(std::move(one));
  }
  return all;
}

SumFloat sum_of(const double* values, size_t count, KernelContext& context) {
  SumFloat state;
  state.init();
  for (size_t i = 0; i < count; ++i) state.update(values[i], context);
  return state;
}

// One state per value or run of values, merged as a random tree.
SumFloat merged(const std::vector<double>& values, std::mt19937_64& random, KernelContext& context) {
  std::vector<SumFloat> states;
  for (size_t at = 0; at < values.size();) {
    const size_t count = std::min<size_t>(values.size() - at, 1 + random() % 3);
    states.push_back(sum_of(values.data() + at, count, context));
    at += count;
  }
  while (states.size() > 1) {
    const size_t left = random() % states.size();
    std::swap(states[left], states.back());
    const SumFloat taken = states.back();
    states.pop_back();
    states[random() % states.size()].merge(taken, context);
  }
  return states[0];
}

void check_every_way(const Case& one, std::mt19937_64& random, const std::string& name) {
  Arena arena;
  KernelContext context{&arena};
  std::vector<double> values = one.values;
  for (int order = 0; order < 4; ++order) {
    SumFloat state = sum_of(values.data(), values.size(), context);
    EXPECT_EQ(finished(state), one.expected) << name << " in order " << order;
    EXPECT_EQ(finished(merged(values, random, context)), one.expected) << name << " merged in order " << order;

    SumFloat at_once;
    at_once.init();
    at_once.update_all(values.data(), nullptr, static_cast<uint32_t>(values.size()), context);
    EXPECT_EQ(finished(at_once), one.expected) << name << " at once in order " << order;

    std::string bytes;
    state.serialize(bytes);
    SumFloat read;
    ASSERT_TRUE(read.deserialize(bytes, context));
    EXPECT_EQ(finished(read), one.expected) << name << " read back";

    for (int extra = 0; extra < 3; ++extra) {
      const double value = from_bits(random());  // also NaN and infinities
      state.update(value, context);
      state.update(1.0, context);
      state.retract(value, context);
      state.retract(1.0, context);
    }
    EXPECT_EQ(finished(state), one.expected) << name << " after updates taken back";
    std::shuffle(values.begin(), values.end(), random);
  }
}

TEST(ExactSum, AgreesWithFractionsInAnyOrderAndTree) {
  std::mt19937_64 random(7);
  const std::vector<Case> all = cases();
  ASSERT_GT(all.size(), 250U);
  for (size_t i = 0; i < all.size(); ++i) check_every_way(all[i], random, "line " + std::to_string(i + 1));
}

// The slow, obvious way: an array of bits in units of 2^-1074, one double at a time.
class BitByBit {
 public:
  void add(double value) {
    int exponent = 0;
    const double fraction = std::frexp(value, &exponent);
    auto mantissa = static_cast<int64_t>(std::ldexp(fraction, 53));
    int position = exponent - 53 + 1'074;
    for (; position < 0; ++position) mantissa /= 2;  // a subnormal's low bits are zero
    for (int bit = 0; bit < 53; ++bit) {
      if ((std::abs(mantissa) >> bit & 1) != 0)
        digits_[static_cast<size_t>(position) + static_cast<size_t>(bit)] += mantissa < 0 ? -1 : 1;
    }
  }
  double rounded() const {
    std::vector<int64_t> digits = carried(digits_);
    const bool negative = digits.back() < 0;
    if (negative) {
      for (int64_t& digit : digits) digit = -digit;
      digits = carried(digits);
    }
    size_t top = digits.size();
    while (top > 0 && digits[top - 1] == 0) --top;
    const size_t last = top > 53 ? top - 53 : 0;  // bits below it are rounded off
    double mantissa = 0;
    for (size_t i = top; i-- > last;) mantissa = mantissa * 2 + static_cast<double>(digits[i]);
    if (last > 0 && digits[last - 1] == 1) {
      bool sticky = digits[last] == 1;
      for (size_t i = 0; i + 1 < last; ++i) sticky |= digits[i] != 0;
      if (sticky) mantissa += 1;
    }
    return (negative ? -1 : 1) * std::ldexp(mantissa, static_cast<int>(last) - 1'074);
  }

 private:
  static std::vector<int64_t> carried(std::vector<int64_t> digits) {
    for (size_t i = 0; i + 1 < digits.size(); ++i) {
      const int64_t digit = digits[i] & 1;
      digits[i + 1] += (digits[i] - digit) / 2;
      digits[i] = digit;
    }
    return digits;
  }
  std::vector<int64_t> digits_ = std::vector<int64_t>(2'200);
};

TEST(ExactSum, AgreesWithABitByBitSumOnLongRandomInput) {
  std::mt19937_64 random(11);
  for (const double spread : {0.0, 3.0, 20.0, 100.0}) {
    for (int round = 0; round < 4; ++round) {
      std::normal_distribution<double> exponent(0, spread + 1e-9);
      std::vector<double> values(20'000);
      std::vector<uint8_t> validity(values.size());
      BitByBit oracle;
      int64_t count = 0;
      for (size_t i = 0; i < values.size(); ++i) {
        const auto mantissa = static_cast<double>(static_cast<int64_t>(random()));
        values[i] = std::ldexp(mantissa, static_cast<int>(exponent(random)));
        validity[i] = random() % 8 != 0 ? 1 : 0;
        if (validity[i] == 0) continue;
        oracle.add(values[i]);
        ++count;
      }
      Arena arena;
      KernelContext context{&arena};
      SumFloat by_block;
      by_block.init();
      for (size_t at = 0; at < values.size(); at += 2'000) {
        by_block.update_all(values.data() + at, validity.data() + at, 2'000, context);
      }
      SumFloat one_by_one;
      one_by_one.init();
      for (size_t i = 0; i < values.size(); ++i) {
        if (validity[i] != 0) one_by_one.update(values[i], context);
      }
      EXPECT_EQ(by_block.count, count);
      EXPECT_EQ(finished(by_block), finished(one_by_one));
      EXPECT_EQ(finished(by_block).sum, bits_of(oracle.rounded())) << "spread " << spread;
    }
  }
}

TEST(ExactSum, LongSumsOutgrowTheWindowWithoutLoss) {
  Arena arena;
  KernelContext context{&arena};
  ExactSum sum;
  sum.init();
  sum.add(1.0, context);
  const std::vector<double> large(2'000, std::ldexp(1.5, 26));
  for (int i = 0; i < 5'000; ++i) sum.add_all(large.data(), nullptr, 2'000, context);  // 10^7 of them
  EXPECT_EQ(sum.rounded(1), std::ldexp(1.5, 26) * 1e7 + 1);
}

TEST(ExactSum, NoValueIsNoSum) {
  SumFloat state;
  state.init();
  Faults faults;
  double result = 1;
  EXPECT_FALSE(state.finish(result, faults, 0));
}

TEST(ExactSum, DamagedBytesAreRefusedOrHarmless) {
  std::mt19937_64 random(3);
  Arena arena;
  KernelContext context{&arena};
  SumFloat state = sum_of(std::vector<double>{1e300, 1, -1e-300}.data(), 3, context);
  std::string bytes;
  state.serialize(bytes);
  for (size_t size = 0; size < bytes.size(); ++size) {
    SumFloat read;
    EXPECT_FALSE(read.deserialize(std::string_view(bytes).substr(0, size), context));
  }
  for (int i = 0; i < 2'000; ++i) {
    std::string damaged = bytes;
    for (int change = 0; change < 3; ++change) damaged[random() % damaged.size()] = static_cast<char>(random());
    SumFloat read;
    if (!read.deserialize(damaged, context)) continue;
    read.update(2.5, context);
    read.merge(state, context);
    if (read.count > 0) finished(read);
  }
}

TEST(ExactSum, WithoutMemoryItIsAFault) {
  MemoryBudget budget(0);
  Reservation none(budget, "test");
  Arena arena(&none);
  KernelContext context{&arena};
  const double values[] = {1.0, 1e300};
  const SumFloat state = sum_of(values, 2, context);
  Faults faults;
  double result = 0;
  state.finish(result, faults, 0);
  EXPECT_EQ(faults.bits, Faults::kMemory);
}

}  // namespace
}  // namespace headrace::kernel
