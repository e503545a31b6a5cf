#include "runtime/rate_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <mutex>

#include "base/hash.h"

namespace headrace {

namespace {

int64_t event_time_us(const RateOptions& options, uint64_t row) {
  const auto jitter_us = static_cast<int64_t>(mix64(row) % static_cast<uint64_t>(options.lateness_us + 1));
  return std::max<int64_t>(0, static_cast<int64_t>(row) * options.period_us - jitter_us);
}

// Sign, a mantissa of 52 random bits, and an exponent from -60 to 59.
double value_of(uint64_t row) {
  const uint64_t bits = mix64(row ^ 0x76616c7565ULL);
  const uint64_t exponent = 1023 - 60 + (bits >> 52 & 0x3ff) % 120;
  const uint64_t pattern = (bits & 0x800fffffffffffffULL) | exponent << 52;
  double value;
  std::memcpy(&value, &pattern, 8);
  return value;
}

struct RateColumns {
  std::array<int64_t, limits::kVectorRowsMax> time_us, key;
  std::array<double, limits::kVectorRowsMax> value;
};

class RateReader final : public MorselReader {
 public:
  RateReader(const RateOptions& options, const std::vector<uint32_t>& columns, uint64_t morsel, uint64_t first,
             uint64_t rows)
      : options_(options), columns_(columns), morsel_(morsel), first_(first), rows_(rows) {}
  uint64_t morsel() const override { return morsel_; }

  Result<bool> next(uint32_t rows_max, Batch& out) override {
    if (done_ == rows_) return false;
    const auto count = static_cast<uint32_t>(std::min<uint64_t>({rows_max, rows_ - done_, limits::kVectorRowsMax}));
    const auto made = std::make_shared<RateColumns>();
    for (uint32_t i = 0; i < count; ++i) {
      const uint64_t row = first_ + done_ + i;
      const uint64_t random = mix64(row ^ 0x6b6579ULL);
      made->time_us[i] = event_time_us(options_, row);
      made->key[i] = static_cast<int64_t>(std::min(random % options_.keys, (random >> 32) % options_.keys));
      made->value[i] = value_of(row);
    }
    out = Batch{.rows = count, .columns = {}, .morsel = morsel_, .sequence = done_};
    for (const uint32_t column : columns_) {
      const void* data = column < 2 ? static_cast<const void*>(made->time_us.data())
                                    : (column == 2 ? static_cast<const void*>(made->key.data()) : made->value.data());
      const Type type = column == 0 ? kTimestamp : (column == 3 ? kFloat64 : kInt64);
      out.columns.push_back(Vector{.type = type, .data = data, .owner = made});
    }
    done_ += count;
    return true;
  }

 private:
  const RateOptions options_;
  const std::vector<uint32_t> columns_;
  const uint64_t morsel_, first_, rows_;
  uint64_t done_ = 0;
};

class RateSource final : public Source {
 public:
  RateSource(RateOptions options, std::vector<uint32_t> columns, World& world)
      : options_(options), columns_(std::move(columns)), world_(world), started_ns_(world.monotonic_ns()) {}

  Result<Claim> claim() override {
    std::lock_guard lock(mutex_);
    if (barrier_due_) {
      barrier_due_ = false;
      return Claim(Barrier{next_row_ / options_.rows_per_morsel});
    }
    if (watermark_due_) {
      watermark_due_ = false;
      return Claim(Watermark{static_cast<int64_t>(next_row_) * options_.period_us - options_.lateness_us});
    }
    if (next_row_ >= options_.rows) return Claim(End{});
    if (options_.rows_per_second > 0 && rows_given_ > rows_due()) return Claim(Blocked{});
    const uint64_t first = next_row_;
    const uint64_t rows = std::min(options_.rows_per_morsel, options_.rows - first);
    next_row_ += rows;
    rows_given_ += rows;
    const uint64_t morsel = morsels_++;
    barrier_due_ = options_.barrier_morsels > 0 && morsels_ % options_.barrier_morsels == 0;
    watermark_due_ = options_.watermark_morsels > 0 && morsels_ % options_.watermark_morsels == 0;
    return Claim(std::make_unique<RateReader>(options_, columns_, morsel, first, rows));
  }
  // Morsels that are due and were not claimed.
  uint64_t waiting() const override {
    std::lock_guard lock(mutex_);
    const uint64_t due = options_.rows_per_second > 0 ? std::min(rows_due(), options_.rows) : rows_given_;
    return (due - std::min(due, rows_given_)) / options_.rows_per_morsel;
  }
  bool ordered() const override { return false; }
  std::string locate(uint64_t morsel, uint64_t row) const override {
    return fmt::format("rate, morsel {}, row {}", morsel, row);
  }

  Result<std::string> save() const override {
    std::lock_guard lock(mutex_);
    return std::to_string(next_row_);
  }
  Status load(const std::string& position) override {
    std::lock_guard lock(mutex_);
    const auto [end, error] = std::from_chars(position.data(), position.data() + position.size(), next_row_);
    if (error != std::errc() || end != position.data() + position.size() || next_row_ > options_.rows)
      return Error{ErrorCode::kBadInput, fmt::format("a rate source resumes at a row's number, found '{}'", position),
                   "", ""};
    return kDone;
  }

 private:
  uint64_t rows_due() const {
    return static_cast<uint64_t>((world_.monotonic_ns() - started_ns_) / 1'000) * options_.rows_per_second / 1'000'000;
  }

  const RateOptions options_;
  const std::vector<uint32_t> columns_;
  World& world_;
  const int64_t started_ns_;
  mutable std::mutex mutex_;  // guards what follows
  uint64_t next_row_ = 0;
  uint64_t rows_given_ = 0;
  uint64_t morsels_ = 0;
  bool barrier_due_ = false, watermark_due_ = false;
};

}  // namespace

RateTable::RateTable(RateOptions options)
    : options_(options),
      schema_{{"ts", kTimestamp, false}, {"us", kInt64, false}, {"key", kInt64, false}, {"value", kFloat64, false}} {}

Result<std::unique_ptr<Source>> RateTable::scan(const ScanRequest& request, QueryContext& context) const {
  return std::unique_ptr<Source>(std::make_unique<RateSource>(options_, request.columns, context.world));
}

}  // namespace headrace
