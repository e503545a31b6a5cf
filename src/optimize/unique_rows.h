// optimize/unique_rows.h — which columns tell the rows of a plan apart, as far as the plan itself sees to it: groups, ranges, at most one
// row. What files say of their keys is not asked.
#pragma once

#include <optional>
#include <vector>

#include "plan/plan.h"

namespace headrace {

// No two rows agree in all of these columns, where nulls are equal, NaN is equal to NaN and −0 to +0, as in a group. No column:
// there is at most one row.
using UniqueColumns = std::vector<uint32_t>;  // ascending

// Some such sets, at most eight.
std::vector<UniqueColumns> unique_columns(const Plan& plan);

// Whether one of those sets is among the columns.
bool tells_rows_apart(const std::vector<uint32_t>& columns, const Plan& plan);

// Whether each left row meets at most one right row, by the keys of the join alone; and the other way round.
bool meets_at_most_one(const Join& join);
bool is_met_by_at_most_one(const Join& join);

// The columns among the expressions.
std::vector<uint32_t> columns_among(const std::vector<NamedExpr>& list);

// Whether there is exactly one row.
bool has_one_row(const Plan& plan);

// What it gives at most; nothing: not known.
std::optional<uint64_t> rows_most(const Plan& plan);

}  // namespace headrace
