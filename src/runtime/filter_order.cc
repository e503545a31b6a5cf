#include "runtime/filter_order.h"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

#include "base/check.h"

namespace headrace {

namespace {

constexpr double kNewest = 0.125;  // weight of the newest batch in a moving mean
constexpr uint32_t kBatchesMax = 4'096;  // between two looks

// What dropping a row costs.
double rank(double ns_per_row, double share) { return ns_per_row / (1.0 - std::min(share, 0.999)); }

}  // namespace

FilterOrder::FilterOrder(uint32_t filters, FilterOrderMode mode) : mode_(mode), order_(filters), measured_(filters) {
  CHECK(filters >= 2);
  std::iota(order_.begin(), order_.end(), 0);
}

std::span<const uint32_t> FilterOrder::begin_batch() {
  if (mode_ == FilterOrderMode::kRotated) std::rotate(order_.begin(), order_.begin() + 1, order_.end());
  const uint32_t wanted = ns_per_row_before_ > 0 ? kBatchesBetween : batches_wanted_;
  if (mode_ == FilterOrderMode::kMeasured && batches_++ >= wanted) look();
  return order_;
}

void FilterOrder::note(uint32_t filter, uint32_t rows_in, uint32_t rows_out, uint64_t ns) {
  CHECK(rows_in > 0);
  Measured& one = measured_[filter];
  const double ns_per_row = static_cast<double>(ns) / rows_in;
  const double share = static_cast<double>(rows_out) / rows_in;
  const double weight = one.known ? kNewest : 1.0;
  one.ns_per_row += weight * (ns_per_row - one.ns_per_row);
  one.share += weight * (share - one.share);
  one.known = true;
  if (filter == order_.front()) rows_ += rows_in;
  ns_ += ns;
}

// ns a row that comes to the first filter.
double FilterOrder::cost_of(std::span<const uint32_t> order) const {
  double cost = 0, rows = 1;
  for (const uint32_t filter : order) {
    cost += rows * measured_[filter].ns_per_row;
    rows *= measured_[filter].share;
  }
  return cost;
}

void FilterOrder::change_to(std::vector<uint32_t> order) {
  order_before_ = std::exchange(order_, std::move(order));
  ++changes_;
}

void FilterOrder::look() {
  const double ns_per_row = rows_ == 0 ? 0 : static_cast<double>(ns_) / static_cast<double>(rows_);
  batches_ = 0;
  rows_ = ns_ = 0;
  if (ns_per_row == 0) return;
  if (ns_per_row_before_ > 0) {
    const bool worse = ns_per_row > ns_per_row_before_;
    ns_per_row_before_ = 0;
    if (worse) {
      change_to(order_before_);
      batches_wanted_ = std::min(batches_wanted_ * 4, kBatchesMax);
      return;
    }
  }
  if (!std::ranges::all_of(measured_, &Measured::known)) return;
  std::vector<uint32_t> best = order_;
  std::ranges::sort(best, {},
                    [&](uint32_t i) { return std::tuple(rank(measured_[i].ns_per_row, measured_[i].share), i); });
  if (cost_of(best) > (1 - kGainMin) * cost_of(order_)) return;
  ns_per_row_before_ = ns_per_row;
  change_to(std::move(best));
}

}  // namespace headrace
