// plan/grouping.h — resolving what stands above GROUP BY: aggregates, keys found again by their text, nothing else.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "plan/grouping_sets.h"

namespace headrace {

bool has_aggregate(const Expr& written);

// Names are equal without regard to ASCII case.
bool same_name(std::string_view left, std::string_view right);

// Collects the aggregates of a block and makes the Aggregation of them. Output columns: the keys, then the aggregates in
// the order in which they were first met; equal ones are shared.
class Grouping {
 public:
  // `keys` are resolved over input's scope.
  Grouping(Bound input, std::vector<NamedExpr> keys, int64_t window_us)
      : input_(std::move(input)), keys_(std::move(keys)), grouped_(keys_), window_us_(window_us) {}

  // An AggregateCall that the Aggregation lists under a name of its own.
  Status add(const Expr& written, const std::string& name);
  // All aggregates of an expression, so that plan() has them.
  Status add_all(const Expr& written);
  // Of several sets of keys: the input is sets.rows. Adds the set's number as the last key, which no name finds.
  Status set_sets(GroupingSets sets);
  // Keys as they were written, or nullptr: found again where they hold subqueries, which only attach_subqueries() resolves.
  void set_written_keys(std::vector<ExprPtr> keys) { written_keys_ = std::move(keys); }
  // The written expression with keys and aggregates as columns of scope(); subqueries stay.
  Result<ExprPtr> replace(const ExprPtr& written);
  // The written expression over scope(). kInvalidPlan: a column that is neither a key nor inside an aggregate.
  Result<ExprPtr> resolve(const Expr& written);
  // Select-list names that stand for their expressions where no column has the name (HAVING n > 1).
  void set_aliases(std::vector<NamedExpr> aliases) { aliases_ = std::move(aliases); }
  Scope scope() const;
  size_t columns() const { return keys_.size() + aggregates_.size(); }
  Result<PlanPtr> plan() const;

 private:
  struct Found {
    ResolvedAggregate resolved;
    std::string name;
  };

  ExprPtr output_column(uint32_t index) const;
  Result<ExprPtr> replace_grouping(const Call& call, TextPosition where);
  Result<ExprPtr> replace_column(const ColumnName& name, TextPosition where);
  Result<uint32_t> find_or_add(const AggregateCall& call, TextPosition where, const std::string& name);
  std::optional<ExprPtr> distinct_groups() const;
  Result<PlanPtr> distinct_plan(const ExprPtr& argument) const;

  Bound input_;
  std::vector<NamedExpr> keys_;  // by which expressions above are found again
  std::vector<NamedExpr> grouped_;  // what the Aggregation groups by, key by key
  std::optional<GroupingSets> sets_;
  int64_t window_us_;
  std::vector<Found> aggregates_;
  std::vector<NamedExpr> aliases_;
  std::vector<ExprPtr> written_keys_;
};

}  // namespace headrace
