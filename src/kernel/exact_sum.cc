#include "kernel/exact_sum.h"

#include <algorithm>
#include <new>

#include "kernel/exact_ratio.h"
#include "kernel/hash.h"

namespace headrace::kernel {

using uint128 = unsigned __int128;

// A two's complement integer in units of 2^-1074, the smallest double; and what has no place on that line.
struct WideSum {
  static constexpr uint32_t kLimbs = 34;  // 1,074 + 1,024 bits for any double, 78 for the number of values and the sign

  uint64_t limbs[kLimbs];
  int64_t nans, infinities, negative_infinities;

  // Adds or subtracts size * 2^position; requires bits that end below the sign.
  void add(uint128 size, uint32_t position, bool negated);
  bool is_special() const { return (nans | infinities | negative_infinities) != 0; }
};
static_assert(WideSum::kLimbs <= kRatioLimbsMax);

void WideSum::add(uint128 size, uint32_t position, bool negated) {
  const uint32_t first = position / 64;
  const uint32_t shift = position % 64;
  const uint128 shifted = size << shift;
  const uint64_t parts[3] = {static_cast<uint64_t>(shifted), static_cast<uint64_t>(shifted >> 64),
                             shift == 0 ? 0 : static_cast<uint64_t>(size >> (128 - shift))};
  uint64_t carry = 0;
  for (uint32_t i = first; i < kLimbs; ++i) {
    const uint64_t part = i - first < 3 ? parts[i - first] : 0;
    if (i - first >= 3 && carry == 0) return;
    if (negated) {
      const uint128 difference = static_cast<uint128>(limbs[i]) - part - carry;
      limbs[i] = static_cast<uint64_t>(difference);
      carry = static_cast<uint64_t>(difference >> 64) & 1;
    } else {
      const uint128 sum = static_cast<uint128>(limbs[i]) + part + carry;
      limbs[i] = static_cast<uint64_t>(sum);
      carry = static_cast<uint64_t>(sum >> 64);
    }
  }
}

namespace {

// Values that come after the first may be 2^28 times greater or finer; a multiple of 16 makes windows of like data agree.
int32_t unit_for(int32_t biased) { return std::clamp((biased - 28) & ~15, 1, 0x7ff - 1 - static_cast<int32_t>(ExactSum::kShiftMax)); }

WideSum* wide_of(ExactSum& sum, KernelContext& context) {
  if (sum.wide == nullptr) {
    char* bytes = context.arena->allocate(sizeof(WideSum));
    if (bytes == nullptr) {
      sum.out_of_memory = 1;
    } else {
      sum.wide = new (bytes) WideSum{};
    }
  }
  return sum.wide;
}

bool window_is_negative(const ExactSum& sum) { return static_cast<int64_t>(sum.high) < 0; }

uint128 window_size(const ExactSum& sum) {
  const uint128 value = static_cast<uint128>(sum.high) << 64 | sum.low;
  return window_is_negative(sum) ? 0 - value : value;
}

// Bit 0 of a mantissa with biased exponent b is bit b - 1 of a wide sum.
uint32_t window_position(const ExactSum& sum) { return static_cast<uint32_t>(sum.unit - 1); }

void add_window(WideSum& wide, const ExactSum& sum) {
  if (sum.unit != ExactSum::kNoWindow) wide.add(window_size(sum), window_position(sum), window_is_negative(sum));
}

// Empties the window into the wide sum. False: no memory.
bool spill_window(ExactSum& sum, KernelContext& context) {
  WideSum* wide = wide_of(sum, context);
  if (wide == nullptr) return false;
  add_window(*wide, sum);
  sum.low = 0;
  sum.high = 0;
  return true;
}

// Adds an integer in units of 2^(unit - 1075) to the window if it fits there exactly.
bool add_to_window(ExactSum& sum, uint128 size, bool negative, int32_t unit) {
  if (size == 0) return true;
  if (sum.unit == ExactSum::kNoWindow) sum.unit = unit;
  const int32_t distance = unit - sum.unit;
  const auto leading = static_cast<int32_t>((size >> 64) != 0 ? 127 - __builtin_clzll(static_cast<uint64_t>(size >> 64))
                                                              : 63 - __builtin_clzll(static_cast<uint64_t>(size)));
  if (distance < -127 || leading + distance > 126 || leading + distance < 0) return false;
  const uint128 shifted = distance >= 0 ? size << distance : size >> -distance;
  if (distance < 0 && (shifted << -distance) != size) return false;
  const auto before = static_cast<__int128>(static_cast<uint128>(sum.high) << 64 | sum.low);
  __int128 after = 0;
  const auto signed_size = static_cast<__int128>(shifted);
  if (__builtin_add_overflow(before, negative ? -signed_size : signed_size, &after)) return false;
  sum.low = static_cast<uint64_t>(after);
  sum.high = static_cast<uint64_t>(static_cast<uint128>(after) >> 64);
  return true;
}

}  // namespace

extern "C" void headrace_rt_exact_sum_take(ExactSum* sum, double value, bool negated, KernelContext* context) noexcept {
  uint64_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  const auto biased = static_cast<int32_t>((bits >> 52) & 0x7ff);
  uint64_t mantissa = bits & ((uint64_t{1} << 52) - 1);
  const bool negative = (bits >> 63) != 0;
  if (biased == 0x7ff) {
    WideSum* wide = wide_of(*sum, *context);
    if (wide == nullptr) return;
    int64_t& count = mantissa != 0 ? wide->nans : (negative ? wide->negative_infinities : wide->infinities);
    count += negated ? -1 : 1;
    return;
  }
  if (biased != 0) mantissa |= uint64_t{1} << 52;
  const int32_t exponent = biased != 0 ? biased : 1;
  if (sum->unit == ExactSum::kNoWindow) {
    if (mantissa == 0) return;
    sum->unit = unit_for(exponent);
    return sum->add(negated ? -value : value, *context);
  }
  const int32_t distance = exponent - sum->unit;
  if (distance >= 0 && distance <= static_cast<int32_t>(ExactSum::kShiftMax) && !spill_window(*sum, *context)) return;
  if (WideSum* wide = wide_of(*sum, *context)) {
    wide->add(mantissa, static_cast<uint32_t>(exponent - 1), negative != negated);
  }
}

void ExactSum::merge(const ExactSum& other, KernelContext& context) {
  out_of_memory |= other.out_of_memory;
  if (other.unit != kNoWindow && !add_to_window(*this, window_size(other), window_is_negative(other), other.unit)) {
    WideSum* mine = wide_of(*this, context);
    if (mine == nullptr) return;
    add_window(*mine, other);
  }
  if (other.wide == nullptr) return;
  WideSum* mine = wide_of(*this, context);
  if (mine == nullptr) return;
  uint64_t carry = 0;
  for (uint32_t i = 0; i < WideSum::kLimbs; ++i) {
    const uint128 sum = static_cast<uint128>(mine->limbs[i]) + other.wide->limbs[i] + carry;
    mine->limbs[i] = static_cast<uint64_t>(sum);
    carry = static_cast<uint64_t>(sum >> 64);
  }
  mine->nans += other.wide->nans;
  mine->infinities += other.wide->infinities;
  mine->negative_infinities += other.wide->negative_infinities;
}

double ExactSum::rounded(uint64_t divisor) const {
  if (wide == nullptr) {
    const uint128 size = window_size(*this);
    if (size == 0) return 0.0;
    const uint64_t limbs[2] = {static_cast<uint64_t>(size), static_cast<uint64_t>(size >> 64)};
    return ratio_to_double(window_is_negative(*this), limbs, unit - 1'075, divisor, 0);
  }
  const double infinity = __builtin_inf();
  if (wide->nans != 0 || (wide->infinities != 0 && wide->negative_infinities != 0)) return __builtin_nan("");
  if (wide->infinities != 0) return infinity;
  if (wide->negative_infinities != 0) return -infinity;
  WideSum total = *wide;
  add_window(total, *this);
  const bool negative = static_cast<int64_t>(total.limbs[WideSum::kLimbs - 1]) < 0;
  uint64_t any = 0;
  uint64_t carry = 1;
  for (uint64_t& limb : total.limbs) {
    if (negative) {
      const uint128 negated = static_cast<uint128>(~limb) + carry;
      limb = static_cast<uint64_t>(negated);
      carry = static_cast<uint64_t>(negated >> 64);
    }
    any |= limb;
  }
  return any == 0 ? 0.0 : ratio_to_double(negative, total.limbs, -1'074, divisor, 0);
}

void ExactSum::serialize(std::string& to) const {
  const uint32_t has_wide = wide != nullptr ? 1 : 0;
  to.append(reinterpret_cast<const char*>(&low), sizeof low);
  to.append(reinterpret_cast<const char*>(&high), sizeof high);
  to.append(reinterpret_cast<const char*>(&unit), sizeof unit);
  to.append(reinterpret_cast<const char*>(&has_wide), sizeof has_wide);
  if (wide != nullptr) to.append(reinterpret_cast<const char*>(wide), sizeof *wide);
}

bool ExactSum::deserialize(std::string_view& from, KernelContext& context) {
  constexpr size_t kWindowBytes = 24;
  init();
  if (from.size() < kWindowBytes) return false;
  uint32_t has_wide = 0;
  std::memcpy(&low, from.data(), 8);
  std::memcpy(&high, from.data() + 8, 8);
  std::memcpy(&unit, from.data() + 16, 4);
  std::memcpy(&has_wide, from.data() + 20, 4);
  from.remove_prefix(kWindowBytes);
  const int32_t unit_max = 0x7ff - 1 - static_cast<int32_t>(kShiftMax);
  const bool no_window = unit == kNoWindow;
  if (has_wide > 1 || (no_window ? (low | high) != 0 : unit < 1 || unit > unit_max)) return false;
  if (has_wide == 0) return true;
  if (from.size() < sizeof(WideSum) || wide_of(*this, context) == nullptr) return false;
  std::memcpy(wide, from.data(), sizeof *wide);
  from.remove_prefix(sizeof *wide);
  return true;
}

}  // namespace headrace::kernel
