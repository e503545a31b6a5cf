// kernel/comparison.h — one total order per type: floats with NaN greatest and equal to itself and -0 = +0, text by bytes.
#pragma once

#include <cstdint>

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
