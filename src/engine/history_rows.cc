#include "engine/history_rows.h"

#include <fmt/format.h>

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

}  // namespace

Result<Rows> history_rows(const std::shared_ptr<EngineCore>& engine, uint32_t runs_max) {
  if (engine->history == nullptr)
    return Error{ErrorCode::kInvalidPlan, "this engine keeps no history", "",
                 "give EngineOptions::history a path; for the program, HEADRACE_HISTORY must not be off"};
  std::vector<TextRow> rows;
  const std::string& path = engine->history->path();
  if (engine->world.kind(path) != FileKind::kMissing || engine->world.kind(history_spool(path)) != FileKind::kMissing) {
    Patience patience;
    std::vector<std::string> notes;
    TRY(file, HistoryFile::open(engine->world, path, {}, patience, false, notes));
    RunSpool spool(engine->world, history_spool(path));
    TRY_STATUS(file->take(spool));
    TRY(lines, last_runs(*file, runs_max));
    for (const RunLine& line : lines) rows.push_back(row_of(line));
  }
  return Rows(
      text_rows(engine, {"run", "started", "query", "outcome", "wall_ms", "peak_mib", "threads", "stages"}, rows));
}

}  // namespace headrace
