// kernel/text/find.h — where the bytes of one text lie in another.
#pragma once

#include <cstdint>

namespace headrace::kernel {

// The first place in [text, end) where the part begins; nullptr: there is none. Requires part_size > 0. Takes time that is linear in the text.
const char* find_bytes(const char* text, const char* end, const char* part, uint64_t part_size) noexcept;

}  // namespace headrace::kernel
