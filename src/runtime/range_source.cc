#include "runtime/range_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>

#include "base/poison.h"

namespace headrace {

namespace {

constexpr uint64_t kMorselRows = limits::kMorselRowsTarget;

class RangeReader final : public MorselReader {
 public:
  RangeReader(uint64_t morsel, int64_t begin, uint64_t rows) : morsel_(morsel), begin_(begin), rows_(rows) {}
  uint64_t morsel() const override { return morsel_; }

  Result<bool> next(uint32_t rows_max, Batch& out) override {
    if (done_ == rows_) return false;
    const auto rows = static_cast<uint32_t>(std::min<uint64_t>({rows_max, rows_ - done_, limits::kVectorRowsMax}));
    auto values = std::make_shared_for_overwrite<Values>();
    if constexpr (kPoisonsMemory) {
      if (last_ != nullptr) poison(last_->data(), sizeof(Values));
      last_ = values;
    }
    for (uint32_t row = 0; row < rows; ++row) (*values)[row] = begin_ + static_cast<int64_t>(done_ + row);
    Vector column{.type = kInt64, .data = values->data(), .owner = values};
    out = Batch{.rows = rows, .columns = {std::move(column)}, .morsel = morsel_, .sequence = done_};
    done_ += rows;
    return true;
  }

 private:
  using Values = std::array<int64_t, limits::kVectorRowsMax>;
  const uint64_t morsel_;
  const int64_t begin_;
  const uint64_t rows_;
  uint64_t done_ = 0;
  std::shared_ptr<Values>
      last_;  // of the batch before, where its end is watched: its contract promises it up to the next one
};

class RangeSourceRun final : public Source {
 public:
  RangeSourceRun(int64_t begin, int64_t end)
      : begin_(begin), rows_(end > begin ? static_cast<uint64_t>(end) - static_cast<uint64_t>(begin) : 0) {}

  Result<Claim> claim() override {
    const uint64_t morsel = next_.fetch_add(1, std::memory_order_relaxed);
    if (morsel >= rows_ / kMorselRows + (rows_ % kMorselRows != 0 ? 1 : 0)) return Claim(End{});
    const uint64_t first = morsel * kMorselRows;
    const uint64_t rows = std::min(kMorselRows, rows_ - first);
    return Claim(
        std::make_unique<RangeReader>(morsel, static_cast<int64_t>(static_cast<uint64_t>(begin_) + first), rows));
  }
  bool ordered() const override { return true; }
  std::string locate(uint64_t morsel, uint64_t row) const override {
    return fmt::format("range, row {}", morsel * kMorselRows + row);
  }

 private:
  const int64_t begin_;
  const uint64_t rows_;
  std::atomic<uint64_t> next_{0};
};

class OneRowReader final : public MorselReader {
 public:
  uint64_t morsel() const override { return 0; }
  Result<bool> next(uint32_t /*rows_max*/, Batch& out) override {
    if (done_) return false;
    done_ = true;
    out = Batch{.rows = 1, .columns = {}, .morsel = 0, .sequence = 0};
    return true;
  }

 private:
  bool done_ = false;
};

class OneRowRun final : public Source {
 public:
  Result<Claim> claim() override {
    if (claimed_.exchange(true)) return Claim(End{});
    return Claim(std::make_unique<OneRowReader>());
  }
  bool ordered() const override { return true; }
  std::string locate(uint64_t, uint64_t) const override { return ""; }

 private:
  std::atomic<bool> claimed_{false};
};

}  // namespace

std::unique_ptr<Source> make_range_source(int64_t begin, int64_t end) {
  return std::make_unique<RangeSourceRun>(begin, end);
}
std::unique_ptr<Source> make_one_row_source() { return std::make_unique<OneRowRun>(); }

}  // namespace headrace
