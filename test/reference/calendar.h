// reference/calendar.h — days and civil dates, by counting years (proleptic Gregorian, year 0 exists).
#pragma once

#include <cstdint>

namespace headrace::reference {

inline constexpr int64_t kDayUs = 86'400'000'000;

struct Civil {
  int64_t year;
  int64_t month, day;  // from 1
};

bool leap_year(int64_t year);
int64_t month_days(int64_t year, int64_t month);
int64_t days_of(const Civil& date);  // since 1970-01-01
Civil civil_of(int64_t days);
int64_t floor_divide(int64_t value, int64_t divisor);  // towards minus infinity

}  // namespace headrace::reference
