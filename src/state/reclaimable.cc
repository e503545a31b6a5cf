#include "state/reclaimable.h"

#include <map>
#include <mutex>

namespace headrace {
namespace {

struct Holders {
  std::mutex mutex;  // guards what follows
  std::multimap<const MemoryBudget*, Reclaimable*> by_budget;
};

Holders& all_holders() {
  static auto* const holders = new Holders();  // outlives every budget
  return *holders;
}

}  // namespace

void add_reclaimable(const MemoryBudget& budget, Reclaimable* holder) {
  Holders& holders = all_holders();
  const std::lock_guard lock(holders.mutex);
  holders.by_budget.emplace(&budget, holder);
}

void remove_reclaimable(const MemoryBudget& budget, Reclaimable* holder) {
  Holders& holders = all_holders();
  const std::lock_guard lock(holders.mutex);
  const auto [begin, end] = holders.by_budget.equal_range(&budget);
  for (auto at = begin; at != end; ++at) {
    if (at->second != holder) continue;
    holders.by_budget.erase(at);
    return;
  }
}

uint64_t reclaim_memory(const MemoryBudget& budget, uint64_t bytes) {
  Holders& holders = all_holders();
  const std::lock_guard lock(holders.mutex);
  uint64_t given = 0;
  const auto [begin, end] = holders.by_budget.equal_range(&budget);
  for (auto at = begin; at != end && given < bytes; ++at) given += at->second->reclaim(bytes - given);
  return given;
}

}  // namespace headrace
