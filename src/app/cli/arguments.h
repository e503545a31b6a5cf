// app/cli/arguments.h — the command line as data.
#pragma once

#include <headrace/error.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace headrace {

struct Arguments {
  std::string command;                // "sql", "explain", …
  std::string action;                 // of fusion: "report", "measure"
  std::optional<std::string> text;    // the positional argument
  std::vector<std::string> files;     // positional arguments of slt
  std::string file;                   // --file F
  std::string format;                 // --format F
  std::string output;                 // --output F
  std::string stage;                  // --stage=NAME
  bool fusion = false;                // --fusion
  bool analyze = false;               // --analyze
  bool patterns = false;              // --patterns
  bool print = false;                 // --print
  bool json = false;                  // --json
  bool any_error = false;             // --any-error
  uint32_t rows_max = 40;             // --max-rows N
  std::optional<uint32_t> limit;      // --limit N
  std::optional<uint32_t> width_max;  // --max-width N; otherwise the terminal's
  std::vector<std::pair<std::string, std::string>> settings;  // --threads N, --set NAME=VALUE
};

// kInvalidPlan names the argument, what was expected and the nearest known option.
Result<Arguments> parse_arguments(int count, const char* const* values);

extern const char kUsage[];

}  // namespace headrace
