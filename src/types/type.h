// types/type.h — the logical types and how each lies in a vector.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace headrace {

enum class TypeId : uint8_t {
  kNull,         // the type of an untyped NULL; once a plan is resolved, only inside nested types
  kBool,         // uint8_t 0 or 1
  kInt8,         // int8_t
  kInt16,        // int16_t
  kInt32,        // int32_t
  kInt64,        // int64_t
  kUInt8,        // uint8_t
  kUInt16,       // uint16_t
  kUInt32,       // uint32_t
  kUInt64,       // uint64_t
  kFloat32,      // float
  kFloat64,      // double
  kDecimal64,    // int64_t, the value times 10^scale; at most 18 digits
  kDecimal128,   // __int128, the value times 10^scale; 19 to 38 digits
  kDate,         // int32_t days since 1970-01-01
  kTime,         // int64_t µs since midnight, 0 to 86,400,000,000
  kTimestamp,    // int64_t µs since 1970-01-01 00:00, no zone
  kTimestampNs,  // int64_t ns since 1970-01-01 00:00, no zone
  kTimestampTz,  // int64_t µs since 1970-01-01 00:00 UTC
  kInterval,     // Interval (types/interval.h)
  kUtf8,         // StringRef
  kBinary,       // StringRef, any bytes
  kEnum,         // uint32_t, position in NestedType::fields
  kList,         // StringRef: types/nested_value.h
  kStruct,       // StringRef
  kMap,          // StringRef
};

struct NestedType;  // types/nested_type.h

struct Type {
  TypeId id = TypeId::kNull;
  uint8_t precision = 0;  // decimal only: 1..38 digits
  uint8_t scale = 0;      // decimal only: 0..precision
  const NestedType* nested = nullptr;  // enum, list, struct, map only: one object per distinct type, never freed

  friend bool operator==(const Type&, const Type&) = default;
};

inline constexpr uint8_t kDecimal64DigitsMax = 18;

inline constexpr Type kNullType{TypeId::kNull};
inline constexpr Type kBool{TypeId::kBool};
inline constexpr Type kInt8{TypeId::kInt8};
inline constexpr Type kInt16{TypeId::kInt16};
inline constexpr Type kInt32{TypeId::kInt32};
inline constexpr Type kInt64{TypeId::kInt64};
inline constexpr Type kUInt8{TypeId::kUInt8};
inline constexpr Type kUInt16{TypeId::kUInt16};
inline constexpr Type kUInt32{TypeId::kUInt32};
inline constexpr Type kUInt64{TypeId::kUInt64};
inline constexpr Type kFloat32{TypeId::kFloat32};
inline constexpr Type kFloat64{TypeId::kFloat64};
inline constexpr Type kDate{TypeId::kDate};
inline constexpr Type kTime{TypeId::kTime};
inline constexpr Type kTimestamp{TypeId::kTimestamp};
inline constexpr Type kTimestampNs{TypeId::kTimestampNs};
inline constexpr Type kTimestampTz{TypeId::kTimestampTz};
inline constexpr Type kInterval{TypeId::kInterval};
inline constexpr Type kUtf8{TypeId::kUtf8};
inline constexpr Type kBinary{TypeId::kBinary};
constexpr Type decimal(uint8_t precision, uint8_t scale) {
  return {precision <= kDecimal64DigitsMax ? TypeId::kDecimal64 : TypeId::kDecimal128, precision, scale};
}

using int128 = __int128;

// The type that stands for all that lie in a vector as it does and are equal and ordered alike: int32 for date, int64 for
// times and decimal64, uint32 for enum, utf8 for binary and nested values; itself for the others.
constexpr TypeId layout_of(TypeId id) {
  switch (id) {
    case TypeId::kDate: return TypeId::kInt32;
    case TypeId::kDecimal64:
    case TypeId::kTime:
    case TypeId::kTimestamp:
    case TypeId::kTimestampNs:
    case TypeId::kTimestampTz: return TypeId::kInt64;
    case TypeId::kEnum: return TypeId::kUInt32;
    case TypeId::kBinary:
    case TypeId::kList:
    case TypeId::kStruct:
    case TypeId::kMap: return TypeId::kUtf8;
    default: return id;
  }
}

// Bytes of one value in a flat vector: 1, 2, 4, 8 or 16. Requires a type other than kNull.
uint32_t width_bytes(TypeId id);

// "int64", "decimal(15,2)", "int32[]", "struct(a int32, b utf8)", "map(utf8, int64)", "enum('a', 'b')" …; parse_type reads
// these and the SQL names (integer, bigint, double, varchar, text …), in any case. kInvalidPlan names the nearest known type.
std::string to_text(Type type);
Result<Type> parse_type(std::string_view text);

constexpr bool is_signed_integer(TypeId id) { return id >= TypeId::kInt8 && id <= TypeId::kInt64; }
constexpr bool is_unsigned_integer(TypeId id) { return id >= TypeId::kUInt8 && id <= TypeId::kUInt64; }
constexpr bool is_decimal(TypeId id) { return id == TypeId::kDecimal64 || id == TypeId::kDecimal128; }
constexpr bool is_float(TypeId id) { return id == TypeId::kFloat32 || id == TypeId::kFloat64; }
constexpr bool is_nested(TypeId id) { return id >= TypeId::kList; }
inline bool is_integer(Type type) { return is_signed_integer(type.id) || is_unsigned_integer(type.id); }
inline bool is_decimal(Type type) { return is_decimal(type.id); }
inline bool is_float(Type type) { return is_float(type.id); }
inline bool is_numeric(Type type) { return type.id >= TypeId::kInt8 && type.id <= TypeId::kDecimal128; }
// Values are StringRefs into bytes that someone owns.
inline bool is_text_layout(Type type) { return layout_of(type.id) == TypeId::kUtf8; }

}  // namespace headrace
