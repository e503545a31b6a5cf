// types/type.h — the logical types and how each lies in a vector.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace headrace {

enum class TypeId : uint8_t {
  kNull,       // the type of an untyped NULL; gone once a plan is resolved
  kBool,       // uint8_t 0 or 1
  kInt32,      // int32_t
  kInt64,      // int64_t
  kFloat64,    // double
  kDecimal,    // __int128, the value times 10^scale
  kDate,       // int32_t days since 1970-01-01
  kTimestamp,  // int64_t µs since 1970-01-01 00:00, no zone
  kUtf8,       // StringRef
};

struct Type {
  TypeId id = TypeId::kNull;
  uint8_t precision = 0;  // decimal only: 1..38 digits
  uint8_t scale = 0;      // decimal only: 0..precision

  friend bool operator==(const Type&, const Type&) = default;
};

inline constexpr Type kNullType{TypeId::kNull};
inline constexpr Type kBool{TypeId::kBool};
inline constexpr Type kInt32{TypeId::kInt32};
inline constexpr Type kInt64{TypeId::kInt64};
inline constexpr Type kFloat64{TypeId::kFloat64};
inline constexpr Type kDate{TypeId::kDate};
inline constexpr Type kTimestamp{TypeId::kTimestamp};
inline constexpr Type kUtf8{TypeId::kUtf8};
constexpr Type decimal(uint8_t precision, uint8_t scale) { return {TypeId::kDecimal, precision, scale}; }

using int128 = __int128;

// Bytes of one value in a flat vector: 1, 4, 8 or 16. Requires a type other than kNull.
uint32_t width_bytes(TypeId id);

// "int64", "decimal(15,2)", "utf8" …; parse_type reads these and the SQL names (integer, bigint, double, varchar, text …),
// in any case. kInvalidPlan names the nearest known type.
std::string to_text(Type type);
Result<Type> parse_type(std::string_view text);

inline bool is_integer(Type type) { return type.id == TypeId::kInt32 || type.id == TypeId::kInt64; }
inline bool is_numeric(Type type) {
  return is_integer(type) || type.id == TypeId::kFloat64 || type.id == TypeId::kDecimal;
}

}  // namespace headrace
