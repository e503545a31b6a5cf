// observe/history_report.h — what the history store says in sum: the last runs, and what rules and decisions were worth.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "observe/history_file.h"

namespace headrace {

struct RunLine {
  int64_t run = 0, started_us = 0;
  std::string query, outcome;
  uint32_t threads = 0;
  uint64_t wall_ns = 0;
  std::optional<uint64_t> peak_bytes = {};
  uint64_t stages = 0;
  double slowest_stage_ns = 0;
};
// The latest first.
Result<std::vector<RunLine>> last_runs(HistoryFile& file, uint32_t runs_max);

// One rule or one reason of decisions, over the runs that the report looks at.
struct GainLine {
  std::string name;
  // In which the rule fired, or the reason decided; of a rule that no plan shows, those that it is measured by.
  uint64_t runs = 0;
  std::optional<double> predicted_gain_ns = {}, measured_gain_ns = {};  // sums of what is known; nullopt: nothing is
};
struct FusionReport {
  uint64_t runs = 0;  // looked at
  // By name; a cut that several edges cross counts once a run. A rule's gain is measured where the runs have the same query without it.
  std::vector<GainLine> rules, reasons;
  // Rules ("push_filters") and cuts ("0.3, from stage 0 #2 …, of query 5f…") whose measured gain is 0 or less.
  std::vector<GainLine> losing_rules, losing_cuts;
};
// Of the last runs_max runs.
Result<FusionReport> fusion_report(HistoryFile& file, uint32_t runs_max);

}  // namespace headrace
