#include "kernel/exact_sum.h"

#include <algorithm>
#include <cmath>
#include <new>

#include "base/check.h"
#include "kernel/exact_ratio.h"
#include "kernel/hash.h"

namespace headrace::kernel {

using uint128 = unsigned __int128;

// A two's complement integer in units of 2^-1074, the smallest double; and what has no place on that line.
struct WideSum {
  static constexpr uint32_t kLimbs = 34;  // 1,074 + 1,024 bits for any double, 78 for the number of values and the sign

  uint64_t limbs[kLimbs];
  uint64_t nans, infinities, negative_infinities;  // how many

  // Adds or subtracts size * 2^position; requires bits that end below the sign.
  void add(uint128 size, uint32_t position, bool negated);
};
static_assert(WideSum::kLimbs <= kRatioLimbsMax && WideSum::kLimbs == ExactSum::kLimbsMax);

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

constexpr int64_t kLimb = int64_t{1} << ExactSum::kLimbBits;
constexpr int32_t kExponentMin = -1'074 + 50;  // the lower limb's unit is a double
constexpr int32_t kExponentMax = 970;  // the anchor is a double

double power_of_two(int32_t exponent) {  // requires a normal double
  const uint64_t bits = static_cast<uint64_t>(exponent + 1'023) << 52;
  double value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

double anchor_of(int32_t exponent) { return 1.5 * power_of_two(exponent + 52); }
void set_anchor(ExactSum& sum, double anchor) {
  sum.place = (sum.place & ExactSum::kAddressMask) | (bits_of(anchor) & ExactSum::kAnchorMask);
}
bool has_window(const ExactSum& sum) { return !std::isnan(sum.anchor()); }
// e of the window; requires has_window().
int32_t exponent_of(const ExactSum& sum) { return static_cast<int32_t>(bits_of(sum.anchor()) >> 52) - 1'023 - 52; }

// The first value's leading bit lies 20 to 27 bits above the upper unit, its last bit 18 to 25 above the lower one; multiples
// of 8 make windows of like data agree.
int32_t exponent_for(int32_t biased) {
  const int32_t leading = biased - 1'023;
  return std::clamp((leading - 20) & ~7, kExponentMin, kExponentMax);
}

__int128 window_value(const ExactSum& sum) { return static_cast<__int128>(sum.high) * kLimb + sum.low; }

void set_window(ExactSum& sum, __int128 value) {
  sum.high = static_cast<int64_t>(value >> ExactSum::kLimbBits);
  sum.low = static_cast<int64_t>(value) & (kLimb - 1);
}

// What a settled window may hold, so that it is not crowded.
bool fits_window(__int128 value) {
  constexpr __int128 kEnd = static_cast<__int128>(ExactSum::kRoom) << ExactSum::kLimbBits;
  return value < kEnd && value >= -kEnd;
}

WideSum* wide_of(ExactSum& sum, KernelContext& context) {
  if (sum.wide() == nullptr && !sum.out_of_memory()) {
    char* bytes = context.arena->allocate(sizeof(WideSum));
    const uint64_t address = bytes == nullptr ? ExactSum::kNoMemory : reinterpret_cast<uint64_t>(new (bytes) WideSum{});
    CHECK((address & ~ExactSum::kAddressMask) == 0);
    sum.place |= address;
  }
  return const_cast<WideSum*>(sum.wide());  // made here
}

void add_integer(WideSum& wide, __int128 value, int32_t exponent) {
  const bool negative = value < 0;
  wide.add(negative ? 0 - static_cast<uint128>(value) : static_cast<uint128>(value),
           static_cast<uint32_t>(exponent + 1'074), negative);
}

void add_window(WideSum& wide, const ExactSum& sum) {
  if (has_window(sum)) add_integer(wide, window_value(sum), exponent_of(sum) - ExactSum::kLimbBits);
}

// Carries between the limbs; what has outgrown them goes to the wide sum.
void settle(ExactSum& sum, KernelContext& context) {
  const __int128 value = window_value(sum);
  if (fits_window(value)) return set_window(sum, value);
  if (WideSum* wide = wide_of(sum, context)) {
    add_window(*wide, sum);
    set_window(sum, 0);
  }
}

// Adds value * 2^exponent to the window if it fits there exactly.
bool add_to_window(ExactSum& sum, __int128 value, int32_t exponent) {
  const int32_t distance = exponent - (exponent_of(sum) - ExactSum::kLimbBits);
  if (distance < -120 || distance > 120) return false;
  const __int128 shifted =
      distance >= 0 ? static_cast<__int128>(static_cast<uint128>(value) << distance) : value >> -distance;
  const __int128 back =
      distance >= 0 ? shifted >> distance : static_cast<__int128>(static_cast<uint128>(shifted) << -distance);
  if (back != value || !fits_window(shifted)) return false;
  const __int128 total = window_value(sum) + shifted;
  if (!fits_window(total)) return false;
  set_window(sum, total);
  return true;
}

void add_to_wide(ExactSum& sum, double value, bool taken_back, KernelContext& context) {
  WideSum* wide = wide_of(sum, context);
  if (wide == nullptr) return;
  const uint64_t bits = bits_of(value);
  const auto biased = static_cast<int32_t>((bits >> 52) & 0x7ff);
  const uint64_t fraction = bits & ((uint64_t{1} << 52) - 1);
  const bool negative = (bits >> 63) != 0;
  if (biased == 0x7ff) {
    uint64_t& count = fraction != 0 ? wide->nans : (negative ? wide->negative_infinities : wide->infinities);
    count += taken_back ? ~uint64_t{0} : 1;
    return;
  }
  const uint64_t mantissa = biased != 0 ? fraction | uint64_t{1} << 52 : fraction;
  wide->add(mantissa, static_cast<uint32_t>(std::max(biased, 1) - 1), negative != taken_back);
}

}  // namespace

extern "C" void headrace_rt_exact_sum_add(ExactSum* sum, double value, bool taken_back,
                                          KernelContext* context) noexcept {
  if (value == 0) return;
  const auto biased = static_cast<int32_t>((bits_of(value) >> 52) & 0x7ff);
  if (!has_window(*sum) && biased != 0x7ff) set_anchor(*sum, anchor_of(exponent_for(biased)));
  if (sum->crowded() != 0) settle(*sum, *context);
  const SplitValue split = split_value(taken_back ? -value : value, sum->anchor());
  if ((split.misfit | sum->crowded()) != 0) return add_to_wide(*sum, value, taken_back, *context);
  sum->high += split.high;
  sum->low += split.low;
}

extern "C" void headrace_rt_exact_sum_settle(ExactSum* sum, KernelContext* context) noexcept { settle(*sum, *context); }

void ExactSum::merge(const ExactSum& other, KernelContext& context) {
  if (other.out_of_memory()) place = (place & kAnchorMask) | kNoMemory;
  if (has_window(other)) {
    const __int128 value = window_value(other);
    const int32_t exponent = exponent_of(other) - kLimbBits;
    if (!has_window(*this)) set_anchor(*this, other.anchor());
    if (!add_to_window(*this, value, exponent)) {
      WideSum* mine = wide_of(*this, context);
      if (mine == nullptr) return;
      add_integer(*mine, value, exponent);
    }
  }
  const WideSum* const theirs = other.wide();
  if (theirs == nullptr) return;
  WideSum* mine = wide_of(*this, context);
  if (mine == nullptr) return;
  uint64_t carry = 0;
  for (uint32_t i = 0; i < WideSum::kLimbs; ++i) {
    const uint128 sum = static_cast<uint128>(mine->limbs[i]) + theirs->limbs[i] + carry;
    mine->limbs[i] = static_cast<uint64_t>(sum);
    carry = static_cast<uint64_t>(sum >> 64);
  }
  mine->nans += theirs->nans;
  mine->infinities += theirs->infinities;
  mine->negative_infinities += theirs->negative_infinities;
}

bool ExactSum::has_special() const {
  const WideSum* const all = wide();
  return all != nullptr && (all->nans | all->infinities | all->negative_infinities) != 0;
}

uint32_t ExactSum::exact(uint64_t* limbs, int64_t& exponent, bool& negative) const {
  if (wide() == nullptr) {
    const __int128 value = window_value(*this);
    const uint128 size = value < 0 ? 0 - static_cast<uint128>(value) : static_cast<uint128>(value);
    limbs[0] = static_cast<uint64_t>(size);
    limbs[1] = static_cast<uint64_t>(size >> 64);
    exponent = value == 0 ? 0 : exponent_of(*this) - kLimbBits;
    negative = value < 0;
    return value == 0 ? 0 : 2;
  }
  WideSum total = *wide();
  add_window(total, *this);
  negative = static_cast<int64_t>(total.limbs[WideSum::kLimbs - 1]) < 0;
  exponent = -1'074;
  uint64_t any = 0;
  uint64_t carry = 1;
  for (uint32_t i = 0; i < WideSum::kLimbs; ++i) {
    limbs[i] = total.limbs[i];
    if (negative) {
      const uint128 negated = static_cast<uint128>(~limbs[i]) + carry;
      limbs[i] = static_cast<uint64_t>(negated);
      carry = static_cast<uint64_t>(negated >> 64);
    }
    any |= limbs[i];
  }
  return any == 0 ? 0 : WideSum::kLimbs;
}

double ExactSum::rounded(uint64_t divisor) const {
  if (has_special()) {
    const double infinity = __builtin_inf();
    const WideSum& all = *wide();
    if (all.nans != 0 || (all.infinities != 0 && all.negative_infinities != 0)) return __builtin_nan("");
    return all.infinities != 0 ? infinity : -infinity;
  }
  uint64_t limbs[kLimbsMax];
  int64_t exponent = 0;
  bool negative = false;
  const uint32_t count = exact(limbs, exponent, negative);
  return count == 0 ? 0.0 : ratio_to_double(negative, {limbs, count}, exponent, divisor, 0);
}

void ExactSum::serialize(std::string& to) const {
  const WideSum* const all = wide();
  const uint64_t has_wide = all != nullptr ? 1 : 0;
  const double window = anchor();
  to.append(reinterpret_cast<const char*>(&high), sizeof high);
  to.append(reinterpret_cast<const char*>(&low), sizeof low);
  to.append(reinterpret_cast<const char*>(&window), sizeof window);
  to.append(reinterpret_cast<const char*>(&has_wide), sizeof has_wide);
  if (all != nullptr) to.append(reinterpret_cast<const char*>(all), sizeof *all);
}

bool ExactSum::deserialize(std::string_view& from, KernelContext& context) {
  constexpr size_t kWindowBytes = 32;
  init();
  if (from.size() < kWindowBytes) return false;
  uint64_t has_wide = 0;
  std::memcpy(&high, from.data(), 8);
  std::memcpy(&low, from.data() + 8, 8);
  double window = 0;
  std::memcpy(&window, from.data() + 16, 8);
  if (!std::isnan(window)) set_anchor(*this, window);
  std::memcpy(&has_wide, from.data() + 24, 8);
  from.remove_prefix(kWindowBytes);
  if (has_wide > 1) return false;
  if (has_window(*this)) {
    const int32_t exponent = exponent_of(*this);
    if (exponent < kExponentMin || exponent > kExponentMax || window != anchor_of(exponent)) return false;
  } else if (high != 0 || low != 0) {
    return false;
  }
  if (has_wide != 0) {
    WideSum* const mine = from.size() < sizeof(WideSum) ? nullptr : wide_of(*this, context);
    if (mine == nullptr) return false;
    std::memcpy(mine, from.data(), sizeof *mine);
    from.remove_prefix(sizeof *mine);
  }
  settle(*this, context);
  return !out_of_memory();
}

}  // namespace headrace::kernel
