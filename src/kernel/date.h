// kernel/date.h — calendar arithmetic. Every int32 is a date and every int64 a timestamp (types/calendar.h): dates reach from
// -5877641-06-23 to 5881580-07-11, timestamps from -290308-12-21 to 294247-01-10. What leaves them is out of range.
#pragma once

#include <cstdint>
#include <limits>

#include "kernel/faults.h"
#include "types/calendar.h"

namespace headrace::kernel {

inline int32_t day_of(int64_t timestamp_us) {  // floors: one µs before 1970 is the day before
  return static_cast<int32_t>(floor_divide(timestamp_us, kMicrosecondsPerDay));
}

inline int64_t year_of_date(int32_t date) { return civil_from_days(date).year; }
inline int64_t month_of_date(int32_t date) { return civil_from_days(date).month; }
inline int64_t day_of_date(int32_t date) { return civil_from_days(date).day; }
inline int64_t year_of_timestamp(int64_t us) { return civil_from_days(day_of(us)).year; }
inline int64_t month_of_timestamp(int64_t us) { return civil_from_days(day_of(us)).month; }
inline int64_t day_of_timestamp(int64_t us) { return civil_from_days(day_of(us)).day; }

inline int64_t hour_of_timestamp(int64_t us) { return floor_modulo(floor_divide(us, kMicrosecondsPerHour), 24); }
inline int64_t minute_of_timestamp(int64_t us) { return floor_modulo(floor_divide(us, kMicrosecondsPerMinute), 60); }

inline int32_t as_date(int64_t days, Faults& faults) {
  faults.add_if(Faults::kOutOfRange, days != static_cast<int32_t>(days));
  return static_cast<int32_t>(days);
}

// Midnight of the day plus what is left of it.
inline int64_t as_timestamp(int64_t days, int64_t us_of_day, Faults& faults) {
  const __int128 us = static_cast<__int128>(days) * kMicrosecondsPerDay + us_of_day;
  faults.add_if(Faults::kOutOfRange, us != static_cast<int64_t>(us));
  return static_cast<int64_t>(us);
}

inline int64_t us_of_day(int64_t us) { return floor_modulo(us, kMicrosecondsPerDay); }

inline int32_t add_days_to_date(int32_t date, int32_t days, Faults& faults) {
  return as_date(static_cast<int64_t>(date) + days, faults);
}
inline int64_t add_days_to_timestamp(int64_t us, int32_t days, Faults& faults) {
  return as_timestamp(static_cast<int64_t>(day_of(us)) + days, us_of_day(us), faults);
}

// The 31st becomes the last day of a shorter month: 2020-01-31 plus one month is 2020-02-29.
inline int64_t days_months_later(int32_t date, int32_t months) {
  const CivilDate civil = civil_from_days(date);
  const int64_t month_count = civil.year * 12 + (civil.month - 1) + months;
  const int64_t year = floor_divide(month_count, 12);
  const auto month = static_cast<int32_t>(month_count - year * 12) + 1;
  const int32_t last = days_in_month(year, month);
  return days_from_civil(year, month, civil.day < last ? civil.day : last);
}

inline int32_t add_months_to_date(int32_t date, int32_t months, Faults& faults) {
  return as_date(days_months_later(date, months), faults);
}
inline int64_t add_months_to_timestamp(int64_t us, int32_t months, Faults& faults) {
  return as_timestamp(days_months_later(day_of(us), months), us_of_day(us), faults);
}

inline int64_t add_microseconds(int64_t left, int64_t right, Faults& faults) {
  const auto sum = static_cast<int64_t>(static_cast<uint64_t>(left) + static_cast<uint64_t>(right));
  faults.add_if(Faults::kOutOfRange, ((left ^ sum) & (right ^ sum)) < 0);
  return sum;
}

}  // namespace headrace::kernel
