#include "runtime/scan_report.h"

#include <algorithm>

namespace headrace {

void ScanReport::add(const ScanReport& more) {
  for (const Rung& rung : more.rungs) {
    const auto at = std::ranges::find(rungs, rung.unit, &Rung::unit);
    if (at == rungs.end()) {
      rungs.push_back(rung);
      continue;
    }
    at->looked_at += rung.looked_at;
    at->skipped += rung.skipped;
    at->bytes_saved += rung.bytes_saved;
    at->requests_saved += rung.requests_saved;
  }
  for (const Predicate& predicate : more.predicates) {
    const auto at = std::ranges::find(predicates, predicate.text, &Predicate::text);
    if (at == predicates.end()) {
      predicates.push_back(predicate);
      continue;
    }
    at->skipped += predicate.skipped;
    if (at->reason.empty()) at->reason = predicate.reason;
  }
}

}  // namespace headrace
