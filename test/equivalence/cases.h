// equivalence/cases.h — the queries in test/equivalence/*.sql and the ways of running each of them.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"

namespace headrace {

struct EquivalenceCase {
  std::string name;   // the file's, without its ending; with "(edges_some)" when it reads other data
  std::string sql;    // placeholders filled in
  std::string error;  // the fault that is expected, from a line "-- error: overflow"; empty: rows
};

// From the source root. `{build}` becomes the build directory. A case over test/data/edges.csv comes four times: over the
// CSV file and over three Parquet files, without nulls, with some, with nothing but nulls.
Result<std::vector<EquivalenceCase>> load_cases(const std::string& build_directory);

struct RunConfiguration {
  std::string fusion_mode;  // off | staged | full | on
  std::string tier;  // interpreted | compiled
  int threads;
  int vector_rows;

  std::string to_text() const;
};

// Every combination: modes × tiers × threads {1, 2, 4} × vector rows {7, 64, 2048}, and 1 interpreted.
std::vector<RunConfiguration> all_configurations();

// One part of them, chosen by seed: any kSampleParts seeds in a row cover all.
inline constexpr uint32_t kSampleParts = 6;
std::vector<RunConfiguration> sampled_configurations(uint32_t seed);

}  // namespace headrace
