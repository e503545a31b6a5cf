// kernel/moments.h — the states of variance, covariance, correlation, regression, skewness and kurtosis: exact sums of powers
// and products, so that order and partitions cannot show.
//
// A product of two doubles is the sum of two doubles, the rounded product and its rest (Dekker, "A Floating-Point Technique for
// Extending the Available Precision", Numerische Mathematik 18, 1971); both are added exactly. Where the product lies outside
// [2^-900, 2^1000], its rest may be no double; the product then counts rounded. What is divided at the end is exact and rounded
// once; roots and quotients of such numbers are rounded once more each. A NaN or an infinity among the values makes a NaN.
#pragma once

#include <cstdint>

#include "kernel/context.h"
#include "kernel/exact_sum.h"
#include "kernel/exact_value.h"
#include "kernel/faults.h"

namespace headrace::kernel {

// product + rest = left * right, or rest = 0 where that would be no double.
struct TwoProduct {
  double product, rest;
};
[[gnu::always_inline]] inline TwoProduct two_product(double left, double right) {
  constexpr double kProductMin = 0x1p-900, kProductMax = 0x1p1000, kFactorMax = 0x1p990;
  const double product = left * right;
  const double size = product < 0 ? -product : product;
  const double left_size = left < 0 ? -left : left;
  const double right_size = right < 0 ? -right : right;
  if (!(size >= kProductMin && size <= kProductMax && left_size <= kFactorMax && right_size <= kFactorMax))
    return {product, 0};
#ifdef __FMA__
  return {product, __builtin_fma(left, right, -product)};  // the same: the rest is exact either way
#else
  constexpr double kSplit = 134'217'729;  // 2^27 + 1
  const double left_scaled = kSplit * left;
  const double left_high = left_scaled - (left_scaled - left);
  const double left_low = left - left_high;
  const double right_scaled = kSplit * right;
  const double right_high = right_scaled - (right_scaled - right);
  const double right_low = right - right_high;
  const double rest =
      ((left_high * right_high - product) + left_high * right_low + left_low * right_high) + left_low * right_low;
  return {product, rest};
#endif
}

// An exact sum of products.
struct ProductSum {
  ExactSum products, rests;

  void init() {
    products.init();
    rests.init();
  }
  // Inlined into each instruction set's loops, as update() below.
  [[gnu::always_inline]] void add(double left, double right, KernelContext& context) {
    const TwoProduct both = two_product(left, right);
    products.add(both.product, context);
    if (both.rest != 0) rests.add(both.rest, context);  // small integers have none
  }
  void merge(const ProductSum& other, KernelContext& context) {
    products.merge(other.products, context);
    rests.merge(other.rests, context);
  }
  ExactValue exact() const { return ExactValue::of(products) + ExactValue::of(rests); }
  bool has_special() const { return products.has_special() || rests.has_special(); }
  bool out_of_memory() const { return (products.out_of_memory | rests.out_of_memory) != 0; }
#ifndef HEADRACE_BITCODE
  void serialize(std::string& to) const {
    products.serialize(to);
    rests.serialize(to);
  }
  bool deserialize(std::string_view& from, KernelContext& context) {
    return products.deserialize(from, context) && rests.deserialize(from, context);
  }
#endif
};

// n, Σx, Σx².
struct Squares {
  using Shared = Squares;
  static constexpr bool kRelocatable = false;
  ExactSum sum;
  ProductSum squares;
  int64_t count;

  void init() {
    sum.init();
    squares.init();
    count = 0;
  }
  [[gnu::always_inline]] void update(double value, KernelContext& context) {
    sum.add(value, context);
    squares.add(value, value, context);
    ++count;
  }
  void merge(const Squares& other, KernelContext& context) {
    sum.merge(other.sum, context);
    squares.merge(other.squares, context);
    count += other.count;
  }
  bool special() const { return sum.has_special() || squares.has_special(); }
  bool out_of_memory() const { return sum.out_of_memory != 0 || squares.out_of_memory(); }
#ifndef HEADRACE_BITCODE
  void serialize(std::string& to) const {
    to.append(reinterpret_cast<const char*>(&count), sizeof count);
    sum.serialize(to);
    squares.serialize(to);
  }
  bool deserialize(std::string_view from, KernelContext& context) {
    init();
    if (from.size() < sizeof count) return false;
    std::memcpy(&count, from.data(), sizeof count);
    from.remove_prefix(sizeof count);
    return count >= 0 && sum.deserialize(from, context) && squares.deserialize(from, context) && from.empty();
  }
#endif
  // Σ(x - mean)² / n, or / (n - 1) for a sample; requires that many values, none of them special.
  double variance(bool sample) const;
};

template <bool Sample, bool Root>
struct Variance : Squares {
  bool finish(double& result, Faults& faults, int32_t) const {
    faults.add_if(Faults::kMemory, out_of_memory());
    if (count < (Sample ? 2 : 1)) return false;
    const double exact = special() ? __builtin_nan("") : variance(Sample);
    result = Root ? __builtin_sqrt(exact) : exact;
    return true;
  }
};
struct VarianceSample : Variance<true, false> {};
struct VariancePopulation : Variance<false, false> {};
struct DeviationSample : Variance<true, true> {};
struct DeviationPopulation : Variance<false, true> {};
struct StandardError : Squares {
  bool finish(double& result, Faults& faults, int32_t) const {
    faults.add_if(Faults::kMemory, out_of_memory());
    if (count == 0) return false;
    result = special() ? __builtin_nan("") : __builtin_sqrt(variance(false) / static_cast<double>(count));
    return true;
  }
};

// n, Σx, Σx², Σx³, Σx⁴.
struct Powers {
  using Shared = Powers;
  static constexpr bool kRelocatable = false;
  Squares low;
  ProductSum cubes, fourths;

  void init() {
    low.init();
    cubes.init();
    fourths.init();
  }
  void update(double value, KernelContext& context) {
    low.update(value, context);
    const TwoProduct square = two_product(value, value);
    cubes.add(square.product, value, context);
    cubes.add(square.rest, value, context);
    fourths.add(square.product, square.product, context);
    fourths.add(square.product, 2 * square.rest, context);
    fourths.add(square.rest, square.rest, context);
  }
  void merge(const Powers& other, KernelContext& context) {
    low.merge(other.low, context);
    cubes.merge(other.cubes, context);
    fourths.merge(other.fourths, context);
  }
  bool special() const { return low.special() || cubes.has_special() || fourths.has_special(); }
  bool out_of_memory() const { return low.out_of_memory() || cubes.out_of_memory() || fourths.out_of_memory(); }
#ifndef HEADRACE_BITCODE
  void serialize(std::string& to) const {
    to.append(reinterpret_cast<const char*>(&low.count), sizeof low.count);
    low.sum.serialize(to);
    low.squares.serialize(to);
    cubes.serialize(to);
    fourths.serialize(to);
  }
  bool deserialize(std::string_view from, KernelContext& context) {
    init();
    if (from.size() < sizeof low.count) return false;
    std::memcpy(&low.count, from.data(), sizeof low.count);
    from.remove_prefix(sizeof low.count);
    return low.count >= 0 && low.sum.deserialize(from, context) && low.squares.deserialize(from, context) &&
           cubes.deserialize(from, context) && fourths.deserialize(from, context) && from.empty();
  }
#endif
};

struct Skewness : Powers {
  bool finish(double& result, Faults& faults, int32_t) const;
};
struct KurtosisSample : Powers {
  bool finish(double& result, Faults& faults, int32_t) const;
};
struct KurtosisPopulation : Powers {
  bool finish(double& result, Faults& faults, int32_t) const;
};

// n, Σx, Σy, Σx², Σy², Σxy of the pairs (y, x), in the order in which SQL writes them.
struct Pairs {
  using Shared = Pairs;
  static constexpr bool kRelocatable = false;
  Squares y, x;
  ProductSum products;

  void init() {
    y.init();
    x.init();
    products.init();
  }
  [[gnu::always_inline]] void update(double y_value, double x_value, KernelContext& context) {
    y.update(y_value, context);
    x.update(x_value, context);
    products.add(y_value, x_value, context);
  }
  void merge(const Pairs& other, KernelContext& context) {
    y.merge(other.y, context);
    x.merge(other.x, context);
    products.merge(other.products, context);
  }
  int64_t count() const { return x.count; }
  bool special() const { return x.special() || y.special() || products.has_special(); }
  void note_memory(Faults& faults) const {
    faults.add_if(Faults::kMemory, x.out_of_memory() || y.out_of_memory() || products.out_of_memory());
  }
  double covariance(bool sample) const;
  double correlation() const;
#ifndef HEADRACE_BITCODE
  void serialize(std::string& to) const {
    to.append(reinterpret_cast<const char*>(&x.count), sizeof x.count);
    for (const Squares* one : {&y, &x}) {
      one->sum.serialize(to);
      one->squares.serialize(to);
    }
    products.serialize(to);
  }
  bool deserialize(std::string_view from, KernelContext& context) {
    init();
    if (from.size() < sizeof x.count) return false;
    std::memcpy(&x.count, from.data(), sizeof x.count);
    y.count = x.count;
    from.remove_prefix(sizeof x.count);
    for (Squares* one : {&y, &x})
      if (!one->sum.deserialize(from, context) || !one->squares.deserialize(from, context)) return false;
    return x.count >= 0 && products.deserialize(from, context) && from.empty();
  }
#endif
};

struct CovariancePopulation : Pairs {
  bool finish(double& result, Faults& faults, int32_t) const;
};
struct CovarianceSample : Pairs {
  bool finish(double& result, Faults& faults, int32_t) const;
};
struct Correlation : Pairs {
  bool finish(double& result, Faults& faults, int32_t) const;
};
struct RegressionSlope : Pairs {
  bool finish(double& result, Faults& faults, int32_t) const;
};
struct RegressionIntercept : Pairs {
  bool finish(double& result, Faults& faults, int32_t) const;
};
struct RegressionDetermination : Pairs {
  bool finish(double& result, Faults& faults, int32_t) const;
};
struct RegressionSquaresX : Pairs {
  bool finish(double& result, Faults& faults, int32_t) const;
};
struct RegressionSquaresY : Pairs {
  bool finish(double& result, Faults& faults, int32_t) const;
};
struct RegressionProducts : Pairs {
  bool finish(double& result, Faults& faults, int32_t) const;
};
// The mean of x, or of y, over the pairs.
struct RegressionMeanX : Pairs {
  bool finish(double& result, Faults& faults, int32_t) const;
};
struct RegressionMeanY : Pairs {
  bool finish(double& result, Faults& faults, int32_t) const;
};

struct CountPairs {
  static constexpr bool kRelocatable = true;
  int64_t count;
  void init() { count = 0; }
  void update(double, double) { ++count; }
  void merge(const CountPairs& other) { count += other.count; }
  bool finish(int64_t& result, Faults&, int32_t) const {
    result = count;
    return true;
  }
};

}  // namespace headrace::kernel
