// Goal: each function gives the double nearest to the true value. Cases by mpmath (tools/make_math_cases.py) to 400 bits; what
// happens at the ends of domains is C's Annex F, which DuckDB shows too.
#include "kernel/math/functions.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace headrace::kernel {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
const double kNan = std::nan("");

using Function1 = double (*)(double);
using Function2 = double (*)(double, double);

const std::map<std::string, Function1> kFunctions1 = {{"exp", math::exp},
                                                      {"ln", math::ln},
                                                      {"log2", math::log2},
                                                      {"log10", math::log10},
                                                      {"sin", math::sin},
                                                      {"cos", math::cos},
                                                      {"tan", math::tan},
                                                      {"cot", math::cot},
                                                      {"asin", math::asin},
                                                      {"acos", math::acos},
                                                      {"atan", math::atan},
                                                      {"sinh", math::sinh},
                                                      {"cosh", math::cosh},
                                                      {"tanh", math::tanh},
                                                      {"asinh", math::asinh},
                                                      {"acosh", math::acosh},
                                                      {"atanh", math::atanh},
                                                      {"gamma", math::gamma},
                                                      {"log_gamma", math::log_gamma},
                                                      {"cube_root", math::cube_root}};
const std::map<std::string, Function2> kFunctions2 = {
    {"power", math::power}, {"atan2", math::atan2}, {"log_of_base", math::log_of_base}};

uint64_t bits(double value) {
  uint64_t word;
  std::memcpy(&word, &value, sizeof word);
  return word;
}

TEST(Math, IsTheNearestDouble) {
  std::ifstream file("src/kernel/math/cases.txt");
  ASSERT_TRUE(file.is_open());
  size_t cases = 0;
  for (std::string line; std::getline(file, line); ++cases) {
    std::istringstream words(line);
    std::string name, word;
    words >> name;
    std::vector<double> numbers;
    while (words >> word) numbers.push_back(std::strtod(word.c_str(), nullptr));
    const double found =
        numbers.size() == 2 ? kFunctions1.at(name)(numbers[0]) : kFunctions2.at(name)(numbers[0], numbers[1]);
    EXPECT_EQ(bits(found), bits(numbers.back())) << line << "\nfound " << std::hexfloat << found;
  }
  EXPECT_GT(cases, 2'000U);
}

void check(double found, double expected, const char* what) {
  if (std::isnan(expected)) {
    EXPECT_TRUE(std::isnan(found)) << what;
  } else {
    EXPECT_EQ(bits(found), bits(expected)) << what << ": " << found;
  }
}
#define CHECK_MATH(call, expected) check(math::call, expected, #call)

TEST(Math, EndsOfDomains) {
  CHECK_MATH(exp(-kInfinity), 0);
  CHECK_MATH(exp(kInfinity), kInfinity);
  CHECK_MATH(exp(710), kInfinity);
  CHECK_MATH(exp(-746), 0);
  CHECK_MATH(exp(-745.13), 0x1p-1074);
  CHECK_MATH(exp(0), 1);
  CHECK_MATH(ln(0), -kInfinity);
  CHECK_MATH(ln(-1), kNan);
  CHECK_MATH(ln(1), 0);
  CHECK_MATH(ln(kInfinity), kInfinity);
  CHECK_MATH(ln(0x1p-1074), -0x1.74385446d71c3p+9);
  CHECK_MATH(log2(0x1p-1074), -1074);
  CHECK_MATH(log2(-kInfinity), kNan);
  CHECK_MATH(log10(1e300), 300);
  CHECK_MATH(log_of_base(2, 8), 3);
  CHECK_MATH(log_of_base(1, 8), kInfinity);
  CHECK_MATH(log_of_base(0, 8), -0.0);
  CHECK_MATH(log_of_base(0, 0), kNan);
  CHECK_MATH(sin(kInfinity), kNan);
  CHECK_MATH(cos(-kInfinity), kNan);
  CHECK_MATH(tan(kInfinity), kNan);
  CHECK_MATH(sin(-0.0), -0.0);
  CHECK_MATH(cot(0), kInfinity);
  CHECK_MATH(asin(1), 0x1.921fb54442d18p0);
  CHECK_MATH(asin(2), kNan);
  CHECK_MATH(acos(1), 0);
  CHECK_MATH(acos(-1), 0x1.921fb54442d18p1);
  CHECK_MATH(acos(-1.5), kNan);
  CHECK_MATH(atan(-kInfinity), -0x1.921fb54442d18p0);
  CHECK_MATH(sinh(-kInfinity), -kInfinity);
  CHECK_MATH(cosh(-kInfinity), kInfinity);
  CHECK_MATH(tanh(-kInfinity), -1);
  CHECK_MATH(tanh(100), 1);
  CHECK_MATH(asinh(-kInfinity), -kInfinity);
  CHECK_MATH(acosh(1), 0);
  CHECK_MATH(acosh(0.5), kNan);
  CHECK_MATH(acosh(kInfinity), kInfinity);
  CHECK_MATH(atanh(1), kInfinity);
  CHECK_MATH(atanh(-2), kNan);
  CHECK_MATH(gamma(0), kInfinity);
  CHECK_MATH(gamma(-0.0), -kInfinity);
  CHECK_MATH(gamma(-1), kNan);
  CHECK_MATH(gamma(200), kInfinity);
  CHECK_MATH(gamma(-200.5), -0.0);
  CHECK_MATH(gamma(1), 1);
  CHECK_MATH(log_gamma(0), kInfinity);
  CHECK_MATH(log_gamma(-1), kInfinity);
  CHECK_MATH(log_gamma(1), 0);
  CHECK_MATH(log_gamma(2), 0);
  CHECK_MATH(log_gamma(-kInfinity), kInfinity);
  CHECK_MATH(cube_root(-27), -3);
  CHECK_MATH(cube_root(-0.0), -0.0);
  CHECK_MATH(cube_root(-kInfinity), -kInfinity);
  for (const Function1 one : {math::exp, math::ln, math::sin, math::asin, math::atan, math::sinh, math::gamma,
                              math::log_gamma, math::cube_root, math::acosh, math::degrees})
    EXPECT_TRUE(std::isnan(one(kNan)));
}

TEST(Math, PowersOfWhatIsNoNumber) {
  CHECK_MATH(power(kNan, 0), 1);
  CHECK_MATH(power(1, kNan), 1);
  CHECK_MATH(power(0, -1), kInfinity);
  CHECK_MATH(power(-0.0, -1), -kInfinity);
  CHECK_MATH(power(-0.0, 3), -0.0);
  CHECK_MATH(power(-0.0, 2), 0);
  CHECK_MATH(power(-1, 0.5), kNan);
  CHECK_MATH(power(-1, kInfinity), 1);
  CHECK_MATH(power(0.5, kInfinity), 0);
  CHECK_MATH(power(0.5, -kInfinity), kInfinity);
  CHECK_MATH(power(-kInfinity, 3), -kInfinity);
  CHECK_MATH(power(-kInfinity, -3), -0.0);
  CHECK_MATH(power(-2, 3), -8);
  CHECK_MATH(power(-2, 0x1p60), kInfinity);
  CHECK_MATH(power(2, -1074), 0x1p-1074);
  CHECK_MATH(power(2, 1024), kInfinity);
}

TEST(Math, AnglesOfPointsOnAxes) {
  constexpr double kPi = 0x1.921fb54442d18p1;
  CHECK_MATH(atan2(0, 1), 0);
  CHECK_MATH(atan2(-0.0, 1), -0.0);
  CHECK_MATH(atan2(0, -1), kPi);
  CHECK_MATH(atan2(-0.0, -0.0), -kPi);
  CHECK_MATH(atan2(1, 0), kPi / 2);
  CHECK_MATH(atan2(-1, -0.0), -kPi / 2);
  CHECK_MATH(atan2(kInfinity, kInfinity), kPi / 4);
  CHECK_MATH(atan2(kInfinity, -kInfinity), 0x1.2d97c7f3321d2p1);
  CHECK_MATH(atan2(1, kInfinity), 0);
  CHECK_MATH(atan2(-1, -kInfinity), -kPi);
  CHECK_MATH(atan2(0x1p-1074, 0x1p1000), 0);
  CHECK_MATH(atan2(0x1p1000, -0x1p-1074), kPi / 2);
  CHECK_MATH(degrees(kPi), 180);
  CHECK_MATH(radians(180), kPi);
}

}  // namespace
}  // namespace headrace::kernel
