// runtime/scan_report.h — what a scan leaves out because no row of it can pass, and why it leaves out no more.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace headrace {

struct ScanReport {
  // One way of leaving something out. They are tried in this order, each on what the ones before have left.
  struct Rung {
    std::string unit;  // "files", "row groups", "row groups by Bloom filter", "pages", "blocks"
    uint64_t looked_at = 0, skipped = 0;
    uint64_t bytes_saved = 0, requests_saved = 0;  // of files: not read, and ranged reads that were not made
  };
  struct Predicate {
    std::string text;
    uint64_t skipped = 0;  // units that it left out by itself
    std::string reason;  // one clause: why it left out none
  };
  std::vector<Rung> rungs;
  std::vector<Predicate> predicates;

  // Of another part of the same scan. What a predicate left out anywhere counts.
  void add(const ScanReport& more);
};

}  // namespace headrace
