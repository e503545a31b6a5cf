#include "runtime/sink_stream.h"

#include <fmt/format.h>

#include <algorithm>

#include "types/chunk.h"

namespace headrace {

namespace {

// One batch as a morsel, in pieces.
class BatchReader final : public MorselReader {
 public:
  BatchReader(uint64_t morsel, Batch batch) : morsel_(morsel), batch_(std::move(batch)) {}
  uint64_t morsel() const override { return morsel_; }
  Result<bool> next(uint32_t rows_max, Batch& out) override {
    if (done_ == batch_.rows) return false;
    out = Batch{.rows = std::min(rows_max, batch_.rows - done_), .columns = {}, .morsel = morsel_, .sequence = done_};
    for (const Vector& column : batch_.columns) out.columns.push_back(slice(column, done_));
    done_ += out.rows;
    return true;
  }

 private:
  const uint64_t morsel_;
  const Batch batch_;
  uint32_t done_ = 0;
};

// Another source's morsel under a number of this one.
class RenumberedReader final : public MorselReader {
 public:
  RenumberedReader(uint64_t morsel, std::unique_ptr<MorselReader> reader)
      : morsel_(morsel), reader_(std::move(reader)) {}
  uint64_t morsel() const override { return morsel_; }
  Result<bool> next(uint32_t rows_max, Batch& out) override {
    TRY(more, reader_->next(rows_max, out));
    out.morsel = morsel_;
    return more;
  }

 private:
  const uint64_t morsel_;
  const std::unique_ptr<MorselReader> reader_;
};

}  // namespace

void SinkStream::add(Item item) {
  std::lock_guard lock(mutex_);
  if (!left_) items_.push_back(std::move(item));
}
void SinkStream::push(Batch batch) { add(std::move(batch)); }
void SinkStream::push(Watermark watermark) { add(watermark); }
void SinkStream::push(Barrier barrier) { add(barrier); }
bool SinkStream::full() const {
  std::lock_guard lock(mutex_);
  return items_.size() >= kItemsMax;
}
uint64_t SinkStream::waiting() const {
  std::lock_guard lock(mutex_);
  return items_.size();
}
void SinkStream::consumer_left() {
  std::lock_guard lock(mutex_);
  left_ = true;
  items_.clear();
}
void SinkStream::producer_finished() {
  std::lock_guard lock(mutex_);
  finished_ = true;
}

Result<Claim> SinkStream::claim() {
  std::lock_guard lock(mutex_);
  if (!items_.empty()) {
    Item item = std::move(items_.front());
    items_.pop_front();
    if (auto* batch = std::get_if<Batch>(&item))
      return Claim(std::make_unique<BatchReader>(morsels_++, std::move(*batch)));
    if (const auto* watermark = std::get_if<Watermark>(&item)) return Claim(*watermark);
    return Claim(std::get<Barrier>(item));
  }
  if (!finished_) return Claim(Blocked{});
  if (rest_ == nullptr) {
    TRY(rest, sink_.output());
    rest_ = std::move(rest);
  }
  TRY(claimed, rest_->claim());
  if (auto* reader = std::get_if<std::unique_ptr<MorselReader>>(&claimed))
    return Claim(std::make_unique<RenumberedReader>(morsels_++, std::move(*reader)));
  return std::move(claimed);
}

std::string SinkStream::locate(uint64_t morsel, uint64_t row) const {
  return fmt::format("closed windows, morsel {}, row {}", morsel, row);
}

}  // namespace headrace
