// types/value_range.h — what is known of a column of integers without looking at its rows.
#pragma once

#include <cstdint>

namespace headrace {

// Both ends included; null rows aside. low <= high.
struct ValueRange {
  int64_t low = INT64_MIN;
  int64_t high = INT64_MAX;
  friend bool operator==(const ValueRange&, const ValueRange&) = default;
};

}  // namespace headrace
