#include "optimize/idempotent.h"

#include <algorithm>

namespace headrace {

bool ignores_copies(const Aggregation& node) {
  return node.window_us == 0 && std::ranges::all_of(node.aggregates, [](const NamedAggregate& one) {
           const Contract& contract = one.overload->aggregate->contract;
           const bool idempotent = one.distinct || (contract.algebra & kIdempotent) != 0;
           return idempotent && contract.order != RowOrder::kNeeded && one.overload->order == StateOrder::kFree;
         });
}

}  // namespace headrace
