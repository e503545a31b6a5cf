// io/pruning/condition.h — a predicate in a form that can be held against what is known of columns in some unit of a file (a row
// group, a page): whether any row of it can pass.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "expr/expr.h"
#include "types/value.h"

namespace headrace {

// What a unit says of a column's values.
struct ColumnBounds {
  uint64_t rows = 0;
  std::optional<uint64_t> nulls;
  // Of the column's type; every value that is neither null nor NaN lies in [low, high]. Neither need be one of the values: of a text it may be
  // a part with its last byte raised.
  std::optional<Value> low, high;
};
using BoundsOfColumn = std::function<ColumnBounds(uint32_t column)>;

enum class Held : uint8_t {
  kExcluded,  // no row of the unit passes
  kOverlaps,
  kSilent  // the unit says nothing of the columns
};
// Whether a unit holds a value in a column.
using HoldsValue = std::function<Held(uint32_t column, const Value& value)>;

// Understands, over columns: = <> < <= > >= with a literal (either way round), IS [NOT] NULL, LIKE 'prefix%', starts_with, AND, OR
// (so IN) and NOT of these; the column may stand inside what keeps order: casts of numbers, dates and timestamps among themselves,
// date_trunc, year, sums of exact numbers with literals. Where such a call could fault on a value between the unit's bounds, the unit is
// not excluded. Immutable.
class PruningCondition {
 public:
  // `predicate` is resolved; its columns' indices are what BoundsOfColumn is asked for.
  explicit PruningCondition(const ExprPtr& predicate) : PruningCondition(predicate, false) {}

  // Sound for nulls, which pass nothing but IS NULL, and for NaN, which sorts above every number and which bounds leave out.
  Held hold(const BoundsOfColumn& bounds_of) const;
  // By equality alone: = and IN with literals, OR and AND of them. kSilent: the condition has none.
  Held hold_values(const HoldsValue& holds) const;

  const std::string& text() const { return text_; }
  const std::vector<uint32_t>& columns() const { return columns_; }  // each once
  const std::string& unused() const { return unused_; }  // why it can never exclude; empty: it may

 private:
  enum class Kind : uint8_t {
    kAll,
    kAny,
    kEqual,
    kOneOf,
    kNotEqual,
    kLess,
    kLessEqual,
    kGreater,
    kGreaterEqual,
    kPrefix,
    kIsNull,
    kIsNotNull,
    kUnknown
  };

  PruningCondition(const ExprPtr& predicate, bool negated);
  void understand(const ExprPtr& predicate, bool negated);
  void understand_parts(const Call& call, bool all, bool negated);
  void understand_comparison(const Call& call, Kind kind);
  void understand_prefix(const Call& call);
  void unite_equalities();
  void refuse(std::string why);
  // The column below calls that keep order, which are put into path_; nullptr: another expression.
  const Expr* column_below(const ExprPtr& expr);
  Held hold_bounds(const ColumnBounds& bounds) const;
  bool excludes_range(const Value& least, const Value& greatest) const;
  Held hold_column(const BoundsOfColumn& bounds_of) const;
  template <class HoldPart>
  Held hold_parts(HoldPart hold_part) const;

  std::string text_;
  Kind kind_ = Kind::kUnknown;
  std::vector<PruningCondition> parts_;  // kAll, kAny
  std::vector<uint32_t> columns_;
  std::vector<ExprPtr> path_;  // calls, from the column outwards
  bool keeps_equality_ = true;  // path_ gives two values the same only if they are numerically, or a date its midnight
  std::vector<Value> literals_;  // kOneOf: ascending; else one, but of kAll, kAny and the null tests
  std::string unused_;
};

// The order of two values of comparable types; nothing when they are not, or do not fit a common scale.
std::optional<int> compare_values(const Value& left, const Value& right);
// An integer, date or decimal times 10^scale, exactly; nothing: it is another value, or has more digits behind its point.
std::optional<int128> scaled_integer(const Value& value, uint8_t scale);

}  // namespace headrace
