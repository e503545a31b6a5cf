// Calendar kernels; expected values from DuckDB 2.0.
#include "kernel/date.h"

#include <gtest/gtest.h>

#include "kernel/cast.h"
#include "types/value.h"

namespace headrace::kernel {
namespace {

int32_t date(const char* text) {
  Faults faults;
  const int32_t days = text_to_date(StringRef(std::string_view(text)), faults);
  EXPECT_EQ(faults.bits, 0U) << text;
  return days;
}
int64_t timestamp(const char* text) {
  Faults faults;
  const int64_t us = text_to_timestamp(StringRef(std::string_view(text)), faults);
  EXPECT_EQ(faults.bits, 0U) << text;
  return us;
}

TEST(Date, Parts) {
  EXPECT_EQ(year_of_date(date("0000-03-01")), 0);
  EXPECT_EQ(year_of_date(date("-0044-03-15")), -44);
  EXPECT_EQ(month_of_date(date("2024-02-29")), 2);
  EXPECT_EQ(day_of_date(date("2024-02-29")), 29);
  const int64_t before_1970 = timestamp("1969-12-31 23:59:59.999999");
  EXPECT_EQ(before_1970, -1);
  EXPECT_EQ(year_of_timestamp(before_1970), 1969);
  EXPECT_EQ(month_of_timestamp(before_1970), 12);
  EXPECT_EQ(day_of_timestamp(before_1970), 31);
  EXPECT_EQ(hour_of_timestamp(before_1970), 23);
  EXPECT_EQ(minute_of_timestamp(before_1970), 59);
  EXPECT_EQ(minute_of_timestamp(timestamp("1969-12-31 23:58:59")), 58);
  EXPECT_EQ(hour_of_timestamp(timestamp("1960-01-01 00:00:00")), 0);
  EXPECT_EQ(hour_of_timestamp(timestamp("2013-01-01 05:17:00")), 5);
  EXPECT_EQ(minute_of_timestamp(timestamp("2013-01-01 05:17:00")), 17);
}

TEST(Date, AddMonthsKeepsTheDayOrTakesTheLast) {
  struct Case {
    const char* from;
    int32_t months;
    const char* expected;
  };
  const Case cases[] = {
      {"2020-01-31", 1, "2020-02-29"},   {"2020-03-31", -1, "2020-02-29"}, {"2024-02-29", 12, "2025-02-28"},
      {"2024-01-31", -1, "2023-12-31"},  {"2023-12-31", 2, "2024-02-29"},  {"0001-01-01", -1, "0000-12-01"},
      {"0000-01-31", -1, "-0001-12-31"}, {"1998-12-01", 0, "1998-12-01"},  {"1900-01-30", 1, "1900-02-28"},
  };
  for (const Case& one : cases) {
    Faults faults;
    EXPECT_EQ(headrace::date_to_text(add_months_to_date(date(one.from), one.months, faults)), one.expected);
    EXPECT_EQ(faults.bits, 0U);
  }
  Faults faults;
  EXPECT_EQ(headrace::timestamp_to_text(add_months_to_timestamp(timestamp("2024-01-31 10:00:00.5"), 13, faults)),
            "2025-02-28 10:00:00.5");
  EXPECT_EQ(faults.bits, 0U);
}

TEST(Date, AddDaysAndMicroseconds) {
  Faults faults;
  EXPECT_EQ(headrace::date_to_text(add_days_to_date(date("1998-12-01"), -90, faults)), "1998-09-02");
  EXPECT_EQ(headrace::timestamp_to_text(add_days_to_timestamp(timestamp("1970-01-01 01:00:00"), -1, faults)),
            "1969-12-31 01:00:00");
  EXPECT_EQ(
      headrace::timestamp_to_text(add_microseconds(timestamp("1969-12-31 23:30:00"), kMicrosecondsPerHour, faults)),
      "1970-01-01 00:30:00");
  EXPECT_EQ(faults.bits, 0U);
}

template <class Run>
uint32_t faults_of(Run run) {
  Faults faults;
  run(faults);
  return faults.bits;
}

TEST(Date, LeavingTheCalendarIsAFault) {
  constexpr int32_t kLastDay = INT32_MAX;
  constexpr int32_t kFirstDay = INT32_MIN;
  const uint32_t all[] = {
      faults_of([](Faults& f) { add_days_to_date(kLastDay, 1, f); }),
      faults_of([](Faults& f) { add_days_to_date(kFirstDay, -1, f); }),
      faults_of([](Faults& f) { add_months_to_date(kLastDay, 1, f); }),
      faults_of([](Faults& f) { add_months_to_date(0, INT32_MAX, f); }),
      faults_of([](Faults& f) { add_months_to_date(kFirstDay, INT32_MIN, f); }),
      faults_of([](Faults& f) { add_days_to_timestamp(INT64_MAX, 1, f); }),
      faults_of([](Faults& f) { add_days_to_timestamp(INT64_MIN, INT32_MIN, f); }),
      faults_of([](Faults& f) { add_months_to_timestamp(INT64_MAX, 1, f); }),
      faults_of([](Faults& f) { add_months_to_timestamp(INT64_MIN, INT32_MIN, f); }),
      faults_of([](Faults& f) { add_microseconds(INT64_MAX, 1, f); }),
      faults_of([](Faults& f) { date_to_timestamp(kLastDay, f); }),
      faults_of([](Faults& f) { date_to_timestamp(kFirstDay, f); }),
  };
  for (const uint32_t bits : all) EXPECT_EQ(bits, Faults::kOutOfRange);
  EXPECT_EQ(faults_of([](Faults& f) { add_days_to_timestamp(INT64_MAX, -1, f); }), 0U);
  EXPECT_EQ(faults_of([](Faults& f) { add_months_to_timestamp(INT64_MIN, 1, f); }), 0U);
}

}  // namespace
}  // namespace headrace::kernel
