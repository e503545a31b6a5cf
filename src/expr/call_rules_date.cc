#include <algorithm>
#include <cctype>
#include <optional>

#include <fmt/format.h>

#include "expr/call_rules.h"
#include "expr/coerce.h"
#include "kernel/date/calendar.h"
#include "kernel/date/format.h"

namespace headrace {

namespace {

// Every spelling of a part, the function that gives it, and what date_trunc and its kin truncate to; below 0: nothing.
struct Part {
  std::string_view written, function;
  int32_t number;
};
constexpr int32_t kNoNumber = -1;
constexpr Part kParts[] = {
    {"year", "year", kernel::kYear},
    {"years", "year", kernel::kYear},
    {"yr", "year", kernel::kYear},
    {"yrs", "year", kernel::kYear},
    {"y", "year", kernel::kYear},
    {"month", "month", kernel::kMonth},
    {"months", "month", kernel::kMonth},
    {"mon", "month", kernel::kMonth},
    {"mons", "month", kernel::kMonth},
    {"day", "day", kernel::kDay},
    {"days", "day", kernel::kDay},
    {"d", "day", kernel::kDay},
    {"dayofmonth", "day", kernel::kDay},
    {"decade", "decade", kernel::kDecade},
    {"decades", "decade", kernel::kDecade},
    {"dec", "decade", kernel::kDecade},
    {"century", "century", kernel::kCentury},
    {"centuries", "century", kernel::kCentury},
    {"cent", "century", kernel::kCentury},
    {"c", "century", kernel::kCentury},
    {"millennium", "millennium", kernel::kMillennium},
    {"millennia", "millennium", kernel::kMillennium},
    {"millenniums", "millennium", kernel::kMillennium},
    {"mil", "millennium", kernel::kMillennium},
    {"quarter", "quarter", kernel::kQuarter},
    {"quarters", "quarter", kernel::kQuarter},
    {"week", "week", kernel::kWeek},
    {"weeks", "week", kernel::kWeek},
    {"w", "week", kernel::kWeek},
    {"weekofyear", "week", kernel::kWeek},
    {"yearweek", "yearweek", kernel::kWeek},
    {"isoyear", "isoyear", kernel::kIsoYear},
    {"dow", "dayofweek", kernel::kDay},
    {"dayofweek", "dayofweek", kernel::kDay},
    {"weekday", "dayofweek", kernel::kDay},
    {"isodow", "isodow", kernel::kDay},
    {"doy", "dayofyear", kernel::kDay},
    {"dayofyear", "dayofyear", kernel::kDay},
    {"julian", "julian", kernel::kDay},
    {"era", "era", kNoNumber},
    {"hour", "hour", kernel::kHour},
    {"hours", "hour", kernel::kHour},
    {"hr", "hour", kernel::kHour},
    {"hrs", "hour", kernel::kHour},
    {"h", "hour", kernel::kHour},
    {"minute", "minute", kernel::kMinute},
    {"minutes", "minute", kernel::kMinute},
    {"min", "minute", kernel::kMinute},
    {"mins", "minute", kernel::kMinute},
    {"m", "minute", kernel::kMinute},
    {"second", "second", kernel::kSecond},
    {"seconds", "second", kernel::kSecond},
    {"sec", "second", kernel::kSecond},
    {"secs", "second", kernel::kSecond},
    {"s", "second", kernel::kSecond},
    {"epoch", "epoch", kernel::kSecond},
    {"millisecond", "millisecond", kernel::kMillisecond},
    {"milliseconds", "millisecond", kernel::kMillisecond},
    {"ms", "millisecond", kernel::kMillisecond},
    {"msec", "millisecond", kernel::kMillisecond},
    {"msecs", "millisecond", kernel::kMillisecond},
    {"microsecond", "microsecond", kernel::kMicrosecond},
    {"microseconds", "microsecond", kernel::kMicrosecond},
    {"us", "microsecond", kernel::kMicrosecond},
    {"usec", "microsecond", kernel::kMicrosecond},
    {"usecs", "microsecond", kernel::kMicrosecond},
    {"timezone", "timezone", kNoNumber},
    {"timezone_hour", "timezone_hour", kNoNumber},
    {"timezone_minute", "timezone_minute", kNoNumber},
};

Result<const Part*> part_of(std::string_view function, const Expr& argument, TextPosition where) {
  const std::string* text = literal_text(argument);
  if (text == nullptr)
    return type_error(where, fmt::format("{} expects the part as a literal text, such as 'month'", function));
  std::string lower = *text;
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  const auto* found = std::ranges::find(kParts, lower, &Part::written);
  if (found == std::end(kParts))
    return type_error(where, fmt::format("{} knows no part '{}'", function, *text),
                      "parts are year, month, day, quarter, week, hour, minute, second …");
  return found;
}

Result<ExprPtr> date_part(std::string_view name, Arguments arguments, TextPosition where) {
  TRY(part, part_of(name, *arguments[0], where));
  return resolve_call(std::string(part->function), {arguments[1]}, where);
}

// timezone(when), timezone_hour, timezone_minute: 0, since instants are shown in UTC.
Result<ExprPtr> zone_part(std::string_view name, Arguments arguments, TextPosition where) {
  const Type type = arguments[0]->type;
  if (type != kTimestamp && type != kTimestampTz)
    return type_error(where, fmt::format("{} expects a timestamp, found {}", name, to_text(type)));
  TRY(is_null, resolve_call("is_null", {arguments[0]}, where));
  return resolve_if_else(is_null, literal(null_value(kInt64)), literal(Value{kInt64, int64_t{0}}), where);
}

Result<ExprPtr> make_timestamptz(std::string_view, Arguments a, TextPosition where) {
  const ExprPtr zone = a.size() == 7 ? a[6] : literal(Value{kUtf8, std::string("UTC")});
  if (a.size() == 7) a.pop_back();
  TRY(clock, resolve_call("make_timestamp", std::move(a), where));
  return resolve_call("timezone", {zone, clock}, where);
}

// age(from): to the day on which the statement began.
Result<ExprPtr> age_today(std::string_view name, Arguments arguments, TextPosition where) {
  TRY(today, resolve_call("current_date", {}, where));
  TRY(midnight, cast_expr(today, kTimestamp, where));
  return generic_call(*find_function(name), {midnight, arguments[0]}, where);
}

// date_trunc, date_diff, date_sub: the kernel takes the part by number, and dates as timestamps.
Result<ExprPtr> by_part(std::string_view name, Arguments arguments, TextPosition where) {
  TRY(part, part_of(name, *arguments[0], where));
  if (part->number == kNoNumber) return type_error(where, fmt::format("{} does not take {}", name, part->written));
  const std::string_view kernel = name == "date_trunc"  ? "truncate_to"
                                  : name == "date_diff" ? "boundaries_between"
                                                        : "whole_parts_between";
  arguments[0] = literal(Value{kInt32, part->number});
  return generic_call(*find_function(kernel), std::move(arguments), where);
}

Result<ExprPtr> make_timestamp(std::string_view, Arguments a, TextPosition where) {
  if (a.size() == 1) return generic_call(*find_function("make_timestamp_us"), std::move(a), where);
  TRY(date, generic_call(*find_function("make_date"), {a[0], a[1], a[2]}, where));
  TRY(time, generic_call(*find_function("make_time"), {a[3], a[4], a[5]}, where));
  return exact_call("date_and_time", {date, time}, kTimestamp, where);
}

// strftime(when, format) and strftime(format, when); a literal format that says nothing is refused now.
Result<ExprPtr> time_format(std::string_view name, Arguments arguments, TextPosition where) {
  if (name == "strftime" && arguments[0]->type == kUtf8 && arguments[1]->type != kUtf8)
    std::swap(arguments[0], arguments[1]);
  if (const std::string* format = literal_text(*arguments[1])) {
    const std::string error = kernel::time_format_error(*format);
    if (!error.empty())
      return type_error(where, fmt::format("{}: {} in '{}'", name, error, *format),
                        "specifiers are %Y %m %d %H %M %S %f %j %a %b …");
  }
  return generic_call(*find_function(name), std::move(arguments), where);
}

Result<ExprPtr> try_time_format(std::string_view, Arguments arguments, TextPosition where) {
  const ExprPtr text = arguments[0];
  TRY(moment, time_format("strptime", std::move(arguments), where));
  return null_where_it_faults(moment, text, where);
}

constexpr CallRule kRules[] = {
    {"date_part", 2, 2, date_part},
    {"date_trunc", 2, 2, by_part},
    {"date_diff", 3, 3, by_part},
    {"date_sub", 3, 3, by_part},
    {"make_timestamp", 1, 1, make_timestamp},
    {"make_timestamp", 6, 6, make_timestamp},
    {"make_timestamptz", 1, 1, make_timestamptz},
    {"make_timestamptz", 6, 7, make_timestamptz},
    {"timezone", 1, 1, zone_part},
    {"timezone_hour", 1, 1, zone_part},
    {"timezone_minute", 1, 1, zone_part},
    {"age", 1, 1, age_today},
    {"strftime", 2, 2, time_format},
    {"strptime", 2, 2, time_format},
    {"try_strptime", 2, 2, try_time_format},
};

}  // namespace

std::span<const CallRule> date_rules() { return kRules; }

}  // namespace headrace
