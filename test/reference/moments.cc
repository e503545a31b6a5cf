#include "reference/moments.h"

#include <algorithm>
#include <map>

#include "reference/bind.h"
#include "reference/calendar.h"
#include "reference/cast.h"

namespace headrace::reference {
namespace {

Term typed_call(std::string name, std::vector<Term> arguments, Type type) {
  return {Term::Kind::kCall, type, 0, {}, std::move(name), std::move(arguments)};
}

bool is_moment(Type type) { return type == kTimestamp || type == kTimestampTz; }

Datum checked(const BigInteger& value, Type type) {
  if (!fits(value, type)) return fault(Fault::kOutOfRange);
  return {value};
}

Datum checked_interval(const BigInteger& months, const BigInteger& days, const BigInteger& us) {
  if (!fits(months, kInt32) || !fits(days, kInt32) || !fits(us, kInt64)) return fault(Fault::kOutOfRange);
  return {Interval{static_cast<int32_t>(months.to_int64()), static_cast<int32_t>(days.to_int64()), us.to_int64()}};
}

// A month later is the same day, or the month's last.
int64_t months_later(int64_t days, int64_t months) {
  Civil date = civil_of(days);
  const int64_t month = date.month - 1 + months;
  date.year += floor_divide(month, 12);
  date.month = month - floor_divide(month, 12) * 12 + 1;
  date.day = std::min(date.day, month_days(date.year, date.month));
  return days_of(date);
}

Datum moved(const Datum& moment, const Interval& by, Type type) {
  if (type == kTime) {
    const int64_t sum = moment.integer().to_int64() % kDayUs + by.us % kDayUs;
    return {BigInteger(((sum % kDayUs) + kDayUs) % kDayUs)};
  }
  const int64_t at = moment.integer().to_int64();
  const int64_t day = floor_divide(at, kDayUs);
  const BigInteger days(months_later(day, by.months) + by.days);
  return checked(days * BigInteger(kDayUs) + BigInteger(at - day * kDayUs) + BigInteger(by.us), type);
}

Datum scaled(const Interval& value, const BigInteger& by) {
  return checked_interval(BigInteger(value.months) * by, BigInteger(value.days) * by, BigInteger(value.us) * by);
}

std::optional<Interval> unit_of(const std::string& function) {
  static const std::map<std::string, Interval> units = {{"to_millennia", {12'000, 0, 0}},
                                                        {"to_centuries", {1'200, 0, 0}},
                                                        {"to_decades", {120, 0, 0}},
                                                        {"to_years", {12, 0, 0}},
                                                        {"to_quarters", {3, 0, 0}},
                                                        {"to_months", {1, 0, 0}},
                                                        {"to_weeks", {0, 7, 0}},
                                                        {"to_days", {0, 1, 0}},
                                                        {"to_hours", {0, 0, 3'600'000'000}},
                                                        {"to_minutes", {0, 0, 60'000'000}},
                                                        {"to_seconds", {0, 0, 1'000'000}},
                                                        {"to_milliseconds", {0, 0, 1'000}},
                                                        {"to_microseconds", {0, 0, 1}}};
  const auto found = units.find(function);
  return found == units.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace

std::optional<Term> bind_moments(const std::string& name, Term left, Term right) {
  const bool adds = name == "add", subtracts = name == "subtract";
  if (name == "multiply") {
    if (right.type == kInterval) std::swap(left, right);
    if (left.type != kInterval || !is_integer(right.type)) return std::nullopt;
    return typed_call("scale_interval", {left, convert(right, kInt64)}, kInterval);
  }
  if (!adds && !subtracts) return std::nullopt;
  if (adds && (left.type == kInterval || (left.type == kTime && right.type == kDate))) std::swap(left, right);
  if (left.type == kInterval && right.type == kInterval)
    return typed_call(adds ? "sum_intervals" : "difference_of_intervals", {left, right}, kInterval);
  if (right.type == kInterval) {
    const Term moment = left.type == kDate || left.type == kUtf8 ? convert(left, kTimestamp) : left;
    if (!is_moment(moment.type) && moment.type != kTime) return std::nullopt;
    return typed_call(adds ? "later" : "earlier", {moment, right}, moment.type);
  }
  if (adds && left.type == kDate && right.type == kTime) return typed_call("at_time", {left, right}, kTimestamp);
  if (subtracts && (is_moment(left.type) || is_moment(right.type))) {
    const auto both = common_type(left, right);
    if (!both || !is_moment(*both)) return std::nullopt;
    return typed_call("span", {convert(left, *both), convert(right, *both)}, kInterval);
  }
  return std::nullopt;
}

std::optional<Term> bind_units(const std::string& name, const std::vector<Term>& arguments) {
  if (arguments.size() != 1 || !unit_of(name)) return std::nullopt;
  return typed_call(name, {convert(arguments[0], kInt64)}, kInterval);
}

std::optional<Datum> apply_moments(const Term& call, const std::vector<Datum>& a) {
  const std::string& name = call.function;
  if (name == "later") return moved(a[0], a[1].interval(), call.type);
  if (name == "earlier") {
    const Datum negative = scaled(a[1].interval(), BigInteger(-1));
    return negative.is_fault() ? negative : moved(a[0], negative.interval(), call.type);
  }
  if (name == "at_time") return checked(a[0].integer() * BigInteger(kDayUs) + a[1].integer(), kTimestamp);
  if (name == "span") {
    const BigInteger us = a[0].integer() - a[1].integer();
    const auto [days, rest] = BigInteger::divide(us, BigInteger(kDayUs));  // towards zero
    return checked_interval(BigInteger(0), days, rest);
  }
  if (name == "scale_interval") return scaled(a[0].interval(), a[1].integer());
  if (name == "negate_interval") return scaled(a[0].interval(), BigInteger(-1));
  if (const auto unit = unit_of(name)) return scaled(*unit, a[0].integer());
  if (name == "sum_intervals" || name == "difference_of_intervals") {
    const Interval &left = a[0].interval(), &right = a[1].interval();
    const auto both = [&](int64_t x, int64_t y) {
      return name == "sum_intervals" ? BigInteger(x) + BigInteger(y) : BigInteger(x) - BigInteger(y);
    };
    return checked_interval(both(left.months, right.months), both(left.days, right.days), both(left.us, right.us));
  }
  return std::nullopt;
}

}  // namespace headrace::reference
