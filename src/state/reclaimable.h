// state/reclaimable.h — memory that its holder can do without, such as a cache's: given back when a budget has none left.
#pragma once

#include <cstdint>

#include "state/budget.h"

namespace headrace {

class Reclaimable {
 public:
  virtual ~Reclaimable() = default;
  // Gives back about `bytes`, or all it can; returns how many. From any thread, whatever locks that holds: it reserves nothing, and
  // holds no lock of its own while it reserves elsewhere.
  virtual uint64_t reclaim(uint64_t bytes) = 0;
};

// From here on `holder` is asked before a reservation of `budget` fails, until it is removed; then no call of reclaim is under way.
void add_reclaimable(const MemoryBudget& budget, Reclaimable* holder);
void remove_reclaimable(const MemoryBudget& budget, Reclaimable* holder);
// What the holders of `budget` give back, `bytes` or more if they can.
uint64_t reclaim_memory(const MemoryBudget& budget, uint64_t bytes);

}  // namespace headrace
