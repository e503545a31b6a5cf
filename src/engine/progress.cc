#include "base/bytes_read.h"
#include "engine/core.h"

namespace headrace {

namespace {

// Rows of every table and range that a program reads; nullopt: some table does not know how many it has.
std::optional<uint64_t> rows_to_scan(const Program& program) {
  uint64_t rows = 0;
  for (const Stage& stage : program.stages) {
    if (const auto* range = std::get_if<RangeSource>(&stage.source))
      rows += range->end > range->begin ? static_cast<uint64_t>(range->end) - static_cast<uint64_t>(range->begin) : 0;
    if (const auto* source = std::get_if<TableSource>(&stage.source)) {
      const auto of_table = source->table->row_count();
      if (!of_table.has_value()) return std::nullopt;
      rows += *of_table;
    }
  }
  return rows;
}

// Requires progress_mutex, and a query.
Progress measured(SessionCore& session) {
  Progress progress = session.progress;
  progress.rows = session.query->rows_scanned();
  progress.bytes = bytes_read_from_files() - session.bytes_before;
  progress.elapsed_ns = session.engine->world.monotonic_ns() - session.began_ns;
  return progress;
}

}  // namespace

ShownProgress::ShownProgress(SessionCore& session, const Program& program, const QueryRun& run) : session_(session) {
  const std::lock_guard lock(session_.progress_mutex);
  session_.query = &run;
  session_.progress = {.running = true, .rows = 0, .rows_total = rows_to_scan(program), .bytes = 0, .elapsed_ns = 0};
  session_.began_ns = session_.engine->world.monotonic_ns();
  session_.bytes_before = bytes_read_from_files();
}

ShownProgress::~ShownProgress() {
  const std::lock_guard lock(session_.progress_mutex);
  session_.progress = measured(session_);
  session_.progress.running = false;
  session_.query = nullptr;
}

Progress progress_of(SessionCore& session) {
  const std::lock_guard lock(session.progress_mutex);
  return session.query == nullptr ? session.progress : measured(session);
}

}  // namespace headrace
