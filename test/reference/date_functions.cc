// Functions of dates a second time: by days counted from the calendar, months as numbers. Formats and weekday names are held by unit
// tests alone.
#include <algorithm>
#include <cmath>

#include "reference/calendar.h"
#include "reference/definitions.h"

namespace headrace::reference {
namespace {

using Arguments = std::vector<Datum>;

struct Moment {
  int64_t days, us;
};
Moment moment_of(const Datum& value, Type type) {
  const int64_t number = value.integer().to_int64();
  if (type == kDate) return {number, 0};
  const int64_t days = floor_divide(number, kDayUs);
  return {days, number - days * kDayUs};
}

int64_t weekday(int64_t days) {  // 0: Monday
  const int64_t from_thursday = days + 3;
  return from_thursday - floor_divide(from_thursday, 7) * 7;
}
int64_t new_year(int64_t year) { return days_of({year, 1, 1}); }
// Monday of the week with January 4th.
int64_t first_monday(int64_t year) { return new_year(year) + 3 - weekday(new_year(year) + 3); }
int64_t iso_year(int64_t days) {
  int64_t year = civil_of(days).year + 1;
  while (first_monday(year) > days) --year;
  return year;
}
int64_t iso_week(int64_t days) { return (days - first_monday(iso_year(days))) / 7 + 1; }
int64_t since_year_one(int64_t year, int64_t years) {
  return year > 0 ? (year + years - 1) / years : -((-year) / years) - 1;
}

Datum number(int64_t value) { return {BigInteger(value)}; }

Datum part(const Term& call, const Arguments& a) {
  const auto [days, us] = moment_of(a[0], call.arguments[0].type);
  const Civil date = civil_of(days);
  const std::string& name = call.function;
  if (name == "quarter") return number((date.month + 2) / 3);
  if (name == "decade") return number(date.year / 10);
  if (name == "century") return number(since_year_one(date.year, 100));
  if (name == "millennium") return number(since_year_one(date.year, 1000));
  if (name == "era") return number(date.year > 0 ? 1 : 0);
  if (name == "week") return number(iso_week(days));
  if (name == "isoyear") return number(iso_year(days));
  if (name == "yearweek") {
    const int64_t year = iso_year(days), sign = year > 0 ? 1 : year < 0 ? -1 : 0;
    return number(year * 100 + sign * iso_week(days));
  }
  if (name == "dayofweek") return number((weekday(days) + 1) % 7);
  if (name == "isodow") return number(weekday(days) + 1);
  if (name == "dayofyear") return number(days - new_year(date.year) + 1);
  if (name == "last_day") return number(days_of({date.year, date.month, month_days(date.year, date.month)}));
  const int64_t in_minute = us % 60'000'000;
  if (name == "second") return number(in_minute / 1'000'000);
  if (name == "millisecond") return number(in_minute / 1'000);
  if (name == "microsecond") return number(in_minute);
  return number(in_minute * 1'000);
}

Datum since_epoch(const Term& call, const Arguments& a) {
  const BigInteger& us = a[0].integer();
  if (call.function == "epoch") return {static_cast<double>(us.to_int64()) / 1e6};
  if (call.function == "epoch_ms") return {nearest_integer(us, BigInteger(1000), Halves::kAwayFromZero)};
  return a[0];
}

enum Number {
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
  kMs,
  kUs,
  kIsoYear
};
int64_t months_in(int64_t number) {
  constexpr int64_t kMonths[] = {12'000, 1'200, 120, 12, 3, 1};
  return number <= kMonth ? kMonths[number] : number == kIsoYear ? 12 : 0;
}
int64_t us_in(int64_t number) {
  constexpr int64_t kSizes[] = {7 * kDayUs, kDayUs, 3'600'000'000, 60'000'000, 1'000'000, 1'000, 1};
  return kSizes[number - kWeek];
}

Datum within_int64(const BigInteger& value) {
  if (!(value < BigInteger(1).shifted_left(63)) || value < -BigInteger(1).shifted_left(63))
    return fault(Fault::kOutOfRange);
  return {value};
}
Datum timestamp(const BigInteger& days, int64_t us) { return within_int64(days * BigInteger(kDayUs) + BigInteger(us)); }

Datum truncate(const Term&, const Arguments& a) {
  const int64_t unit = a[0].integer().to_int64();
  const auto [days, us] = moment_of(a[1], kTimestamp);
  const Civil date = civil_of(days);
  if (unit == kIsoYear) return timestamp(BigInteger(first_monday(iso_year(days))), 0);
  if (unit == kWeek) return timestamp(BigInteger(days - weekday(days)), 0);
  if (unit <= kYear) {
    const int64_t years = months_in(unit) / 12;
    return timestamp(BigInteger(new_year(date.year / years * years)), 0);
  }
  if (unit <= kMonth)
    return timestamp(BigInteger(days_of({date.year, unit == kMonth ? date.month : (date.month - 1) / 3 * 3 + 1, 1})),
                     0);
  return timestamp(BigInteger(days), us - us % us_in(unit));
}

int64_t part_number(int64_t unit, const Datum& value) {
  const auto [days, us] = moment_of(value, kTimestamp);
  const Civil date = civil_of(days);
  if (unit <= kYear) return date.year / (months_in(unit) / 12);
  if (unit == kIsoYear) return iso_year(days);
  if (unit == kQuarter) return date.year * 4 + (date.month - 1) / 3;
  if (unit == kMonth) return date.year * 12 + date.month;
  return floor_divide(value.integer().to_int64(), us_in(unit));
}

// The largest number of months after which `from`, on its day or the last of a shorter month, is not behind `to`.
int64_t whole_months(const Datum& from, const Datum& to) {
  const auto [first_days, first_us] = moment_of(from, kTimestamp);
  const auto [last_days, last_us] = moment_of(to, kTimestamp);
  const Civil first = civil_of(first_days), last = civil_of(last_days);
  int64_t months = (last.year - first.year) * 12 + last.month - first.month;
  const int64_t first_day = std::min(first.day, last.day == month_days(last.year, last.month) ? last.day : first.day);
  if (first_day > last.day || (first_day == last.day && first_us > last_us)) --months;
  return months;
}

Datum whole(const Term&, const Arguments& a) {
  const int64_t unit = a[0].integer().to_int64();
  if (const int64_t months = months_in(unit); months > 0)
    return number(a[2].integer() < a[1].integer() ? -(whole_months(a[2], a[1]) / months)
                                                  : whole_months(a[1], a[2]) / months);
  return within_int64(BigInteger::divide(a[2].integer() - a[1].integer(), BigInteger(us_in(unit))).first);
}

Datum boundaries(const Term&, const Arguments& a) {
  const int64_t unit = a[0].integer().to_int64();
  if (unit == kWeek) return number((moment_of(a[2], kTimestamp).days - moment_of(a[1], kTimestamp).days) / 7);
  return within_int64(BigInteger(part_number(unit, a[2])) - BigInteger(part_number(unit, a[1])));
}

Datum make_date(const Term&, const Arguments& a) {
  const BigInteger limit(6'000'000);
  const BigInteger &year = a[0].integer(), &month = a[1].integer(), &day = a[2].integer();
  const bool counts = -limit <= year && year <= limit && BigInteger(1) <= month && month <= BigInteger(12) &&
                      BigInteger(1) <= day && day <= BigInteger(31);
  if (!counts || day.to_int64() > month_days(year.to_int64(), month.to_int64())) return fault(Fault::kOutOfRange);
  const int64_t days = days_of({year.to_int64(), month.to_int64(), day.to_int64()});
  if (days < INT32_MIN || days > INT32_MAX) return fault(Fault::kOutOfRange);
  return number(days);
}

const std::vector<Definition>& list() {
  static const std::vector<Definition> definitions = [] {
    std::vector<Definition> all;
    for (const char* name : {"quarter", "decade", "century", "millennium", "era", "week", "isoyear", "yearweek",
                             "dayofweek", "isodow", "dayofyear"})
      for (const Type type : {kDate, kTimestamp}) all.push_back({name, {type}, kInt64, part});
    for (const Type type : {kDate, kTimestamp}) all.push_back({"last_day", {type}, kDate, part});
    for (const char* name : {"second", "millisecond", "microsecond", "nanosecond"})
      all.push_back({name, {kTimestamp}, kInt64, part});
    all.push_back({"epoch", {kTimestamp}, kFloat64, since_epoch});
    all.push_back({"epoch_ms", {kTimestamp}, kInt64, since_epoch});
    all.push_back({"epoch_us", {kTimestamp}, kInt64, since_epoch});
    all.push_back({"truncate_to", {kInt32, kTimestamp}, kTimestamp, truncate});
    all.push_back({"boundaries_between", {kInt32, kTimestamp, kTimestamp}, kInt64, boundaries});
    all.push_back({"whole_parts_between", {kInt32, kTimestamp, kTimestamp}, kInt64, whole});
    all.push_back({"make_date", {kInt64, kInt64, kInt64}, kDate, make_date});
    return all;
  }();
  return definitions;
}

}  // namespace

std::span<const Definition> date_definitions() { return list(); }

}  // namespace headrace::reference
