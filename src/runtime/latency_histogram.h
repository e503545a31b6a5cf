// runtime/latency_histogram.h — how long batches took, in bins that grow by an eighth at most: quantiles are not more than that too high.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>

namespace headrace {

// For one worker.
class LatencyHistogram {
 public:
  void note(uint64_t ns) {
    ++bins_[bin_of(ns)];
    ++count_;
  }
  void add(const LatencyHistogram& other) {
    for (size_t bin = 0; bin < bins_.size(); ++bin) bins_[bin] += other.bins_[bin];
    count_ += other.count_;
  }
  void clear() { *this = {}; }

  uint64_t count() const { return count_; }
  // What so large a share of the batches kept to; 0 of none. Requires 0 < share <= 1.
  uint64_t quantile_ns(double share) const {
    const auto wanted = static_cast<uint64_t>(std::ceil(share * static_cast<double>(count_)));
    uint64_t seen = 0;
    for (size_t bin = 0; bin < bins_.size(); ++bin) {
      seen += bins_[bin];
      if (seen >= wanted && seen > 0) return last_of(bin);
    }
    return 0;
  }

 private:
  static constexpr uint32_t kParts = 8;  // of each power of two
  static constexpr uint32_t kPartBits = 3;
  static constexpr uint32_t kBitsMax = 43;  // two hours

  static size_t bin_of(uint64_t ns) {
    if (ns < kParts) return ns;
    const auto bit = std::min(static_cast<uint32_t>(std::bit_width(ns)) - 1, kBitsMax);
    const uint64_t part = std::min<uint64_t>((ns >> (bit - kPartBits)) - kParts, kParts - 1);
    return size_t{bit - kPartBits + 1} * kParts + part;
  }
  // The most that lies in the bin.
  static uint64_t last_of(size_t bin) {
    if (bin < kParts) return bin;
    const size_t shift = bin / kParts - 1;
    return ((kParts + bin % kParts + 1) << shift) - 1;
  }

  std::array<uint32_t, size_t{kBitsMax - kPartBits + 2} * kParts> bins_ = {};
  uint64_t count_ = 0;
};

}  // namespace headrace
