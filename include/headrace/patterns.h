// headrace/patterns.h — the known shapes in which steps share loops, memory and rows, each with an example that can be run both ways.
// Session::explain with ExplainOptions::patterns says which of them a query has, and where.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace headrace {

struct FusionPattern {
  std::string name;
  std::string shape;  // one line
  std::string assumptions;
  std::string guarantee;
  std::string cost;

  // A query with the settings to run it under.
  struct Run {
    std::string query;
    std::vector<std::pair<std::string, std::string>> settings;
  };
  std::string prepare;  // a statement to run before; empty: none
  uint64_t rows;  // that either run reads
  Run with, without;  // the pattern; both give the same answer
};

// `directory`: where examples may write. Those that do not need files do not look at it.
std::vector<FusionPattern> fusion_patterns(const std::string& directory);

}  // namespace headrace
