// reference/datum.h — one value of the reference: null, a fault, or a value whose static Type travels beside it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "reference/big_integer.h"
#include "types/value.h"

namespace headrace::reference {

struct Null {
  friend bool operator==(Null, Null) = default;
};
// Why a value does not exist. When several causes meet, the one that is named first here is reported.
enum class Fault : uint32_t {
  kOverflow = 1,
  kDivisionByZero = 2,
  kBadCast = 4,
  kOutOfRange = 8,
  kBadUtf8 = 16,
  kBadArgument = 128,
};
struct Faulted {
  uint32_t causes;  // Fault values, or-ed
  friend bool operator==(Faulted, Faulted) = default;
};

struct Datum;
using Fields = std::shared_ptr<const std::vector<Datum>>;

// By type: bool; BigInteger (integers; decimal times 10^scale; date in days; times in their unit); double; string; Interval;
// Fields (a list's elements, a struct's fields, a map's keys and values by turns; of_fields makes them, no -0 among them).
struct Datum {
  std::variant<Null, Faulted, bool, BigInteger, double, std::string, Interval, Fields> data;

  bool is_null() const { return std::holds_alternative<Null>(data); }
  bool is_fault() const { return std::holds_alternative<Faulted>(data); }
  bool is_true() const { return data == decltype(data)(true); }
  bool is_false() const { return data == decltype(data)(false); }
  const BigInteger& integer() const { return std::get<BigInteger>(data); }
  double number() const { return std::get<double>(data); }
  const std::string& text() const { return std::get<std::string>(data); }
  const Interval& interval() const { return std::get<Interval>(data); }
  const std::vector<Datum>& fields() const { return *std::get<Fields>(data); }
};
using Row = std::vector<Datum>;

Datum fault(Fault cause);
inline Datum null() { return {Null{}}; }
Datum of_fields(std::vector<Datum> fields);
std::string fault_name(uint32_t causes);  // "overflow", "division by zero", "bad cast", "out of range", "bad argument"

// Negative, zero, positive: the order of ORDER BY and of comparisons between values of one type, neither null nor fault.
// NaN is greatest and equal to itself, -0 equals +0, text by bytes, intervals by length (a month of 30 days), nested values field
// by field, the shorter first.
int compare(const Datum& left, const Datum& right);
// The order of fields inside nested values: nulls are equal and last, intervals of one length go by their months, then days.
int compare_fields(const Datum& left, const Datum& right);
// Nulls count as equal, and as greater than all values: keys of groups, the total order of rows.
int compare_with_nulls(const Datum& left, const Datum& right);
// What a key shows: +0 for -0, the one NaN for every NaN, an interval's length in months of 30 days, days and µs.
Datum as_key(const Datum& value);

Datum from_value(const Value& value);
// Requires a Datum of the type, no fault. NaN becomes the canonical one.
Value to_value(const Datum& datum, Type type);

}  // namespace headrace::reference
