#include "reference/calendar.h"

namespace headrace::reference {

int64_t floor_divide(int64_t value, int64_t divisor) {
  const int64_t quotient = value / divisor;
  return value % divisor < 0 ? quotient - 1 : quotient;
}

bool leap_year(int64_t year) {
  if (year % 400 == 0) return true;
  if (year % 100 == 0) return false;
  return year % 4 == 0;
}

int64_t month_days(int64_t year, int64_t month) {
  switch (month) {
    case 2: return leap_year(year) ? 29 : 28;
    case 4:
    case 6:
    case 9:
    case 11: return 30;
    default: return 31;
  }
}

namespace {

// Leap years up to and including `year`, counted from year 0 on; negative before.
int64_t leap_years_until(int64_t year) {
  return floor_divide(year, 4) - floor_divide(year, 100) + floor_divide(year, 400);
}

int64_t days_until_year(int64_t year) {  // from 1970-01-01 to the year's first day
  return 365 * (year - 1970) + leap_years_until(year - 1) - leap_years_until(1969);
}

}  // namespace

int64_t days_of(const Civil& date) {
  int64_t days = days_until_year(date.year) + date.day - 1;
  for (int64_t month = 1; month < date.month; ++month) days += month_days(date.year, month);
  return days;
}

Civil civil_of(int64_t days) {
  int64_t year = 1970 + floor_divide(days * 400, 146'097);  // at most one off
  while (days_until_year(year) > days) --year;
  while (days_until_year(year + 1) <= days) ++year;
  int64_t rest = days - days_until_year(year);
  int64_t month = 1;
  for (; rest >= month_days(year, month); ++month) rest -= month_days(year, month);
  return {year, month, rest + 1};
}

}  // namespace headrace::reference
