#include "runtime/operators/limit_rows.h"

namespace headrace {

LimitRows::LimitRows(const struct LimitSink& spec, Schema input, QueryContext& context)
    : SortRows(SortSink{{}, spec.rows_max, spec.offset, spec.ordered}, std::move(input), context),
      ordered_(spec.ordered),
      full_(spec.rows_max == 0) {}

Status LimitRows::consume(uint32_t input, const Batch& batch, Local& mine) {
  if (full()) return kDone;
  if (ordered_) {
    std::lock_guard lock(mutex_);
    morsels_[{input, batch.morsel}].rows += batch.rows;
  }
  return SortRows::consume(input, batch, mine);
}

Status LimitRows::morsel_done(uint32_t input, uint64_t morsel) {
  if (!ordered_ || full()) return kDone;
  std::lock_guard lock(mutex_);
  morsels_[{input, morsel}].done = true;
  advance();
  return kDone;
}

Status LimitRows::input_done(uint32_t input) {
  if (!ordered_ || full()) return kDone;
  std::lock_guard lock(mutex_);
  inputs_done_.insert(input);
  advance();
  return kDone;
}

Status LimitRows::morsel_cut(uint32_t input, uint64_t morsel) {
  if (!ordered_ || full()) return kDone;
  std::lock_guard lock(mutex_);
  const std::pair<uint32_t, uint64_t> place{input, morsel};
  if (!cut_.has_value() || place < *cut_) cut_ = place;
  morsels_[place].done = true;
  advance();
  return kDone;
}

// Extends the prefix of complete morsels up to the first that faulted, and stops everything when it holds all wanted rows.
void LimitRows::advance() {
  while (!cut_.has_value() || next_ <= *cut_) {
    const auto first = morsels_.begin();
    if (first != morsels_.end() && first->first == next_ && first->second.done) {
      rows_before_next_ += first->second.rows;
      morsels_.erase(first);
      ++next_.second;
    } else if (!pass_ended_input(morsels_, inputs_done_, next_)) {
      break;
    }
  }
  if (rows_before_next_ >= rows_kept_max()) full_.store(true, std::memory_order_relaxed);
}

}  // namespace headrace
