// Goal: a stream that is killed and restored with another number of workers gives the bits of the batch query.
// Method: a child process runs a windowed aggregation over the rate source with two workers and is killed with SIGKILL once its
// first checkpoint is complete; this process restores it with three workers, and runs the same rows as a batch without windows.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <thread>

#include "base/overloaded.h"
#include "engine/core.h"
#include "engine/verify.h"
#include "frontend/sql/statement.h"
#include "io/format/writer.h"
#include "io/state_files.h"
#include "optimize/passes.h"
#include "plan/resolve.h"
#include "runtime/rate_source.h"

#if __has_feature(thread_sanitizer)
extern "C" const char* __tsan_default_options();
extern "C" const char* __tsan_default_options() { return "die_after_fork=0"; }  // its own thread counts as one
#endif

namespace headrace {
namespace {

constexpr uint64_t kRows = 600'000;
constexpr const char* kQuery =
    "SELECT add_microseconds(ts, -(us % 1000000)) AS window_start, key, sum(value) AS total, count(*) AS n "
    "FROM ticks WHERE key % 7 <> 3 GROUP BY add_microseconds(ts, -(us % 1000000)), key";

RateOptions stream_options(uint64_t rows_per_second) {
  return {.rows = kRows, .rows_per_second = rows_per_second, .barrier_morsels = 40};
}

// The same plan with its aggregation closed by watermarks.
PlanPtr with_windows(const PlanPtr& plan, int64_t window_us) {
  std::vector<PlanPtr> inputs;
  for (const PlanPtr& input : inputs_of(*plan)) inputs.push_back(with_windows(input, window_us));
  Plan changed = inputs.empty() ? *plan : *with_inputs(*plan, inputs);
  if (auto* aggregation = std::get_if<Aggregation>(&changed.node)) aggregation->window_us = window_us;
  return std::make_shared<const Plan>(changed);
}

// Runs kQuery over the rate source; window_us 0: as a batch.
Result<Digest> run(const RateOptions& options, uint32_t threads, int64_t window_us,
                   const CheckpointOptions& checkpoints, const std::string& text = kQuery) {
  const auto engine = std::make_shared<EngineCore>(EngineOptions{.threads = threads});
  SessionCore session(engine);
  session.catalog.register_table("ticks", std::make_shared<RateTable>(options));
  RateOptions slower = options;  // a stream may be; both have the same checkpoints
  slower.rows /= 4;
  if (window_us > 0) slower.rows_per_second = 400'000;
  session.catalog.register_table("tocks", std::make_shared<RateTable>(slower));
  session.settings.threads = threads;
  TRY(statements, parse_sql(text));
  TRY(resolved, resolve(*std::get<QueryStatement>(statements[0].node).plan, session.catalog));
  Trace trace;
  TRY(program, compile_resolved(with_windows(resolved, window_us), session.settings, trace));
  ArrowStateFiles files(engine->world, engine->budget);
  CancelToken cancel;
  QueryContext context{engine->world, engine->budget, cancel, session.settings, files, make_writer};
  QueryRun query(program, context, *engine->workers(threads), nullptr, checkpoints);
  TRY_STATUS(query.run());
  TRY(source, query.result());
  TRY(rows, drain(*source, program.sinks[program.result].output, engine));
  EXPECT_GT(rows->rows, 10'000u);
  return digest_of(*rows, false);
}

// Two streams into one windowed aggregation: the slower holds windows open.
const std::string kTwoInputs =
    "SELECT add_microseconds(ts, -(us % 1000000)) AS window_start, key, sum(value) AS total, count(*) AS n "
    "FROM (SELECT * FROM ticks UNION ALL SELECT * FROM tocks) AS both "
    "GROUP BY add_microseconds(ts, -(us % 1000000)), key";

class Directory {
 public:
  Directory() : path_(std::filesystem::temp_directory_path() / ("headrace-stream-" + std::to_string(getpid()))) {
    std::filesystem::create_directories(path_);
  }
  ~Directory() { std::filesystem::remove_all(path_); }
  std::string path() const { return path_.string(); }

 private:
  const std::filesystem::path path_;
};

TEST(Unbounded, KilledAndRestoredElsewhereGivesTheBatchAnswer) {
  const Directory directory;
  const pid_t child = fork();  // before this process has started any thread
  ASSERT_GE(child, 0);
  if (child == 0) {
    const auto result = run(stream_options(150'000), 2, 1'000'000, {directory.path(), false});
    _exit(result.ok() ? 0 : 1);
  }
  for (int i = 0; i < 3'000 && !std::filesystem::exists(directory.path() + "/MANIFEST"); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  ASSERT_EQ(kill(child, SIGKILL), 0);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status)) << "the stream ended before it was killed";

  auto manifest = read_manifest(real_world(), directory.path());
  ASSERT_TRUE(manifest.ok() && manifest.value().has_value());
  const uint64_t resumed_at = std::strtoull(manifest.value()->source_positions.at(0).c_str(), nullptr, 10);
  EXPECT_GT(resumed_at, 0u);
  EXPECT_LT(resumed_at, kRows);

  const auto restored = run(stream_options(0), 3, 1'000'000, {directory.path(), true});
  ASSERT_TRUE(restored.ok()) << to_text(restored.error());
  const auto batch = run({.rows = kRows, .watermark_morsels = 0}, 1, 0, {});
  ASSERT_TRUE(batch.ok()) << to_text(batch.error());
  EXPECT_EQ(restored.value(), batch.value());
}

TEST(Unbounded, WithoutAKillToo) {
  const auto stream = run(stream_options(0), 2, 1'000'000, {});
  const auto batch = run({.rows = kRows, .watermark_morsels = 0}, 2, 0, {});
  ASSERT_TRUE(stream.ok() && batch.ok());
  EXPECT_EQ(stream.value(), batch.value());
}

TEST(Unbounded, TwoInputsLoseNothing) {
  const auto batch = run({.rows = kRows, .watermark_morsels = 0}, 2, 0, {}, kTwoInputs);
  ASSERT_TRUE(batch.ok()) << to_text(batch.error());
  const Directory directory;
  const auto stream = run(stream_options(0), 2, 1'000'000, {directory.path(), false}, kTwoInputs);
  ASSERT_TRUE(stream.ok()) << to_text(stream.error());
  EXPECT_EQ(stream.value(), batch.value());

  // Only what the last checkpoint names is left, and it holds both positions.
  auto manifest = read_manifest(real_world(), directory.path());
  ASSERT_TRUE(manifest.ok() && manifest.value().has_value());
  EXPECT_EQ(manifest.value()->source_positions.size(), 2u);
  std::set<std::string> named{directory.path() + "/MANIFEST"}, found;
  for (const auto& [sink, path] : manifest.value()->state_paths) named.insert(path);
  for (const auto& entry : std::filesystem::directory_iterator(directory.path())) found.insert(entry.path().string());
  EXPECT_EQ(found, named);

  const auto restored = run(stream_options(0), 3, 1'000'000, {directory.path(), true}, kTwoInputs);
  ASSERT_TRUE(restored.ok()) << to_text(restored.error());
  EXPECT_EQ(restored.value(), batch.value());
}

}  // namespace
}  // namespace headrace
