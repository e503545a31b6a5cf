// types/calendar.h — days since 1970-01-01 to year, month, day and back; proleptic Gregorian, year 0 exists.
// Source: Hinnant, "chrono-Compatible Low-Level Date Algorithms" (days_from_civil, civil_from_days), in 64 bits, so that
// every int32 is a valid number of days (years -5877641 to 5881580) and every int64 a valid number of µs.
#pragma once

#include <cstdint>

namespace headrace {

inline constexpr int64_t kMicrosecondsPerSecond = 1'000'000;
inline constexpr int64_t kMicrosecondsPerMinute = 60 * kMicrosecondsPerSecond;
inline constexpr int64_t kMicrosecondsPerHour = 60 * kMicrosecondsPerMinute;
inline constexpr int64_t kMicrosecondsPerDay = 24 * kMicrosecondsPerHour;

struct CivilDate {
  int64_t year;
  int32_t month;  // 1..12
  int32_t day;  // 1..31
};

// Rounds towards minus infinity. Requires divisor > 0.
constexpr int64_t floor_divide(int64_t value, int64_t divisor) {
  const int64_t quotient = value / divisor;
  return quotient - static_cast<int64_t>(value % divisor < 0);
}

// value - floor_divide(value, divisor) * divisor, in [0, divisor). Requires divisor > 0.
constexpr int64_t floor_modulo(int64_t value, int64_t divisor) {
  const int64_t remainder = value % divisor;
  return remainder + (remainder < 0 ? divisor : 0);
}

constexpr CivilDate civil_from_days(int32_t days) {
  const int64_t shifted = static_cast<int64_t>(days) + 719'468;  // from 0000-03-01
  const int64_t era = floor_divide(shifted, 146'097);  // 400 years each
  const auto day_of_era = static_cast<uint32_t>(shifted - era * 146'097);
  const uint32_t year_of_era = (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const uint32_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);  // from March 1st
  const uint32_t shifted_month = (5 * day_of_year + 2) / 153;  // 0: March
  const uint32_t day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
  const uint32_t month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
  const int64_t year = static_cast<int64_t>(year_of_era) + era * 400 + static_cast<int64_t>(month <= 2);
  return {year, static_cast<int32_t>(month), static_cast<int32_t>(day)};
}

// Requires a valid month and day and |year| <= 10^9. The result may lie outside int32.
constexpr int64_t days_from_civil(int64_t year, int32_t month, int32_t day) {
  const int64_t shifted_year = year - static_cast<int64_t>(month <= 2);
  const int64_t era = floor_divide(shifted_year, 400);
  const auto year_of_era = static_cast<uint32_t>(shifted_year - era * 400);
  const auto shifted_month = static_cast<uint32_t>(month > 2 ? month - 3 : month + 9);
  const uint32_t day_of_year = (153 * shifted_month + 2) / 5 + static_cast<uint32_t>(day) - 1;
  const uint32_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146'097 + static_cast<int64_t>(day_of_era) - 719'468;
}

constexpr bool is_leap_year(int64_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

constexpr int32_t days_in_month(int64_t year, int32_t month) {
  if (month == 2) return is_leap_year(year) ? 29 : 28;
  return 30 + ((month + (month >> 3)) & 1);
}

}  // namespace headrace
