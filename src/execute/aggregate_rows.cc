// What compiled loops call for aggregates that are faster over many rows at once than row by row.
#include "kernel/loops.h"

namespace headrace {

// Adds the rows with validity[row] != 0 to the state of AggregateOverload `id`.
extern "C" void headrace_rt_aggregate_rows(uint32_t id, void* state, const void* values, const uint8_t* validity,
                                           uint32_t rows, KernelContext* context);
extern "C" void headrace_rt_aggregate_rows(uint32_t id, void* state, const void* values, const uint8_t* validity,
                                           uint32_t rows, KernelContext* context) {
  loop_table().aggregates[id].update_one(
      state, {.rows = rows, .selected = rows, .data = {values}, .validity = {validity}, .context = context});
}

}  // namespace headrace
