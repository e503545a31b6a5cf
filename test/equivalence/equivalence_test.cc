// Goal: fusion, tier, threads and batch size are invisible in the answer, and the answer is right.
// Method: every case runs in many configurations; each answer is compared bit for bit with the row-at-a-time reference.
// EQUIVALENCE_CASE=name runs one case in all configurations.
#include <headrace/session.h>

#include <chrono>
#include <cstdlib>
#include <iostream>

#include <arrow/c/abi.h>
#include <gtest/gtest.h>

#include "equivalence/cases.h"
#include "reference/compare.h"

namespace headrace {
namespace {

using reference::Answer;

constexpr int kFailuresShown = 3;  // of one case
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr uint32_t kThinning = 16;  // sanitized code is several times slower: one in sixteen of each sample
#else
constexpr uint32_t kThinning = 1;
#endif

std::string build_directory() {
  const char* directory = std::getenv("HEADRACE_BUILD");
  return directory == nullptr ? "build/release" : directory;
}

Result<Answer> run_engine(Engine& engine, const std::string& sql, const RunConfiguration& configuration) {
  Session session = engine.session();
  TRY_STATUS(session.set("fusion.mode", configuration.fusion_mode));
  // Cuts that change at every other batch, in one of the configurations: each change is compiled.
  TRY_STATUS(
      session.set("fusion.adapt", configuration.vector_rows == 7 && configuration.threads == 2 ? "always" : "on"));
  TRY_STATUS(session.set("tier", configuration.tier));
  TRY_STATUS(session.set("threads", std::to_string(configuration.threads)));
  TRY_STATUS(session.set("vector_rows", std::to_string(configuration.vector_rows)));
  TRY_STATUS(session.set("filter_order", configuration.threads == 2 ? "rotated" : "measured"));
  TRY(rows, session.sql(sql));
  ArrowArrayStream stream;
  rows.to_arrow(&stream);
  return reference::read_stream(&stream);
}

// Empty when the engine answers as the reference does.
std::string disagreement(const EquivalenceCase& one, const Result<Answer>& expected, const Result<Answer>& found) {
  if (expected.ok() && found.ok()) return reference::difference(expected.value(), found.value());
  if (expected.ok()) return "expected rows, found " + to_text(found.error());
  if (found.ok()) return "expected the fault " + one.error + ", found rows";
  const Error& error = found.error();
  const bool same = error.code == ErrorCode::kFault && error.message.find(one.error) != std::string::npos;
  return same ? "" : "expected the fault " + one.error + ", found " + to_text(error);
}

struct Counts {
  uint32_t cases = 0, runs = 0;
};

void check_case(Engine& engine, const EquivalenceCase& one, const std::vector<RunConfiguration>& configurations,
                Counts& counts) {
  const auto expected = reference::run_reference(one.sql);
  if (!expected.ok() && (one.error.empty() || expected.error().message != one.error)) {
    ADD_FAILURE() << one.name << ": the reference says " << to_text(expected.error());
    return;
  }
  if (expected.ok() && !one.error.empty()) {
    ADD_FAILURE() << one.name << ": the reference finds no fault, expected " << one.error;
    return;
  }
  ++counts.cases;
  int failures = 0;
  for (const RunConfiguration& configuration : configurations) {
    ++counts.runs;
    const std::string what = disagreement(one, expected, run_engine(engine, one.sql, configuration));
    if (what.empty() || ++failures > kFailuresShown) continue;
    ADD_FAILURE() << one.name << "\n  with " << configuration.to_text() << "\n" << what;
  }
  if (failures > kFailuresShown)
    ADD_FAILURE() << one.name << ": " << failures << " of " << configurations.size() << " configurations disagree";
}

void check_all(const std::vector<EquivalenceCase>& cases,
               const std::function<std::vector<RunConfiguration>(uint32_t)>& choose) {
  const auto start = std::chrono::steady_clock::now();
  Engine engine;
  Counts counts;
  uint32_t index = 0;
  for (const EquivalenceCase& one : cases) check_case(engine, one, choose(index++), counts);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  std::cout << counts.cases << " cases, " << counts.runs << " runs, " << seconds.count() << " s" << std::endl;
}

std::vector<EquivalenceCase> chosen_cases() {
  auto cases = load_cases(build_directory());
  if (!cases.ok()) {
    ADD_FAILURE() << to_text(cases.error());
    return {};
  }
  const char* wanted = std::getenv("EQUIVALENCE_CASE");
  if (wanted != nullptr)
    std::erase_if(cases.value(),
                  [&](const EquivalenceCase& one) { return one.name.substr(0, one.name.find(" (")) != wanted; });
  return cases.value();
}

std::vector<RunConfiguration> thinned_sample(uint32_t case_index) {
  const std::vector<RunConfiguration> sample = sampled_configurations(case_index);
  std::vector<RunConfiguration> kept;
  for (size_t i = case_index / kSampleParts % kThinning; i < sample.size(); i += kThinning) kept.push_back(sample[i]);
  return kept;
}

TEST(Equivalence, SampledConfigurations) {
  if (std::getenv("EQUIVALENCE_CASE") != nullptr)
    check_all(chosen_cases(), [](uint32_t) { return all_configurations(); });
  else
    check_all(chosen_cases(), thinned_sample);
}

TEST(LongEquivalence, AllConfigurations) {
  check_all(chosen_cases(), [](uint32_t) { return all_configurations(); });
}

TEST(Equivalence, EachSampleCoversAllValues) {
  for (uint32_t seed = 0; seed < kSampleParts; ++seed) {
    std::string seen;
    for (const RunConfiguration& one : sampled_configurations(seed)) seen += one.to_text() + "\n";
    for (const char* value :
         {"= off", "= staged", "= full", "= on", "= interpreted", "= compiled", "threads = 1", "threads = 2",
          "threads = 4", "vector_rows = 1\n", "vector_rows = 7", "vector_rows = 64", "vector_rows = 2048"})
      EXPECT_NE(seen.find(value), std::string::npos) << "seed " << seed << ": " << value;
  }
}

}  // namespace
}  // namespace headrace
