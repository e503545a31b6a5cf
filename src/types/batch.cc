#include "types/batch.h"

#include "types/value_bytes.h"

namespace headrace {

Value value_at(const Vector& vector, uint32_t row) {
  if (!vector.is_valid(row) || vector.type == kNullType) return null_value(vector.type);
  return value_of_bytes(vector.type, vector.as<char>() + uint64_t{vector.index_of(row)} * width_bytes(vector.type.id));
}

}  // namespace headrace
