// kernel/tags.h — the type tags of the kernel lists: how a logical type reaches a kernel.
#pragma once

#include <cstdint>

#include "types/interval.h"
#include "types/string_ref.h"
#include "types/type.h"

namespace headrace::tags {

// `type` is the C++ type in kernels and in vectors (bool is one byte, 0 or 1). A tag in lower case is one logical type; one in
// capitals is every type that lies in a vector as `id` does (layout_of), for kernels that mean the same for all of them.
template <class T, TypeId Id, bool ByLayout = false>
struct Tag {
  using type = T;
  static constexpr TypeId id = Id;
  static constexpr bool by_layout = ByLayout;
};
struct none : Tag<void, TypeId::kNull> {};
struct b : Tag<bool, TypeId::kBool> {};
struct i8 : Tag<int8_t, TypeId::kInt8> {};
struct i16 : Tag<int16_t, TypeId::kInt16> {};
struct i32 : Tag<int32_t, TypeId::kInt32> {};
struct i64 : Tag<int64_t, TypeId::kInt64> {};
struct u8 : Tag<uint8_t, TypeId::kUInt8> {};
struct u16 : Tag<uint16_t, TypeId::kUInt16> {};
struct u32 : Tag<uint32_t, TypeId::kUInt32> {};
struct u64 : Tag<uint64_t, TypeId::kUInt64> {};
struct f32 : Tag<float, TypeId::kFloat32> {};
struct f64 : Tag<double, TypeId::kFloat64> {};
struct d64 : Tag<int64_t, TypeId::kDecimal64> {};
struct dec : Tag<int128, TypeId::kDecimal128> {};
struct date : Tag<int32_t, TypeId::kDate> {};
struct time : Tag<int64_t, TypeId::kTime> {};
struct ts : Tag<int64_t, TypeId::kTimestamp> {};
struct tsns : Tag<int64_t, TypeId::kTimestampNs> {};
struct tstz : Tag<int64_t, TypeId::kTimestampTz> {};
struct iv : Tag<Interval, TypeId::kInterval> {};
struct str : Tag<StringRef, TypeId::kUtf8> {};
struct bin : Tag<StringRef, TypeId::kBinary> {};

struct B : Tag<bool, TypeId::kBool, true> {};
struct I8 : Tag<int8_t, TypeId::kInt8, true> {};
struct I16 : Tag<int16_t, TypeId::kInt16, true> {};
struct I32 : Tag<int32_t, TypeId::kInt32, true> {};
struct I64 : Tag<int64_t, TypeId::kInt64, true> {};
struct U8 : Tag<uint8_t, TypeId::kUInt8, true> {};
struct U16 : Tag<uint16_t, TypeId::kUInt16, true> {};
struct U32 : Tag<uint32_t, TypeId::kUInt32, true> {};
struct U64 : Tag<uint64_t, TypeId::kUInt64, true> {};
struct F32 : Tag<float, TypeId::kFloat32, true> {};
struct F64 : Tag<double, TypeId::kFloat64, true> {};
struct DEC : Tag<int128, TypeId::kDecimal128, true> {};
struct IV : Tag<Interval, TypeId::kInterval, true> {};
struct STR : Tag<StringRef, TypeId::kUtf8, true> {};
static_assert(sizeof(bool) == 1);

}  // namespace headrace::tags
