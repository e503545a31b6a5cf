#include "state/exhausted.h"

namespace headrace {

Error exhausted(Reservation& reservation, std::string hint) {
  const MemoryBudget& budget = reservation.budget();
  for (;;) {
    // The least request that must fail now. It may succeed when someone has just given memory back.
    const uint64_t used = budget.bytes_used();
    const uint64_t bytes = (used < budget.bytes_max() ? budget.bytes_max() - used : 0) + 1;
    const Status status = reservation.grow(bytes);
    if (status.ok()) {
      reservation.shrink(bytes);
      continue;
    }
    Error error = status.error();
    if (!hint.empty()) error.hint = std::move(hint);
    return error;
  }
}

}  // namespace headrace
