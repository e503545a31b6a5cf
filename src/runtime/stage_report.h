// runtime/stage_report.h — what a stage did, for explain --analyze and verify.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "fuse/stage.h"
#include "runtime/scan_report.h"
#include "runtime/stage_work.h"

namespace headrace {

struct RecursionReport;

// What a share of the batches kept to. Of the steps apart: of those batches that were run so to compare.
struct LatencyReport {
  uint64_t batches = 0, p50_ns = 0, p99_ns = 0;
  uint64_t apart_batches = 0, apart_p99_ns = 0;
};

// Which plans a stage's lanes ran (runtime/stage_planner.h).
struct PlanReport {
  std::vector<Cut> cuts;  // of the last one
  double predicted_ns = 0;  // per row that enters the stage, of the last one's loops
  // Measured, by step, each interpreted in a loop of its own, per row that enters the stage; empty: not measured.
  std::vector<double> step_ns;
  double unfused_ns = 0;  // their sum; 0: not measured
  std::vector<double>
      loop_ns;  // measured, by loop of the last plan, per row that enters the stage; empty: not measured
  std::vector<double> reaching;  // by step: the share of rows that was measured to reach it; empty: not measured
  std::vector<std::string> changes;  // a clause each
  LatencyReport latency = {};
  double load = 0;  // the share of a worker's time that it took when it was last looked at
  bool below_load = false;  // it never took enough for machine code
};

// Records of a text format that were not what their columns say, in what was read.
struct BadRowCounts {
  uint64_t left_out = 0;  // skipped, or written to a file of rejects
  uint64_t nulled = 0;    // values, or whole records, that became null
};

// What a scan has asked disk or net for.
struct ReadCounts {
  uint64_t bytes = 0;
  uint64_t requests = 0;
};

// What waited when the stage's morsels were claimed: tasks of any query for a worker, and items of its source for a claim.
struct QueueReport {
  uint64_t looks = 0, depths = 0, depth_max = 0;  // depths: their sum

  double mean() const { return looks == 0 ? 0 : static_cast<double>(depths) / static_cast<double>(looks); }
};

struct StageReport {
  uint64_t rows_in = 0, rows_out = 0, morsels = 0, morsels_compiled = 0, loops_rerun = 0, busy_ns = 0, wall_ns = 0;
  uint64_t filter_changes = 0;  // of the order in which workers ran filters
  uint64_t busiest_lane_ns = 0;  // of busy_ns, of the lane that had most to do; over rounds of a recursion the sum
  std::shared_ptr<const RecursionReport> recursion = {};  // of a stage that reads one
  BadRowCounts bad_rows = {};
  ReadCounts reads = {};
  ScanReport scan = {};  // of a stage that reads a table: what it left out
  PlanReport plan = {};  // which loops it ran
  QueueReport queue = {};
  WorkReport work = {};  // by part
};
// The work inside a recursion, by stage of its base and of its step; that of all rounds together.
struct RecursionReport {
  uint64_t rounds = 0;
  std::vector<StageReport> base, step;
};

// Adds what the same stages did another time; of their plans the last one stays, without latencies.
void add_reports(const std::vector<StageReport>& more, std::vector<StageReport>& sums);

}  // namespace headrace
