#include "io/pruning/pruning_tally.h"

namespace headrace {

PruningTally::PruningTally(std::span<const PruningCondition> conditions)
    : rungs_{{{"row groups"}, {"row groups by Bloom filter"}, {"pages"}}} {
  for (const PruningCondition& condition : conditions) conditions_.push_back({condition.text(), condition.unused()});
}

void PruningTally::looked_at(PruningRung rung, uint64_t units) {
  const std::lock_guard lock(mutex_);
  rungs_[static_cast<size_t>(rung)].looked_at += units;
}

void PruningTally::skipped(PruningRung rung, uint64_t units, uint64_t bytes, uint64_t requests) {
  const std::lock_guard lock(mutex_);
  ScanReport::Rung& of = rungs_[static_cast<size_t>(rung)];
  of.skipped += units;
  of.bytes_saved += bytes;
  of.requests_saved += requests;
}

void PruningTally::held(size_t condition, PruningRung rung, Held held, const std::string& silent) {
  const std::lock_guard lock(mutex_);
  Tried& tried = conditions_[condition].by_rung[static_cast<size_t>(rung)];
  if (held == Held::kExcluded) ++tried.excluded;
  if (held == Held::kOverlaps) tried.overlaps = true;
  if (held == Held::kSilent && tried.silent.empty()) tried.silent = silent;
}

std::string PruningTally::reason_of(const Condition& condition) {
  static constexpr const char* kOverlaps[kRungs] = {
      "every row group's range overlaps it", "the Bloom filters may hold its values", "every page's range overlaps it"};
  if (!condition.unused.empty()) return condition.unused;
  std::string reason;
  for (size_t rung = 0; rung < kRungs; ++rung) {
    const Tried& tried = condition.by_rung[rung];
    const std::string& one = tried.overlaps ? kOverlaps[rung] : tried.silent;
    if (!one.empty()) reason += (reason.empty() ? "" : "; ") + one;
  }
  return reason.empty() ? "no row group was left to hold it against" : reason;
}

ScanReport PruningTally::report() const {
  const std::lock_guard lock(mutex_);
  ScanReport report;
  for (const ScanReport::Rung& rung : rungs_)
    if (rung.looked_at > 0) report.rungs.push_back(rung);
  for (const Condition& condition : conditions_) {
    uint64_t skipped = 0;
    for (const Tried& tried : condition.by_rung) skipped += tried.excluded;
    report.predicates.push_back({condition.text, skipped, skipped > 0 ? "" : reason_of(condition)});
  }
  return report;
}

}  // namespace headrace
