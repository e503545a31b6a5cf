// types/with_layout.h — from a type to the C++ type of its values in vectors.
#pragma once

#include "base/check.h"
#include "types/interval.h"
#include "types/string_ref.h"
#include "types/type.h"

namespace headrace {

// Calls visit with a value of the C++ type in which values of type `id` lie in a vector. Requires a type other than kNull.
template <class Visit>
decltype(auto) with_layout(TypeId id, Visit&& visit) {
  switch (layout_of(id)) {
    case TypeId::kBool:
    case TypeId::kUInt8: return visit(uint8_t{});
    case TypeId::kInt8: return visit(int8_t{});
    case TypeId::kInt16: return visit(int16_t{});
    case TypeId::kUInt16: return visit(uint16_t{});
    case TypeId::kInt32: return visit(int32_t{});
    case TypeId::kUInt32: return visit(uint32_t{});
    case TypeId::kUInt64: return visit(uint64_t{});
    case TypeId::kFloat32: return visit(float{});
    case TypeId::kFloat64: return visit(double{});
    case TypeId::kDecimal128: return visit(int128{});
    case TypeId::kInterval: return visit(Interval{});
    case TypeId::kUtf8: return visit(StringRef{});
    case TypeId::kNull: CHECK(false && "the null type has no values");
    default: return visit(int64_t{});
  }
}

// The same with an unsigned type of the width, for code that only moves values.
template <class Visit>
decltype(auto) with_width(TypeId id, Visit&& visit) {
  switch (width_bytes(id)) {
    case 1: return visit(uint8_t{});
    case 2: return visit(uint16_t{});
    case 4: return visit(uint32_t{});
    case 8: return visit(uint64_t{});
    default: return visit(int128{});
  }
}

}  // namespace headrace
