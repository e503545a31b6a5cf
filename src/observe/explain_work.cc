#include "observe/explain_work.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "execute/thread_counters.h"
#include "fuse/edges.h"
#include "observe/json.h"

namespace headrace {

namespace {

std::string part_label(const Stage& stage, size_t part) {
  if (part < stage.steps.size()) return step_label(stage, static_cast<uint32_t>(part));
  static constexpr const char* kAround[] = {"source", "sink", "control of loops", "between"};
  return kAround[part - stage.steps.size()];
}

// Where the query's text has it: "1:34"; empty: it has no place of its own.
std::string part_place(const Stage& stage, size_t part) {
  if (part >= stage.steps.size() || stage.steps[part].where.line == 0) return "";
  return fmt::format("{}:{}", stage.steps[part].where.line, stage.steps[part].where.column);
}

PartReport sum_of(const WorkReport& work) {
  PartReport sum;
  for (const PartReport& part : work) sum.add(part);
  return sum;
}

bool did_nothing(const PartReport& part) {
  return part.samples == 0 && part.rows_in == 0 && part.rows_out == 0 && part.rows_hidden == 0 &&
         part.bytes_written == 0 && part.bytes_copied == 0 && part.allocations == 0;
}

std::string bytes_text(uint64_t bytes) {
  if (bytes == 0) return "";
  if (bytes < 10'000) return fmt::format("{} B", bytes);
  if (bytes < 10'000'000) return fmt::format("{:.1f} kB", static_cast<double>(bytes) / 1e3);
  return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
}

// Per row that enters the stage; empty: the machine does not count them.
std::string counts_title() {
  return missing_counters().empty() ? fmt::format("{:>9} {:>10} ", "instr/row", "misses/row") : "";
}
std::string counts_text(const PartReport& part, uint64_t rows) {
  if (!missing_counters().empty()) return "";
  const double per_row = rows == 0 ? 0 : 1 / static_cast<double>(rows);
  return fmt::format("{:>9.2f} {:>10.4f} ", static_cast<double>(part.instructions) * per_row,
                     static_cast<double>(part.cache_misses) * per_row);
}

using RowsOf = std::optional<PartRows> (*)(const Stage&, const StageReport&, uint32_t);

// Of a part, by `of_step` if it is a step; `counted` if it is not.
std::optional<PartRows> rows_of(const Stage& stage, const StageReport& report, size_t part, RowsOf of_step,
                                uint64_t counted) {
  if (part >= stage.steps.size()) return PartRows{static_cast<double>(counted), true};
  return of_step(stage, report, static_cast<uint32_t>(part));
}
std::optional<PartRows> rows_in(const Stage& stage, const StageReport& report, size_t part) {
  return rows_of(stage, report, part, rows_into, report.work[part].rows_in);
}
std::optional<PartRows> rows_out(const Stage& stage, const StageReport& report, size_t part) {
  return rows_of(stage, report, part, rows_out_of, report.work[part].rows_out);
}

std::string rows_text(const std::optional<PartRows>& rows, bool is_step) {
  if (!rows.has_value()) return "?";
  if (!is_step && rows->rows == 0) return "";
  return fmt::format("{}{:.0f}", rows->counted ? "" : "~", rows->rows);
}
std::string rows_json(const std::optional<PartRows>& rows) {
  return rows.has_value() ? fmt::format("{:.0f}", rows->rows) : "null";
}

// "faults: #1 divide_i64_i64 12, …"; empty: there were none.
std::string faults_text(const Stage& stage, const StageReport& report, const std::string& indent) {
  std::string text;
  for (size_t i = 0; i < report.work.size(); ++i)
    if (report.work[i].faults > 0)
      text += fmt::format("{} {} {}", text.empty() ? "faults:" : ",", part_label(stage, i), report.work[i].faults);
  return text.empty() ? text : indent + text + "\n";
}

}  // namespace

std::optional<PartRows> rows_into(const Stage& stage, const StageReport& report, uint32_t step) {
  const PartReport& part = report.work[step];
  const auto counted = static_cast<double>(part.rows_in);
  if (part.rows_hidden == 0) return PartRows{counted, true};
  // The shares are of rows that enter the stage; those that entered the loop came as far as its first step.
  const std::vector<double>& reaching = report.plan.reaching;
  uint32_t first = step;
  while (first > 0 && stage.cuts[first - 1].decision != Decision::kStaged) --first;
  if (reaching.size() <= step || reaching[first] <= 0) return std::nullopt;
  return PartRows{counted + std::round(static_cast<double>(part.rows_hidden) * reaching[step] / reaching[first]),
                  false};
}

std::optional<PartRows> rows_out_of(const Stage& stage, const StageReport& report, uint32_t step) {
  const bool shares_loop = step + 1 < stage.steps.size() && stage.cuts[step].decision != Decision::kStaged;
  if (shares_loop && report.work[step + 1].rows_hidden > 0) return rows_into(stage, report, step + 1);
  return PartRows{static_cast<double>(report.work[step].rows_out), true};
}

std::string work_text(const Stage& stage, const StageReport& report, const std::string& indent) {
  const PartReport sum = sum_of(report.work);
  if (did_nothing(sum)) return "";
  size_t width = 20;
  for (size_t i = 0; i < report.work.size(); ++i) width = std::max(width, part_label(stage, i).size());
  std::string text = fmt::format("{}{:<{}} {:>7} {:>7} {}{:>12} {:>12} {:>10} {:>10} {:>10} {:>10}  {}\n", indent,
                                 fmt::format("{} samples", sum.samples), width, "time", "ns/row", counts_title(),
                                 "rows in", "rows out", "written", "copied", "allocated", "peak", "query");
  for (size_t i = 0; i < report.work.size(); ++i) {
    const PartReport& part = report.work[i];
    if (did_nothing(part)) continue;
    const double share = sum.cpu_ns == 0 ? 0 : static_cast<double>(part.cpu_ns) / static_cast<double>(sum.cpu_ns);
    const double ns = report.rows_in == 0 ? 0 : static_cast<double>(part.cpu_ns) / static_cast<double>(report.rows_in);
    text += fmt::format("{}{:<{}} {:>5.1f} % {:>7.2f} {}{:>12} {:>12} {:>10} {:>10} {:>10} {:>10}  {}\n", indent,
                        part_label(stage, i), width, 100 * share, ns, counts_text(part, report.rows_in),
                        rows_text(rows_in(stage, report, i), i < stage.steps.size()),
                        rows_text(rows_out(stage, report, i), i < stage.steps.size()), bytes_text(part.bytes_written),
                        bytes_text(part.bytes_copied), bytes_text(part.bytes_allocated),
                        bytes_text(static_cast<uint64_t>(part.bytes_held_peak)), part_place(stage, i));
  }
  return text + faults_text(stage, report, indent);
}

std::string work_note() {
  if (missing_counters().empty()) return "";
  return fmt::format("instructions and cache misses: this machine has no counters for them ({})\n", missing_counters());
}

std::string work_json(const Stage& stage, const StageReport& report) {
  if (report.work.empty()) return "";
  const auto counted = [](uint64_t count) { return missing_counters().empty() ? std::to_string(count) : "null"; };
  std::string parts;
  for (size_t i = 0; i < report.work.size(); ++i) {
    const PartReport& part = report.work[i];
    const auto in = rows_in(stage, report, i), out = rows_out(stage, report, i);
    parts += fmt::format(
        "{}{{\"part\": {}, \"where\": {}, \"cpu_ns\": {}, \"samples\": {}, \"instructions\": {}, \"cache_misses\": {}, "
        "\"rows_in\": {}, \"rows_in_counted\": {}, "
        "\"rows_out\": {}, \"rows_out_counted\": {}, \"faults\": {}, \"bytes_written\": {}, \"bytes_copied\": {}, "
        "\"allocations\": {}, "
        "\"bytes_allocated\": {}, \"bytes_held_peak\": {}}}",
        parts.empty() ? "" : ",\n    ", json_string(part_label(stage, i)), json_string(part_place(stage, i)),
        part.cpu_ns, part.samples, counted(part.instructions), counted(part.cache_misses), rows_json(in),
        in.has_value() && in->counted, rows_json(out), out.has_value() && out->counted, part.faults, part.bytes_written,
        part.bytes_copied, part.allocations, part.bytes_allocated, part.bytes_held_peak);
  }
  return fmt::format(", \"samples\": {}, \"parts\": [\n    {}]", sum_of(report.work).samples, parts);
}

}  // namespace headrace
