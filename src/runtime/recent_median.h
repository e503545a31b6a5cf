// runtime/recent_median.h — the median of the last few figures, which one interrupted batch does not move.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

namespace headrace {

class RecentMedian {
 public:
  static constexpr uint32_t kKept = 15;

  void note(double figure) { figures_[noted_++ % kKept] = figure; }
  bool empty() const { return noted_ == 0; }
  double value() const {  // not of none
    std::array<double, kKept> sorted = figures_;
    const auto end = sorted.begin() + std::min(noted_, uint64_t{kKept});
    const auto middle = sorted.begin() + (end - sorted.begin()) / 2;
    std::nth_element(sorted.begin(), middle, end);
    return *middle;
  }

 private:
  std::array<double, kKept> figures_ = {};
  uint64_t noted_ = 0;
};

}  // namespace headrace
