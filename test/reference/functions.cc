// What each function of kernel/list.def means, said a second time from its documentation (docs/functions.md, docs/types.md).
#include <locale.h>
#include <cmath>
#include <cwctype>
#include <functional>
#include <map>

#include "base/check.h"
#include "base/hash.h"
#include "reference/calendar.h"
#include "reference/cast.h"
#include "reference/code_points.h"
#include "reference/definitions.h"
#include "reference/moments.h"
#include "reference/term.h"

namespace headrace::reference {
namespace {

using Arguments = std::vector<Datum>;

Datum in_range(const BigInteger& value, Type type, Fault cause = Fault::kOverflow) {
  // Decimals may use all digits that the type can ever have: the resolver leaves room wherever it can.
  const Type range = is_decimal(type) ? decimal(type.precision <= 18 ? 18 : 38, type.scale) : type;
  if (!fits(value, range)) return fault(cause);
  return {value};
}

// A result of float32 is that of float64, rounded again: for + - * / that is the nearest float (Figueroa, "When is Double
// Rounding Innocuous?", SIGNUM Newsletter 30(3), 1995).
Datum float_result(double value, Type type) {
  return {type == kFloat32 ? static_cast<double>(static_cast<float>(value)) : value};
}

Datum arithmetic(const Term& call, const Arguments& a) {
  if (is_float(call.type)) {
    const double left = a[0].number(), right = a[1].number();
    if (call.function == "add") return float_result(left + right, call.type);
    if (call.function == "subtract") return float_result(left - right, call.type);
    return float_result(left * right, call.type);
  }
  const BigInteger &left = a[0].integer(), &right = a[1].integer();
  if (call.function == "add") return in_range(left + right, call.type);
  if (call.function == "subtract") return in_range(left - right, call.type);
  return in_range(left * right, call.type);
}

Datum divide(const Term& call, const Arguments& a) {
  if (call.function == "divide") {
    if (a[1].number() == 0) return fault(Fault::kDivisionByZero);
    return float_result(a[0].number() / a[1].number(), call.type);
  }
  if (call.type == kFloat64) {
    if (a[1].number() == 0) return fault(Fault::kDivisionByZero);
    return {std::fmod(a[0].number(), a[1].number())};
  }
  if (a[1].integer().is_zero()) return fault(Fault::kDivisionByZero);
  const auto [quotient, remainder] = BigInteger::divide(a[0].integer(), a[1].integer());
  return in_range(call.function == "modulo" ? remainder : quotient, call.type);
}

Datum negate(const Term& call, const Arguments& a) {
  if (is_float(call.type)) return {-a[0].number()};
  return in_range(-a[0].integer(), call.type);
}

Datum absolute(const Term& call, const Arguments& a) {
  if (is_float(call.type)) return {std::fabs(a[0].number())};
  return in_range(a[0].integer().magnitude(), call.type);
}

Datum sign(const Term& call, const Arguments& a) {
  if (is_float(call.arguments[0].type)) {
    const double value = a[0].number();
    return {BigInteger(value < 0 ? -1 : value > 0 ? 1 : 0)};
  }
  const BigInteger& value = a[0].integer();
  return {BigInteger(value.is_negative() ? -1 : value.is_zero() ? 0 : 1)};
}

// The multiple of 10^-digits nearest to the exact value, halves away from zero, then the nearest double.
Datum round(const Term&, const Arguments& a) {
  const double value = a[0].number();
  const int64_t digits = a[1].integer().to_int64();
  if (!std::isfinite(value) || digits > 400) return {value};
  if (digits < -400) return {std::copysign(0.0, value)};
  const BigInteger power = BigInteger::power_of_ten(static_cast<uint32_t>(std::abs(digits)));
  BigInteger numerator = scaled_double(value), denominator = double_scale();
  (digits >= 0 ? numerator : denominator) = (digits >= 0 ? numerator : denominator) * power;
  const BigInteger whole = nearest_integer(numerator, denominator, Halves::kAwayFromZero);
  const double result = digits >= 0 ? nearest_double(whole, power) : nearest_double(whole * power, BigInteger(1));
  return {std::copysign(std::fabs(result), value)};
}

// Decimals and integers: digits kept behind the point; below 0 that many before it become zeros.
Datum keep_digits(const Term& call, const Arguments& a) {
  const Type from = call.arguments[0].type;
  const int64_t kept = a[1].integer().to_int64();
  const int64_t dropped = (is_decimal(from) ? from.scale : 0) - kept;
  if (dropped <= 0) return a[0];
  const BigInteger unit = BigInteger::power_of_ten(static_cast<uint32_t>(dropped < 100 ? dropped : 100));
  const BigInteger& value = a[0].integer();
  BigInteger whole = floor_of(value, unit);
  if (call.function == "ceil_decimal") whole = -floor_of(-value, unit);
  if (call.function == "trunc_decimal") whole = BigInteger::divide(value, unit).first;
  if (call.function.starts_with("round")) whole = nearest_integer(value, unit, Halves::kAwayFromZero);
  if (kept < 0) whole = whole * BigInteger::power_of_ten(static_cast<uint32_t>(kept > -100 ? -kept : 100));
  return in_range(whole, call.type);
}

Datum comparison(const Term& call, const Arguments& a) {
  const int order = compare(a[0], a[1]);
  if (call.function == "eq") return {order == 0};
  if (call.function == "ne") return {order != 0};
  if (call.function == "lt") return {order < 0};
  if (call.function == "le") return {order <= 0};
  if (call.function == "gt") return {order > 0};
  return {order >= 0};
}

Datum length(const Term&, const Arguments& a) {
  return {BigInteger(static_cast<int64_t>(code_points(a[0].text()).size()))};
}

// Simple case mapping: one code point becomes one code point. The C library's table is the second opinion here.
Datum change_case(const Term& call, const Arguments& a) {
  static const locale_t utf8 = newlocale(LC_ALL_MASK, "C.UTF-8", nullptr);
  CHECK(utf8 != nullptr);
  std::string result;
  for (const std::string& point : code_points(a[0].text())) {
    const auto number = decode(point);
    const wint_t mapped = call.function == "upper" ? towupper_l(static_cast<wint_t>(number), utf8)
                                                   : towlower_l(static_cast<wint_t>(number), utf8);
    result += encode(static_cast<uint32_t>(mapped));
  }
  return {result};
}

Datum concat(const Term&, const Arguments& a) { return {a[0].text() + a[1].text()}; }

// Code points [start, start + count) from 1; negative start from the end; negative count backwards from before start.
Datum substring(const Term&, const Arguments& a) {
  const std::vector<std::string> points = code_points(a[0].text());
  const BigInteger size(static_cast<int64_t>(points.size()));
  const BigInteger start = a[1].integer(), count = a[2].integer();
  const BigInteger first = start.is_negative() ? size + start : start - BigInteger(1);
  const BigInteger begin = count.is_negative() ? first + count : first;
  const BigInteger end = count.is_negative() ? first : first + count;
  std::string result;
  for (size_t i = 0; i < points.size(); ++i) {
    const BigInteger at(static_cast<int64_t>(i));
    if (begin <= at && at < end) result += points[i];
  }
  return {result};
}

Datum starts_with(const Term&, const Arguments& a) { return {a[0].text().starts_with(a[1].text())}; }

bool like_from(const std::vector<std::string>& text, size_t at, const std::vector<std::string>& pattern, size_t p) {
  if (p == pattern.size()) return at == text.size();
  if (pattern[p] == "%") {
    if (p + 1 < pattern.size() && pattern[p + 1] == "%") return like_from(text, at, pattern, p + 1);
    for (size_t next = at; next <= text.size(); ++next)
      if (like_from(text, next, pattern, p + 1)) return true;
    return false;
  }
  if (at == text.size() || (pattern[p] != "_" && pattern[p] != text[at])) return false;
  return like_from(text, at + 1, pattern, p + 1);
}

Datum like(const Term&, const Arguments& a) {
  return {like_from(code_points(a[0].text()), 0, code_points(a[1].text()), 0)};
}

struct Moment {
  int64_t days, us;  // us of the day
};
Moment moment_of(const Datum& value, Type type) {
  const int64_t number = value.integer().to_int64();
  if (type == kDate) return {number, 0};
  const int64_t days = floor_divide(number, kDayUs);
  return {days, number - days * kDayUs};
}
Datum from_moment(int64_t days, int64_t us, Type type) {
  const BigInteger number = type == kDate ? BigInteger(days) : BigInteger(days) * BigInteger(kDayUs) + BigInteger(us);
  return in_range(number, type, Fault::kOutOfRange);
}

Datum date_part(const Term& call, const Arguments& a) {
  const Moment moment = moment_of(a[0], call.arguments[0].type);
  const Civil date = civil_of(moment.days);
  if (call.function == "year") return {BigInteger(date.year)};
  if (call.function == "month") return {BigInteger(date.month)};
  if (call.function == "day") return {BigInteger(date.day)};
  if (call.function == "hour") return {BigInteger(moment.us / 3'600'000'000)};
  return {BigInteger(moment.us / 60'000'000 % 60)};
}

Datum add_days(const Term& call, const Arguments& a) {
  const Moment moment = moment_of(a[0], call.type);
  return from_moment(moment.days + a[1].integer().to_int64(), moment.us, call.type);
}

Datum add_months(const Term& call, const Arguments& a) {
  const Moment moment = moment_of(a[0], call.type);
  const Civil date = civil_of(moment.days);
  const int64_t months = date.year * 12 + date.month - 1 + a[1].integer().to_int64();
  const int64_t year = floor_divide(months, 12), month = months - year * 12 + 1;
  const int64_t day = date.day > month_days(year, month) ? month_days(year, month) : date.day;
  return from_moment(days_of({year, month, day}), moment.us, call.type);
}

Datum add_microseconds(const Term&, const Arguments& a) {
  return in_range(a[0].integer() + a[1].integer(), kTimestamp, Fault::kOutOfRange);
}

// Fixed for all time by base/hash.h, over: integers, dates and timestamps as int64; -0 as +0; every NaN as one.
Datum hash_of(const Term& call, const Arguments& a) {
  const Type type = call.arguments[0].type;
  uint64_t result = 0;
  if (type == kUtf8) {
    result = hash_bytes(a[0].text().data(), a[0].text().size());
  } else if (type == kBool) {
    result = mix64(a[0].is_true() ? 1 : 0);
  } else if (is_float(type)) {
    const double key = as_key(a[0]).number();
    result = mix64(__builtin_bit_cast(uint64_t, key));
  } else if (type.id == TypeId::kDecimal128) {
    const auto bits = static_cast<unsigned __int128>(a[0].integer().to_int128());
    result = combine_hashes(mix64(static_cast<uint64_t>(bits)), static_cast<uint64_t>(bits >> 64));
  } else {
    result = mix64(static_cast<uint64_t>(a[0].integer().to_int64()));
  }
  return {BigInteger(static_cast<int64_t>(result))};
}

using Function = Datum (*)(const Term&, const Arguments&);

const std::map<std::string, Function>& functions_by_name() {
  static const std::map<std::string, Function> functions = {
      {"add", arithmetic},
      {"subtract", arithmetic},
      {"multiply", arithmetic},
      {"divide", divide},
      {"integer_divide", divide},
      {"modulo", divide},
      {"negate", negate},
      {"abs", absolute},
      {"sign", sign},
      {"round", round},
      {"round_integer", keep_digits},
      {"round_decimal", keep_digits},
      {"floor_decimal", keep_digits},
      {"ceil_decimal", keep_digits},
      {"trunc_decimal", keep_digits},
      {"eq", comparison},
      {"ne", comparison},
      {"lt", comparison},
      {"le", comparison},
      {"gt", comparison},
      {"ge", comparison},
      {"length", length},
      {"upper", change_case},
      {"lower", change_case},
      {"concat", concat},
      {"substring", substring},
      {"starts_with", starts_with},
      {"like", like},
      {"year", date_part},
      {"month", date_part},
      {"day", date_part},
      {"hour", date_part},
      {"minute", date_part},
      {"add_days", add_days},
      {"add_months", add_months},
      {"add_microseconds", add_microseconds},
      {"hash", hash_of},
      {"not", [](const Term&, const Arguments& a) -> Datum { return {!a[0].is_true()}; }},
  };
  return functions;
}

}  // namespace

std::vector<const Definition*> definitions_of(const std::string& name) {
  std::vector<const Definition*> found;
  for (const auto family : {number_definitions(), text_definitions(), date_definitions()})
    for (const Definition& one : family)
      if (one.name == name) found.push_back(&one);
  return found;
}

Datum apply(const Term& call, const std::vector<Datum>& arguments) {
  if (const auto found = functions_by_name().find(call.function); found != functions_by_name().end())
    return found->second(call, arguments);
  if (const auto moved = apply_moments(call, arguments)) return *moved;
  for (const Definition* one : definitions_of(call.function)) {
    bool fits = one->arguments.size() == arguments.size();
    for (size_t i = 0; fits && i < arguments.size(); ++i) fits = call.arguments[i].type == one->arguments[i];
    if (fits) return one->meaning(call, arguments);
  }
  CHECK(!"bind.cc types calls of defined functions only");
  return null();
}

}  // namespace headrace::reference
