#include "runtime/operators/sort_rows.h"

#include <limits>
#include <thread>

namespace headrace {

namespace {

constexpr uint64_t kRunBytesMin = uint64_t{1} << 20;

std::vector<SortKeyPart> parts_of(const SortSink& spec) {
  std::vector<SortKeyPart> parts;
  for (const SortColumn& key : spec.keys) parts.push_back({key.column, key.descending, key.nulls_first});
  return parts;
}

uint64_t kept_max(const SortSink& spec) {
  uint64_t kept = 0;
  if (!spec.rows_max || __builtin_add_overflow(*spec.rows_max, spec.offset, &kept))
    return std::numeric_limits<uint64_t>::max();
  return kept;
}

}  // namespace

SortRows::SortRows(const struct SortSink& spec, Schema input, QueryContext& context)
    : context_(context),
      shape_(std::make_shared<SortShape>(std::move(input), parts_of(spec), spec.ordered, kept_max(spec))),
      offset_(spec.offset) {
  const uint32_t threads =
      context.settings.threads > 0 ? context.settings.threads : std::max(1u, std::thread::hardware_concurrency());
  run_bytes_max_ = std::max(kRunBytesMin, context.budget.bytes_max() / 2 / threads);
}

SortRows::~SortRows() {
  for (const std::string& path : paths_) (void)context_.files.remove(path).ok();
}

std::unique_ptr<Local> SortRows::local() { return std::make_unique<SortRun>(shape_, context_); }

Status SortRows::consume(uint32_t input, const Batch& batch, Local& mine) {
  auto& run = static_cast<SortRun&>(mine);
  Status status = run.append(input, batch);
  if (!status.ok()) {
    if (run.rows() == 0 || status.error().code != ErrorCode::kLimit) return status;
    TRY_STATUS(spill(run));
    status = run.append(input, batch);
  }
  if (status.ok() && run.bytes() > run_bytes_max_) return spill(run);
  return status;
}

Status SortRows::spill(SortRun& run) {
  if (run.rows() == 0) return kDone;
  TRY_STATUS(run.sort());
  std::string path;
  TRY(writer, context_.files.create(shape_->run_schema, path));
  {
    std::lock_guard lock(mutex_);
    paths_.push_back(path);
  }
  TRY_STATUS(run.write(*writer));
  return writer->close();
}

Status SortRows::prepare(Local& mine) { return static_cast<SortRun&>(mine).sort(); }

Status SortRows::merge(std::unique_ptr<Local> one) {
  std::unique_ptr<SortRun> run(static_cast<SortRun*>(one.release()));
  if (run->rows() == 0) return kDone;
  TRY_STATUS(run->sort());  // nothing to do after prepare()
  std::lock_guard lock(mutex_);
  runs_.push_back(std::move(run));
  return kDone;
}

Status SortRows::finish() {
  if (!paths_.empty()) return spill_rest();
  sorted_ = std::make_shared<const SortedRuns>(std::move(runs_), shape_->schema, offset_, shape_->rows_kept_max);
  runs_.clear();
  return kDone;
}

Status SortRows::spill_rest() {
  for (const auto& run : runs_) TRY_STATUS(spill(*run));
  runs_.clear();
  return merge_runs(shape_, paths_, context_);
}

Result<std::unique_ptr<Source>> SortRows::output() {
  if (!paths_.empty()) return merged_runs_source(shape_, paths_, offset_, context_);
  return sorted_runs_source(sorted_, context_);
}

}  // namespace headrace
