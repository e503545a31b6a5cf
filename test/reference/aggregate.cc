#include "reference/aggregate.h"

#include <algorithm>
#include <cmath>

#include "reference/bind.h"
#include "reference/cast.h"

namespace headrace::reference {
namespace {

// Sum of doubles before rounding. NaN, or infinities of both signs: NaN. Otherwise an infinity: that one. A sum of zero is +0.
struct ExactSum {
  BigInteger in_units;  // of 2^-1074
  double special = 0;  // NaN or an infinity; 0: none
};

ExactSum exact_sum(const std::vector<Datum>& values) {
  ExactSum sum;
  for (const Datum& value : values) {
    const double number = value.number();
    if (std::isfinite(number))
      sum.in_units = sum.in_units + scaled_double(number);
    else
      sum.special = sum.special + number;  // IEEE: inf - inf and anything with NaN give NaN
  }
  return sum;
}

double rounded_sum(const std::vector<Datum>& values, int64_t divisor) {
  const ExactSum sum = exact_sum(values);
  if (sum.special != 0) return sum.special;
  return nearest_double(sum.in_units, double_scale() * BigInteger(divisor));
}

BigInteger integer_sum(const std::vector<Datum>& values) {
  BigInteger sum;
  for (const Datum& value : values) sum = sum + value.integer();
  return sum;
}

Datum sum_of(const AggregateTerm& call, const std::vector<Datum>& values) {
  if (call.type == kFloat64) return {rounded_sum(values, 1)};
  const BigInteger sum = integer_sum(values);
  if (!fits(sum, call.type)) return fault(Fault::kOverflow);
  return {sum};
}

Datum average_of(const AggregateTerm& call, const std::vector<Datum>& values) {
  const auto count = static_cast<int64_t>(values.size());
  const Type type = call.argument->type;
  if (is_float(type)) return {rounded_sum(values, count)};
  const uint8_t scale = is_decimal(type) ? type.scale : 0;
  return {nearest_double(integer_sum(values), BigInteger::power_of_ten(scale) * BigInteger(count))};
}

std::vector<Datum> without_repeats(std::vector<Datum> values) {
  for (Datum& value : values) value = as_key(value);
  std::sort(values.begin(), values.end(), [](const Datum& a, const Datum& b) { return compare(a, b) < 0; });
  const auto end =
      std::unique(values.begin(), values.end(), [](const Datum& a, const Datum& b) { return compare(a, b) == 0; });
  values.erase(end, values.end());
  return values;
}

}  // namespace

AggregateTerm bind_aggregate(const std::string& function, bool distinct, std::optional<Term> argument) {
  const Type type = argument ? argument->type : kNullType;
  AggregateTerm call{function, distinct, std::move(argument), kInt64};
  if (function == "count") return call;
  if (!call.argument) refuse(function + " takes an argument");
  call.type = type;
  if (function == "min" || function == "max") return call;
  if (!is_numeric(type) || (function != "sum" && function != "avg")) refuse(function + " of " + to_text(type));
  if (function == "avg" || is_float(type))
    call.type = kFloat64;
  else
    call.type = decimal(38, is_decimal(type) ? type.scale : 0);
  return call;
}

Datum aggregate(const AggregateTerm& call, const std::vector<Datum>& all) {
  std::vector<Datum> values;
  for (const Datum& value : all)
    if (!value.is_null()) values.push_back(value);
  if (call.distinct) values = without_repeats(std::move(values));
  if (call.function == "count") return {BigInteger(static_cast<int64_t>(values.size()))};
  if (values.empty()) return null();
  if (call.function == "sum") return sum_of(call, values);
  if (call.function == "avg") return average_of(call, values);
  const auto smaller = [](const Datum& a, const Datum& b) { return compare(a, b) < 0; };
  const bool least = call.function == "min";
  return as_key(least ? *std::min_element(values.begin(), values.end(), smaller)
                      : *std::max_element(values.begin(), values.end(), smaller));
}

}  // namespace headrace::reference
