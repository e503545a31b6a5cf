// kernel/moments.h — the states of variance, covariance, correlation, regression, skewness and kurtosis: exact sums of powers
// and products, so that order and partitions cannot show.
//
// A product of two doubles is the sum of two doubles, the rounded product and its rest (Dekker, "A Floating-Point Technique for
// Extending the Available Precision", Numerische Mathematik 18, 1971); both are added exactly. Where the product lies outside
// [2^-900, 2^1000], its rest may be no double; the product then counts rounded. What is divided at the end is exact and rounded
// once; roots and quotients of such numbers are rounded once more each. A NaN or an infinity among the values makes a NaN.
#pragma once

#include <array>
#include <cstddef>
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

// Adds left * right to an exact sum of products and one of their rests.
[[gnu::always_inline]] inline void add_product(ExactSum& products, ExactSum& rests, double left, double right,
                                               KernelContext& context) {
  const TwoProduct both = two_product(left, right);
  products.add(both.product, context);
  if (both.rest != 0) rests.add(both.rest, context);  // small integers have none
}

// Adds left[i] * right[i] to the sums at states[i] + products and states[i] + rests. Requires rows <= ExactSum::kEachRowsMax.
[[gnu::always_inline]] inline void add_products(char* const* states, uint32_t products, uint32_t rests,
                                                const double* left, const double* right, uint32_t rows,
                                                KernelContext& context) {
  double rounded[ExactSum::kEachRowsMax], rest[ExactSum::kEachRowsMax];
  uint64_t any = 0;
  for (uint32_t i = 0; i < rows; ++i) {
    const TwoProduct both = two_product(left[i], right[i]);
    rounded[i] = both.product;
    rest[i] = both.rest;
    any |= bits_of(both.rest) << 1;  // -0 is none
  }
  ExactSum::add_each(states, products, rounded, rows, context);
  if (any != 0) ExactSum::add_each(states, rests, rest, rows, context);
}

// n, Σx, Σx². What small integers leave alone lies behind the rest.
struct Squares {
  using Shared = Squares;
  static constexpr bool kRelocatable = false;
  ExactSum sum, squares;
  int64_t count;
  ExactSum square_rests;

  void init() {
    sum.init();
    squares.init();
    count = 0;
    square_rests.init();
  }
  [[gnu::always_inline]] void update(double value, KernelContext& context) {
    sum.add(value, context);
    add_product(squares, square_rests, value, value, context);
    ++count;
  }
  // update() of the state at states[i] + offset for every row i that is valid, several at once; so below.
  [[gnu::always_inline]] static void update_each(char* const* states, uint32_t offset, uint32_t rows,
                                                 const uint8_t* const* validity, KernelContext& context,
                                                 const double* values) {
    for (uint32_t begin = 0; begin < rows; begin += ExactSum::kEachRowsMax) {
      const ValidRows<1> valid(validity, begin, rows);
      char* const* const block = states + begin;
      double x[ExactSum::kEachRowsMax];
      for (uint32_t i = 0; i < valid.count; ++i) x[i] = valid.take(i, values[begin + i]);
      ExactSum::add_each(block, offset + offsetof(Squares, sum), x, valid.count, context);
      add_products(block, offset + offsetof(Squares, squares), offset + offsetof(Squares, square_rests), x, x,
                   valid.count, context);
      for (uint32_t i = 0; i < valid.count; ++i)
        reinterpret_cast<Squares*>(block[i] + offset)->count += valid.is_valid(i);
    }
  }
  void merge(const Squares& other, KernelContext& context) {
    sum.merge(other.sum, context);
    squares.merge(other.squares, context);
    count += other.count;
    square_rests.merge(other.square_rests, context);
  }
  bool special() const { return sum.has_special() || squares.has_special() || square_rests.has_special(); }
  bool out_of_memory() const { return sum.out_of_memory() || squares.out_of_memory() || square_rests.out_of_memory(); }
#ifndef HEADRACE_BITCODE
  void serialize(std::string& to) const {
    to.append(reinterpret_cast<const char*>(&count), sizeof count);
    for (const ExactSum* one : {&sum, &squares, &square_rests}) one->serialize(to);
  }
  bool deserialize(std::string_view from, KernelContext& context) {
    return deserialize_front(from, context) && from.empty();
  }
  bool deserialize_front(std::string_view& from, KernelContext& context) {
    init();
    if (from.size() < sizeof count) return false;
    std::memcpy(&count, from.data(), sizeof count);
    from.remove_prefix(sizeof count);
    for (ExactSum* one : {&sum, &squares, &square_rests})
      if (!one->deserialize(from, context)) return false;
    return count >= 0;
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
  ExactSum cubes, fourths, cube_rests, fourth_rests;

  void init() {
    low.init();
    for (ExactSum* one : {&cubes, &fourths, &cube_rests, &fourth_rests}) one->init();
  }
  void update(double value, KernelContext& context) {
    low.update(value, context);
    const TwoProduct square = two_product(value, value);
    add_product(cubes, cube_rests, square.product, value, context);
    add_product(cubes, cube_rests, square.rest, value, context);
    add_product(fourths, fourth_rests, square.product, square.product, context);
    add_product(fourths, fourth_rests, square.product, 2 * square.rest, context);
    add_product(fourths, fourth_rests, square.rest, square.rest, context);
  }
  void merge(const Powers& other, KernelContext& context) {
    low.merge(other.low, context);
    cubes.merge(other.cubes, context);
    fourths.merge(other.fourths, context);
    cube_rests.merge(other.cube_rests, context);
    fourth_rests.merge(other.fourth_rests, context);
  }
  bool special() const {
    return low.special() || cubes.has_special() || fourths.has_special() || cube_rests.has_special() ||
           fourth_rests.has_special();
  }
  bool out_of_memory() const {
    return low.out_of_memory() || cubes.out_of_memory() || fourths.out_of_memory() || cube_rests.out_of_memory() ||
           fourth_rests.out_of_memory();
  }
#ifndef HEADRACE_BITCODE
  void serialize(std::string& to) const {
    low.serialize(to);
    for (const ExactSum* one : {&cubes, &fourths, &cube_rests, &fourth_rests}) one->serialize(to);
  }
  bool deserialize(std::string_view from, KernelContext& context) {
    init();
    if (!low.deserialize_front(from, context)) return false;
    for (ExactSum* one : {&cubes, &fourths, &cube_rests, &fourth_rests})
      if (!one->deserialize(from, context)) return false;
    return from.empty();
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

// n, Σx, Σy, Σx², Σy², Σxy of the pairs (y, x), in the order in which SQL writes them. What every pair changes is 128 bytes; the rests lie
// behind.
struct Pairs {
  using Shared = Pairs;
  static constexpr bool kRelocatable = false;
  ExactSum y_sum, x_sum, y_squares, x_squares, products;
  int64_t count;
  ExactSum y_rests, x_rests, product_rests;

  void init() {
    for (ExactSum* one : sums()) one->init();
    count = 0;
  }
  [[gnu::always_inline]] void update(double y, double x, KernelContext& context) {
    y_sum.add(y, context);
    x_sum.add(x, context);
    add_product(y_squares, y_rests, y, y, context);
    add_product(x_squares, x_rests, x, x, context);
    add_product(products, product_rests, y, x, context);
    ++count;
  }
  [[gnu::always_inline]] static void update_each(char* const* states, uint32_t offset, uint32_t rows,
                                                 const uint8_t* const* validity, KernelContext& context,
                                                 const double* y_values, const double* x_values) {
    for (uint32_t begin = 0; begin < rows; begin += ExactSum::kEachRowsMax) {
      const ValidRows<2> valid(validity, begin, rows);
      char* const* const block = states + begin;
      double y[ExactSum::kEachRowsMax], x[ExactSum::kEachRowsMax];
      for (uint32_t i = 0; i < valid.count; ++i) {
        y[i] = valid.take(i, y_values[begin + i]);
        x[i] = valid.take(i, x_values[begin + i]);
      }
      const auto at = [&](size_t member) { return offset + static_cast<uint32_t>(member); };
      ExactSum::add_each(block, at(offsetof(Pairs, y_sum)), y, valid.count, context);
      ExactSum::add_each(block, at(offsetof(Pairs, x_sum)), x, valid.count, context);
      add_products(block, at(offsetof(Pairs, y_squares)), at(offsetof(Pairs, y_rests)), y, y, valid.count, context);
      add_products(block, at(offsetof(Pairs, x_squares)), at(offsetof(Pairs, x_rests)), x, x, valid.count, context);
      add_products(block, at(offsetof(Pairs, products)), at(offsetof(Pairs, product_rests)), y, x, valid.count,
                   context);
      for (uint32_t i = 0; i < valid.count; ++i)
        reinterpret_cast<Pairs*>(block[i] + offset)->count += valid.is_valid(i);
    }
  }
  void merge(const Pairs& other, KernelContext& context) {
    y_sum.merge(other.y_sum, context);
    x_sum.merge(other.x_sum, context);
    y_squares.merge(other.y_squares, context);
    x_squares.merge(other.x_squares, context);
    products.merge(other.products, context);
    y_rests.merge(other.y_rests, context);
    x_rests.merge(other.x_rests, context);
    product_rests.merge(other.product_rests, context);
    count += other.count;
  }
  Squares of_y() const { return {y_sum, y_squares, count, y_rests}; }
  Squares of_x() const { return {x_sum, x_squares, count, x_rests}; }
  bool special() const {
    return of_y().special() || of_x().special() || products.has_special() || product_rests.has_special();
  }
  void note_memory(Faults& faults) const {
    faults.add_if(Faults::kMemory, of_y().out_of_memory() || of_x().out_of_memory() || products.out_of_memory() ||
                                       product_rests.out_of_memory());
  }
  double covariance(bool sample) const;
  double correlation() const;
#ifndef HEADRACE_BITCODE
  void serialize(std::string& to) const {
    to.append(reinterpret_cast<const char*>(&count), sizeof count);
    for (const ExactSum* one : {&y_sum, &x_sum, &y_squares, &x_squares, &products, &y_rests, &x_rests, &product_rests})
      one->serialize(to);
  }
  bool deserialize(std::string_view from, KernelContext& context) {
    init();
    if (from.size() < sizeof count) return false;
    std::memcpy(&count, from.data(), sizeof count);
    from.remove_prefix(sizeof count);
    for (ExactSum* one : sums())
      if (!one->deserialize(from, context)) return false;
    return count >= 0 && from.empty();
  }
#endif

 private:
  std::array<ExactSum*, 8> sums() {
    return {&y_sum, &x_sum, &y_squares, &x_squares, &products, &y_rests, &x_rests, &product_rests};
  }
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
