#include "engine/verify.h"

#include <fmt/format.h>

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
  if (vector.type.id == TypeId::kUtf8) {
    const StringRef text = vector.as<StringRef>()[at];
    return combine_hashes(seed, hash_bytes(text.data(), text.size));
  }
  char bytes[16] = {};
  const uint32_t width = width_bytes(vector.type.id);
  std::memcpy(bytes, static_cast<const char*>(vector.data) + uint64_t{at} * width, width);
  return combine_hashes(seed, hash_bytes(bytes, 16));
}

bool has_compilable_loop(const Program& program) {
  for (const Stage& stage : program.stages)
    for (const LoopShape& shape : loop_shapes(stage, false))
      if (is_compilable(shape)) return true;
  return false;
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

Result<VerifyReport> verify_plan(SessionCore& session, const Plan& written) {
  const CancellableCall call(session);
  VerifyReport report;
  report.same = true;
  std::optional<Digest> expected;
  for (const Way& way : kWays) {
    for (const uint32_t threads : kThreads) {
      for (const uint32_t vector_rows : kVectorRows) {
        Settings settings = session.settings;
        settings.fusion_mode = way.mode;
        settings.tier = way.tier;
        settings.threads = threads;
        settings.vector_rows = vector_rows;
        const std::string configuration =
            fmt::format("{:<17} threads {} vector rows {:>4}", way.name, threads, vector_rows);
        Trace trace;
        TRY(program, compile(written, session.catalog, settings, trace, &call.token()));
        auto run = run_program(session, program, settings);
        if (!run.ok()) {
          Error error = run.error();
          error.where += (error.where.empty() ? "" : "; ") + configuration;
          return error;
        }
        uint64_t compiled = 0, morsels = 0;
        for (const StageReport& stage : run.value().stages) {
          compiled += stage.morsels_compiled;
          morsels += stage.morsels;
        }
        const Digest digest = digest_of(*run.value().rows, result_is_ordered(program));
        if (!expected.has_value()) expected = digest;
        const bool same = digest == *expected;
        const bool missing =
            way.tier == TierMode::kCompiled && compiled == 0 && morsels > 0 && has_compilable_loop(program);
        report.same = report.same && same && !missing;
        report.text += fmt::format("{}  rows {:>9}  digest {:016x}{:016x}  morsels interpreted {} compiled {}{}{}\n",
                                   configuration, run.value().rows->rows, digest.high, digest.low, morsels - compiled,
                                   compiled, same ? "" : "  DIFFERENT", missing ? "  NOTHING COMPILED" : "");
        ++report.configurations;
      }
    }
  }
  return report;
}

}  // namespace headrace
