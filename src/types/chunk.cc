#include "types/chunk.h"

namespace headrace {

Vector null_constant(Type type) {
  alignas(16) static constexpr uint8_t kZeros[16] = {};  // any type's zero, the empty StringRef included
  static constexpr uint8_t kInvalid = 0;
  Vector vector;
  vector.type = type;
  vector.encoding = Encoding::kConstant;
  vector.data = kZeros;
  vector.validity = &kInvalid;
  return vector;
}

}  // namespace headrace
