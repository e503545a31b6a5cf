// optimize/empty.h — plans that give no row, and what becomes of the nodes over them.
#pragma once

#include "plan/plan.h"

namespace headrace {

// Whether something that runs the plan reads may fault, its result's pending faults aside.
bool reads_can_fault(const Plan& plan);

// Values without a row.
bool is_empty(const Plan& plan);
PlanPtr empty_of(const Schema& schema);

// The node without what cannot be seen of empty inputs: an inner join with an empty side is empty, a left join with an empty right
// side is its left side beside nulls. The node itself when it stays. `keeps_order`: its rows must not gain an order, either.
PlanPtr without_empty(const PlanPtr& plan, bool keeps_order);

}  // namespace headrace
