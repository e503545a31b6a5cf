// Functions of numbers a second time. Transcendental ones come from the C library's 113-bit functions, rounded once: that is
// the nearest double unless the true value lies within 2^-110 of a tie.
#include <bit>
#include <cmath>

#include "reference/definitions.h"

// glibc's names; clang has the type but no declaration of them.
extern "C" {
__float128 expf128(__float128);
__float128 logf128(__float128);
__float128 log2f128(__float128);
__float128 log10f128(__float128);
__float128 powf128(__float128, __float128);
__float128 cbrtf128(__float128);
__float128 sinf128(__float128);
__float128 cosf128(__float128);
__float128 tanf128(__float128);
__float128 asinf128(__float128);
__float128 acosf128(__float128);
__float128 atanf128(__float128);
__float128 atan2f128(__float128, __float128);
__float128 sinhf128(__float128);
__float128 coshf128(__float128);
__float128 tanhf128(__float128);
__float128 asinhf128(__float128);
__float128 acoshf128(__float128);
__float128 atanhf128(__float128);
__float128 tgammaf128(__float128);
__float128 lgammaf128(__float128);
}

namespace headrace::reference {
namespace {

using Arguments = std::vector<Datum>;
using Wide = __float128;

template <Wide (*kFunction)(Wide)>
Datum rounded(const Term&, const Arguments& a) {
  return {static_cast<double>(kFunction(static_cast<Wide>(a[0].number())))};
}
template <Wide (*kFunction)(Wide, Wide)>
Datum rounded2(const Term&, const Arguments& a) {
  return {static_cast<double>(kFunction(static_cast<Wide>(a[0].number()), static_cast<Wide>(a[1].number())))};
}

constexpr Wide kPi = static_cast<Wide>(0x1.921fb54442d18p1) + static_cast<Wide>(0x1.1a62633145c06p-53) +
                     static_cast<Wide>(0x1.c1cd129024e09p-106);

Wide cotangent(Wide x) { return 1 / tanf128(x); }
Wide log_of_base(Wide base, Wide x) { return logf128(x) / logf128(base); }
Wide degrees(Wide x) { return x * 180 / kPi; }
Wide radians(Wide x) { return x * kPi / 180; }

// The C library says infinity with a domain error where a gamma function has a pole at a negative whole number.
Datum gamma(const Term& call, const Arguments& a) {
  const double x = a[0].number();
  if (x < 0 && std::floor(x) == x) return {std::nan("")};
  return rounded<tgammaf128>(call, a);
}

Datum of_double(const Term& call, const Arguments& a) {
  const double x = a[0].number();
  if (call.function == "sqrt") return {std::sqrt(x)};
  if (call.function == "floor") return {std::floor(x)};
  if (call.function == "ceil") return {std::ceil(x)};
  if (call.function == "trunc") return {std::trunc(x)};
  if (call.function == "even") return {std::copysign(2 * std::ceil(std::ceil(std::fabs(x)) / 2), x)};
  if (call.function == "isnan") return {std::isnan(x)};
  if (call.function == "isinf") return {std::isinf(x)};
  if (call.function == "isfinite") return {std::isfinite(x)};
  return {std::signbit(x)};
}

Datum of_doubles(const Term& call, const Arguments& a) {
  if (call.function == "nextafter") return {std::nextafter(a[0].number(), a[1].number())};
  if (call.function == "fdiv") return {std::floor(a[0].number() / a[1].number())};
  const double rest = std::fmod(a[0].number(), a[1].number());
  return {rest != 0 && std::signbit(rest) != std::signbit(a[1].number()) ? rest + a[1].number() : rest};
}

// The multiple of 10^-digits next to the exact value towards zero, then the nearest double.
Datum truncate(const Term&, const Arguments& a) {
  const double value = a[0].number();
  const int64_t digits = a[1].integer().to_int64();
  if (!std::isfinite(value) || digits > 1'100) return {value};
  if (digits < -400) return {std::copysign(0.0, value)};
  const BigInteger power = BigInteger::power_of_ten(static_cast<uint32_t>(std::abs(digits)));
  BigInteger numerator = scaled_double(std::fabs(value)), denominator = double_scale();
  (digits >= 0 ? numerator : denominator) = (digits >= 0 ? numerator : denominator) * power;
  const BigInteger whole = floor_of(numerator, denominator);
  const double result = digits >= 0 ? nearest_double(whole, power) : nearest_double(whole * power, BigInteger(1));
  return {std::copysign(result, value)};
}

BigInteger greatest_divisor(BigInteger a, BigInteger b) {
  while (!b.is_zero()) a = std::exchange(b, BigInteger::divide(a, b).second);
  return a;
}

Datum divisor(const Term& call, const Arguments& a) {
  const BigInteger left = a[0].integer().magnitude(), right = a[1].integer().magnitude();
  BigInteger result = greatest_divisor(left, right);
  if (call.function == "lcm" && !result.is_zero()) result = BigInteger::divide(left * right, result).first;
  return BigInteger(INT64_MAX) < result ? fault(Fault::kOverflow) : Datum{result};
}

Datum factorial(const Term&, const Arguments& a) {
  const BigInteger& count = a[0].integer();
  if (count.is_negative() || BigInteger(33) < count) return fault(Fault::kOutOfRange);
  BigInteger product(1);
  for (int64_t factor = 2; factor <= count.to_int64(); ++factor) product = product * BigInteger(factor);
  return {product};
}

// Bit by bit, in two's complement.
Datum bitwise(const Term& call, const Arguments& a) {
  const int width = static_cast<int>(width_bytes(call.type.id)) * 8;
  const bool is_signed = is_signed_integer(call.type.id);
  const auto bits = [](const BigInteger& value) { return static_cast<uint64_t>(value.to_int128()); };
  const uint64_t left = bits(a[0].integer()), right = a.size() > 1 ? bits(a[1].integer()) : 0;
  BigInteger result(0);
  for (int i = 0; i < width; ++i) {
    const bool l = (left >> i & 1) != 0, r = (right >> i & 1) != 0;
    const bool set = call.function == "bit_and_of"  ? l && r
                     : call.function == "bit_or_of" ? l || r
                     : call.function == "xor"       ? l != r
                                                    : !l;
    const BigInteger unit = BigInteger(1).shifted_left(static_cast<uint32_t>(i));
    if (set) result = i == width - 1 && is_signed ? result - unit : result + unit;
  }
  return {result};
}

Datum shift(const Term& call, const Arguments& a) {
  const int64_t width = int64_t{8} * width_bytes(call.type.id);
  const BigInteger &value = a[0].integer(), &by = a[1].integer();
  const bool inside = !by.is_negative() && by < BigInteger(width);
  if (call.function == "shift_right") {
    if (!inside) return {BigInteger(0)};
    return {floor_of(value, BigInteger(1).shifted_left(static_cast<uint32_t>(by.to_int64())))};
  }
  uint32_t causes = value.is_negative() || !inside ? static_cast<uint32_t>(Fault::kOutOfRange) : 0;
  const BigInteger shifted = value.shifted_left(inside ? static_cast<uint32_t>(by.to_int64()) : 0);
  const uint32_t digits = static_cast<uint32_t>(width) - (is_signed_integer(call.type.id) ? 1 : 0);
  const BigInteger end = BigInteger(1).shifted_left(digits);
  if (end <= shifted || shifted.is_negative()) causes |= static_cast<uint32_t>(Fault::kOverflow);
  if (causes != 0) return {Faulted{causes}};
  return {shifted};
}

Datum bit_count(const Term& call, const Arguments& a) {
  const auto bits = static_cast<uint64_t>(a[0].integer().to_int128());
  const uint32_t unused = 64 - 8 * width_bytes(call.arguments[0].type.id);
  return {BigInteger(std::popcount(bits << unused))};
}

const std::vector<Definition>& list() {
  static const std::vector<Definition> definitions = [] {
    std::vector<Definition> all;
    const auto add = [&](const char* name, std::vector<Type> arguments, Type result, auto meaning) {
      all.push_back({name, std::move(arguments), result, meaning});
    };
    const std::pair<const char*, Datum (*)(const Term&, const Arguments&)> functions[] = {
        {"exp", rounded<expf128>},
        {"ln", rounded<logf128>},
        {"log2", rounded<log2f128>},
        {"log10", rounded<log10f128>},
        {"log", rounded<log10f128>},
        {"cbrt", rounded<cbrtf128>},
        {"sin", rounded<sinf128>},
        {"cos", rounded<cosf128>},
        {"tan", rounded<tanf128>},
        {"cot", rounded<cotangent>},
        {"asin", rounded<asinf128>},
        {"acos", rounded<acosf128>},
        {"atan", rounded<atanf128>},
        {"sinh", rounded<sinhf128>},
        {"cosh", rounded<coshf128>},
        {"tanh", rounded<tanhf128>},
        {"asinh", rounded<asinhf128>},
        {"acosh", rounded<acoshf128>},
        {"atanh", rounded<atanhf128>},
        {"gamma", gamma},
        {"lgamma", rounded<lgammaf128>},
        {"degrees", rounded<degrees>},
        {"radians", rounded<radians>},
        {"sqrt", of_double},
        {"floor", of_double},
        {"ceil", of_double},
        {"trunc", of_double},
        {"even", of_double}};
    for (const auto& [name, meaning] : functions) add(name, {kFloat64}, kFloat64, meaning);
    add("power", {kFloat64, kFloat64}, kFloat64, rounded2<powf128>);
    add("atan2", {kFloat64, kFloat64}, kFloat64, rounded2<atan2f128>);
    add("log", {kFloat64, kFloat64}, kFloat64, rounded2<log_of_base>);
    add("trunc", {kFloat64, kInt32}, kFloat64, truncate);
    for (const char* name : {"isnan", "isinf", "isfinite", "signbit"}) add(name, {kFloat64}, kBool, of_double);
    for (const char* name : {"nextafter", "fdiv", "fmod"}) add(name, {kFloat64, kFloat64}, kFloat64, of_doubles);
    add("gcd", {kInt64, kInt64}, kInt64, divisor);
    add("lcm", {kInt64, kInt64}, kInt64, divisor);
    add("factorial", {kInt32}, decimal(38, 0), factorial);
    for (const Type type : {kInt8, kInt16, kInt32, kInt64, kUInt8, kUInt16, kUInt32, kUInt64}) {
      for (const char* name : {"bit_and_of", "bit_or_of", "xor"}) add(name, {type, type}, type, bitwise);
      for (const char* name : {"shift_left", "shift_right"}) add(name, {type, type}, type, shift);
      add("bit_not", {type}, type, bitwise);
      add("bit_count", {type}, kInt8, bit_count);
    }
    return all;
  }();
  return definitions;
}

}  // namespace

std::span<const Definition> number_definitions() { return list(); }

}  // namespace headrace::reference
