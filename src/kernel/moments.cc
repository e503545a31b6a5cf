#include "kernel/moments.h"

#include <algorithm>
#include <cmath>

namespace headrace::kernel {

namespace {

ExactValue exact(const ExactSum& products, const ExactSum& rests) {
  return ExactValue::of(products) + ExactValue::of(rests);
}

// n Σx² - (Σx)² = n Σ(x - mean)²; a square that counts rounded could make it negative.
ExactValue scatter(const Squares& x) {
  const ExactValue sum = ExactValue::of(x.sum);
  ExactValue result = exact(x.squares, x.square_rests) * x.count + -(sum * sum);
  if (result.negative) result.count = 0;
  return result;
}

// n Σxy - Σx Σy.
ExactValue joint_scatter(const Pairs& pairs) {
  return exact(pairs.products, pairs.product_rests) * pairs.count +
         -(ExactValue::of(pairs.x_sum) * ExactValue::of(pairs.y_sum));
}

double mean(const Squares& x) { return x.sum.rounded(static_cast<uint64_t>(x.count)); }

// The fourth central moment over the squared second, of values that are not all alike.
double standard_fourth(const Powers& all, double second) {
  const int64_t n = all.low.count;
  const ExactValue sum = ExactValue::of(all.low.sum);
  const ExactValue squared = sum * sum;
  const ExactValue numerator =
      exact(all.fourths, all.fourth_rests) * n * n * n + -(exact(all.cubes, all.cube_rests) * sum * n * n * 4) +
      exact(all.low.squares, all.low.square_rests) * squared * n * 6 + -(squared * squared * 3);
  const double n_squared = static_cast<double>(n) * static_cast<double>(n);
  const double fourth = numerator.rounded(static_cast<uint64_t>(n), static_cast<uint64_t>(n)) / n_squared;
  return fourth / (second * second);
}

template <class Make>
bool moment(const Powers& all, int64_t count_min, double& result, Faults& faults, Make make) {
  faults.add_if(Faults::kMemory, all.out_of_memory());
  if (all.low.count < count_min) return false;
  if (all.special()) {
    result = __builtin_nan("");
    return true;
  }
  const double second = all.low.variance(false);
  if (second == 0) return false;
  result = make(static_cast<double>(all.low.count), second);
  return true;
}

template <class Make>
bool of_pairs(const Pairs& pairs, double& result, Faults& faults, Make make) {
  pairs.note_memory(faults);
  if (pairs.count == 0) return false;
  result = pairs.special() ? __builtin_nan("") : make();
  return true;
}

}  // namespace

double Squares::variance(bool sample) const {
  const auto n = static_cast<uint64_t>(count);
  return scatter(*this).rounded(n, sample ? n - 1 : n);
}

double Pairs::covariance(bool sample) const {
  const auto n = static_cast<uint64_t>(count);
  return joint_scatter(*this).rounded(n, sample ? n - 1 : n);
}

double Pairs::correlation() const {
  const double together = covariance(false) / (std::sqrt(of_y().variance(false)) * std::sqrt(of_x().variance(false)));
  return std::isnan(together) ? together : std::clamp(together, -1.0, 1.0);
}

bool Skewness::finish(double& result, Faults& faults, int32_t) const {
  return moment(*this, 3, result, faults, [&](double n, double second) {
    const int64_t count = low.count;
    const ExactValue sum = ExactValue::of(low.sum);
    const ExactValue numerator = exact(cubes, cube_rests) * count * count +
                                 -(sum * exact(low.squares, low.square_rests) * count * 3) + sum * sum * sum * 2;
    const double third = numerator.rounded(static_cast<uint64_t>(count), static_cast<uint64_t>(count)) / n;
    return std::sqrt(n * (n - 1)) / (n - 2) * third / (second * std::sqrt(second));
  });
}

bool KurtosisSample::finish(double& result, Faults& faults, int32_t) const {
  return moment(*this, 4, result, faults, [&](double n, double second) {
    return (n - 1) * ((n + 1) * standard_fourth(*this, second) - 3 * (n - 1)) / ((n - 2) * (n - 3));
  });
}

bool KurtosisPopulation::finish(double& result, Faults& faults, int32_t) const {
  return moment(*this, 2, result, faults, [&](double, double second) { return standard_fourth(*this, second) - 3; });
}

bool CovariancePopulation::finish(double& result, Faults& faults, int32_t) const {
  return of_pairs(*this, result, faults, [&] { return covariance(false); });
}

bool CovarianceSample::finish(double& result, Faults& faults, int32_t) const {
  note_memory(faults);
  return count >= 2 && of_pairs(*this, result, faults, [&] { return covariance(true); });
}

bool Correlation::finish(double& result, Faults& faults, int32_t) const {
  return of_pairs(*this, result, faults, [&] { return correlation(); });
}

bool RegressionSlope::finish(double& result, Faults& faults, int32_t) const {
  return of_pairs(*this, result, faults, [&] { return covariance(false) / of_x().variance(false); });
}

bool RegressionIntercept::finish(double& result, Faults& faults, int32_t) const {
  if (count > 0 && !special() && of_x().variance(false) == 0) return false;
  return of_pairs(*this, result, faults,
                  [&] { return mean(of_y()) - covariance(false) / of_x().variance(false) * mean(of_x()); });
}

bool RegressionDetermination::finish(double& result, Faults& faults, int32_t) const {
  if (count > 0 && !special() && of_x().variance(false) == 0) return false;
  return of_pairs(*this, result, faults, [&] {
    if (of_y().variance(false) == 0) return 1.0;
    const double together = correlation();
    return together * together;
  });
}

bool RegressionSquaresX::finish(double& result, Faults& faults, int32_t) const {
  return of_pairs(*this, result, faults, [&] { return scatter(of_x()).rounded(static_cast<uint64_t>(count)); });
}

bool RegressionSquaresY::finish(double& result, Faults& faults, int32_t) const {
  return of_pairs(*this, result, faults, [&] { return scatter(of_y()).rounded(static_cast<uint64_t>(count)); });
}

bool RegressionProducts::finish(double& result, Faults& faults, int32_t) const {
  return of_pairs(*this, result, faults, [&] { return joint_scatter(*this).rounded(static_cast<uint64_t>(count)); });
}

bool RegressionMeanX::finish(double& result, Faults& faults, int32_t) const {
  return of_pairs(*this, result, faults, [&] { return mean(of_x()); });
}

bool RegressionMeanY::finish(double& result, Faults& faults, int32_t) const {
  return of_pairs(*this, result, faults, [&] { return mean(of_y()); });
}

}  // namespace headrace::kernel
