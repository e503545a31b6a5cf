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
  std::optional<Value> low, high;  // of the column's type; every value that is neither null nor NaN lies in [low, high]
};
using BoundsOfColumn = std::function<ColumnBounds(uint32_t column)>;

// Understands, over columns: = <> < <= > >= with a literal (either way round), IS [NOT] NULL, LIKE 'prefix%', starts_with, AND, OR
// (so IN) and NOT of these; the column may stand inside casts that keep every number, casts of dates to timestamps, and year().
class PruningCondition {
 public:
  // `predicate` is resolved; its columns' indices are what BoundsOfColumn is asked for.
  explicit PruningCondition(const Expr& predicate) : PruningCondition(predicate, false) {}

  // True when no row of the unit passes. Sound for nulls, which pass nothing but IS NULL, and for NaN, which sorts above every number
  // and which bounds leave out.
  bool excludes(const BoundsOfColumn& bounds_of);

  std::string text() const { return to_text(expr_); }
  // Once units have been looked at: why none was excluded; empty: some was.
  std::string why_unused() const;

 private:
  enum class Kind : uint8_t {
    kAll,
    kAny,
    kEqual,
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

  PruningCondition(const Expr& predicate, bool negated);
  void understand(const Call& call, bool negated);
  void understand_comparison(const Call& call, Kind kind);
  void understand_prefix(const Call& call);
  void refuse(std::string why);
  // The column below calls that keep order, which are put into path_; nullptr: another expression.
  const ColumnIndex* column_below(const Expr& expr);
  bool excludes_values(const ColumnBounds& bounds) const;
  bool excludes_column(const BoundsOfColumn& bounds_of);

  Expr expr_;
  Kind kind_ = Kind::kUnknown;
  std::vector<PruningCondition> parts_;  // kAll, kAny
  uint32_t column_ = 0;
  std::vector<const Call*> path_;  // from the column outwards
  Value literal_;
  std::string unused_;  // why it can never exclude; empty: it may
  bool has_bounds_ = false, has_excluded_ = false;
};

}  // namespace headrace
