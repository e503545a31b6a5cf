// kernel/tags.h — the type tags of kernel/list.def: how a logical type reaches a kernel.
#pragma once

#include <cstdint>

#include "types/string_ref.h"
#include "types/type.h"

namespace headrace::tags {

// `type` is the C++ type in kernels and in vectors (bool is one byte, 0 or 1).
template <class T, TypeId Id>
struct Tag {
  using type = T;
  static constexpr TypeId id = Id;
};
struct none : Tag<void, TypeId::kNull> {};
struct b : Tag<bool, TypeId::kBool> {};
struct i32 : Tag<int32_t, TypeId::kInt32> {};
struct i64 : Tag<int64_t, TypeId::kInt64> {};
struct f64 : Tag<double, TypeId::kFloat64> {};
struct dec : Tag<int128, TypeId::kDecimal> {};
struct date : Tag<int32_t, TypeId::kDate> {};
struct ts : Tag<int64_t, TypeId::kTimestamp> {};
struct str : Tag<StringRef, TypeId::kUtf8> {};
static_assert(sizeof(bool) == 1);

}  // namespace headrace::tags
