#include "runtime/operators/reservoir.h"

#include <algorithm>
#include <array>

#include "base/limits.h"

namespace headrace {

Reservoir::Reservoir(const Schema& schema, MemoryBudget& budget, const std::string& consumer, uint64_t rows_max)
    : schema_(schema),
      budget_(budget),
      consumer_(consumer),
      rows_max_(rows_max),
      store_(std::make_shared<ColumnStore>(schema, budget, consumer)),
      reservation_(budget, consumer),
      candidates_(reservation_) {}

Status Reservoir::add(const Batch& batch, uint32_t first, uint32_t count, uint64_t ordinal, const uint64_t* keys) {
  seen_ += count;
  if (rows_max_ == 0) return kDone;
  std::array<uint16_t, limits::kVectorRowsMax> selection;
  uint32_t selected = 0;
  TRY_STATUS(candidates_.reserve(candidates_.size() + count));
  const uint64_t stored = store_->rows(), before = candidates_.size();
  for (uint32_t i = 0; i < count; ++i) {
    const Candidate one{keys[i], ordinal + i, stored + selected};
    if (!(one < bound_)) continue;
    selection[selected++] = static_cast<uint16_t>(first + i);
    candidates_.push(one);
  }
  if (selected == 0) return kDone;
  if (const Status appended = store_->append(batch, selection.data(), selected); !appended.ok()) {
    candidates_.resize_down(before);
    return appended;
  }
  if (candidates_.size() / 2 >= rows_max_ && candidates_.size() >= uint64_t{2} * limits::kVectorRowsMax)
    return forget_others();
  return kDone;
}

void Reservoir::keep_lowest(uint64_t rows) {
  if (candidates_.size() > rows) {
    const auto end = candidates_.begin() + rows;
    std::nth_element(candidates_.begin(), end, candidates_.end());
    candidates_.resize_down(rows);
  }
  std::sort(candidates_.begin(), candidates_.end(),
            [](const Candidate& left, const Candidate& right) { return left.ordinal < right.ordinal; });
}

Status Reservoir::copy_candidates(ColumnStore& to) const {
  StoredRows rows(schema_);
  rows.add(store_);
  std::array<uint64_t, limits::kVectorRowsMax> ids;
  for (uint64_t done = 0; done < candidates_.size();) {
    Batch batch;
    batch.rows = static_cast<uint32_t>(std::min<uint64_t>(candidates_.size() - done, limits::kVectorRowsMax));
    for (uint32_t i = 0; i < batch.rows; ++i) ids[i] = candidates_[done + i].row;
    for (uint32_t column = 0; column < schema_.size(); ++column) {
      TRY(vector, rows.gather(column, ids.data(), batch.rows, budget_, consumer_));
      batch.columns.push_back(std::move(vector));
    }
    TRY_STATUS(to.append(batch));
    done += batch.rows;
  }
  return kDone;
}

Status Reservoir::forget_others() {
  keep_lowest(rows_max_);
  bound_ = *std::max_element(candidates_.begin(), candidates_.end());
  auto kept = std::make_shared<ColumnStore>(schema_, budget_, consumer_);
  TRY_STATUS(copy_candidates(*kept));
  store_ = std::move(kept);
  for (uint64_t i = 0; i < candidates_.size(); ++i) candidates_[i].row = i;
  return kDone;
}

Result<uint64_t> Reservoir::take(uint64_t rows, ColumnStore& to) {
  keep_lowest(rows);
  TRY_STATUS(copy_candidates(to));
  return candidates_.size();
}

}  // namespace headrace
