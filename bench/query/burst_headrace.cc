// Runs one stage on a stream that bursts, then drips, under the settings of each plan.
//
//   bench_burst_headrace REPEATS BURST_MORSELS DROPS NAME=VALUE,NAME=VALUE…
//   prints a line for each set of settings: {"burst": …, "drops": …, "compiled": …, "changes": ["…"]}: seconds of the processor in the fastest runs up
//   to the first drop, and from there; morsels of the last run with machine code, and what it changed. A morsel of the burst is 8 batches,
//   a drop is one every ten milliseconds. One thread; code stays from run to run.
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/check.h"
#include "engine/core.h"
#include "fuse/decide_cuts.h"
#include "fuse/parse.h"
#include "plan/declared_tables.h"
#include "runtime/scannable.h"
#include "runtime/settings.h"

namespace headrace::bench {
namespace {

constexpr uint32_t kBatchesOfBurst = 8;  // in each morsel
constexpr auto kBetweenDrops = std::chrono::milliseconds(10);

constexpr std::string_view kStage = R"(program result 0
sink 0 aggregate_all (sum_i64(0) decimal(38,0))
  inputs 1 in ("x" int64) out ("x" decimal(38,0) ?)
stage 0 to sink 0 input 0
  source stream
  value v0 "a" int64
  value v1 "b" int64
  value v2 "c" int64
  compute v3 "gt" bool = gt_I64_I64(v1, v2)
  cut staged mode_off
  filter v3
  cut staged mode_off
  compute v4 "multiply" int64 faults = multiply_i64_i64(v0, 3::int64)
  cut staged mode_off
  compute v5 "add" int64 faults = add_i64_i64(v4, v1)
  cut staged mode_off
  compute v6 "subtract" int64 faults = subtract_i64_i64(v0, v1)
  cut staged mode_off
  compute v7 "multiply" int64 faults = multiply_i64_i64(v5, v6)
  cut staged mode_off
  compute v8 "add" int64 faults = add_i64_i64(v7, v0)
  cut staged mode_off
  compute v9 "add" int64 faults = add_i64_i64(v1, 7::int64)
  cut staged mode_off
  compute v10 "multiply" int64 faults = multiply_i64_i64(v8, v9)
  cut staged mode_off
  compute v11 "add" int64 faults = add_i64_i64(v10, v2)
  cut staged mode_off
  accumulate 0 = sum_i64(v11)
  cut staged mode_off
  output ()
)";

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         1e-6 * static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

// The same vectors again and again: the source itself takes no time.
struct Columns {
  int64_t values[3][limits::kVectorRowsMax];
  Columns() {
    for (int64_t row = 0; row < limits::kVectorRowsMax; ++row) {
      values[0][row] = row % 1'000;
      values[1][row] = row * 7'919 % 97;
      values[2][row] = row * 104'729 % 89;
    }
  }
};

class Reader final : public MorselReader {
 public:
  Reader(uint64_t morsel, uint32_t batches, std::shared_ptr<const Columns> columns)
      : morsel_(morsel), batches_(batches), columns_(std::move(columns)) {}
  uint64_t morsel() const override { return morsel_; }
  Result<bool> next(uint32_t, Batch& out) override {
    if (done_ == batches_) return false;
    out = Batch{
        .rows = limits::kVectorRowsMax, .columns = {}, .morsel = morsel_, .sequence = done_ * limits::kVectorRowsMax};
    for (const auto& values : columns_->values)
      out.columns.push_back(Vector{.type = kInt64, .data = values, .owner = columns_});
    ++done_;
    return true;
  }

 private:
  const uint64_t morsel_;
  const uint32_t batches_;
  const std::shared_ptr<const Columns> columns_;
  uint64_t done_ = 0;
};

// What the halves of a run took; of the last source that was opened.
struct Clock {
  double begun = 0, turned = 0;
};

class BurstSource final : public Source {
 public:
  BurstSource(uint64_t burst, uint64_t drops, Clock& clock) : burst_(burst), drops_(drops), clock_(clock) {
    clock_ = {cpu_seconds(), 0};
  }
  Result<Claim> claim() override {
    std::lock_guard lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    if (given_ == burst_ && clock_.turned == 0) {
      clock_.turned = cpu_seconds();
      due_ = now;
    }
    if (given_ == burst_ + drops_) return Claim(End{});
    if (given_ >= burst_) {
      if (now < due_) return Claim(Blocked{});
      due_ += kBetweenDrops;
    }
    const uint32_t batches = given_ < burst_ ? kBatchesOfBurst : 1;
    return Claim(std::make_unique<Reader>(given_++, batches, columns_));
  }
  bool ordered() const override { return true; }
  std::string locate(uint64_t, uint64_t) const override { return "a burst"; }

 private:
  const uint64_t burst_, drops_;
  Clock& clock_;
  const std::shared_ptr<const Columns> columns_ = std::make_shared<Columns>();
  std::mutex mutex_;  // guards what follows
  uint64_t given_ = 0;
  std::chrono::steady_clock::time_point due_;
};

class BurstTable final : public ScannableTable {
 public:
  BurstTable(uint64_t burst, uint64_t drops, Clock& clock) : burst_(burst), drops_(drops), clock_(clock) {}
  const Schema& schema() const override { return schema_; }
  std::optional<uint64_t> row_count() const override { return std::nullopt; }
  bool ordered() const override { return true; }
  std::string describe() const override { return "burst"; }
  Result<std::unique_ptr<Source>> scan(const ScanRequest&, QueryContext&) const override {
    return std::unique_ptr<Source>(std::make_unique<BurstSource>(burst_, drops_, clock_));
  }
  ScanReport report(const ScanRequest&) const override { return {}; }

 private:
  const uint64_t burst_, drops_;
  Clock& clock_;
  const Schema schema_ = {{"a", kInt64, false}, {"b", kInt64, false}, {"c", kInt64, false}};
};

struct Halves {
  double burst = 1e9, drops = 1e9;
  uint64_t compiled = 0;
  std::vector<std::string> changes;
};

Result<Halves> measure(const std::shared_ptr<EngineCore>& engine, std::string_view settings, uint64_t repeats,
                       uint64_t burst, uint64_t drops) {
  SessionCore session(engine);
  while (!settings.empty()) {
    const std::string_view one = settings.substr(0, settings.find(','));
    settings.remove_prefix(std::min(settings.size(), one.size() + 1));
    const size_t equals = one.find('=');
    TRY_STATUS(
        assign_setting(session.settings, std::string(one.substr(0, equals)), std::string(one.substr(equals + 1))));
  }
  session.settings.threads = 1;
  Clock clock;
  Halves halves;
  for (uint64_t repeat = 0; repeat < repeats; ++repeat) {
    DeclaredTables tables;
    TRY(program, parse_program(std::string(kStage), tables));
    program.stages[0].source =
        TableSource{std::make_shared<BurstTable>(burst, drops, clock), {}, "burst", {0, 1, 2}, {}};
    TRY_STATUS(decide_cuts(program, session.settings.fuse_options()));
    TRY(outcome, run_program(session, program, session.settings, nullptr));
    halves.burst = std::min(halves.burst, clock.turned - clock.begun);
    halves.drops = std::min(halves.drops, cpu_seconds() - clock.turned);
    halves.compiled = outcome.stages[0].morsels_compiled;
    halves.changes = outcome.stages[0].plan.changes;
  }
  return halves;
}

int run(int count, char** arguments) {
  const auto engine = std::make_shared<EngineCore>(EngineOptions{});
  const auto number = [&](int at) { return std::strtoull(arguments[at], nullptr, 10); };
  for (int at = 4; at < count; ++at) {
    const auto halves = measure(engine, arguments[at], number(1), number(2), number(3));
    if (!halves.ok()) {
      std::fprintf(stderr, "%s\n", to_text(halves.error()).c_str());
      return 1;
    }
    std::string changes;
    for (const std::string& change : halves.value().changes)
      changes += fmt::format("{}\"{}\"", changes.empty() ? "" : ", ", change);
    std::printf("{\"burst\": %.6f, \"drops\": %.6f, \"compiled\": %llu, \"changes\": [%s]}\n", halves.value().burst,
                halves.value().drops, static_cast<unsigned long long>(halves.value().compiled), changes.c_str());
  }
  return 0;
}

}  // namespace
}  // namespace headrace::bench

int main(int count, char** arguments) {
  if (count < 5) {
    std::fprintf(stderr, "usage: bench_burst_headrace REPEATS BURST_MORSELS DROPS NAME=VALUE,NAME=VALUE…\n");
    return 2;
  }
  return headrace::bench::run(count, arguments);
}
