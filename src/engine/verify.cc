#include "engine/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/hash.h"
#include "execute/loop_shapes.h"

namespace headrace {

namespace {

struct Way {
  const char* name;
  FusionMode mode;
  TierMode tier;
};
constexpr Way kWays[] = {{"interpreted", FusionMode::kOff, TierMode::kInterpreted},
                         {"every cut staged", FusionMode::kStaged, TierMode::kCompiled},
                         {"fully fused", FusionMode::kFull, TierMode::kCompiled},
                         {"planner's choice", FusionMode::kOn, TierMode::kCompiled}};
constexpr uint32_t kThreads[] = {1, 2, 4};
constexpr uint32_t kVectorRows[] = {7, 64, 2048};

uint64_t hash_value(const Vector& vector, uint32_t row, uint64_t seed) {
  if (!vector.is_valid(row)) return mix64(seed ^ 0x6e756c6cULL);
  const uint32_t at = vector.index_of(row);
  if (is_text_layout(vector.type)) {
    const StringRef text = vector.as<StringRef>()[at];
    return combine_hashes(seed, hash_bytes(text.data(), text.size));
  }
  char bytes[16] = {};
  const uint32_t width = width_bytes(vector.type.id);
  std::memcpy(bytes, static_cast<const char*>(vector.data) + uint64_t{at} * width, width);
  return combine_hashes(seed, hash_bytes(bytes, 16));
}

bool has_compilable_loop(const Stage& stage) {
  const std::vector<LoopShape> shapes = loop_shapes(stage, false);
  return std::any_of(shapes.begin(), shapes.end(), is_compilable);
}

bool result_is_ordered(const Program& program) {
  const auto* collect = std::get_if<CollectSink>(&program.sinks[program.result].node);
  return collect == nullptr || collect->ordered;
}

}  // namespace

Digest digest_of(const RowsCore& rows, bool ordered) {
  Digest digest;
  uint64_t position = 0;
  for (const Batch& batch : rows.batches) {
    for (uint32_t row = 0; row < batch.rows; ++row, ++position) {
      uint64_t low = 0x243f6a8885a308d3ULL, high = 0x13198a2e03707344ULL;
      for (const Vector& column : batch.columns) {
        low = hash_value(column, row, low);
        high = hash_value(column, row, high);
      }
      digest.low += mix64(ordered ? combine_hashes(low, position) : low);
      digest.high += mix64(ordered ? combine_hashes(high, position) : high);
    }
  }
  digest.low = combine_hashes(digest.low, rows.rows);
  return digest;
}

namespace {

// What one configuration gave: rows, or the error that the data causes.
struct Answer {
  std::optional<Error> error;
  Digest digest;
  friend bool operator==(const Answer&, const Answer&) = default;
};

// Faults and bad input are answers as rows are. Memory, disk and a cancel say nothing of the query.
bool is_answer(const Error& error) { return error.code == ErrorCode::kFault || error.code == ErrorCode::kBadInput; }

std::string one_line(const Error& error) {
  return error.where.empty() ? error.message : fmt::format("{} at {}", error.message, error.where);
}

struct Morsels {
  uint64_t all = 0, compiled = 0;
  uint64_t compilable = 0;  // of stages with a loop that can be compiled, and rows for it
};
void add_morsels(const Program& program, const std::vector<StageReport>& reports, Morsels& morsels) {
  for (size_t i = 0; i < reports.size(); ++i) {
    const StageReport& report = reports[i];
    const Stage& stage = program.stages[i];
    morsels.all += report.morsels;
    morsels.compiled += report.morsels_compiled;
    if (report.rows_in > 0 && has_compilable_loop(stage)) morsels.compilable += report.morsels;
    if (report.recursion == nullptr) continue;
    const auto& recursion = std::get<RecursionSource>(stage.source);
    add_morsels(*recursion.base, report.recursion->base, morsels);
    add_morsels(*recursion.step, report.recursion->step, morsels);
  }
}

// The name of an aggregate whose contract promises no bits; empty: there is none.
std::string unsteady_aggregate(const Program& program) {
  std::string found;
  const auto look = [&](const AggregateOverload& overload) {
    if (overload.aggregate->contract.determinism == Determinism::kNone) found = overload.aggregate->name;
  };
  for (const Stage& stage : program.stages) {
    for (const Step& step : stage.steps)
      if (const auto* accumulate = std::get_if<Accumulate>(&step.node)) look(*accumulate->aggregate);
    const auto* recursion = std::get_if<RecursionSource>(&stage.source);
    if (recursion == nullptr) continue;
    for (const auto& part : {recursion->base, recursion->step})
      if (std::string inside = unsteady_aggregate(*part); !inside.empty()) found = std::move(inside);
  }
  for (const SinkSpec& sink : program.sinks)
    if (const auto* groups = std::get_if<AggregateSink>(&sink.node))
      for (const GroupAggregate& one : groups->aggregates) look(*one.overload);
  return found;
}

// Every configuration in turn, held against the first one.
class Comparison {
 public:
  Comparison(SessionCore& session, const Plan& written, const CancelToken& cancel)
      : session_(session), written_(written), cancel_(cancel) {}

  Status run(const Way& way, uint32_t threads, uint32_t vector_rows) {
    Settings settings = session_.settings;
    settings.fusion_mode = way.mode;
    settings.tier = way.tier;
    settings.threads = threads;
    settings.vector_rows = vector_rows;
    const std::string configuration =
        fmt::format("{:<17} threads {} vector rows {:>4}", way.name, threads, vector_rows);
    const auto files = session_.catalog.remember();
    Trace trace;
    TRY(program, compile(written_, session_.catalog, settings, trace, &cancel_));
    if (write_count(program) > 0)
      return Error{ErrorCode::kUnsupported, "what COPY writes is not compared", "", "verify the query inside it"};
    if (const auto name = unsteady_aggregate(program); !name.empty())
      return Error{
          ErrorCode::kUnsupported,
          fmt::format("{} gives other bits when rows meet in other batches: its answers cannot be compared", name), "",
          "use sum, which is exact"};
    const auto run = run_program(session_, program, settings, nullptr);
    ++report_.configurations;
    if (run.ok()) {
      note_rows(configuration, way, program, run.value());
      return kDone;
    }
    if (is_answer(run.error())) {
      const bool same = is_same({run.error(), {}});
      report_.text += fmt::format("{}  error {}{}\n", configuration, one_line(run.error()), same ? "" : "  DIFFERENT");
      return kDone;
    }
    Error error = run.error();
    error.where += (error.where.empty() ? "" : "; ") + configuration;
    return error;
  }

  VerifyReport report() {
    if (report_.same && first_.has_value()) report_.error = first_->error;
    return std::move(report_);
  }

 private:
  void note_rows(const std::string& configuration, const Way& way, const Program& program, const RunOutcome& outcome) {
    Morsels morsels;
    add_morsels(program, outcome.stages, morsels);
    const Digest digest = digest_of(*outcome.rows, result_is_ordered(program));
    const bool same = is_same({std::nullopt, digest});
    const bool missing = way.tier == TierMode::kCompiled && morsels.compiled == 0 && morsels.compilable > 0;
    report_.same = report_.same && !missing;
    report_.text +=
        fmt::format("{}  rows {:>9}  digest {:016x}{:016x}  morsels interpreted {} compiled {}{}{}\n", configuration,
                    outcome.rows->rows, digest.high, digest.low, morsels.all - morsels.compiled, morsels.compiled,
                    same ? "" : "  DIFFERENT", missing ? "  NOTHING COMPILED" : "");
  }

  bool is_same(const Answer& answer) {
    if (!first_.has_value()) first_ = answer;
    const bool same = answer == *first_;
    report_.same = report_.same && same;
    return same;
  }

  SessionCore& session_;
  const Plan& written_;
  const CancelToken& cancel_;
  std::optional<Answer> first_;
  VerifyReport report_ = {.same = true, .text = {}};
};

}  // namespace

Result<VerifyReport> verify_plan(SessionCore& session, const Plan& written) {
  const CancellableCall call(session);
  const StatementScope scope(facts_of(session));
  Comparison comparison(session, written, call.token());
  for (const Way& way : kWays)
    for (const uint32_t threads : kThreads)
      for (const uint32_t vector_rows : kVectorRows) TRY_STATUS(comparison.run(way, threads, vector_rows));
  return comparison.report();
}

}  // namespace headrace
