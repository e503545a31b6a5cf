#include "io/column_range.h"

#include <algorithm>
#include <limits>

#include "types/with_layout.h"

namespace headrace {
namespace {

template <class T>
ValueRange range_of_values(const T* values, const uint8_t* validity, uint64_t rows) {
  T low = std::numeric_limits<T>::max(), high = std::numeric_limits<T>::min();
  for (uint64_t row = 0; row < rows; ++row) {
    const bool valid = validity == nullptr || validity[row] != 0;
    low = std::min(low, valid ? values[row] : std::numeric_limits<T>::max());
    high = std::max(high, valid ? values[row] : std::numeric_limits<T>::min());
  }
  return {static_cast<int64_t>(low), static_cast<int64_t>(high)};  // low > high: no value at all
}

// Of a type that has ranges.
std::optional<ValueRange> range_of_vector(const Vector& vector, uint64_t rows) {
  if (vector.encoding == Encoding::kDictionary) return std::nullopt;
  const bool constant = vector.encoding == Encoding::kConstant;
  if (constant && !vector.is_valid(0)) return ValueRange{INT64_MAX, INT64_MIN};
  const uint64_t count = constant ? 1 : rows;
  return with_layout(vector.type.id, [&](auto model) -> std::optional<ValueRange> {
    using T = decltype(model);
    if constexpr (std::is_integral_v<T>) return range_of_values(vector.as<T>(), vector.validity, count);
    return std::nullopt;
  });
}

}  // namespace

std::optional<ValueRange> range_of_column(const std::vector<Chunk>& chunks, uint32_t column, Type type) {
  if (!has_value_range(type)) return std::nullopt;
  ValueRange range{INT64_MAX, INT64_MIN};
  for (const Chunk& chunk : chunks) {
    const std::optional<ValueRange> part = range_of_vector(chunk.columns[column], chunk.rows);
    if (!part.has_value()) return std::nullopt;
    range = {std::min(range.low, part->low), std::max(range.high, part->high)};
  }
  return range.low <= range.high ? range : ValueRange{0, 0};
}

}  // namespace headrace
