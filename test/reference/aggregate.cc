#include "reference/aggregate.h"

#include <algorithm>
#include <cmath>

#include "reference/bind.h"
#include "reference/cast.h"
#include "types/nested_type.h"

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

using Rows = std::vector<AggregateRow>;

std::vector<Datum> column(const Rows& rows, size_t argument) {
  std::vector<Datum> values;
  for (const AggregateRow& row : rows) values.push_back(row.arguments[argument]);
  return values;
}

Datum sum_of(const AggregateTerm& call, const std::vector<Datum>& values) {
  if (call.type == kFloat64) return {rounded_sum(values, 1)};
  BigInteger sum;
  if (call.arguments[0].type == kBool) {
    for (const Datum& value : values) sum = sum + BigInteger(value.is_true() ? 1 : 0);
  } else {
    sum = integer_sum(values);
  }
  if (!fits(sum, call.type)) return fault(Fault::kOverflow);
  return {sum};
}

Datum average_of(const AggregateTerm& call, const std::vector<Datum>& values) {
  const auto count = static_cast<int64_t>(values.size());
  const Type type = call.arguments[0].type;
  if (is_float(type)) return {rounded_sum(values, count)};
  const uint8_t scale = is_decimal(type) ? type.scale : 0;
  return {nearest_double(integer_sum(values), BigInteger::power_of_ten(scale) * BigInteger(count))};
}

// n Σab - Σa Σb in units of 2^-2148; nullopt: a value is not finite.
std::optional<BigInteger> scatter(const std::vector<Datum>& a, const std::vector<Datum>& b) {
  BigInteger products, sum_a, sum_b;
  for (size_t i = 0; i < a.size(); ++i) {
    if (!std::isfinite(a[i].number()) || !std::isfinite(b[i].number())) return std::nullopt;
    const BigInteger left = scaled_double(a[i].number()), right = scaled_double(b[i].number());
    products = products + left * right;
    sum_a = sum_a + left;
    sum_b = sum_b + right;
  }
  return products * BigInteger(static_cast<int64_t>(a.size())) - sum_a * sum_b;
}

Datum moment_of(const AggregateTerm& call, const Rows& rows) {
  const auto n = static_cast<int64_t>(rows.size());
  const bool sample = call.function.ends_with("_samp");
  if (n < (sample ? 2 : 1)) return null();
  const auto found = scatter(column(rows, 0), column(rows, call.arguments.size() - 1));
  if (!found) return {std::nan("")};
  const double exact =
      nearest_double(*found, double_scale() * double_scale() * BigInteger(n) * BigInteger(sample ? n - 1 : n));
  return {call.function.starts_with("stddev") ? std::sqrt(exact) : exact};
}

Datum bits_of(const AggregateTerm& call, const std::vector<Datum>& values) {
  int64_t bits = call.function == "bit_and" ? -1 : 0;
  for (const Datum& value : values) {
    const int64_t next = value.integer().to_int64();
    bits = call.function == "bit_and" ? bits & next : call.function == "bit_or" ? bits | next : bits ^ next;
  }
  return {BigInteger(bits)};
}

Datum truth_of(const AggregateTerm& call, const std::vector<Datum>& values) {
  const bool all = call.function == "bool_and";
  for (const Datum& value : values)
    if (value.is_true() != all) return {!all};
  return {all};
}

Datum joined_text(const Rows& rows) {
  std::string text;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (i > 0) text += rows[i].arguments[1].text();
    text += rows[i].arguments[0].text();
  }
  return {text};
}

Datum between(const Datum& low, const Datum& high, double share, Type type) {
  if (type == kFloat64) return {low.number() * (1.0 - share) + high.number() * share};
  const double way = nearest_double(high.integer() - low.integer(), BigInteger(1)) * share;
  if (!is_decimal(type)) return {low.integer() + BigInteger(static_cast<__int128>(way < 0 ? way - 0.5 : way + 0.5))};
  const auto is_exact = [](const Datum& value) {
    const BigInteger most(int64_t{1} << 53);
    return value.integer() <= most && BigInteger(0) - most <= value.integer();
  };
  if (type.id == TypeId::kDecimal64 && is_exact(low) && is_exact(high))
    return {BigInteger(static_cast<__int128>(nearest_double(low.integer(), BigInteger(1)) + way))};
  const auto whole = static_cast<__int128>(way);
  const BigInteger near = low.integer() + BigInteger(whole);
  const double rest = way - static_cast<double>(whole);
  if (type.id != TypeId::kDecimal64 || rest == 0 || near.is_zero() || near.is_negative() == (rest < 0)) return {near};
  return {near + BigInteger(near.is_negative() ? 1 : -1)};
}

Datum quantile_of(const AggregateTerm& call, const Rows& rows) {
  const double share = call.function == "median" ? 0.5 : rows[0].arguments[1].number();
  if (!(share >= 0 && share <= 1)) return fault(Fault::kOutOfRange);
  const auto n = static_cast<double>(rows.size());
  const bool descending = !call.order.empty() && call.order[0].descending;
  const auto at = [&](size_t i) { return rows[descending ? rows.size() - 1 - i : i].arguments[0]; };
  const Type type = call.arguments[0].type;
  if (call.function == "quantile_disc" || type == kUtf8 || type == kBool) {
    const double reached = n - std::floor(n - share * n);
    return at(reached > 1 ? static_cast<size_t>(reached) - 1 : 0);
  }
  const double wanted = share * (n - 1);
  const auto below = static_cast<size_t>(wanted);
  const double rest = wanted - static_cast<double>(below);
  return rest > 0 ? between(at(below), at(below + 1), rest, type) : at(below);
}

Datum mode_of(const Rows& rows) {
  Datum best;
  size_t best_rows = 0;
  for (size_t i = 0; i < rows.size();) {
    size_t end = i;
    while (end < rows.size() && compare(rows[i].arguments[0], rows[end].arguments[0]) == 0) ++end;
    if (end - i > best_rows) best = rows[i].arguments[0];
    best_rows = std::max(best_rows, end - i);
    i = end;
  }
  return best;
}

// The rows are sorted.
Datum histogram_of(const Rows& rows) {
  std::vector<Datum> entries;
  for (size_t i = 0; i < rows.size();) {
    size_t end = i;
    while (end < rows.size() && compare(rows[i].arguments[0], rows[end].arguments[0]) == 0) ++end;
    entries.push_back(as_key(rows[i].arguments[0]));
    entries.push_back({BigInteger(static_cast<int64_t>(end - i))});
    i = end;
  }
  return of_fields(std::move(entries));
}

int compare_arguments(const AggregateRow& left, const AggregateRow& right) {
  for (size_t i = 0; i < left.arguments.size(); ++i)
    if (const int order = compare_with_nulls(left.arguments[i], right.arguments[i]); order != 0) return order;
  return 0;
}

void sort_by_arguments(Rows& rows) {
  std::sort(rows.begin(), rows.end(),
            [](const AggregateRow& left, const AggregateRow& right) { return compare_arguments(left, right) < 0; });
}

void remove_repeats(Rows& rows) {
  for (AggregateRow& row : rows)
    for (Datum& value : row.arguments) value = as_key(value);
  sort_by_arguments(rows);
  rows.erase(std::unique(rows.begin(), rows.end(),
                         [](const AggregateRow& l, const AggregateRow& r) { return compare_arguments(l, r) == 0; }),
             rows.end());
}

// Negative, zero, positive, by the call's ORDER BY.
int compare_keys(const AggregateTerm& call, const AggregateRow& left, const AggregateRow& right) {
  for (size_t i = 0; i < call.order.size(); ++i) {
    const Datum &l = left.keys[i], &r = right.keys[i];
    if (l.is_null() && r.is_null()) continue;
    if (l.is_null() || r.is_null()) return l.is_null() == call.order[i].nulls_first ? -1 : 1;
    const int order = compare(l, r);
    if (order != 0) return call.order[i].descending ? -order : order;
  }
  return 0;
}

// Ties stay in the order of the input.
void sort_by_keys(const AggregateTerm& call, Rows& rows) {
  std::vector<size_t> places(rows.size());
  for (size_t i = 0; i < places.size(); ++i) places[i] = i;
  std::sort(places.begin(), places.end(), [&](size_t left, size_t right) {
    const int order = compare_keys(call, rows[left], rows[right]);
    return order != 0 ? order < 0 : left < right;
  });
  Rows sorted;
  for (const size_t place : places) sorted.push_back(rows[place]);
  rows = std::move(sorted);
}

bool is_any(const std::string& name, std::initializer_list<const char*> names) {
  return std::any_of(names.begin(), names.end(), [&](const char* one) { return name == one; });
}

bool looks_at_sorted(const std::string& name) {
  return is_any(name, {"median", "quantile_cont", "quantile_disc", "mode", "histogram"});
}

}  // namespace

AggregateTerm bind_aggregate(AggregateTerm call) {
  const std::string& name = call.function;
  if (name == "string_agg" && call.arguments.size() == 1)
    call.arguments.push_back(literal_term({std::string(",")}, kUtf8));
  if (call.function == "array_agg") call.function = "list";
  const Type type = call.arguments.empty() ? kNullType : call.arguments[0].type;
  if (name == "count") return call;
  if (call.arguments.empty()) refuse(name + " takes an argument");
  call.type = name == "list" ? list_of(type) : name == "histogram" ? map_of(type, kUInt64) : type;
  if (name.starts_with("quantile_") && call.arguments.size() == 2)
    call.arguments[1] = convert(call.arguments[1], kFloat64);
  if (is_any(name, {"min", "max", "first", "last", "any_value", "bool_and", "bool_or", "bit_and", "bit_or", "bit_xor",
                    "string_agg", "mode", "quantile_disc", "list", "histogram"}))
    return call;
  if (name == "count_if" || (name == "sum" && type == kBool)) {
    call.function = "sum";
    call.type = decimal(38, 0);
    return call;
  }
  if (is_any(name, {"median", "quantile_cont"})) {
    if (type == kDate || is_integer(type)) {
      call.type = type == kDate ? kTimestamp : kFloat64;
      call.arguments[0] = convert(call.arguments[0], call.type);
    }
    return call;
  }
  if (!is_numeric(type)) refuse(name + " of " + to_text(type));
  if (is_any(name, {"var_samp", "var_pop", "stddev_samp", "stddev_pop", "covar_samp", "covar_pop"})) {
    for (Term& argument : call.arguments) argument = convert(argument, kFloat64);
    call.type = kFloat64;
    return call;
  }
  if (name != "sum" && name != "avg") refuse("no aggregate " + name);
  if (name == "avg" || is_float(type))
    call.type = kFloat64;
  else
    call.type = decimal(38, is_decimal(type) ? type.scale : 0);
  return call;
}

Datum aggregate(const AggregateTerm& call, const std::vector<AggregateRow>& all) {
  const std::string& name = call.function;
  const bool keeps_nulls = name == "first" || name == "last" || name == "list";
  Rows rows;
  for (const AggregateRow& row : all)
    if (keeps_nulls ||
        std::none_of(row.arguments.begin(), row.arguments.end(), [](const Datum& d) { return d.is_null(); }))
      rows.push_back(row);
  if (call.distinct) remove_repeats(rows);
  if (name == "count") return {BigInteger(static_cast<int64_t>(rows.size()))};
  if (rows.empty()) return null();
  if (looks_at_sorted(name)) {
    sort_by_arguments(rows);
    if (name == "histogram") return histogram_of(rows);
    return name == "mode" ? mode_of(rows) : quantile_of(call, rows);
  }
  sort_by_keys(call, rows);
  const std::vector<Datum> values = column(rows, 0);
  if (name == "sum") return sum_of(call, values);
  if (name == "avg") return average_of(call, values);
  if (name == "string_agg") return joined_text(rows);
  if (name == "list") return of_fields(values);
  if (name.starts_with("bit_")) return bits_of(call, values);
  if (name.starts_with("bool_")) return truth_of(call, values);
  if (name == "first" || name == "any_value") return values.front();
  if (name == "last") return values.back();
  if (name != "min" && name != "max") return moment_of(call, rows);
  const auto smaller = [](const Datum& a, const Datum& b) { return compare_fields(a, b) < 0; };
  const Datum extreme = name == "min" ? *std::min_element(values.begin(), values.end(), smaller)
                                      : *std::max_element(values.begin(), values.end(), smaller);
  return std::holds_alternative<double>(extreme.data) ? as_key(extreme) : extreme;
}

}  // namespace headrace::reference
