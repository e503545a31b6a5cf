// types/interval.h — a span of calendar time: months and days have no fixed length, microseconds have.
#pragma once

#include <compare>
#include <cstdint>

#include "types/type.h"

namespace headrace {

struct Interval {
  int32_t months = 0;
  int32_t days = 0;
  int64_t us = 0;
  friend auto operator<=>(const Interval&, const Interval&) = default;  // of the parts; kernels compare by length
};
static_assert(sizeof(Interval) == 16 && alignof(Interval) == 8);

// What intervals are equal and ordered by, as in DuckDB: a month counts 30 days, a day 24 hours.
constexpr int128 interval_length_us(const Interval& interval) {
  constexpr int64_t kDayUs = 86'400'000'000;
  return (int128{interval.months} * 30 + interval.days) * kDayUs + interval.us;
}

}  // namespace headrace
