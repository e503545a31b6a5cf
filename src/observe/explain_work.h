// observe/explain_work.h — what explain --analyze prints of the parts of a stage: which step took what, inside fused loops too.
#pragma once

#include <optional>
#include <string>

#include "fuse/stage.h"
#include "runtime/stage_report.h"

namespace headrace {

// Rows that reached a part; `counted` false: of some it is only known what share of them did when that was last measured.
struct PartRows {
  double rows;
  bool counted;
};
// nullopt: some were not counted, and no share of them was measured.
std::optional<PartRows> rows_into(const Stage& stage, const StageReport& report, uint32_t step);
// The same of those that come out of it.
std::optional<PartRows> rows_out_of(const Stage& stage, const StageReport& report, uint32_t step);

// A line per part that was sampled or did something, under a headline; empty: nothing was counted. Times are sampled processor time.
std::string work_text(const Stage& stage, const StageReport& report, const std::string& indent);
// What cannot be counted here, as a line; empty: all can.
std::string work_note();
// `, "samples": …, "parts": [{"part", "where", "cpu_ns", "samples", "rows_in", "rows_in_counted", "rows_out", …}]`.
std::string work_json(const Stage& stage, const StageReport& report);

}  // namespace headrace
