#include "io/pruning/condition.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include <fmt/format.h>

#include "types/calendar.h"

namespace headrace {
namespace {

template <class T>
int three_way(const T& left, const T& right) {
  return left < right ? -1 : (right < left ? 1 : 0);
}

std::optional<int128> integer_of(const Value& value, uint8_t scale) {
  int128 number;
  uint8_t own_scale = 0;
  if (const auto* narrow = std::get_if<int32_t>(&value.data))
    number = *narrow;
  else if (const auto* wide = std::get_if<int64_t>(&value.data))
    number = *wide;
  else if (const auto* widest = std::get_if<int128>(&value.data)) {
    number = *widest;
    own_scale = value.type.scale;
  } else
    return std::nullopt;
  for (; own_scale < scale; ++own_scale)
    if (__builtin_mul_overflow(number, int128{10}, &number)) return std::nullopt;
  return number;
}

// The order of two values of comparable types; nothing when they are not, or do not fit a common scale.
std::optional<int> compare_values(const Value& left, const Value& right) {
  const auto* left_text = std::get_if<std::string>(&left.data);
  const auto* right_text = std::get_if<std::string>(&right.data);
  if (left_text != nullptr && right_text != nullptr) return three_way(*left_text, *right_text);
  const auto* left_real = std::get_if<double>(&left.data);
  const auto* right_real = std::get_if<double>(&right.data);
  if (left_real != nullptr && right_real != nullptr) return three_way(*left_real, *right_real);
  const bool both_numbers = is_numeric(left.type) && is_numeric(right.type);
  if (left.type.id != right.type.id && !both_numbers) return std::nullopt;
  const uint8_t scale = std::max(left.type.scale, right.type.scale);
  const std::optional<int128> left_number = integer_of(left, scale), right_number = integer_of(right, scale);
  if (!left_number || !right_number) return std::nullopt;
  return three_way(*left_number, *right_number);
}

bool is_cast(const Call& call) {
  return call.function == "cast" || (call.overload != nullptr && call.overload->function->name.starts_with("cast_to_"));
}

bool is_exact_number(Type type) { return is_integer(type) || is_decimal(type); }

// Of calls that column_below() lets through: those of a number as a number keep it.
std::optional<Value> value_of_call(const Call& call, const Value& argument) {
  if (call.function == "year") {
    if (argument.type == kDate) return Value{kInt64, civil_from_days(std::get<int32_t>(argument.data)).year};
    const int64_t days = floor_divide(std::get<int64_t>(argument.data), kMicrosecondsPerDay);
    return Value{kInt64, civil_from_days(static_cast<int32_t>(days)).year};
  }
  if (argument.type == kDate) return Value{kTimestamp, int64_t{std::get<int32_t>(argument.data)} * kMicrosecondsPerDay};
  return argument;
}

}  // namespace

PruningCondition::PruningCondition(const Expr& predicate, bool negated) : expr_(predicate) {
  if (const auto* call = std::get_if<Call>(&predicate.node))
    understand(*call, negated);
  else
    refuse("it is not a comparison");
}

void PruningCondition::refuse(std::string why) {
  kind_ = Kind::kUnknown;
  unused_ = std::move(why);
}

void PruningCondition::understand(const Call& call, bool negated) {
  const std::string_view name = call.function;
  if (name == "and" || name == "or") {
    kind_ = (name == "and") != negated ? Kind::kAll : Kind::kAny;
    for (const ExprPtr& argument : call.arguments) parts_.push_back(PruningCondition(*argument, negated));
    if (kind_ != Kind::kAny) return;
    for (const PruningCondition& part : parts_)
      if (!part.unused_.empty()) return refuse(part.unused_);
    return;
  }
  if (name == "not" && call.arguments.size() == 1) {
    const auto* inner = std::get_if<Call>(&call.arguments[0]->node);
    return inner == nullptr ? refuse("it is not a comparison") : understand(*inner, !negated);
  }
  if (name == "is_null" || name == "is_not_null") {
    kind_ = (name == "is_null") != negated ? Kind::kIsNull : Kind::kIsNotNull;
    const auto* column = std::get_if<ColumnIndex>(&call.arguments[0]->node);
    if (column == nullptr) return refuse("it looks at an expression, not at a column");
    column_ = column->index;
    return;
  }
  if (!negated && (name == "like" || name == "starts_with") && call.arguments.size() == 2)
    return understand_prefix(call);
  struct Comparison {
    std::string_view name;
    Kind kind, opposite;
  };
  static constexpr Comparison kComparisons[] = {
      {"eq", Kind::kEqual, Kind::kNotEqual},    {"ne", Kind::kNotEqual, Kind::kEqual},
      {"lt", Kind::kLess, Kind::kGreaterEqual}, {"le", Kind::kLessEqual, Kind::kGreater},
      {"gt", Kind::kGreater, Kind::kLessEqual}, {"ge", Kind::kGreaterEqual, Kind::kLess},
  };
  for (const Comparison& one : kComparisons)
    if (one.name == name) return understand_comparison(call, negated ? one.opposite : one.kind);
  refuse("it is not a comparison of a column with a literal");
}

void PruningCondition::understand_comparison(const Call& call, Kind kind) {
  bool flipped = false;
  const ColumnIndex* column = column_below(*call.arguments[0]);
  if (column == nullptr) {
    column = column_below(*call.arguments[1]);
    flipped = true;
  }
  const auto* literal = std::get_if<Literal>(&call.arguments[flipped ? 0 : 1]->node);
  if (column == nullptr || literal == nullptr) return refuse("it is not a comparison of a column with a literal");
  if (literal->value.is_null()) return refuse("it compares with null");
  if (flipped) {
    if (kind == Kind::kLess || kind == Kind::kLessEqual)
      kind = kind == Kind::kLess ? Kind::kGreater : Kind::kGreaterEqual;
    else if (kind == Kind::kGreater || kind == Kind::kGreaterEqual)
      kind = kind == Kind::kGreater ? Kind::kLess : Kind::kLessEqual;
  }
  kind_ = kind;
  column_ = column->index;
  literal_ = literal->value;
  const bool upward = kind == Kind::kGreater || kind == Kind::kGreaterEqual || kind == Kind::kNotEqual;
  if (literal_.type == kBool)
    unused_ = "statistics of bool columns are not used";
  else if (is_float(literal_.type) && upward)
    unused_ = "statistics do not count NaN, which sorts above every number";
  else if (const auto* number = std::get_if<double>(&literal_.data); number != nullptr && std::isnan(*number))
    unused_ = "it compares with NaN, which statistics do not count";
}

void PruningCondition::understand_prefix(const Call& call) {
  const auto* column = std::get_if<ColumnIndex>(&call.arguments[0]->node);
  const auto* literal = std::get_if<Literal>(&call.arguments[1]->node);
  const auto* text = literal == nullptr ? nullptr : std::get_if<std::string>(&literal->value.data);
  if (column == nullptr || text == nullptr) return refuse("it does not look for a literal text in a column");
  const std::string prefix = call.function == "like" ? text->substr(0, text->find_first_of("%_")) : *text;
  if (prefix.empty()) return refuse("its pattern does not begin with a text");
  kind_ = Kind::kPrefix;
  column_ = column->index;
  literal_ = Value{kUtf8, prefix};
}

const ColumnIndex* PruningCondition::column_below(const Expr& expr) {
  if (const auto* column = std::get_if<ColumnIndex>(&expr.node)) return column;
  const auto* call = std::get_if<Call>(&expr.node);
  if (call == nullptr || call->arguments.empty() || can_fault(expr)) return nullptr;
  const Expr& argument = *call->arguments[0];
  const bool keeps_number = is_cast(*call) && is_exact_number(expr.type) && is_exact_number(argument.type) &&
                            expr.type.scale >= argument.type.scale;
  const bool as_timestamp = is_cast(*call) && expr.type == kTimestamp && argument.type == kDate;
  const bool year = call->function == "year" && (argument.type == kDate || argument.type == kTimestamp);
  if (!keeps_number && !as_timestamp && !year) return nullptr;
  const ColumnIndex* column = column_below(argument);
  if (column != nullptr) path_.push_back(call);
  return column;
}

// Of a unit with values that are not null.
bool PruningCondition::excludes_values(const ColumnBounds& bounds) const {
  std::optional<Value> least = bounds.low, greatest = bounds.high;
  for (const Call* call : path_) {
    if (least) least = value_of_call(*call, *least);
    if (greatest) greatest = value_of_call(*call, *greatest);
  }
  if (!least || !greatest) return false;
  if (kind_ == Kind::kPrefix) {
    const auto* low = std::get_if<std::string>(&least->data);
    const auto* high = std::get_if<std::string>(&greatest->data);
    const std::string& prefix = std::get<std::string>(literal_.data);
    return low != nullptr && high != nullptr && (*high < prefix || low->substr(0, prefix.size()) > prefix);
  }
  const std::optional<int> low = compare_values(*least, literal_), high = compare_values(*greatest, literal_);
  if (!low || !high) return false;
  switch (kind_) {
    case Kind::kEqual: return *low > 0 || *high < 0;
    case Kind::kNotEqual: return *low == 0 && *high == 0;
    case Kind::kLess: return *low >= 0;
    case Kind::kLessEqual: return *low > 0;
    case Kind::kGreater: return *high <= 0;
    case Kind::kGreaterEqual: return *high < 0;
    default: return false;
  }
}

bool PruningCondition::excludes_column(const BoundsOfColumn& bounds_of) {
  const ColumnBounds bounds = bounds_of(column_);
  has_bounds_ |= bounds.low.has_value() || bounds.nulls.has_value();
  if (kind_ == Kind::kIsNull) return bounds.nulls == 0u;
  if (bounds.nulls == bounds.rows) return true;  // nothing but nulls
  return kind_ != Kind::kIsNotNull && excludes_values(bounds);
}

bool PruningCondition::excludes(const BoundsOfColumn& bounds_of) {
  if (!unused_.empty()) return false;
  bool excluded = kind_ == Kind::kAny;
  if (kind_ == Kind::kAll || kind_ == Kind::kAny) {
    for (PruningCondition& part : parts_) {
      const bool one = part.excludes(bounds_of);
      has_bounds_ |= part.has_bounds_;
      excluded = kind_ == Kind::kAny ? excluded && one : excluded || one;
    }
  } else {
    excluded = excludes_column(bounds_of);
  }
  has_excluded_ |= excluded;
  return excluded;
}

std::string PruningCondition::why_unused() const {
  if (has_excluded_) return "";
  if (!unused_.empty()) return unused_;
  if (!has_bounds_) return "the file has no statistics for this column";
  return "every row group's range overlaps it";
}

}  // namespace headrace
