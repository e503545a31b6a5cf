#include "runtime/operators/kept_rows.h"

#include <algorithm>

namespace headrace {

Status KeptRows::append(uint32_t input, const Batch& batch, const uint16_t* selection, uint32_t selected) {
  const uint64_t first = store_->rows();
  TRY_STATUS(store_->append(batch, selection, selected));
  const uint64_t rows = store_->rows() - first;
  if (rows == 0) return kDone;
  if (!segments_.empty() && segments_.back().input == input && segments_.back().morsel == batch.morsel &&
      segments_.back().sequence < batch.sequence) {
    segments_.back().rows += rows;
  } else {
    segments_.push_back({input, batch.morsel, batch.sequence, first, rows, store_.get(), 0});
  }
  return kDone;
}

std::vector<RowSegment> in_order(const std::vector<std::unique_ptr<KeptRows>>& kept, StoredRows& rows) {
  std::vector<RowSegment> segments;
  for (const auto& one : kept) {
    const uint64_t base = rows.add(one->store());
    for (RowSegment segment : one->segments()) {
      segment.base = base;
      segments.push_back(segment);
    }
  }
  std::sort(segments.begin(), segments.end(), [](const RowSegment& a, const RowSegment& b) { return a.before(b); });
  return segments;
}

}  // namespace headrace
