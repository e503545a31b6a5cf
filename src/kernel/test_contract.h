// kernel/test_contract.h — for tests: what a kernel does with drawn rows, held against what its contract promises.
#pragma once

#include <set>
#include <string>

#include "kernel/loops.h"

namespace headrace {

// What rows have shown of one or more overloads of a function.
struct Shown {
  std::set<std::string> broken;  // promises, by the field's name: "faults: sets overflow, which is not declared"
  uint32_t faults = 0;  // that were set
  uint8_t algebra = 0;  // properties that could be tried: the types allow it
  bool gives_text = false;
};

// Tries a kernel on rows that are drawn with a fixed seed, so that what is shown is the same in every run.
void try_kernel(const Overload& overload, KernelLoop loop, const Contract& contract, Shown& shown);
void try_aggregate(const AggregateOverload& overload, const AggregateFunctions& functions, const Contract& contract,
                   Shown& shown);
// What is promised and was not seen once: faults that nothing sets, a property that no types allow. Not that a text is too long: of more than
// 4 GiB none is drawn.
void look_at_rest(const Contract& contract, Shown& shown);

}  // namespace headrace
