#include "types/batch.h"

#include "base/check.h"
#include "types/string_ref.h"

namespace headrace {

Value value_at(const Vector& vector, uint32_t row) {
  if (!vector.is_valid(row) || vector.type == kNullType) return null_value(vector.type);
  const uint32_t index = vector.index_of(row);
  switch (vector.type.id) {
    case TypeId::kNull: break;
    case TypeId::kBool: return {vector.type, vector.as<uint8_t>()[index] != 0};
    case TypeId::kInt32:
    case TypeId::kDate: return {vector.type, vector.as<int32_t>()[index]};
    case TypeId::kInt64:
    case TypeId::kTimestamp: return {vector.type, vector.as<int64_t>()[index]};
    case TypeId::kFloat64: return {vector.type, vector.as<double>()[index]};
    case TypeId::kDecimal: return {vector.type, vector.as<int128>()[index]};
    case TypeId::kUtf8: return {vector.type, std::string(vector.as<StringRef>()[index].view())};
  }
  CHECK(false && "a vector of an unknown type");
  return null_value(vector.type);
}

}  // namespace headrace
