#include "runtime/fusion_trial.h"

#include <algorithm>
#include <functional>

#include "base/check.h"

namespace headrace {
namespace {

constexpr double kLossMin = 0.05;  // of the steps' time apart, and of that of all loops
constexpr uint64_t kRowsKnown = 32;  // that enter a loop before its time says something
constexpr size_t kBatchesKnown = 3;

// 0: too few are known. An unknown one is < 0.
double median(std::vector<double> values) {
  std::erase_if(values, [](double value) { return value < 0; });
  if (values.size() < kBatchesKnown) return 0;
  const auto middle = values.begin() + static_cast<ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

}  // namespace

double FusionTrial::fused_ns_per_row(const Batch& batch, size_t loop) const {
  const LoopMeasures::Loop& one = batch[loop];
  return one.rows_in < kRowsKnown ? -1 : static_cast<double>(one.ns) / static_cast<double>(one.rows_in);
}

double FusionTrial::apart_ns_per_row(const Batch& batch, size_t loop) const {
  const auto [first, last] = loops_[loop];
  const uint64_t rows = batch[first].rows_in;
  if (rows < kRowsKnown) return -1;
  uint64_t ns = 0;
  for (uint32_t step = first; step < last; ++step) ns += batch[step].ns;
  return static_cast<double>(ns) / static_cast<double>(rows);
}

std::optional<FusionTrial::Figures> FusionTrial::loss(size_t loop) const {
  CHECK(complete());
  const auto of_batches = [](const std::vector<Batch>& batches, const std::function<double(const Batch&)>& value) {
    std::vector<double> values;
    for (const Batch& batch : batches) values.push_back(value(batch));
    return median(std::move(values));
  };
  const double fused_ns = of_batches(fused_, [&](const Batch& batch) { return fused_ns_per_row(batch, loop); });
  const double apart_ns = of_batches(apart_, [&](const Batch& batch) { return apart_ns_per_row(batch, loop); });
  if (fused_ns <= 0 || apart_ns <= 0 || fused_ns < apart_ns * (1 + kLossMin)) return std::nullopt;
  const double lost_ns = of_batches(
      fused_, [&](const Batch& batch) { return (fused_ns - apart_ns) * static_cast<double>(batch[loop].rows_in); });
  const double all_ns = of_batches(fused_, [&](const Batch& batch) {
    uint64_t ns = 0;
    for (size_t one = 0; one < loops_.size(); ++one) ns += batch[one].ns;
    return static_cast<double>(ns);
  });
  if (lost_ns < all_ns * kLossMin) return std::nullopt;
  return Figures{fused_ns, apart_ns};
}

}  // namespace headrace
