// kernel/comparison.h — one total order per type: floats with NaN greatest and equal to itself and -0 = +0, text
// and nested values by bytes, intervals by length.
#pragma once

#include <cstdint>

#include "types/interval.h"
#include "types/string_ref.h"

namespace headrace::kernel {

// Integers, bool, dates, timestamps, decimals.
template <class T>
inline bool equal(T left, T right) {
  return left == right;
}
template <class T>
inline bool less(T left, T right) {
  return left < right;
}

inline bool equal(double left, double right) { return (left == right) | ((left != left) & (right != right)); }
inline bool less(double left, double right) { return (left < right) | ((left == left) & (right != right)); }
inline bool equal(float left, float right) { return (left == right) | ((left != left) & (right != right)); }
inline bool less(float left, float right) { return (left < right) | ((left == left) & (right != right)); }
inline bool equal(Interval left, Interval right) { return interval_length_us(left) == interval_length_us(right); }
inline bool less(Interval left, Interval right) { return interval_length_us(left) < interval_length_us(right); }
inline bool equal(StringRef left, StringRef right) { return left == right; }
inline bool less(StringRef left, StringRef right) { return compare(left, right) < 0; }

template <class T>
inline bool not_equal(T left, T right) {
  return !equal(left, right);
}
template <class T>
inline bool less_equal(T left, T right) {
  return !less(right, left);
}
template <class T>
inline bool greater(T left, T right) {
  return less(right, left);
}
template <class T>
inline bool greater_equal(T left, T right) {
  return !less(left, right);
}

}  // namespace headrace::kernel
