// Dates, times, intervals and zones: + and - between them, multiples of intervals, AT TIME ZONE.
#include <algorithm>

#include <fmt/format.h>

#include "expr/call_rules.h"
#include "expr/coerce.h"
#include "kernel/interval.h"
#include "kernel/zone.h"

namespace headrace {

namespace {

bool is_moment(Type type) { return type.id >= TypeId::kTimestamp && type.id <= TypeId::kTimestampTz; }

const Value* literal_of(const ExprPtr& expr) {
  const auto* node = std::get_if<Literal>(&expr->node);
  return node != nullptr && !node->value.is_null() ? &node->value : nullptr;
}

// A literal moved by a literal interval is a literal, so that it prunes and meets dates as one.
ExprPtr folded(const ExprPtr& moment, const ExprPtr& interval, TextPosition where) {
  const Value* at = literal_of(moment);
  const Value* by = literal_of(interval);
  if (at == nullptr || by == nullptr || moment->type == kTimestampNs || moment->type == kTime) return nullptr;
  Faults faults;
  const int64_t us = kernel::add_interval(std::get<int64_t>(at->data), std::get<Interval>(by->data), faults);
  return faults.bits == 0 ? literal(Value{moment->type, us}, where) : nullptr;
}

// Of a date, also one written as text.
Result<ExprPtr> midnight_of(const ExprPtr& date, TextPosition where) {
  constexpr int64_t kDayUs = 86'400'000'000;
  int64_t us = 0;
  const Value* day = date->type == kDate ? literal_of(date) : nullptr;
  if (day != nullptr && !__builtin_mul_overflow(std::get<int32_t>(day->data), kDayUs, &us))
    return literal(Value{kTimestamp, us}, date->where);
  return cast_expr(date, kTimestamp, where);
}

Result<ExprPtr> negated(const ExprPtr& interval, TextPosition where) {
  if (const Value* value = literal_of(interval)) {
    Faults faults;
    const Interval negative = kernel::negate_interval(std::get<Interval>(value->data), faults);
    if (faults.bits == 0) return literal(Value{kInterval, negative}, where);
  }
  return exact_call("interval_negate", {interval}, kInterval, where);
}

// date ± days, moment ± interval, date + time, moment - moment, interval ± interval. nullptr: numbers, or nothing that has a sum.
Result<ExprPtr> sum(std::string_view name, const ExprPtr& written_left, const ExprPtr& written_right,
                    TextPosition where) {
  ExprPtr left = written_left, right = written_right;
  const bool adds = name == "add";
  const auto is_date_and = [&](Type other) { return left->type == other && right->type == kDate; };
  if (adds && (left->type == kInterval || is_date_and(kTime) || (right->type == kDate && is_integer(left->type))))
    std::swap(left, right);
  const auto is_null_and_date = [](const ExprPtr& null, const ExprPtr& date) {
    return null->type == kNullType && date->type == kDate;
  };
  if (is_null_and_date(left, right) || is_null_and_date(right, left))
    return literal(null_value(adds ? kDate : kInt64), where);
  if (left->type == kInterval && right->type == kInterval)
    return exact_call(adds ? "interval_add" : "interval_subtract", {left, right}, kInterval, where);
  if (right->type == kInterval) {
    TRY(moment, left->type == kDate || left->type == kUtf8 ? midnight_of(left, where) : Result<ExprPtr>(left));
    if (!is_moment(moment->type) && moment->type != kTime) return ExprPtr(nullptr);
    TRY(interval, adds ? Result<ExprPtr>(right) : negated(right, where));
    if (ExprPtr result = folded(moment, interval, where)) return result;
    return exact_call("add_interval", {moment, interval}, moment->type, where);
  }
  if (adds && left->type == kDate && right->type == kTime)
    return exact_call("date_and_time", {left, right}, kTimestamp, where);
  if (!adds && (is_moment(left->type) || is_moment(right->type))) {
    const std::optional<Type> both = common_type(*left, *right);
    if (!both) return ExprPtr(nullptr);
    const Type type = *both == kTimestampNs ? kTimestamp : *both;  // an interval has microseconds
    TRY(from, cast_expr(left, type, where));
    TRY(to, cast_expr(right, type, where));
    return exact_call("timestamp_difference", {from, to}, kInterval, where);
  }
  if (left->type != kDate) return ExprPtr(nullptr);
  if (!adds && coerces(*right, kDate)) {
    TRY(date, cast_expr(right, kDate, where));
    return exact_call("subtract", {left, date}, kInt64, where);
  }
  if (!is_integer(right->type)) return ExprPtr(nullptr);
  TRY(days, cast_expr(right, kInt32, where));
  if (!adds) {
    TRY(negative, resolve_call("negate", {days}, where));
    days = negative;
  }
  return exact_call("add_days", {left, days}, kDate, where);
}

Result<ExprPtr> product(const ExprPtr& left, const ExprPtr& right, TextPosition where) {
  const ExprPtr& interval = left->type == kInterval ? left : right;
  const ExprPtr& number = left->type == kInterval ? right : left;
  if (interval->type != kInterval || !is_integer(number->type)) return ExprPtr(nullptr);
  TRY(count, cast_expr(number, kInt64, where));
  return exact_call("interval_multiply", {interval, count}, kInterval, where);
}

// x AT TIME ZONE zone.
Result<ExprPtr> at_time_zone(std::string_view, Arguments arguments, TextPosition where) {
  TRY(zone, cast_expr(arguments[0], kUtf8, where));
  if (const Value* name = literal_of(zone); name != nullptr && !kernel::is_time_zone(std::get<std::string>(name->data)))
    return type_error(where, fmt::format("there is no time zone '{}'", std::get<std::string>(name->data)),
                      "write a name of the IANA database: 'Europe/Zurich', 'America/New_York', 'UTC'");
  if (arguments[1]->type == kTimestampTz) return exact_call("local_time", {arguments[1], zone}, kTimestamp, where);
  TRY(clock, cast_expr(arguments[1], kTimestamp, where));
  return exact_call("instant", {clock, zone}, kTimestampTz, where);
}

constexpr CallRule kRules[] = {
    {"timezone", 2, 2, at_time_zone},
};

}  // namespace

Result<ExprPtr> moment_arithmetic(std::string_view name, const Arguments& arguments, TextPosition where) {
  if (name == "multiply") return product(arguments[0], arguments[1], where);
  if (name == "add" || name == "subtract") return sum(name, arguments[0], arguments[1], where);
  return ExprPtr(nullptr);
}

std::span<const CallRule> moment_rules() { return kRules; }

}  // namespace headrace
