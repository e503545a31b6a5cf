#include "runtime/operators/collect.h"

#include <algorithm>

#include "base/check.h"

namespace headrace {

Collect::Collect(const struct CollectSink& spec, Schema input, QueryContext& context)
    : ordered_(spec.ordered), schema_(std::move(input)), context_(context) {}

std::unique_ptr<Local> Collect::local() { return std::make_unique<KeptRows>(schema_, context_.budget, "result"); }

Status Collect::consume(uint32_t input, const Batch& batch, Local& mine) {
  return static_cast<KeptRows&>(mine).append(input, batch);
}

Status Collect::merge(std::unique_ptr<Local> one) {
  std::lock_guard lock(mutex_);
  kept_.emplace_back(static_cast<KeptRows*>(one.release()));
  return kDone;
}

Status Collect::finish() {
  std::vector<std::pair<RowSegment, std::shared_ptr<const ColumnStore>>> segments;
  for (const auto& kept : kept_) {
    for (const RowSegment& segment : kept->segments()) segments.emplace_back(segment, kept->store());
  }
  if (ordered_) {
    std::sort(segments.begin(), segments.end(), [](const auto& a, const auto& b) { return a.first.before(b.first); });
  }
  auto pieces = std::make_shared<std::vector<StoredPiece>>();
  for (const auto& [segment, store] : segments) {
    TRY_STATUS(segment.for_each_piece([&, &owner = store](uint32_t chunk, uint32_t first, uint32_t rows) -> Status {
      add_piece(*pieces, {owner, chunk, first, rows});
      return kDone;
    }));
  }
  kept_.clear();
  pieces_ = std::move(pieces);
  return kDone;
}

Result<std::unique_ptr<Source>> Collect::output() {
  CHECK(pieces_ != nullptr);  // finish() comes first
  return piece_source(pieces_, ordered_, "a row of an intermediate result");
}

}  // namespace headrace
