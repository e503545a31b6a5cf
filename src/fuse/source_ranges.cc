#include "fuse/stage.h"

namespace headrace {

std::optional<ValueRange> range_of_source(const SourceSpec& source, uint32_t column) {
  if (const auto* numbers = std::get_if<RangeSource>(&source); numbers != nullptr && numbers->begin < numbers->end)
    return ValueRange{numbers->begin, numbers->end - 1};
  if (const auto* table = std::get_if<TableSource>(&source); table != nullptr)
    return table->table->value_range(table->columns[column]);
  return std::nullopt;
}

bool keeps_ranges(const Stage& stage) {
  if (std::holds_alternative<StreamSource>(stage.source)) return true;
  for (ValueId value = 0; value < stage.values.size(); ++value) {
    const std::optional<ValueRange>& declared = stage.values[value].range;
    if (!declared.has_value()) continue;
    if (value >= stage.source_values) return false;
    const std::optional<ValueRange> actual = range_of_source(stage.source, value);
    if (!actual.has_value() || actual->low < declared->low || actual->high > declared->high) return false;
  }
  return true;
}

}  // namespace headrace
