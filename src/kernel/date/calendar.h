// kernel/date/calendar.h — parts of dates beyond year, month and day; truncation, distances, and dates made of numbers.
// Weeks are those of ISO 8601: from Monday, week 1 has the year's first Thursday. Timestamps are read in UTC.
#pragma once

#include <cstdint>

#include "kernel/date.h"
#include "kernel/interval.h"
#include "types/string_ref.h"

namespace headrace::kernel {

inline constexpr int64_t kNanosecondsPerDay = 1000 * kMicrosecondsPerDay;
inline int32_t day_of_ns(int64_t ns) { return static_cast<int32_t>(floor_divide(ns, kNanosecondsPerDay)); }
inline int64_t us_of_ns(int64_t ns) { return floor_divide(ns, 1000); }

// What a date's function says of the day of a timestamp.
template <auto kOfDate>
inline auto of_timestamp(int64_t us) {
  return kOfDate(day_of(us));
}
template <auto kOfDate>
inline auto of_timestamp_ns(int64_t ns) {
  return kOfDate(day_of_ns(ns));
}
// What a timestamp's function says of a time in ns.
template <auto kOfTimestamp>
inline auto of_ns(int64_t ns) {
  return kOfTimestamp(us_of_ns(ns));
}

inline int64_t quarter(int32_t date) { return (civil_from_days(date).month - 1) / 3 + 1; }
inline int64_t decade(int32_t date) { return civil_from_days(date).year / 10; }
// The first century begins with year 1; the one before it is number -1.
inline int64_t counted_years(int64_t year, int64_t years) {
  return year > 0 ? (year - 1) / years + 1 : year / years - 1;
}
inline int64_t century(int32_t date) { return counted_years(civil_from_days(date).year, 100); }
inline int64_t millennium(int32_t date) { return counted_years(civil_from_days(date).year, 1000); }
inline int64_t era(int32_t date) { return civil_from_days(date).year > 0 ? 1 : 0; }

inline int64_t day_of_week(int32_t date) { return floor_modulo(int64_t{date} + 4, 7); }  // 0: Sunday
inline int64_t iso_day_of_week(int32_t date) { return floor_modulo(int64_t{date} + 3, 7) + 1; }  // 1: Monday
inline int64_t first_day_of_year(int64_t year) { return days_from_civil(year, 1, 1); }
inline int64_t day_of_year(int32_t date) { return date - first_day_of_year(civil_from_days(date).year) + 1; }

struct IsoWeek {
  int64_t year, week;
};
inline IsoWeek iso_week_of(int32_t date) {
  // The week's Thursday decides; at the ends of int32 it may lie outside.
  const int64_t thursday = int64_t{date} + 4 - iso_day_of_week(date);
  int64_t year = civil_from_days(date).year;
  if (thursday < first_day_of_year(year)) --year;
  if (thursday >= first_day_of_year(year + 1)) ++year;
  return {year, (thursday - first_day_of_year(year)) / 7 + 1};
}
inline int64_t iso_year(int32_t date) { return iso_week_of(date).year; }
inline int64_t week(int32_t date) { return iso_week_of(date).week; }
inline int64_t year_and_week(int32_t date) {
  const IsoWeek iso = iso_week_of(date);
  return iso.year * 100 + (iso.year > 0 ? iso.week : (iso.year < 0 ? -iso.week : 0));
}

inline int32_t last_day_of_month(int32_t date, Faults& faults) {
  const CivilDate civil = civil_from_days(date);
  return as_date(int64_t{date} + days_in_month(civil.year, civil.month) - civil.day, faults);
}
inline int32_t last_day_of_timestamp(int64_t us, Faults& faults) { return last_day_of_month(day_of(us), faults); }

// --- parts of a time of day; with what is above them in the minute

inline int64_t second(int64_t us) { return floor_modulo(us, kMicrosecondsPerMinute) / kMicrosecondsPerSecond; }
inline int64_t millisecond(int64_t us) { return floor_modulo(us, kMicrosecondsPerMinute) / 1000; }
inline int64_t microsecond(int64_t us) { return floor_modulo(us, kMicrosecondsPerMinute); }
inline int64_t nanosecond(int64_t us) { return floor_modulo(us, kMicrosecondsPerMinute) * 1000; }
inline int64_t nanosecond_of_ns(int64_t ns) { return floor_modulo(ns, 1000 * kMicrosecondsPerMinute); }
inline int64_t hour_of_time(int64_t us) { return us / kMicrosecondsPerHour; }
inline int64_t minute_of_time(int64_t us) { return us / kMicrosecondsPerMinute % 60; }

// --- since 1970-01-01

inline double epoch(int64_t us) { return static_cast<double>(us) / 1e6; }
inline double epoch_of_ns(int64_t ns) { return static_cast<double>(ns) / 1e9; }
inline int64_t epoch_ms(int64_t us) {  // rounded, halves away from zero
  const int64_t rest = us % 1000;
  return us / 1000 + static_cast<int64_t>(rest >= 500) - static_cast<int64_t>(rest <= -500);
}
inline int64_t epoch_us(int64_t us) { return us; }
inline int64_t epoch_ns(int64_t us, Faults& faults) {
  int64_t ns = 0;
  faults.add_if(Faults::kOutOfRange, __builtin_mul_overflow(us, 1000, &ns));
  return ns;
}
inline int64_t epoch_ns_of_ns(int64_t ns) { return ns; }

constexpr int64_t kJulianDayOfEpoch = 2'440'588;
inline double julian_day(int32_t date) { return static_cast<double>(date + kJulianDayOfEpoch); }
inline double julian_day_of_timestamp(int64_t us) {
  return static_cast<double>(day_of(us) + kJulianDayOfEpoch) +
         static_cast<double>(us_of_day(us)) / static_cast<double>(kMicrosecondsPerDay);
}

// --- names, which lie in the text itself

StringRef day_name(int32_t date) noexcept __asm__("headrace_rt_day_name");
StringRef month_name(int32_t date) noexcept __asm__("headrace_rt_month_name");

// --- parts by number: what typing makes of date_trunc('month', …), date_diff and date_sub

enum DatePart : int32_t {
  kMillennium,
  kCentury,
  kDecade,
  kYear,
  kQuarter,
  kMonth,
  kWeek,
  kDay,
  kHour,
  kMinute,
  kSecond,
  kMillisecond,
  kMicrosecond,
  kIsoYear,
};

// The beginning of the part that a moment lies in.
int64_t truncate_timestamp(int32_t part, int64_t us, Faults& faults) noexcept __asm__("headrace_rt_truncate_timestamp");
// An interval without what is smaller than the part, towards zero; parts above a month divide its months.
Interval truncate_interval(int32_t part, Interval value) noexcept __asm__("headrace_rt_truncate_interval");
// What lies between two moments as years and months, days and the rest, all of one sign; a month has the days of the earlier
// moment's.
Interval age(int64_t to, int64_t from) noexcept __asm__("headrace_rt_age");
// How many beginnings of the part lie between two moments; of weeks, as DuckDB, the whole ones
// between their days. Of µs there may be too many for an int64; so in the next.
int64_t boundaries_between(int32_t part, int64_t from, int64_t to, Faults& faults) noexcept
    __asm__("headrace_rt_boundaries_between");
// How many whole parts lie between two moments. A month is whole on the day and time of its beginning, or on the last day of a
// shorter month.
int64_t whole_parts_between(int32_t part, int64_t from, int64_t to, Faults& faults) noexcept
    __asm__("headrace_rt_whole_parts_between");

// The bucket of a width in months, or in days and µs, that a moment lies in; counted from 2000-01-01, or from Monday
// 2000-01-03. A width of both kinds or not above 0 is a bad argument.
int64_t time_bucket(Interval width, int64_t us, Faults& faults) noexcept __asm__("headrace_rt_time_bucket");
inline int32_t time_bucket_of_date(Interval width, int32_t date, Faults& faults) {
  const int64_t us = as_timestamp(date, 0, faults);
  return faults.bits != 0 ? 0 : day_of(time_bucket(width, us, faults));
}

// --- made of numbers

inline int32_t make_date(int64_t year, int64_t month, int64_t day, Faults& faults) {
  const bool in_year = year >= -6'000'000 && year <= 6'000'000 && month >= 1 && month <= 12;
  const bool exists = in_year && day >= 1 && day <= days_in_month(year, static_cast<int32_t>(month));
  faults.add_if(Faults::kOutOfRange, !exists);
  return exists ? as_date(days_from_civil(year, static_cast<int32_t>(month), static_cast<int32_t>(day)), faults) : 0;
}
inline int32_t date_of_days(int32_t days) { return days; }

// 24:00:00 is the end of a day; seconds round to µs and may reach 60.
inline int64_t make_time(int64_t hour, int64_t minute, double second, Faults& faults) {
  const bool numbers = hour >= 0 && hour <= 24 && minute >= 0 && minute < 60 && second >= 0 && second <= 60;
  const int64_t us = numbers ? hour * kMicrosecondsPerHour + minute * kMicrosecondsPerMinute +
                                   static_cast<int64_t>(__builtin_rint(second * 1e6))
                             : 0;
  faults.add_if(Faults::kOutOfRange, !numbers || us > kMicrosecondsPerDay);
  return us;
}
inline int64_t timestamp_of_us(int64_t us) { return us; }
inline int64_t timestamp_of_ms(int64_t ms, Faults& faults) {
  int64_t us = 0;
  faults.add_if(Faults::kOutOfRange, __builtin_mul_overflow(ms, 1000, &us));
  return us;
}
inline int64_t instant_of_seconds(double seconds, Faults& faults) {
  const double us = __builtin_rint(seconds * 1e6);
  const bool fits = __builtin_fabs(us) < 0x1p63;
  faults.add_if(Faults::kOutOfRange, !fits);
  return fits ? static_cast<int64_t>(us) : 0;
}

}  // namespace headrace::kernel
