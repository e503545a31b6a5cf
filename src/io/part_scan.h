// io/part_scan.h — what a scan of a set asks of one of its files, and whether it may be left out.
#pragma once

#include <cstdint>
#include <vector>

#include "io/file_parts.h"
#include "types/vector.h"

namespace headrace {

// What a scan gives at one place of its output.
struct PartOutput {
  enum Kind { kColumn, kConstant } kind;
  uint32_t at;  // kColumn: of the part's batch
  Vector constant;
};

// A file in a scan: what it gives, and what is asked of it.
struct PartScan {
  std::vector<PartOutput> outputs;
  ScanRequest request;
  bool excluded = false;  // no row of it passes
};

// Predicates that refer to columns of the path are evaluated with its values, whatever their form, as long as each is the same whenever it
// is asked for.
PartScan scan_of(const FileParts& parts, size_t at, const FilePart& part, const ScanRequest& request);
// Whether the path alone says that no row of the file passes. Counts in `skipped`, by conjunct, those that say so.
bool path_excludes(const FileParts& parts, size_t part, const ScanRequest& request, std::vector<uint64_t>& skipped);
// What the predicates over columns of the paths left out, into the report; the files report on the others.
void add_path_predicates(const FileParts& parts, const ScanRequest& request, const std::vector<uint64_t>& skipped,
                         ScanReport& report);

}  // namespace headrace
