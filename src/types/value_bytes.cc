#include "types/value_bytes.h"

#include <cstring>

#include "base/check.h"
#include "base/overloaded.h"
#include "types/with_layout.h"

namespace headrace {

void write_value_bytes(const Value& value, void* to) {
  with_layout(value.type.id, [&](auto model) {
    using T = decltype(model);
    const auto put = [&](const auto& from) {
      using From = std::decay_t<decltype(from)>;
      if constexpr (std::is_arithmetic_v<T> || std::is_same_v<T, int128>) {
        if constexpr (std::is_arithmetic_v<From> || std::is_same_v<From, int128>) {
          const T result = static_cast<T>(from);
          std::memcpy(to, &result, sizeof result);
          return;
        }
      }
      if constexpr (std::is_same_v<T, Interval> && std::is_same_v<From, Interval>) {
        std::memcpy(to, &from, sizeof from);
        return;
      }
      CHECK(false && "a value whose alternative does not suit its type");
    };
    std::visit(put, value.data);
  });
}

Value value_of_bytes(Type type, const void* from) {
  return with_layout(type.id, [&](auto model) -> Value {
    using T = decltype(model);
    T value;
    std::memcpy(static_cast<void*>(&value), from, sizeof value);
    if constexpr (std::is_same_v<T, StringRef>) {
      return {type, std::string(value.view())};
    } else if constexpr (std::is_same_v<T, Interval>) {
      return {type, value};
    } else if constexpr (std::is_same_v<T, float> || std::is_same_v<T, double>) {
      return {type, static_cast<double>(value)};
    } else {
      if (type == kBool) return {type, value != 0};
      if (is_decimal(type) || type == kUInt64) return {type, static_cast<int128>(value)};
      if (sizeof(T) <= 4 && type.id != TypeId::kUInt32 && type.id != TypeId::kEnum)
        return {type, static_cast<int32_t>(value)};
      return {type, static_cast<int64_t>(value)};
    }
  });
}

}  // namespace headrace
