// io/pruning/pruning_tally.h — what the conditions of one scan have left out so far, and why the others left out nothing.
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "io/pruning/condition.h"
#include "runtime/scan_report.h"

namespace headrace {

enum class PruningRung : uint8_t { kRowGroups, kBloomFilters, kPages };

// Thread-safe.
class PruningTally {
 public:
  explicit PruningTally(std::span<const PruningCondition> conditions);

  void looked_at(PruningRung rung, uint64_t units = 1);
  void skipped(PruningRung rung, uint64_t units, uint64_t bytes, uint64_t requests);
  // The condition, by its place, was held against a unit. `silent`: why the unit said nothing.
  void held(size_t condition, PruningRung rung, Held held, const std::string& silent = "");

  // Rungs that nothing was held against are left out.
  ScanReport report() const;

 private:
  static constexpr size_t kRungs = 3;
  struct Tried {
    uint64_t excluded = 0;
    bool overlaps = false;
    std::string silent;  // the first reason
  };
  struct Condition {
    std::string text, unused;
    std::array<Tried, kRungs> by_rung = {};
  };
  static std::string reason_of(const Condition& condition);

  mutable std::mutex mutex_;  // guards what follows
  std::array<ScanReport::Rung, kRungs> rungs_;
  std::vector<Condition> conditions_;
};

}  // namespace headrace
