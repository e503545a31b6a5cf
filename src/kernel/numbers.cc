#include "kernel/numbers.h"

#include <charconv>
#include <cmath>
#include <cstring>

namespace headrace::kernel {

// Long division, one bit of the quotient at a time: exact, at most 2,046 steps.
extern "C" double headrace_rt_remainder(double left, double right) noexcept {
  if (!(std::fabs(left) < HUGE_VAL) || right != right || right == 0) return std::nan("");
  double rest = std::fabs(left);
  const double divisor = std::fabs(right);
  if (rest < divisor) return left;
  int rest_exponent = 0;
  int divisor_exponent = 0;
  // Both as integers below 2^53 times a power of two.
  auto rest_bits = static_cast<uint64_t>(std::ldexp(std::frexp(rest, &rest_exponent), 53));
  const auto divisor_bits = static_cast<uint64_t>(std::ldexp(std::frexp(divisor, &divisor_exponent), 53));
  for (int steps = rest_exponent - divisor_exponent;; --steps) {
    if (rest_bits >= divisor_bits) rest_bits -= divisor_bits;
    if (steps == 0 || rest_bits == 0) break;
    rest_bits <<= 1;
  }
  rest = std::ldexp(static_cast<double>(rest_bits), divisor_exponent - 53);
  return std::copysign(rest, left);
}

// As headrace_rt_round_exactly, on the decimal expansion, without a carry.
extern "C" double headrace_rt_truncate_exactly(double value, int32_t digits) noexcept {
  constexpr int32_t kFractionDigits = 1'074;
  if (!std::isfinite(value) || digits >= kFractionDigits || value == 0) return value;
  if (digits < -309) return std::copysign(0.0, value);
  char text[309 + 1 + kFractionDigits + 8];
  char* const end =
      std::to_chars(text, text + sizeof text, std::fabs(value), std::chars_format::fixed, kFractionDigits).ptr;
  char* const point = end - kFractionDigits - 1;
  char* const first_gone = digits >= 0 ? point + 1 + digits : point + digits;
  if (first_gone <= text) return std::copysign(0.0, value);
  for (char* digit = first_gone; digit < end; ++digit)
    if (digit != point) *digit = '0';
  double result = 0;
  if (std::from_chars(text, end, result, std::chars_format::fixed).ec == std::errc::result_out_of_range) result = 0;
  return std::copysign(result, value);
}

}  // namespace headrace::kernel
