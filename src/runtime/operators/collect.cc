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

Status Collect::save(KeyGroups groups, StateWriter& to) const {
  if (ordered_)
    return Error{ErrorCode::kUnsupported, "rows in input order cannot be saved while they still come", "", ""};
  if (groups.begin > 0) return kDone;
  for (const auto& kept : kept_) {
    for (const RowSegment& segment : kept->segments()) {
      TRY_STATUS(segment.for_each_piece([&](uint32_t chunk, uint32_t first, uint32_t rows) {
        return to.write(kept->store()->slice(chunk, first, rows));
      }));
    }
  }
  return kDone;
}

Status Collect::load(StateReader& from) {
  auto kept = std::make_unique<KeptRows>(schema_, context_.budget, "result");
  for (Batch batch;;) {
    TRY(more, from.read(batch));
    if (!more) break;
    TRY_STATUS(kept->append(0, batch));
  }
  std::lock_guard lock(mutex_);
  kept_.push_back(std::move(kept));
  return kDone;
}

Result<std::unique_ptr<Source>> Collect::output() {
  CHECK(pieces_ != nullptr);  // finish() comes first
  return piece_source(pieces_, ordered_, "a row of an intermediate result");
}

}  // namespace headrace
