// kernel/interval.h — arithmetic with intervals (types/interval.h): months first, then days, then µs, as DuckDB.
#pragma once

#include <cstdint>
#include <limits>

#include "kernel/date.h"
#include "kernel/faults.h"
#include "types/interval.h"

namespace headrace::kernel {

// What is no int64 number of µs, or no date, is out of range.
inline int64_t add_interval(int64_t us, Interval interval, Faults& faults) {
  const int64_t days = days_months_later(day_of(us), interval.months) + interval.days;
  const __int128 moment = static_cast<__int128>(days) * kMicrosecondsPerDay + us_of_day(us) + interval.us;
  faults.add_if(Faults::kOutOfRange, moment != static_cast<int64_t>(moment));
  return static_cast<int64_t>(moment);
}
inline int64_t add_interval_ns(int64_t ns, Interval interval, Faults& faults) {
  const int64_t us = add_interval(floor_divide(ns, 1'000), interval, faults);
  int64_t result = 0;
  faults.add_if(Faults::kOutOfRange, __builtin_mul_overflow(us, int64_t{1'000}, &result) ||
                                         __builtin_add_overflow(result, floor_modulo(ns, 1'000), &result));
  return result;
}
// A time of day turns round at midnight; months and days do not move it.
inline int64_t add_interval_to_time(int64_t us, Interval interval) {
  return floor_modulo(floor_modulo(interval.us, kMicrosecondsPerDay) + us, kMicrosecondsPerDay);
}
inline int64_t date_and_time(int32_t date, int64_t us, Faults& faults) { return as_timestamp(date, us, faults); }

inline Interval narrowed_interval(__int128 months, __int128 days, __int128 us, Faults& faults) {
  const bool fits =
      months == static_cast<int32_t>(months) && days == static_cast<int32_t>(days) && us == static_cast<int64_t>(us);
  faults.add_if(Faults::kOutOfRange, !fits);
  return {static_cast<int32_t>(months), static_cast<int32_t>(days), static_cast<int64_t>(us)};
}
inline Interval add_intervals(Interval left, Interval right, Faults& faults) {
  return narrowed_interval(int64_t{left.months} + right.months, int64_t{left.days} + right.days,
                           static_cast<__int128>(left.us) + right.us, faults);
}
inline Interval negate_interval(Interval value, Faults& faults) {
  return narrowed_interval(-int64_t{value.months}, -int64_t{value.days}, -static_cast<__int128>(value.us), faults);
}
inline Interval subtract_intervals(Interval left, Interval right, Faults& faults) {
  return narrowed_interval(int64_t{left.months} - right.months, int64_t{left.days} - right.days,
                           static_cast<__int128>(left.us) - right.us, faults);
}
inline Interval multiply_interval(Interval value, int64_t by, Faults& faults) {
  return narrowed_interval(static_cast<__int128>(value.months) * by, static_cast<__int128>(value.days) * by,
                           static_cast<__int128>(value.us) * by, faults);
}

// What lies between two moments: whole days and the rest, as DuckDB's subtraction.
inline Interval subtract_timestamps(int64_t left, int64_t right, Faults& faults) {
  const __int128 us = static_cast<__int128>(left) - right;
  const auto days = static_cast<int64_t>(us / kMicrosecondsPerDay);
  return narrowed_interval(0, days, us - static_cast<__int128>(days) * kMicrosecondsPerDay, faults);
}

// The parts of an interval: whole years and what divides them, months beside them, days, and hours, minutes … of the rest.
inline int64_t interval_years(Interval value) { return value.months / 12; }
template <int64_t Months>
inline int64_t interval_of_months(Interval value) {
  return value.months / Months;
}
inline int64_t interval_quarters(Interval value) { return value.months % 12 / 3 + 1; }
inline int64_t interval_months(Interval value) { return value.months % 12; }
inline int64_t interval_days(Interval value) { return value.days; }
inline int64_t interval_hours(Interval value) { return value.us / kMicrosecondsPerHour; }
inline int64_t interval_minutes(Interval value) { return value.us % kMicrosecondsPerHour / kMicrosecondsPerMinute; }
inline int64_t interval_seconds(Interval value) { return value.us % kMicrosecondsPerMinute / kMicrosecondsPerSecond; }
inline int64_t interval_milliseconds(Interval value) { return value.us % kMicrosecondsPerMinute / 1'000; }
inline int64_t interval_microseconds(Interval value) { return value.us % kMicrosecondsPerMinute; }
inline int64_t interval_nanoseconds(Interval value) { return value.us % kMicrosecondsPerMinute * 1'000; }
// Its length with years of 365.25 days, other months of 30.
inline __int128 interval_epoch_us(Interval value) {
  constexpr int64_t kQuarterDay = kMicrosecondsPerDay / 4;
  const int64_t quarter_days = int64_t{value.months} / 12 * 1461 + (int64_t{value.months} % 12 * 30 + value.days) * 4;
  return static_cast<__int128>(quarter_days) * kQuarterDay + value.us;
}
inline double interval_epoch(Interval value) {
  const __int128 us = interval_epoch_us(value);
  return static_cast<double>(static_cast<int64_t>(us / 1'000'000)) + static_cast<double>(us % 1'000'000) / 1e6;
}
template <int64_t Divisor, int64_t Factor>
inline int64_t interval_epoch_in(Interval value, Faults& faults) {
  const __int128 result = interval_epoch_us(value) / Divisor * Factor;
  faults.add_if(Faults::kOutOfRange, result != static_cast<int64_t>(result));
  return static_cast<int64_t>(result);
}
inline int64_t interval_epoch_ms(Interval value, Faults& faults) { return interval_epoch_in<1'000, 1>(value, faults); }
inline int64_t interval_epoch_whole_us(Interval value, Faults& faults) {
  return interval_epoch_in<1, 1>(value, faults);
}
inline int64_t interval_epoch_ns(Interval value, Faults& faults) { return interval_epoch_in<1, 1'000>(value, faults); }

inline Interval to_months(int64_t count, Faults& faults) { return narrowed_interval(count, 0, 0, faults); }
inline Interval to_years(int64_t count, Faults& faults) {
  return narrowed_interval(static_cast<__int128>(count) * 12, 0, 0, faults);
}
template <int64_t Years>
inline Interval to_years_times(int64_t count, Faults& faults) {
  return narrowed_interval(static_cast<__int128>(count) * 12 * Years, 0, 0, faults);
}
inline Interval to_quarters(int64_t count, Faults& faults) {
  return narrowed_interval(static_cast<__int128>(count) * 3, 0, 0, faults);
}
inline Interval to_days(int64_t count, Faults& faults) { return narrowed_interval(0, count, 0, faults); }
inline Interval to_weeks(int64_t count, Faults& faults) {
  return narrowed_interval(0, static_cast<__int128>(count) * 7, 0, faults);
}
template <int64_t Unit>
inline Interval to_unit(int64_t count, Faults& faults) {
  return narrowed_interval(0, 0, static_cast<__int128>(count) * Unit, faults);
}

}  // namespace headrace::kernel
