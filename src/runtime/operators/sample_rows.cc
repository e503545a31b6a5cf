#include "runtime/operators/sample_rows.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "fuse/stage.h"

namespace headrace {

namespace {

constexpr const char* kConsumer = "sample";

// The part of 2^64 that `percent` is; nothing: all of it.
std::optional<uint64_t> keys_below(double percent) {
  const double share = percent / 100;
  if (share >= 1) return std::nullopt;
  return static_cast<uint64_t>(std::ldexp(share, 64));
}

}  // namespace

SampleRows::SampleRows(const struct SampleSink& spec, Schema input, QueryContext& context)
    : spec_(spec.spec),
      schema_(std::move(input)),
      context_(context),
      below_(keys_below(spec.spec.percent)),
      kept_(std::make_shared<ColumnStore>(schema_, context.budget, kConsumer)) {
  if (spec_.rows.has_value()) reservoirs_.try_emplace(0, schema_, context.budget, kConsumer, *spec_.rows);
}

Status SampleRows::consume(uint32_t input, const Batch& batch, Local&) {
  Morsel* morsel = nullptr;
  uint64_t ordinal = 0;
  bool settled = false;
  {
    std::lock_guard lock(mutex_);
    morsel = &morsels_[{input, batch.morsel}];
    settled = next_ == MorselPlace{input, batch.morsel};
    ordinal = rows_before_next_ + morsel->rows;
    morsel->rows += batch.rows;
  }
  if (settled) return take(batch, ordinal);
  if (morsel->waiting == nullptr) morsel->waiting = std::make_shared<ColumnStore>(schema_, context_.budget, kConsumer);
  return morsel->waiting->append(batch);
}

Status SampleRows::morsel_done(uint32_t input, uint64_t morsel) {
  std::vector<Settled> settled;
  {
    std::lock_guard lock(mutex_);
    morsels_[{input, morsel}].done = true;
    settled = advance();
  }
  return take(settled);
}

Status SampleRows::input_done(uint32_t input) {
  std::vector<Settled> settled;
  {
    std::lock_guard lock(mutex_);
    inputs_done_.insert(input);
    settled = advance();
  }
  return take(settled);
}

// Extends the prefix of complete morsels; what waited in them.
std::vector<SampleRows::Settled> SampleRows::advance() {
  std::vector<Settled> settled;
  for (;;) {
    const auto first = morsels_.begin();
    if (first != morsels_.end() && first->first == next_ && first->second.done) {
      if (first->second.waiting != nullptr) settled.push_back({rows_before_next_, std::move(first->second.waiting)});
      rows_before_next_ += first->second.rows;
      morsels_.erase(first);
      ++next_.second;
    } else if (!pass_ended_input(morsels_, inputs_done_, next_)) {
      return settled;
    }
  }
}

Status SampleRows::take(const std::vector<Settled>& settled) {
  for (const Settled& one : settled) {
    uint64_t ordinal = one.ordinal;
    for (uint32_t chunk = 0; chunk < one.rows->chunks(); ++chunk) {
      const uint32_t rows = one.rows->chunk_rows(chunk);
      if (rows == 0) continue;
      TRY_STATUS(take(one.rows->slice(chunk, 0, rows), ordinal));
      ordinal += rows;
    }
  }
  return kDone;
}

Status SampleRows::take(const Batch& batch, uint64_t ordinal) {
  if (spec_.method != SampleMethod::kReservoir) return take_by_chance(batch, ordinal);
  std::array<uint64_t, limits::kVectorRowsMax> keys;
  for (uint32_t i = 0; i < batch.rows; ++i) keys[i] = sample_key(spec_.seed, ordinal + i);
  std::lock_guard lock(kept_mutex_);
  if (!spec_.rows.has_value()) return take_of_blocks(batch, ordinal, keys.data());
  return reservoirs_.at(0).add(batch, 0, batch.rows, ordinal, keys.data());
}

Status SampleRows::take_by_chance(const Batch& batch, uint64_t ordinal) {
  std::array<uint16_t, limits::kVectorRowsMax> selection;
  uint32_t selected = 0;
  if (spec_.method == SampleMethod::kBernoulli) {
    for (uint32_t i = 0; i < batch.rows; ++i) {
      selection[selected] = static_cast<uint16_t>(i);
      selected += !below_.has_value() || sample_key(spec_.seed, ordinal + i) < *below_ ? 1 : 0;
    }
  } else {
    for (uint32_t i = 0; i < batch.rows;) {
      const uint64_t block = (ordinal + i) / kSampleSystemRows;
      const auto end = static_cast<uint32_t>(std::min<uint64_t>(batch.rows, (block + 1) * kSampleSystemRows - ordinal));
      if (below_.has_value() && sample_key(spec_.seed, block) >= *below_) {
        i = end;
        continue;
      }
      for (; i < end; ++i) selection[selected++] = static_cast<uint16_t>(i);
    }
  }
  if (selected == 0) return kDone;
  std::lock_guard lock(kept_mutex_);
  const uint64_t first = kept_->rows();
  TRY_STATUS(kept_->append(batch, selected == batch.rows ? nullptr : selection.data(), selected));
  const uint64_t end = ordinal + batch.rows;
  if (!segments_.empty() && segments_.back().end == ordinal) {
    segments_.back().end = end;
    segments_.back().rows += selected;
  } else {
    segments_.push_back({ordinal, end, first, selected});
  }
  return kDone;
}

Status SampleRows::take_of_blocks(const Batch& batch, uint64_t ordinal, const uint64_t* keys) {
  const uint64_t wanted = sample_share(spec_.percent, kSampleReservoirRows);
  for (uint32_t done = 0; done < batch.rows;) {
    const uint64_t block = (ordinal + done) / kSampleReservoirRows;
    const uint64_t end = (block + 1) * kSampleReservoirRows - ordinal;
    const auto rows = static_cast<uint32_t>(std::min<uint64_t>(batch.rows, end)) - done;
    Reservoir& reservoir = reservoirs_.try_emplace(block, schema_, context_.budget, kConsumer, wanted).first->second;
    TRY_STATUS(reservoir.add(batch, done, rows, ordinal + done, keys + done));
    if (reservoir.seen() == kSampleReservoirRows) {
      TRY_STATUS(take_lowest(reservoir, wanted, block * kSampleReservoirRows));
      reservoirs_.erase(block);
    }
    done += rows;
  }
  return kDone;
}

Status SampleRows::take_lowest(Reservoir& of, uint64_t rows, uint64_t begin) {
  const uint64_t first = kept_->rows();
  TRY(taken, of.take(rows, *kept_));
  segments_.push_back({begin, begin + of.seen(), first, taken});
  return kDone;
}

Status SampleRows::finish() {
  std::vector<Settled> rest;
  uint64_t ordinal = rows_before_next_;
  for (auto& [place, morsel] : morsels_) {
    if (morsel.waiting != nullptr) rest.push_back({ordinal, std::move(morsel.waiting)});
    ordinal += morsel.rows;
  }
  morsels_.clear();
  TRY_STATUS(take(rest));
  for (auto& [block, reservoir] : reservoirs_) {
    const uint64_t rows = spec_.rows.has_value() ? *spec_.rows : sample_share(spec_.percent, reservoir.seen());
    TRY_STATUS(take_lowest(reservoir, rows, block * kSampleReservoirRows));
  }
  reservoirs_.clear();
  std::sort(segments_.begin(), segments_.end(), [](const Segment& a, const Segment& b) { return a.begin < b.begin; });
  const uint64_t count = kept_->rows();
  TRY(ids, Buffer::allocate(context_.budget, kConsumer, count * sizeof(uint64_t)));
  auto* out = static_cast<uint64_t*>(ids->data());
  for (const Segment& segment : segments_)
    for (uint64_t i = 0; i < segment.rows; ++i) *out++ = segment.first + i;
  auto rows = std::make_shared<StoredRows>(schema_);
  rows->add(std::move(kept_));
  picked_ = {std::move(rows), std::move(ids), 0, count};
  return kDone;
}

Result<std::unique_ptr<Source>> SampleRows::output() {
  return picked_source(picked_, context_.budget, "a sampled row");
}

}  // namespace headrace
