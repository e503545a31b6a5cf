// app/cli/pattern_report.h — what was found of a fusion pattern's example and measured of it, for people and as JSON.
#pragma once

#include <headrace/patterns.h>

#include <cstdint>
#include <string>
#include <vector>

namespace headrace {

// One way of running the example.
struct MeasuredRun {
  std::vector<std::string> places;  // where the pattern was found
  std::string answer;
  double ns_per_row = 0;  // of the fastest run, without planning
};

// `runs`: of either way, of which the fastest counted.
std::string to_text(const FusionPattern& pattern, const MeasuredRun& with, const MeasuredRun& without, uint32_t runs);
std::string to_json(const FusionPattern& pattern, const MeasuredRun& with, const MeasuredRun& without);

}  // namespace headrace
