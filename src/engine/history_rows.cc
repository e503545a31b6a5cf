#include "engine/history_rows.h"

#include <fmt/format.h>

#include "observe/history_connection.h"
#include "observe/history_report.h"

namespace headrace {

namespace {

// On one line.
std::string line_of(std::string text) {
  for (char& c : text)
    if (c == '\n' || c == '\t' || c == '\r') c = ' ';
  return text;
}

TextRow row_of(const RunLine& line) {
  return {std::to_string(line.run),
          to_display(Value{kTimestampTz, line.started_us}),
          line_of(line.query),
          line.outcome,
          fmt::format("{:.3f}", static_cast<double>(line.wall_ns) / 1e6),
          line.peak_bytes ? std::optional(fmt::format("{:.1f}", static_cast<double>(*line.peak_bytes) / 1048576.0))
                          : std::nullopt,
          std::to_string(line.threads),
          std::to_string(line.stages)};
}

TextRow row_of(std::string_view kind, const GainLine& line) {
  const auto milliseconds = [](const std::optional<double>& ns) {
    return ns.has_value() ? std::optional(fmt::format("{:.3f}", *ns / 1e6)) : std::nullopt;
  };
  return {std::string(kind), line.name, std::to_string(line.runs), milliseconds(line.predicted_gain_ns),
          milliseconds(line.measured_gain_ns)};
}

// `read` of the store's file, with what waits beside it taken in; not of one that there is not yet.
template <class Read>
Status read_history(EngineCore& engine, const Read& read) {
  if (engine.history == nullptr)
    return Error{ErrorCode::kInvalidPlan, "this engine keeps no history", "",
                 "give EngineOptions::history a path; for the program, HEADRACE_HISTORY must not be off"};
  const std::string& path = engine.history->path();
  if (engine.world.kind(path) == FileKind::kMissing && engine.world.kind(history_spool(path)) == FileKind::kMissing)
    return kDone;
  RunSpool spool(engine.world, history_spool(path));
  HistoryConnection connection(engine.world, path, {}, [&](const std::string& note) { engine.history->note(note); });
  return connection.with_file([&](HistoryFile& file) -> Status {
    TRY_STATUS(file.take(spool));
    return read(file);
  });
}

}  // namespace

Result<Rows> history_rows(const std::shared_ptr<EngineCore>& engine, uint32_t runs_max) {
  std::vector<TextRow> rows;
  TRY_STATUS(read_history(*engine, [&](HistoryFile& file) -> Status {
    TRY(lines, last_runs(file, runs_max));
    for (const RunLine& line : lines) rows.push_back(row_of(line));
    return kDone;
  }));
  return Rows(
      text_rows(engine, {"run", "started", "query", "outcome", "wall_ms", "peak_mib", "threads", "stages"}, rows));
}

Result<Rows> fusion_report_rows(const std::shared_ptr<EngineCore>& engine, uint32_t runs_max) {
  std::vector<TextRow> rows;
  TRY_STATUS(read_history(*engine, [&](HistoryFile& file) -> Status {
    TRY(report, fusion_report(file, runs_max));
    for (const GainLine& line : report.rules) rows.push_back(row_of("rule", line));
    for (const GainLine& line : report.reasons) rows.push_back(row_of("decision", line));
    for (const GainLine& line : report.losing_rules) rows.push_back(row_of("rule that does not pay", line));
    for (const GainLine& line : report.losing_cuts) rows.push_back(row_of("cut that does not pay", line));
    return kDone;
  }));
  return Rows(text_rows(engine, {"kind", "name", "runs", "predicted_gain_ms", "measured_gain_ms"}, rows));
}

}  // namespace headrace
