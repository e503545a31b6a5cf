// observe/history_record.h — what the history store keeps of one run, as plain data. docs/design/history.md says what it is for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace headrace {

struct StageRecord {
  std::string stage;  // "0"; "0.step.1": stage 1 of the step of the recursion that stage 0 reads
  uint64_t shape_hash = 0;  // of the shape keys of the loops that it ran last
  std::string source, sink;  // labels, as explain prints them
  uint64_t rows_in = 0, rows_out = 0, morsels = 0, busy_ns = 0, wall_ns = 0;
  std::optional<uint64_t> busiest_lane_ns = {};  // of busy_ns, what the lane took that had most to do
  std::optional<uint64_t> peak_bytes = {};  // at most: the most that each of its parts had reserved, added up
  double predicted_ns_per_row = 0;  // per row that enters
  std::optional<double> measured_ns_per_row = {};  // nullopt: no row entered
  std::optional<double> unfused_ns_per_row = {};
  std::optional<uint64_t> bytes_materialised = {};  // that source, steps and sink wrote
  uint64_t batches = 0, batch_p50_ns = 0, batch_p99_ns = 0;  // how long they took
  uint64_t apart_batches = 0, apart_p99_ns = 0;  // those whose steps ran apart, interpreted
  double queue_depth_mean = 0;  // tasks and items that waited when a morsel was claimed
  uint64_t queue_depth_max = 0;
};

struct EdgeRecord {
  std::string from, to, cut;  // cut: empty outside of stages
  std::string decision, reason;
  double predicted_ns_per_row = 0;  // of the loops on its sides (Edge, fuse/edges.h)
  std::optional<double> measured_ns_per_row = {};
  // Over the run. Predicted: what the loops would take if the cut were otherwise, less what they take. Measured, of a cut inside a loop: its share
  // of what the loop's steps took apart, less what the loop took (Edge). Every edge over a cut has its cut's.
  std::optional<double> predicted_gain_ns = {}, measured_gain_ns = {};
  uint64_t live_bytes_per_row = 0;
  std::string alternatives = "[]";  // JSON
  std::string changes;  // what became of it while it ran, for people
};

struct RuleRecord {
  std::string rule;
  uint32_t fired = 0;  // passes that changed the plan
  std::optional<double> predicted_gain_ns = {};  // of all of them, by price_plan() of optimize/
};

struct RunRecord {
  int64_t started_us = 0;  // since 1970-01-01 UTC
  uint64_t query_hash = 0;  // of the whole text
  std::string query;  // at most kRecordedTextBytesMax of it
  std::string build, processor;
  uint32_t threads = 0;
  std::string settings = "{}";  // those that differ from what the session began with: JSON
  uint64_t wall_ns = 0;
  std::optional<uint64_t> peak_bytes = {};  // the most that the engine had held by its end
  std::string outcome = {};  // "ok", or the name of the error's code
  std::optional<int64_t> now_us = {};  // what now() was, since 1970-01-01 UTC
  // Of the answer's values, and of their order where rows have one; nullopt: there is none, or it has more than kHashedRowsMax rows or a MiB.
  std::optional<uint64_t> answer_hash = {};
  std::vector<StageRecord> stages = {};
  std::vector<EdgeRecord> edges = {};
  std::vector<RuleRecord> rules = {};
};
inline constexpr uint64_t kHashedRowsMax = 1'000;
inline constexpr uint64_t kRecordedTextBytesMax = uint64_t{4} << 10;

// A rule, or a cut, that disagreed for stages of that shape.
struct QuarantineEntry {
  std::string name;  // of the rule or cut
  uint64_t shape_hash = 0;
  int64_t since_us = 0;  // since 1970-01-01 UTC
  std::string why, build;
  std::string reproducer;  // a directory; may be empty
  friend bool operator==(const QuarantineEntry&, const QuarantineEntry&) = default;
};

}  // namespace headrace
