// Parts, beginnings, distances and formats of dates; expected values from DuckDB 2.0.
#include "kernel/date/calendar.h"

#include <gtest/gtest.h>

#include "kernel/cast.h"
#include "kernel/date/format.h"
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

TEST(Calendar, PartsOfDates) {
  struct Case {
    const char* date;
    int64_t decade, century, millennium, quarter, week, isoyear, dow, isodow, doy, yearweek, era;
  };
  const Case cases[] = {{"2024-02-29", 202, 21, 3, 1, 9, 2024, 4, 4, 60, 202409, 1},
                        {"2024-12-30", 202, 21, 3, 4, 1, 2025, 1, 1, 365, 202501, 1},
                        {"-0044-03-15", -4, -1, -1, 1, 11, -44, 4, 4, 75, -4411, 0},
                        {"2021-01-03", 202, 21, 3, 1, 53, 2020, 0, 7, 3, 202053, 1},
                        {"2000-01-01", 200, 20, 2, 1, 52, 1999, 6, 6, 1, 199952, 1},
                        {"2001-01-01", 200, 21, 3, 1, 1, 2001, 1, 1, 1, 200101, 1},
                        {"-0005-01-01", 0, -1, -1, 1, 0, 0, 0, 0, 1, 0, 0}};
  for (const Case& one : cases) {
    const int32_t day = date(one.date);
    EXPECT_EQ(decade(day), one.decade) << one.date;
    EXPECT_EQ(century(day), one.century) << one.date;
    EXPECT_EQ(millennium(day), one.millennium) << one.date;
    EXPECT_EQ(quarter(day), one.quarter) << one.date;
    EXPECT_EQ(day_of_year(day), one.doy) << one.date;
    EXPECT_EQ(era(day), one.era) << one.date;
    if (one.isodow == 0) continue;  // DuckDB counts weeks before year 0 in another way
    EXPECT_EQ(week(day), one.week) << one.date;
    EXPECT_EQ(iso_year(day), one.isoyear) << one.date;
    EXPECT_EQ(day_of_week(day), one.dow) << one.date;
    EXPECT_EQ(iso_day_of_week(day), one.isodow) << one.date;
    EXPECT_EQ(year_and_week(day), one.yearweek) << one.date;
  }
  EXPECT_EQ(day_name(date("2024-02-29")).view(), "Thursday");
  EXPECT_EQ(month_name(date("2024-09-01")).view(), "September");
  Faults faults;
  EXPECT_EQ(headrace::date_to_text(last_day_of_month(date("2024-02-10"), faults)), "2024-02-29");
  for (const int32_t end : {INT32_MIN, INT32_MAX}) {
    EXPECT_GE(week(end), 1);
    EXPECT_LE(day_of_year(end), 366);
  }
}

TEST(Calendar, PartsOfTimes) {
  const int64_t us = timestamp("2024-12-30 13:45:56.789123");
  EXPECT_EQ(second(us), 56);
  EXPECT_EQ(millisecond(us), 56789);
  EXPECT_EQ(microsecond(us), 56789123);
  EXPECT_EQ(nanosecond(us), 56789123000);
  EXPECT_EQ(epoch(us), 1735566356.789123);
  EXPECT_EQ(julian_day_of_timestamp(us), 2460675.5735739483);
  EXPECT_EQ(epoch_ms(-1), 0);
  EXPECT_EQ(epoch_ms(-500), -1);
  EXPECT_EQ(epoch_ms(1735689599999999), 1735689600000);
  EXPECT_EQ(second(-1), 59);
  EXPECT_EQ(of_ns<microsecond>(-1), 59999999);
}

TEST(Calendar, Truncates) {
  struct Case {
    DatePart part;
    const char *from, *expected;
  };
  const char* when = "2024-12-30 13:45:56.789123";
  const Case cases[] = {{kMillennium, when, "2000-01-01 00:00:00"},
                        {kCentury, when, "2000-01-01 00:00:00"},
                        {kDecade, when, "2020-01-01 00:00:00"},
                        {kYear, when, "2024-01-01 00:00:00"},
                        {kIsoYear, when, "2024-12-30 00:00:00"},
                        {kQuarter, when, "2024-10-01 00:00:00"},
                        {kMonth, when, "2024-12-01 00:00:00"},
                        {kWeek, "2024-03-03", "2024-02-26 00:00:00"},
                        {kDay, when, "2024-12-30 00:00:00"},
                        {kHour, when, "2024-12-30 13:00:00"},
                        {kMinute, when, "2024-12-30 13:45:00"},
                        {kSecond, when, "2024-12-30 13:45:56"},
                        {kDecade, "-0005-01-01", "0000-01-01 00:00:00"},
                        {kHour, "1969-12-31 23:30:00", "1969-12-31 23:00:00"}};
  for (const Case& one : cases) {
    Faults faults;
    EXPECT_EQ(headrace::timestamp_to_text(truncate_timestamp(one.part, timestamp(one.from), faults)), one.expected);
    EXPECT_EQ(faults.bits, 0U);
  }
  for (const DatePart part : {kMillennium, kCentury, kDecade, kYear, kMonth, kWeek, kDay, kHour, kIsoYear}) {
    Faults faults;
    truncate_timestamp(part, INT64_MIN, faults);
    EXPECT_EQ(faults.bits & ~uint32_t{Faults::kOutOfRange}, 0U);
  }
}

TEST(Calendar, Distances) {
  struct Case {
    DatePart part;
    const char *from, *to;
    int64_t boundaries, whole;
  };
  const char *late = "2023-12-31 23:59:59", *march = "2024-03-01 00:00:00", *old = "1999-12-31 00:00:00";
  const Case cases[] = {{kMillennium, march, old, -1, 0},
                        {kCentury, late, march, 0, 0},
                        {kCentury, march, old, -1, 0},
                        {kDecade, march, old, -3, -2},
                        {kYear, late, march, 1, 0},
                        {kYear, march, old, -25, -24},
                        {kQuarter, late, march, 1, 0},
                        {kQuarter, march, old, -97, -96},
                        {kMonth, late, march, 3, 2},
                        {kMonth, march, old, -291, -290},
                        {kWeek, late, march, 8, 8},
                        {kWeek, march, old, -1261, -1261},
                        {kDay, late, march, 61, 60},
                        {kHour, late, march, 1441, 1440},
                        {kMinute, late, march, 86401, 86400},
                        {kSecond, late, march, 5184001, 5184001},
                        {kIsoYear, late, march, 1, 0},
                        {kMonth, "2024-01-31", "2024-02-29", 1, 1},
                        {kYear, "2024-02-29", "2025-02-28", 1, 1},
                        {kMonth, "2024-01-31 10:00:00", "2024-02-29 09:00:00", 1, 0},
                        {kMonth, "2024-03-31", "2024-02-29", -1, -1}};
  for (const Case& one : cases) {
    Faults faults;
    EXPECT_EQ(boundaries_between(one.part, timestamp(one.from), timestamp(one.to), faults), one.boundaries)
        << one.part << one.from;
    EXPECT_EQ(whole_parts_between(one.part, timestamp(one.from), timestamp(one.to), faults), one.whole)
        << one.part << one.from;
    EXPECT_EQ(faults.bits, 0U);
  }
  for (const auto distance : {boundaries_between, whole_parts_between}) {
    Faults faults;
    EXPECT_EQ(distance(kMillisecond, INT64_MIN, INT64_MAX, faults) / 1'000, 18'446'744'073'709);
    EXPECT_EQ(distance(kMicrosecond, -1, INT64_MAX - 1, faults), INT64_MAX);
    EXPECT_EQ(faults.bits, 0U);
    distance(kMicrosecond, -1, INT64_MAX, faults);
    EXPECT_EQ(faults.bits, uint32_t{Faults::kOutOfRange});
  }
}

TEST(Calendar, MadeOfNumbers) {
  Faults faults;
  EXPECT_EQ(headrace::date_to_text(make_date(2024, 2, 29, faults)), "2024-02-29");
  EXPECT_EQ(make_time(24, 0, 0, faults), kMicrosecondsPerDay);
  EXPECT_EQ(make_time(10, 20, 30.5, faults), 37230500000);
  EXPECT_EQ(instant_of_seconds(1.5, faults), 1500000);
  EXPECT_EQ(faults.bits, 0U);
  const auto fault_of = [](auto&& make) {
    Faults found;
    make(found);
    return found.bits;
  };
  EXPECT_EQ(fault_of([](Faults& f) { make_date(2023, 2, 29, f); }), Faults::kOutOfRange);
  EXPECT_EQ(fault_of([](Faults& f) { make_date(2024, 13, 1, f); }), Faults::kOutOfRange);
  EXPECT_EQ(fault_of([](Faults& f) { make_date(INT64_MAX, 1, 1, f); }), Faults::kOutOfRange);
  EXPECT_EQ(fault_of([](Faults& f) { make_time(24, 0, 1, f); }), Faults::kOutOfRange);
  EXPECT_EQ(fault_of([](Faults& f) { instant_of_seconds(1e300, f); }), Faults::kOutOfRange);
  EXPECT_EQ(fault_of([](Faults& f) { timestamp_of_ms(INT64_MAX, f); }), Faults::kOutOfRange);
  EXPECT_EQ(fault_of([](Faults& f) { time_bucket({1, 1, 0}, 0, f); }), Faults::kBadArgument);
  EXPECT_EQ(fault_of([](Faults& f) { time_bucket({0, 0, 0}, 0, f); }), Faults::kBadArgument);
  EXPECT_EQ(headrace::timestamp_to_text(time_bucket({0, 2, 0}, timestamp("2024-02-29 10:00:00"), faults)),
            "2024-02-28 00:00:00");
  EXPECT_EQ(headrace::date_to_text(time_bucket_of_date({1, 0, 0}, date("2024-02-29"), faults)), "2024-02-01");
}

std::string written(const char* when, std::string_view format) {
  Arena arena;
  KernelContext context{&arena};
  Faults faults;
  const std::string text(strftime(timestamp(when), StringRef(format), faults, context).view());
  return faults.bits != 0 ? fault_name(faults.bits) : text;
}
std::string read(std::string_view text, std::string_view format) {
  Faults faults;
  const int64_t us = strptime(StringRef(text), StringRef(format), faults);
  return faults.bits != 0 ? fault_name(faults.bits) : headrace::timestamp_to_text(us);
}

TEST(TimeFormat, Writes) {
  EXPECT_EQ(written("2024-02-09 13:05:06.789123",
                    "%a|%A|%w|%u|%d|%-d|%b|%h|%B|%m|%-m|%y|%Y|%H|%-H|%I|%-I|%p|%M|%-M|%S|%-S|%f|%g|%n|%z|%Z|%j|%-j|%U|%"
                    "W|%c|%x|%X|"
                    "%G|%V|%%"),
            "Fri|Friday|5|5|09|9|Feb|Feb|February|02|2|24|2024|13|13|01|1|PM|05|5|06|6|789123|789|789123000|+00||040|"
            "40|05|06|"
            "2024-02-09 13:05:06|2024-02-09|13:05:06|2024|06|%");
  EXPECT_EQ(written("2024-01-01 00:00:00", "%I%p"), "12AM");
  EXPECT_EQ(written("2024-01-01 00:00:00", "%q"), "bad argument");
  EXPECT_EQ(written("2024-01-01 00:00:00", "%"), "bad argument");
  EXPECT_EQ(written("2024-01-01 00:00:00", ""), "");
}

TEST(TimeFormat, Reads) {
  struct Case {
    const char *text, *format, *expected;
  };
  const Case cases[] = {{"2024-02-09 13:05", "%Y-%m-%d %H:%M", "2024-02-09 13:05:00"},
                        {"9 Feb 2024", "%d %b %Y", "2024-02-09 00:00:00"},
                        {"9 february 24", "%d %B %y", "2024-02-09 00:00:00"},
                        {"2024-02-09", "%d/%m/%Y", "bad cast"},
                        {"2024-02-09 x", "%Y-%m-%d", "bad cast"},
                        {"2024-02-30", "%Y-%m-%d", "bad cast"},
                        {"10:20 PM", "%I:%M %p", "1900-01-01 22:20:00"},
                        {"2024-040", "%Y-%j", "2024-02-09 00:00:00"},
                        {"Fri 2024-02-09", "%a %Y-%m-%d", "2024-02-09 00:00:00"},
                        {"2024-02-09 10:11+02:00", "%Y-%m-%d %H:%M%z", "2024-02-09 08:11:00"},
                        {"  2024-02-09", "%Y-%m-%d", "2024-02-09 00:00:00"},
                        {"70", "%y", "1970-01-01 00:00:00"},
                        {"68", "%y", "2068-01-01 00:00:00"},
                        {"2024-2-9", "%Y-%m-%d", "2024-02-09 00:00:00"},
                        {"2024-02-09", "%Y-%-m-%-d", "2024-02-09 00:00:00"},
                        {"20240209", "%Y%m%d", "2024-02-09 00:00:00"},
                        {"12 AM 2024", "%I %p %Y", "2024-01-01 00:00:00"},
                        {"2024", "%Q", "bad argument"}};
  for (const Case& one : cases) EXPECT_EQ(read(one.text, one.format), one.expected) << one.text << ' ' << one.format;
  EXPECT_EQ(read("2000 12.5", "%Y %S.%f"), headrace::timestamp_to_text(timestamp("2000-01-01 00:00:12.5")));
}

TEST(TimeFormat, SaysWhatIsWrong) {
  EXPECT_EQ(time_format_error("%Y-%m"), "");
  EXPECT_EQ(time_format_error("%Y-%q"), "no specifier begins with '%q'");
  EXPECT_EQ(time_format_error("%Y-%"), "the format ends with %");
}

}  // namespace
}  // namespace headrace::kernel
