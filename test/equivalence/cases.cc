#include "equivalence/cases.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

#include <fmt/format.h>

namespace headrace {
namespace {

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
  return text;
}

std::string file_text(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// What stands behind "-- NAME: " on a line of its own.
std::string remark(const std::string& text, const std::string& name) {
  std::smatch found;
  return std::regex_search(text, found, std::regex("(^|\n)-- " + name + ": ([^\n]*)")) ? found[2].str() : "";
}

const std::regex& edges_csv() {
  static const std::regex pattern(R"(read_csv\('test/data/edges\.csv', types = \{[^}]*\}\)|'test/data/edges\.csv')");
  return pattern;
}

}  // namespace

Result<std::vector<EquivalenceCase>> load_cases(const std::string& build_directory) {
  std::vector<std::filesystem::path> paths;
  std::error_code missing;
  for (const auto& entry : std::filesystem::directory_iterator("test/equivalence", missing))
    if (entry.path().extension() == ".sql") paths.push_back(entry.path());
  if (paths.empty())
    return Error{ErrorCode::kIo, "there are no cases in test/equivalence", "", "run the test in the source root"};
  std::sort(paths.begin(), paths.end());
  std::vector<EquivalenceCase> cases;
  for (const std::filesystem::path& path : paths) {
    const std::string text = file_text(path);
    if (!text.starts_with("-- ")) return Error{ErrorCode::kBadInput, "a case begins with a comment", path.string(), ""};
    const std::string error = remark(text, "error");
    const std::string name = path.stem().string();
    cases.push_back({name, replaced(text, "{build}", build_directory), error});
    if (!error.empty() || !std::regex_search(text, edges_csv())) continue;
    for (const char* variant : {"edges_none", "edges_some", "edges_all"}) {
      const std::string file = fmt::format("'{}/test_data/{}.parquet'", build_directory, variant);
      cases.push_back({fmt::format("{} ({})", name, variant), std::regex_replace(text, edges_csv(), file), ""});
    }
  }
  return cases;
}

std::string RunConfiguration::to_text() const {
  return fmt::format("fusion.mode = {}, tier = {}, threads = {}, vector_rows = {}", fusion_mode, tier, threads,
                     vector_rows);
}

std::vector<RunConfiguration> all_configurations() {
  std::vector<RunConfiguration> all;
  for (const char* mode : {"off", "staged", "full", "on"})
    for (const char* tier : {"interpreted", "compiled"})
      for (const int threads : {1, 2, 4})
        for (const int vector_rows : {1, 7, 64, 2048})
          if (vector_rows > 1 || tier == std::string("interpreted")) all.push_back({mode, tier, threads, vector_rows});
  return all;
}

// The order below scatters neighbours, so that each part holds every value of every setting and most pairs of them.
std::vector<RunConfiguration> sampled_configurations(uint32_t seed) {
  constexpr size_t kScatter = 73;  // has no factor in common with the number of configurations
  const std::vector<RunConfiguration> all = all_configurations();
  const size_t part_size = all.size() / kSampleParts;
  std::vector<RunConfiguration> sample;
  for (size_t i = 0; i < all.size(); ++i)
    if (i * kScatter % all.size() / part_size == seed % kSampleParts) sample.push_back(all[i]);
  return sample;
}

}  // namespace headrace
