#include "engine/time_reading.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <string>
#include <variant>

#include <fmt/format.h>

#include "engine/core.h"
#include "io/state_files.h"
#include "runtime/scannable.h"

namespace headrace {
namespace {

constexpr uint64_t kRows = uint64_t{1} << 20;

// Few values are places in a dictionary, about a byte each; many are as they are.
std::string file_of_both(const std::string& path) {
  return fmt::format(
      "COPY (SELECT range * 7919 % 251 AS few, range * 2654435761 % 4294967291 AS many FROM "
      "range({})) TO '{}'",
      kRows, path);
}

Status read_all(const ScannableTable& table, uint32_t column, QueryContext& context) {
  TRY(source, table.scan({{column}, {}}, context));
  while (true) {
    TRY(claim, source->claim());
    if (std::holds_alternative<End>(claim)) return kDone;
    Batch batch;
    for (bool more = true; more;) {
      TRY(next, std::get<std::unique_ptr<MorselReader>>(claim)->next(limits::kVectorRowsMax, batch));
      more = next;
    }
  }
}

// The fastest of several runs.
Result<double> row_ns(World& world, const ScannableTable& table, uint32_t column, QueryContext& context) {
  constexpr uint32_t kRuns = 7;
  int64_t best_ns = std::numeric_limits<int64_t>::max();
  for (uint32_t run = 0; run < kRuns; ++run) {
    const int64_t begun_ns = world.monotonic_ns();
    TRY_STATUS(read_all(table, column, context));
    best_ns = std::min(best_ns, world.monotonic_ns() - begun_ns);
  }
  return static_cast<double>(best_ns) / static_cast<double>(kRows);
}

Result<ReadingPrices> time_file(World& world, const std::string& path) {
  const auto engine = std::make_shared<EngineCore>(EngineOptions{});
  SessionCore session(engine);
  TRY(opened, session.catalog.open_file({.path = path, .format = "parquet", .options = {}, .where = {}}));
  const auto& table = static_cast<const ScannableTable&>(*opened);
  const CancelToken cancel;
  ArrowStateFiles files(world, engine->budget);
  QueryContext context{world, engine->budget, cancel, session.settings, files};
  constexpr uint32_t kFew = 0, kMany = 1;
  TRY(few_ns, row_ns(world, table, kFew, context));
  TRY(many_ns, row_ns(world, table, kMany, context));
  const auto bytes = [&](uint32_t column) {
    return static_cast<double>(table.page_bytes({&column, 1}).value_or(0)) / static_cast<double>(kRows);
  };
  const double more_bytes = bytes(kMany) - bytes(kFew);
  if (more_bytes <= 0)
    return Error{ErrorCode::kIo, "the file that was written to be timed does not say what its pages are", path, ""};
  // The byte of the first column's value counts twice: here memory is warm, and pages are large.
  return ReadingPrices{few_ns, std::max(0.0, (many_ns - few_ns) / more_bytes)};
}

}  // namespace

Result<ReadingPrices> time_reading(const std::string& directory) {
  Engine engine;  // keeps no history
  World& world = real_world();
  const std::string path = fmt::format("{}/headrace-calibrate-{}.parquet", directory, world.monotonic_ns());
  const Result<Rows> written = engine.session().sql(file_of_both(path));
  auto timed = written.ok() ? time_file(world, path) : Result<ReadingPrices>(written.error());
  const Status removed = world.kind(path) == FileKind::kMissing ? kDone : world.remove(path);
  if (timed.ok() && !removed.ok()) return removed.error();
  return timed;
}

}  // namespace headrace
