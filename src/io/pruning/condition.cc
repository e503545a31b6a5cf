#include "io/pruning/condition.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include <fmt/format.h>

#include "execute/interpret/evaluate_constant.h"

namespace headrace {
namespace {

template <class T>
int three_way(const T& left, const T& right) {
  return left < right ? -1 : (right < left ? 1 : 0);
}

bool is_cast(const Call& call) {
  return call.function == "cast" || (call.overload != nullptr && call.overload->function->name.starts_with("cast_to_"));
}

bool is_exact_number(Type type) { return is_integer(type) || is_decimal(type); }
bool is_date_or_timestamp(Type type) { return type == kDate || type == kTimestamp || type == kTimestampNs; }

// Gives every number of `from` as itself.
bool keeps_numbers(Type from, Type to) {
  if (is_exact_number(from) && is_exact_number(to)) return to.scale >= from.scale;
  return is_float(from) && (to == kFloat64 || to == from);
}

// A greater argument never gives a less result, wherever neither faults.
bool keeps_order(const Call& call, Type from, Type to) {
  if (is_cast(call)) {
    if (is_date_or_timestamp(from)) return is_date_or_timestamp(to);
    // A NaN faults where a number is to be whole, and bounds say nothing of it.
    return (is_exact_number(from) && is_numeric(to)) || (is_float(from) && is_float(to));
  }
  const bool exact = is_exact_number(from) && is_exact_number(to);
  if (call.function == "add") return exact;
  if (call.function == "subtract") return exact && std::holds_alternative<Literal>(call.arguments[1]->node);
  if (call.function == "year") return is_date_or_timestamp(from);
  return call.function == "truncate_to" && from == kTimestamp;
}

// Of the arguments, the one that is not a literal; -1: there are none, or several.
int open_argument(const Call& call) {
  int open = -1;
  for (size_t i = 0; i < call.arguments.size(); ++i) {
    if (std::holds_alternative<Literal>(call.arguments[i]->node)) continue;
    if (open >= 0) return -1;
    open = static_cast<int>(i);
  }
  return open;
}

// What the calls make of a value of the column; nothing: one of them faults.
std::optional<Value> value_through(const std::vector<ExprPtr>& path, Value value) {
  for (const ExprPtr& expr : path) {
    const auto& call = std::get<Call>(expr->node);
    std::vector<ExprPtr> arguments = call.arguments;
    ExprPtr& open = arguments[static_cast<size_t>(open_argument(call))];
    if (open->type != value.type) return std::nullopt;
    open = literal(std::move(value));
    const auto result = evaluate_constant(*with_arguments(*expr, std::move(arguments)));
    if (!result.ok() || !result.value().has_value() || result.value()->is_null()) return std::nullopt;
    value = *result.value();
  }
  return value;
}

bool is_nan(const Value& value) {
  const auto* number = std::get_if<double>(&value.data);
  return number != nullptr && std::isnan(*number);
}

}  // namespace

std::optional<int128> scaled_integer(const Value& value, uint8_t scale) {
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
  for (; own_scale > scale; --own_scale) {
    if (number % 10 != 0) return std::nullopt;
    number /= 10;
  }
  return number;
}

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
  const std::optional<int128> left_number = scaled_integer(left, scale), right_number = scaled_integer(right, scale);
  if (!left_number || !right_number) return std::nullopt;
  return three_way(*left_number, *right_number);
}

PruningCondition::PruningCondition(const ExprPtr& predicate, bool negated) : text_(to_text(*predicate)) {
  understand(predicate, negated);
}

void PruningCondition::refuse(std::string why) {
  kind_ = Kind::kUnknown;
  unused_ = std::move(why);
}

void PruningCondition::understand(const ExprPtr& predicate, bool negated) {
  const auto* node = std::get_if<Call>(&predicate->node);
  if (node == nullptr) return refuse("it is not a comparison");
  const Call& call = *node;
  const std::string_view name = call.function;
  if (name == "and" || name == "or") return understand_parts(call, (name == "and") != negated, negated);
  if (name == "not" && call.arguments.size() == 1) return understand(call.arguments[0], !negated);
  if (name == "is_null" || name == "is_not_null") {
    kind_ = (name == "is_null") != negated ? Kind::kIsNull : Kind::kIsNotNull;
    const auto* column = std::get_if<ColumnIndex>(&call.arguments[0]->node);
    if (column == nullptr) return refuse("it looks at an expression, not at a column");
    columns_ = {column->index};
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

void PruningCondition::understand_parts(const Call& call, bool all, bool negated) {
  kind_ = all ? Kind::kAll : Kind::kAny;
  for (const ExprPtr& argument : call.arguments) parts_.push_back(PruningCondition(argument, negated));
  for (const PruningCondition& part : parts_) {
    columns_.insert(columns_.end(), part.columns_.begin(), part.columns_.end());
    if (!all && !part.unused_.empty()) return refuse(part.unused_);
  }
  std::ranges::sort(columns_);
  columns_.erase(std::unique(columns_.begin(), columns_.end()), columns_.end());
  const auto never = [](const PruningCondition& part) { return !part.unused_.empty(); };
  if (std::ranges::all_of(parts_, never)) return refuse(parts_.front().unused_);
  if (!all) unite_equalities();
}

// x = a OR x = b is x IN (a, b), whose bounds are looked at once.
void PruningCondition::unite_equalities() {
  const auto is_one = [&](const PruningCondition& part) {
    return (part.kind_ == Kind::kEqual || part.kind_ == Kind::kOneOf) && part.path_.empty() &&
           part.columns_ == parts_.front().columns_ &&
           compare_values(part.literals_.front(), parts_.front().literals_.front()).has_value();
  };
  if (!std::ranges::all_of(parts_, is_one)) return;
  for (PruningCondition& part : parts_) literals_.insert(literals_.end(), part.literals_.begin(), part.literals_.end());
  std::ranges::sort(literals_, [](const Value& l, const Value& r) { return compare_values(l, r).value_or(0) < 0; });
  parts_.clear();
  kind_ = Kind::kOneOf;
}

void PruningCondition::understand_comparison(const Call& call, Kind kind) {
  bool flipped = false;
  const Expr* column = column_below(call.arguments[0]);
  if (column == nullptr) {
    path_.clear();
    column = column_below(call.arguments[1]);
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
  columns_ = {std::get<ColumnIndex>(column->node).index};
  literals_ = {literal->value};
  const bool upward = kind == Kind::kGreater || kind == Kind::kGreaterEqual || kind == Kind::kNotEqual;
  if (column->type == kBool)
    refuse("statistics of bool columns are not used");
  else if (is_float(column->type) && upward)
    refuse("statistics do not count NaN, which sorts above every number");
  else if (is_nan(literal->value))
    refuse("it compares with NaN, which statistics do not count");
}

void PruningCondition::understand_prefix(const Call& call) {
  const auto* column = std::get_if<ColumnIndex>(&call.arguments[0]->node);
  const auto* literal = std::get_if<Literal>(&call.arguments[1]->node);
  const auto* text = literal == nullptr ? nullptr : std::get_if<std::string>(&literal->value.data);
  if (column == nullptr || text == nullptr) return refuse("it does not look for a literal text in a column");
  const std::string prefix = call.function == "like" ? text->substr(0, text->find_first_of("%_")) : *text;
  if (prefix.empty()) return refuse("its pattern does not begin with a text");
  kind_ = Kind::kPrefix;
  columns_ = {column->index};
  literals_ = {Value{kUtf8, prefix}};
}

const Expr* PruningCondition::column_below(const ExprPtr& expr) {
  if (std::holds_alternative<ColumnIndex>(expr->node)) return expr.get();
  const auto* call = std::get_if<Call>(&expr->node);
  const int open = call == nullptr ? -1 : open_argument(*call);
  if (open < 0) return nullptr;
  const ExprPtr& argument = call->arguments[static_cast<size_t>(open)];
  if (!keeps_order(*call, argument->type, expr->type)) return nullptr;
  const Expr* column = column_below(argument);
  if (column == nullptr) return nullptr;
  const bool midnight = argument->type == kDate && expr->type == kTimestamp;
  keeps_equality_ = keeps_equality_ && is_cast(*call) && (midnight || keeps_numbers(argument->type, expr->type));
  path_.push_back(expr);
  return column;
}

bool PruningCondition::excludes_range(const Value& least, const Value& greatest) const {
  if (kind_ == Kind::kOneOf) {
    const auto at_least = [&](const Value& value) { return compare_values(value, least).value_or(0) >= 0; };
    const auto first = std::ranges::partition_point(literals_, [&](const Value& value) { return !at_least(value); });
    return first == literals_.end() || compare_values(*first, greatest).value_or(0) > 0;
  }
  const Value& literal = literals_.front();
  if (kind_ == Kind::kPrefix) {
    const auto* low = std::get_if<std::string>(&least.data);
    const auto* high = std::get_if<std::string>(&greatest.data);
    const std::string& prefix = std::get<std::string>(literal.data);
    return low != nullptr && high != nullptr && (*high < prefix || low->substr(0, prefix.size()) > prefix);
  }
  const std::optional<int> low = compare_values(least, literal), high = compare_values(greatest, literal);
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

Held PruningCondition::hold_bounds(const ColumnBounds& bounds) const {
  if (!bounds.low || !bounds.high || compare_values(*bounds.low, *bounds.high).value_or(1) > 0) return Held::kSilent;
  const std::optional<Value> least = value_through(path_, *bounds.low);
  const std::optional<Value> greatest = value_through(path_, *bounds.high);
  if (!least || !greatest) return Held::kOverlaps;
  return excludes_range(*least, *greatest) ? Held::kExcluded : Held::kOverlaps;
}

Held PruningCondition::hold_column(const BoundsOfColumn& bounds_of) const {
  const ColumnBounds bounds = bounds_of(columns_.front());
  if (kind_ == Kind::kIsNull)
    return !bounds.nulls ? Held::kSilent : *bounds.nulls == 0 ? Held::kExcluded : Held::kOverlaps;
  if (bounds.nulls == bounds.rows) return Held::kExcluded;
  if (kind_ == Kind::kIsNotNull) return bounds.nulls ? Held::kOverlaps : Held::kSilent;
  return hold_bounds(bounds);
}

template <class HoldPart>
Held PruningCondition::hold_parts(HoldPart hold_part) const {
  bool excluded = kind_ == Kind::kAny, overlaps = false;
  for (const PruningCondition& part : parts_) {
    const Held held = part.unused_.empty() ? hold_part(part) : Held::kSilent;
    overlaps = overlaps || held == Held::kOverlaps;
    excluded = kind_ == Kind::kAny ? excluded && held == Held::kExcluded : excluded || held == Held::kExcluded;
  }
  return excluded ? Held::kExcluded : overlaps ? Held::kOverlaps : Held::kSilent;
}

Held PruningCondition::hold(const BoundsOfColumn& bounds_of) const {
  if (!unused_.empty()) return Held::kSilent;
  if (kind_ == Kind::kAll || kind_ == Kind::kAny)
    return hold_parts([&](const PruningCondition& part) { return part.hold(bounds_of); });
  return hold_column(bounds_of);
}

Held PruningCondition::hold_values(const HoldsValue& holds) const {
  if (!unused_.empty()) return Held::kSilent;
  if (kind_ == Kind::kAll || kind_ == Kind::kAny)
    return hold_parts([&](const PruningCondition& part) { return part.hold_values(holds); });
  if ((kind_ != Kind::kEqual && kind_ != Kind::kOneOf) || !keeps_equality_) return Held::kSilent;
  for (const Value& value : literals_)
    if (const Held held = holds(columns_.front(), value); held != Held::kExcluded) return held;
  return Held::kExcluded;
}

}  // namespace headrace
