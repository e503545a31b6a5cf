#include "kernel/date/calendar.h"

namespace headrace::kernel {

namespace {

int64_t months_of(const CivilDate& civil) { return civil.year * 12 + civil.month - 1; }

// Midnight of the month that begins `months` after year 0.
int64_t month_begin(int64_t months, Faults& faults) {
  const int64_t year = floor_divide(months, 12);
  return as_timestamp(days_from_civil(year, static_cast<int32_t>(months - year * 12) + 1, 1), 0, faults);
}

int64_t monday_of(int32_t date) { return int64_t{date} - (iso_day_of_week(date) - 1); }

int64_t iso_year_begin(int64_t year) {
  const int64_t fourth = days_from_civil(year, 1, 4);
  return fourth - floor_modulo(fourth + 3, 7);
}

// Months in a part of whole months; 0: not one.
int64_t months_in(int32_t part) {
  switch (part) {
    case kMillennium: return 12'000;
    case kCentury: return 1'200;
    case kDecade: return 120;
    case kYear:
    case kIsoYear: return 12;
    case kQuarter: return 3;
    case kMonth: return 1;
    default: return 0;
  }
}

int64_t microseconds_in(int32_t part) {
  switch (part) {
    case kWeek: return 7 * kMicrosecondsPerDay;
    case kDay: return kMicrosecondsPerDay;
    case kHour: return kMicrosecondsPerHour;
    case kMinute: return kMicrosecondsPerMinute;
    case kSecond: return kMicrosecondsPerSecond;
    case kMillisecond: return 1000;
    default: return 1;
  }
}

// The number of the part that a moment lies in. Years before 0 are counted towards it, as decade() is.
int64_t part_number(int32_t part, int64_t us) {
  const CivilDate civil = civil_from_days(day_of(us));
  switch (part) {
    case kMillennium: return civil.year / 1000;
    case kCentury: return civil.year / 100;
    case kDecade: return civil.year / 10;
    case kYear: return civil.year;
    case kIsoYear: return iso_year(day_of(us));
    case kQuarter: return floor_divide(months_of(civil), 3);
    case kMonth: return months_of(civil);
    default: return floor_divide(us, microseconds_in(part));
  }
}

// Whole months from one moment to a later one.
int64_t whole_months(int64_t from, int64_t to) {
  const CivilDate first = civil_from_days(day_of(from)), last = civil_from_days(day_of(to));
  const int64_t months = months_of(last) - months_of(first);
  // The last day of a shorter month stands for the days that it lacks.
  const bool ends_month = last.day == days_in_month(last.year, last.month);
  const int32_t first_day = ends_month && first.day > last.day ? last.day : first.day;
  const bool before = last.day < first_day || (last.day == first_day && us_of_day(to) < us_of_day(from));
  return months - (before ? 1 : 0);
}

}  // namespace

StringRef day_name(int32_t date) noexcept {
  constexpr const char* kNames[] = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};
  return StringRef(std::string_view(kNames[day_of_week(date)]));
}

StringRef month_name(int32_t date) noexcept {
  constexpr const char* kNames[] = {"January", "February", "March",     "April",   "May",      "June",
                                    "July",    "August",   "September", "October", "November", "December"};
  return StringRef(std::string_view(kNames[civil_from_days(date).month - 1]));
}

int64_t truncate_timestamp(int32_t part, int64_t us, Faults& faults) noexcept {
  const int32_t date = day_of(us);
  if (part == kWeek) return as_timestamp(monday_of(date), 0, faults);
  if (part == kIsoYear) return as_timestamp(iso_year_begin(iso_year(date)), 0, faults);
  if (const int64_t months = months_in(part); months > 0) {
    const CivilDate civil = civil_from_days(date);
    if (part == kQuarter || part == kMonth) return month_begin(floor_divide(months_of(civil), months) * months, faults);
    const int64_t years = months / 12;
    return month_begin(civil.year / years * months, faults);
  }
  const int64_t unit = microseconds_in(part);
  int64_t result = 0;
  faults.add_if(Faults::kOutOfRange, __builtin_sub_overflow(us, floor_modulo(us, unit), &result));
  return result;
}

int64_t boundaries_between(int32_t part, int64_t from, int64_t to, Faults& faults) noexcept {
  if (part == kWeek) return (int64_t{day_of(to)} - day_of(from)) / 7;
  int64_t count = 0;
  faults.add_if(Faults::kOutOfRange, __builtin_sub_overflow(part_number(part, to), part_number(part, from), &count));
  return count;
}

int64_t whole_parts_between(int32_t part, int64_t from, int64_t to, Faults& faults) noexcept {
  if (const int64_t months = months_in(part); months > 0)
    return from <= to ? whole_months(from, to) / months : -(whole_months(to, from) / months);
  const __int128 count = (static_cast<__int128>(to) - from) / microseconds_in(part);
  faults.add_if(Faults::kOutOfRange, count != static_cast<int64_t>(count));
  return static_cast<int64_t>(count);
}

int64_t time_bucket(Interval width, int64_t us, Faults& faults) noexcept {
  constexpr int64_t kOriginMonths = 2000 * 12;
  constexpr int64_t kOriginDays = 10'959;  // Monday 2000-01-03
  const __int128 span = static_cast<__int128>(width.days) * kMicrosecondsPerDay + width.us;
  const bool by_months = width.months > 0 && span == 0;
  const bool by_time = width.months == 0 && span > 0 && span <= INT64_MAX;
  faults.add_if(Faults::kBadArgument, !by_months && !by_time);
  if (by_months) {
    const int64_t months = months_of(civil_from_days(day_of(us))) - kOriginMonths;
    return month_begin(floor_divide(months, width.months) * width.months + kOriginMonths, faults);
  }
  if (!by_time) return 0;
  const __int128 origin = static_cast<__int128>(kOriginDays) * kMicrosecondsPerDay;
  const __int128 distance = us - origin;
  const __int128 rest = distance % span;
  const __int128 result = us - rest - (rest < 0 ? span : 0);
  faults.add_if(Faults::kOutOfRange, result != static_cast<int64_t>(result));
  return static_cast<int64_t>(result);
}

Interval truncate_interval(int32_t part, Interval value) noexcept {
  if (const auto months = static_cast<int32_t>(months_in(part)); months > 0)
    return {value.months / months * months, 0, 0};
  if (part == kWeek) return {value.months, value.days / 7 * 7, 0};
  if (part == kDay) return {value.months, value.days, 0};
  return {value.months, value.days, value.us / microseconds_in(part) * microseconds_in(part)};
}

Interval age(int64_t to, int64_t from) noexcept {
  const int64_t first = to < from ? to : from, last = to < from ? from : to;
  const CivilDate begin = civil_from_days(day_of(first)), end = civil_from_days(day_of(last));
  int64_t months = months_of(end) - months_of(begin), days = end.day - begin.day;
  int64_t us = us_of_day(last) - us_of_day(first);
  if (us < 0) {
    us += kMicrosecondsPerDay;
    --days;
  }
  while (days < 0) {
    days += days_in_month(begin.year, begin.month);
    --months;
  }
  const int sign = to < from ? -1 : 1;
  return {static_cast<int32_t>(sign * months), static_cast<int32_t>(sign * days), sign * us};
}

}  // namespace headrace::kernel
