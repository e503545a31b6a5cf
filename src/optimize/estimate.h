// optimize/estimate.h — how many rows a plan gives, and how many different values its columns have, roughly; for choices
// between plans that are all right. Nothing here is a promise.
#pragma once

#include <optional>
#include <unordered_map>
#include <vector>

#include "plan/plan.h"

namespace headrace {

// Where a column comes from, for as long as its values are those of a table's column; `table` nullptr: they are computed.
struct ColumnEstimate {
  const Table* table = nullptr;
  uint32_t column = 0;
  double distinct_max = 0;  // it cannot have more values than the fewest rows on its way; 0: not known
};
struct Estimate {
  std::optional<double> rows;  // nullopt: some table does not know
  std::vector<ColumnEstimate> columns;  // of the plan's schema
};

// Tables know their rows exactly or not at all, and ranges of some columns. An equality join gives its pairs divided by the
// larger number of distinct keys; groups are the distinct keys, as far as known; a filter keeps the share that
// estimate_share says.
Estimate estimate(const Plan& plan);
// While it lives, estimates that this thread makes are remembered by node: for plans that share nodes, all of which outlive it.
class RememberedEstimates {
 public:
  RememberedEstimates();
  ~RememberedEstimates();
  RememberedEstimates(const RememberedEstimates&) = delete;
  RememberedEstimates& operator=(const RememberedEstimates&) = delete;

 private:
  friend Estimate estimate(const Plan& plan);
  std::unordered_map<const Plan*, Estimate> by_node_;
  RememberedEstimates* const outer_;
};
inline std::optional<double> estimate_rows(const Plan& plan) { return estimate(plan).rows; }

// Distinct values of a column: those of its range, at most its rows; nullopt: nothing is known of it.
std::optional<double> estimate_distinct(const ColumnEstimate& column);

// The share of rows with these columns for which all conjuncts hold, in (0, 1].
double estimate_share(const std::vector<ExprPtr>& conjuncts, const std::vector<ColumnEstimate>& columns);

// The share of pairs that are equal in all keys: the sides' columns, their rows, and the keys.
double estimate_equal_share(const Estimate& left, const Estimate& right, const std::vector<JoinKey>& keys);

}  // namespace headrace
