#include "io/parquet/conversion.h"

#include <cstring>

#include <fmt/format.h>

#include "types/calendar.h"
#include "types/half_float.h"
#include "types/interval.h"
#include "types/string_ref.h"
#include "types/value.h"

namespace headrace::parquet_in {
namespace {

template <class T>
T load(const void* raw, uint64_t i) {
  T value;
  std::memcpy(&value, static_cast<const char*>(raw) + i * sizeof value, sizeof value);
  return value;
}

// `Step`: bool step(const Leaf&, const void* raw, uint32_t i, Out& out), false where the value is none of the type's.
template <class Out, auto Step>
uint32_t convert(const Leaf& leaf, const void* raw, const uint16_t* wanted, uint32_t count, void* to) {
  auto* out = static_cast<Out*>(to);
  bool good = true;
  if (wanted == nullptr) {
    for (uint32_t i = 0; i < count; ++i) good &= Step(leaf, raw, i, out[i]);
  } else {
    for (uint32_t i = 0; i < count; ++i) good &= Step(leaf, raw, wanted[i], out[wanted[i]]);
  }
  if (good) return count;
  for (uint32_t i = 0;; ++i) {
    const uint32_t at = wanted == nullptr ? i : wanted[i];
    if (!Step(leaf, raw, at, out[at])) return i;
  }
}

template <class Raw, class Out>
bool widen(const Leaf&, const void* raw, uint32_t i, Out& out) {
  out = static_cast<Out>(load<Raw>(raw, i));
  return true;
}

template <class Out>
bool copy(const Leaf&, const void* raw, uint32_t i, Out& out) {
  out = load<Out>(raw, i);
  return true;
}

bool text(const Leaf&, const void* raw, uint32_t i, StringRef& out) {
  out = static_cast<const StringRef*>(raw)[i];
  return true;
}

// Bytes of the page.
bool fixed_binary(const Leaf& leaf, const void* raw, uint32_t i, StringRef& out) {
  out = StringRef(static_cast<const char*>(raw) + uint64_t{i} * leaf.fixed_bytes, leaf.fixed_bytes);
  return true;
}

bool half(const Leaf&, const void* raw, uint32_t i, float& out) {
  out = half_to_float(load<uint16_t>(raw, i));
  return true;
}

// Seconds, milliseconds and nanoseconds as µs, exactly.
template <class Raw>
bool to_microseconds(const Leaf& leaf, int64_t& out, const void* raw, uint32_t i) {
  const int64_t value = load<Raw>(raw, i);
  if (leaf.unit == Unit::kSeconds) return !__builtin_mul_overflow(value, int64_t{1'000'000}, &out);
  if (leaf.unit == Unit::kMilliseconds) return !__builtin_mul_overflow(value, int64_t{1'000}, &out);
  out = leaf.unit == Unit::kNanoseconds ? value / 1'000 : value;
  return leaf.unit != Unit::kNanoseconds || value % 1'000 == 0;
}

template <class Raw>
bool timestamp(const Leaf& leaf, const void* raw, uint32_t i, int64_t& out) {
  const bool exact = to_microseconds<Raw>(leaf, out, raw, i);
  if (!exact) out = 0;
  return exact;
}

template <class Raw>
bool time_of_day(const Leaf& leaf, const void* raw, uint32_t i, int64_t& out) {
  const bool good = to_microseconds<Raw>(leaf, out, raw, i) && out >= 0 && out <= kMicrosecondsPerDay;
  if (!good) out = 0;
  return good;
}

bool duration(const Leaf& leaf, const void* raw, uint32_t i, Interval& out) {
  out = {};
  const bool exact = to_microseconds<int64_t>(leaf, out.us, raw, i);
  if (!exact) out.us = 0;
  return exact;
}

template <class Out>
bool no_value(const Leaf&, const void*, uint32_t, Out& out) {
  out = {};
  return false;
}

constexpr int64_t kJulianDayOfEpoch = 2'440'588;

struct Int96 {
  int64_t nanoseconds;  // of the day
  uint32_t day;  // Julian
};
Int96 load_int96(const void* raw, uint32_t i) {
  Int96 value;
  const char* from = static_cast<const char*>(raw) + uint64_t{i} * 12;
  std::memcpy(&value.nanoseconds, from, 8);
  std::memcpy(&value.day, from + 8, 4);
  return value;
}

bool int96_timestamp(const Leaf&, const void* raw, uint32_t i, int64_t& out) {
  const auto [nanoseconds, day] = load_int96(raw, i);
  const int64_t us = nanoseconds / 1'000 - (nanoseconds % 1'000 < 0 ? 1 : 0);
  const bool fits = !__builtin_mul_overflow(int64_t{day} - kJulianDayOfEpoch, kMicrosecondsPerDay, &out) &&
                    !__builtin_add_overflow(out, us, &out);
  if (!fits) out = 0;
  return fits;
}

// 10^digits.
constexpr int128 power_of_ten(uint32_t digits) {
  int128 power = 1;
  for (uint32_t i = 0; i < digits; ++i) power *= 10;
  return power;
}
struct PowersOfTen {
  int128 of[39];
  constexpr PowersOfTen() : of{} {
    for (uint32_t digits = 0; digits < 39; ++digits) of[digits] = power_of_ten(digits);
  }
};
constexpr PowersOfTen kPowersOfTen;

bool is_in_precision(int128 value, uint8_t precision) {
  return value > -kPowersOfTen.of[precision] && value < kPowersOfTen.of[precision];
}
// The least number of more digits.
int64_t end_of_digits(uint8_t precision) {
  return precision > kDecimal64DigitsMax ? INT64_MAX : static_cast<int64_t>(kPowersOfTen.of[precision]);
}
bool is_in_precision(int64_t value, uint8_t precision) {
  const int64_t end = end_of_digits(precision);
  return (value > -end) & (value < end);
}

template <class Raw, class Out>
bool integer_decimal(const Leaf& leaf, const void* raw, uint32_t i, Out& out) {
  out = load<Raw>(raw, i);
  return is_in_precision(out, leaf.type.precision);
}

bool decimals_in_place(const Leaf& leaf, const void* raw, uint32_t count) {
  const int64_t end = end_of_digits(leaf.type.precision);
  int64_t outside = 0;
  for (uint32_t i = 0; i < count; ++i) {
    const auto value = load<int64_t>(raw, i);
    outside |= static_cast<int64_t>(value >= end) | static_cast<int64_t>(value <= -end);
  }
  return outside == 0;
}

uint32_t copy_decimals(const Leaf& leaf, const void* raw, const uint16_t* wanted, uint32_t count, void* to) {
  if (wanted != nullptr || !decimals_in_place(leaf, raw, count))
    return convert<int64_t, integer_decimal<int64_t, int64_t>>(leaf, raw, wanted, count, to);
  std::memcpy(to, raw, uint64_t{count} * sizeof(int64_t));
  return count;
}

template <class Out>
bool fixed_decimal(const Leaf& leaf, const void* raw, uint32_t i, Out& out) {
  int128 value = 0;
  const bool fits =
      take_big_endian(static_cast<const uint8_t*>(raw) + uint64_t{i} * leaf.fixed_bytes, leaf.fixed_bytes, value);
  out = static_cast<Out>(value);
  return fits && is_in_precision(value, leaf.type.precision);
}

template <class Out>
bool bytes_decimal(const Leaf& leaf, const void* raw, uint32_t i, Out& out) {
  const StringRef bytes = static_cast<const StringRef*>(raw)[i];
  int128 value = 0;
  const bool fits = take_big_endian(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size, value);
  out = static_cast<Out>(value);
  return fits && is_in_precision(value, leaf.type.precision);
}

std::string describe_decimal(const Leaf& leaf, const void* raw, uint32_t i) {
  int128 value = 0;
  bool fits = true;
  switch (leaf.physical) {
    case Physical::k32: value = load<int32_t>(raw, i); break;
    case Physical::k64: value = load<int64_t>(raw, i); break;
    case Physical::kFixed:
      fits =
          take_big_endian(static_cast<const uint8_t*>(raw) + uint64_t{i} * leaf.fixed_bytes, leaf.fixed_bytes, value);
      break;
    default: {
      const StringRef bytes = static_cast<const StringRef*>(raw)[i];
      fits = take_big_endian(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size, value);
    }
  }
  return fmt::format("expected {}, found {}", to_text(leaf.type),
                     fits ? decimal_to_text(value, leaf.type.scale) : "a number of more than 128 bits");
}

int64_t raw_time(const Leaf& leaf, const void* raw, uint32_t i) {
  return leaf.physical == Physical::k32 ? load<int32_t>(raw, i) : load<int64_t>(raw, i);
}
const char* unit_name(Unit unit) {
  switch (unit) {
    case Unit::kSeconds: return "s";
    case Unit::kMilliseconds: return "ms";
    case Unit::kNanoseconds: return "ns";
    default: return "µs";
  }
}

std::string describe_timestamp(const Leaf& leaf, const void* raw, uint32_t i) {
  return fmt::format("{} {} are no int64 number of µs", raw_time(leaf, raw, i), unit_name(leaf.unit));
}

std::string describe_int96(const Leaf&, const void* raw, uint32_t i) {
  const auto [nanoseconds, day] = load_int96(raw, i);
  return fmt::format("Julian day {} and {} ns are no int64 number of µs since 1970", day, nanoseconds);
}

std::string describe_time(const Leaf& leaf, const void* raw, uint32_t i) {
  return fmt::format("{} {} are no time of day in whole µs", raw_time(leaf, raw, i), unit_name(leaf.unit));
}

std::string describe_no_value(const Leaf&, const void*, uint32_t) {
  return "expected no value, as the file's schema says, found one";
}

Conversion same(uint32_t (*identity)(const Leaf&, const void*, const uint16_t*, uint32_t, void*)) {
  return {identity, [](const Leaf&, const void*, uint32_t) { return true; }, nullptr};
}

// Of values that lie as they are, or whose low bytes are the value.
std::optional<Conversion> find_number(const Leaf& leaf) {
  const bool from32 = leaf.physical == Physical::k32, from64 = leaf.physical == Physical::k64;
  switch (leaf.type.id) {
    case TypeId::kBool:
      if (leaf.physical == Physical::kBool) return same(convert<uint8_t, copy<uint8_t>>);
      break;
    case TypeId::kInt8:
    case TypeId::kUInt8:
      if (from32) return Conversion{convert<uint8_t, widen<uint32_t, uint8_t>>};
      break;
    case TypeId::kInt16:
    case TypeId::kUInt16:
      if (from32) return Conversion{convert<uint16_t, widen<uint32_t, uint16_t>>};
      break;
    case TypeId::kFloat32:
      if (leaf.half) return Conversion{convert<float, half>};
      [[fallthrough]];
    case TypeId::kInt32:
    case TypeId::kUInt32:
    case TypeId::kDate:
      if (from32) return same(convert<uint32_t, copy<uint32_t>>);
      break;
    case TypeId::kInt64:
    case TypeId::kUInt64:
    case TypeId::kFloat64:
      if (from64) return same(convert<uint64_t, copy<uint64_t>>);
      break;
    default: break;
  }
  return std::nullopt;
}

std::optional<Conversion> find_time(const Leaf& leaf) {
  if (leaf.physical == Physical::k96) return Conversion{convert<int64_t, int96_timestamp>, nullptr, describe_int96};
  if (leaf.unit == Unit::kNone) return std::nullopt;
  if (leaf.type == kTime && leaf.physical == Physical::k32)
    return Conversion{convert<int64_t, time_of_day<int32_t>>, nullptr, describe_time};
  if (leaf.physical != Physical::k64) return std::nullopt;
  if (leaf.type == kTimestampNs && leaf.unit == Unit::kNanoseconds) return same(convert<uint64_t, copy<uint64_t>>);
  if (leaf.type == kTimestampNs) return std::nullopt;
  if (leaf.type == kTime) return Conversion{convert<int64_t, time_of_day<int64_t>>, nullptr, describe_time};
  if (leaf.unit == Unit::kMicroseconds) return same(convert<uint64_t, copy<uint64_t>>);
  return Conversion{convert<int64_t, timestamp<int64_t>>, nullptr, describe_timestamp};
}

template <class Out>
std::optional<Conversion> find_decimal(const Leaf& leaf) {
  switch (leaf.physical) {
    case Physical::k32: return Conversion{convert<Out, integer_decimal<int32_t, Out>>, nullptr, describe_decimal};
    case Physical::k64:
      if constexpr (std::is_same_v<Out, int64_t>) return Conversion{copy_decimals, decimals_in_place, describe_decimal};
      return Conversion{convert<Out, integer_decimal<int64_t, Out>>, nullptr, describe_decimal};
    case Physical::kFixed: return Conversion{convert<Out, fixed_decimal<Out>>, nullptr, describe_decimal};
    case Physical::kBytes: return Conversion{convert<Out, bytes_decimal<Out>>, nullptr, describe_decimal};
    default: return std::nullopt;
  }
}

}  // namespace

std::optional<Conversion> find_conversion(const Leaf& leaf) {
  if (leaf.always_null && leaf.type == kInt32)
    return Conversion{convert<int32_t, no_value<int32_t>>, nullptr, describe_no_value};
  switch (leaf.type.id) {
    case TypeId::kUtf8:
    case TypeId::kBinary:
      if (leaf.physical == Physical::kBytes) return same(convert<StringRef, text>);
      if (leaf.physical == Physical::kFixed && leaf.type == kBinary)
        return Conversion{convert<StringRef, fixed_binary>};
      return std::nullopt;
    case TypeId::kDecimal64: return find_decimal<int64_t>(leaf);
    case TypeId::kDecimal128: return find_decimal<int128>(leaf);
    case TypeId::kTime:
    case TypeId::kTimestamp:
    case TypeId::kTimestampNs:
    case TypeId::kTimestampTz: return find_time(leaf);
    case TypeId::kInterval:
      if (leaf.physical != Physical::k64 || leaf.unit == Unit::kNone) return std::nullopt;
      return Conversion{convert<Interval, duration>, nullptr, describe_timestamp};
    default: return find_number(leaf);
  }
}

bool may_stay(const Conversion& conversion, const Leaf& leaf, const void* raw, uint32_t count) {
  return conversion.is_in_place != nullptr && leaf.physical != Physical::kBytes &&
         reinterpret_cast<uintptr_t>(raw) % width_bytes(leaf.type.id) == 0 && conversion.is_in_place(leaf, raw, count);
}

bool take_big_endian(const uint8_t* bytes, uint64_t count, int128& out) {
  const uint8_t fill = count > 0 && (bytes[0] & 0x80) != 0 ? 0xFF : 0;
  unsigned __int128 value = fill != 0 ? ~static_cast<unsigned __int128>(0) : 0;
  bool fits = true;
  for (uint64_t i = 0; i < count; ++i) {
    if (count - i > 16) fits &= bytes[i] == fill;
    value = value << 8 | bytes[i];
  }
  out = static_cast<int128>(value);
  return fits && (count <= 16 || (out < 0) == (fill != 0));
}

Error bad_value(const Leaf& leaf, const Conversion& conversion, const void* raw, uint32_t i) {
  return {ErrorCode::kBadInput, fmt::format("column '{}': {}", leaf.name, conversion.describe(leaf, raw, i)), "",
          is_decimal(leaf.type) ? "write the file again with the precision that its values need" : ""};
}

Error not_utf8(const Leaf& leaf) {
  return {ErrorCode::kBadInput, fmt::format("column '{}' holds bytes that are not UTF-8", leaf.name), "",
          "convert the file to UTF-8, or do not read this column"};
}

}  // namespace headrace::parquet_in
