// engine/run_record.h — what the history store keeps of a run, from the program and what it did.
#pragma once

#include "engine/core.h"
#include "observe/history_record.h"

namespace headrace {

struct EndedRun {
  const SessionCore& session;
  const Program& program;
  const Settings& settings;
  const Trace& trace;  // of its compilation; may be empty
  const std::vector<StageReport>& stages;
  int64_t started_us;
  uint64_t wall_ns;
  const Result<std::shared_ptr<const RowsCore>>& rows;  // an error, where it failed
  std::optional<int64_t> now_us;  // what now() was
};

RunRecord run_record(const EndedRun& run);

}  // namespace headrace
