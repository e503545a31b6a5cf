#include "observe/history_report.h"

#include <algorithm>
#include <utility>

namespace headrace {

namespace {

Result<std::vector<GainLine>> gains(HistoryFile& file, int64_t after_run, const char* query) {
  const auto rows = file.database().prepare(query);
  rows->start(after_run);
  std::vector<GainLine> lines;
  for (;;) {
    TRY(row, rows->next());
    if (!row) return std::move(lines);
    lines.push_back({rows->text(0), static_cast<uint64_t>(rows->integer(1)), rows->maybe_real(2), rows->maybe_real(3)});
  }
}

// A rule's measured gain is what runs of one query took without it, less what runs with it took, all else alike: each run without it beside the
// one before it that had it, and of all of these the fastest of each kind, since other work only adds. Fewer than three say nothing. Of a
// rule that plans show, only runs in which it fired count.
constexpr const char* kRules = R"(
WITH fired AS (
  SELECT rule, count(*) AS runs, sum(predicted_gain_ns) AS gain_ns FROM rules WHERE run > ?1 AND fired > 0 GROUP BY rule),
known AS (
  SELECT id, query_hash, build, processor, threads, json(settings) AS settings, wall_ns FROM runs
  WHERE id > ?1 AND outcome = 'ok'),
without_rule AS (
  SELECT known.id, substr(key, length('fusion.rule.') + 1) AS rule, query_hash, build, processor, threads,
    json_remove(settings, '$."' || key || '"') AS settings, wall_ns
  FROM known, json_each(known.settings) WHERE key LIKE 'fusion.rule.%' AND value = 'off'),
with_rule AS (
  SELECT DISTINCT known.*, rule FROM known JOIN without_rule USING (query_hash, build, processor, threads, settings)
  WHERE EXISTS (SELECT 1 FROM rules WHERE run = known.id AND rules.rule = without_rule.rule AND fired > 0)
    OR rule IN ('value_ranges', 'prune_by_join_keys', 'share_aggregations', 'share_scans', 'reuse_rooms', 'prune_scans')),
beside AS (
  SELECT *, (SELECT max(id) FROM with_rule one WHERE one.rule = other.rule AND one.query_hash = other.query_hash
    AND one.build = other.build AND one.processor = other.processor AND one.threads = other.threads
    AND one.settings = other.settings AND one.id < other.id) AS with_id
  FROM without_rule other),
paired AS (
  SELECT rule, query_hash, build, processor, threads, settings, min(wall_ns) - min(with_ns) AS gain_ns
  FROM beside JOIN (SELECT id AS one_id, wall_ns AS with_ns FROM runs) ON one_id = with_id GROUP BY 1, 2, 3, 4, 5, 6 HAVING count(DISTINCT with_id) >= 3),
measured AS (
  SELECT rule, count(*) AS runs, CAST(sum(gain_ns) AS REAL) AS gain_ns
  FROM with_rule JOIN paired USING (rule, query_hash, build, processor, threads, settings) GROUP BY rule)
SELECT rule, coalesce(fired.runs, measured.runs), fired.gain_ns, measured.gain_ns
FROM (SELECT rule FROM fired UNION SELECT rule FROM measured)
LEFT JOIN fired USING (rule) LEFT JOIN measured USING (rule) ORDER BY rule
)";
constexpr const char* kReasons =
    "SELECT reason, count(DISTINCT run), sum(predicted), sum(measured) FROM "
    "(SELECT run, reason, max(predicted_gain_ns) AS predicted, max(measured_gain_ns) AS measured FROM edges "
    "WHERE run > ? GROUP BY run, reason, CASE cut WHEN '' THEN edge ELSE cut END) GROUP BY reason ORDER BY reason";
constexpr const char* kLosingCuts =
    "SELECT cut || ', from ' || from_step || ', of query ' || printf('%016x', query_hash), count(*), sum(predicted), "
    "sum(measured) FROM (SELECT run, query_hash, cut, min(from_step) AS from_step, max(predicted_gain_ns) AS "
    "predicted, "
    "max(measured_gain_ns) AS measured FROM edges JOIN runs ON runs.id = edges.run "
    "WHERE run > ? AND measured_gain_ns IS NOT NULL GROUP BY run, cut) "
    "GROUP BY query_hash, cut, from_step HAVING sum(measured) <= 0 ORDER BY sum(measured), cut";

}  // namespace

Result<std::vector<RunLine>> last_runs(HistoryFile& file, uint32_t runs_max) {
  const auto rows = file.database().prepare(
      "SELECT id, started_us, query, outcome, threads, wall_ns, peak_bytes, "
      "(SELECT count(*) FROM stages WHERE run = id), (SELECT max(wall_ns) FROM stages WHERE run = id) "
      "FROM runs ORDER BY id DESC LIMIT ?");
  rows->start(runs_max);
  std::vector<RunLine> lines;
  for (;;) {
    TRY(row, rows->next());
    if (!row) return std::move(lines);
    RunLine line{rows->integer(0), rows->integer(1), rows->text(2), rows->text(3)};
    line.threads = static_cast<uint32_t>(rows->integer(4));
    line.wall_ns = static_cast<uint64_t>(rows->integer(5));
    if (const auto bytes = rows->maybe_integer(6)) line.peak_bytes = static_cast<uint64_t>(*bytes);
    line.stages = static_cast<uint64_t>(rows->integer(7));
    line.slowest_stage_ns = rows->real(8);
    lines.push_back(std::move(line));
  }
}

Result<FusionReport> fusion_report(HistoryFile& file, uint32_t runs_max) {
  TRY(last, file.database().integer("SELECT max(id) FROM runs"));
  TRY(first, file.database().integer("SELECT min(id) FROM runs"));
  const int64_t after = std::max(last - static_cast<int64_t>(runs_max), first - 1);
  FusionReport report;
  report.runs = static_cast<uint64_t>(last - after);
  TRY(rules, gains(file, after, kRules));
  TRY(reasons, gains(file, after, kReasons));
  TRY(losing_cuts, gains(file, after, kLosingCuts));
  report.rules = std::move(rules);
  report.reasons = std::move(reasons);
  for (const GainLine& rule : report.rules)
    if (rule.measured_gain_ns.value_or(1) <= 0) report.losing_rules.push_back(rule);
  std::ranges::sort(report.losing_rules, {},
                    [](const GainLine& rule) { return std::pair(*rule.measured_gain_ns, rule.name); });
  report.losing_cuts = std::move(losing_cuts);
  return std::move(report);
}

}  // namespace headrace
