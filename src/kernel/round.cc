#include "kernel/round.h"

#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstring>

namespace headrace::kernel {

// Writes the exact decimal expansion (1,074 digits after the point hold any double), rounds it as text, and reads it back.
extern "C" double headrace_rt_round_exactly(double value, int32_t digits) noexcept {
  constexpr int32_t kFractionDigits = 1'074;
  if (!std::isfinite(value) || digits >= kFractionDigits || value == 0) return value;
  if (digits < -309) return std::copysign(0.0, value);
  char text[1 + 309 + 1 + kFractionDigits + 8];
  text[0] = '0';  // room for a carry
  const char* const end =
      std::to_chars(text + 1, text + sizeof text, std::fabs(value), std::chars_format::fixed, kFractionDigits).ptr;
  char* const point = const_cast<char*>(end) - kFractionDigits - 1;
  // The first digit that goes, and whether it rounds up.
  char* const first_gone = digits >= 0 ? point + 1 + digits : point + digits;
  if (first_gone < text) return std::copysign(0.0, value);
  const bool up = *first_gone >= '5';
  for (char* digit = first_gone; digit < end; ++digit) {
    if (digit != point) *digit = '0';
  }
  if (up) {
    char* digit = first_gone - 1;
    while (digit == point || *digit == '9') {
      if (digit != point) *digit = '0';
      --digit;
    }
    ++*digit;
  }
  double rounded = 0;
  const auto [stop, failure] = std::from_chars(text, end, rounded, std::chars_format::fixed);
  if (failure == std::errc::result_out_of_range) {
    // Read back out of range: above the greatest double, or below half of the smallest.
    rounded = value < 1 && value > -1 ? 0.0 : HUGE_VAL;
  }
  return std::copysign(rounded, value);
}

}  // namespace headrace::kernel
