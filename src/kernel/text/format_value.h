// kernel/text/format_value.h — one value by a replacement field of format() or printf():
//
//   [[fill]align][sign][#][0][width][group][.precision][type]
//
//   fill   any code point;  align  < left, > right, ^ in the middle: numbers stand right, others left
//   sign   + or a blank before what is not negative
//   #      0x, 0X, 0b, 0B or 0 before digits of another base;  0  zeros behind the sign, when there is no align
//   width  code points at least;  group  , _ or ' between thousands
//   type   of integers d x X o b B c; of floats f F e E g G, with 6 digits unless the precision says; of texts s
//
// Without a type a float has the fewest digits that read back as itself. The precision of a text is its code points at most.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "kernel/text/new_text.h"
#include "types/type.h"

namespace headrace::kernel {

enum class FormatKind : uint8_t { kInteger, kFloat, kText };

// Why a field says nothing of values of that kind; empty: it does.
std::string format_error(std::string_view field, FormatKind kind);

// A field that says nothing is a bad argument.
StringRef format_integer(int128 value, StringRef field, Faults& faults, KernelContext& context)
    HEADRACE_HOST(format_integer);
StringRef format_float(double value, StringRef field, Faults& faults, KernelContext& context)
    HEADRACE_HOST(format_float);
StringRef format_text(StringRef value, StringRef field, Faults& faults, KernelContext& context)
    HEADRACE_HOST(format_text);

}  // namespace headrace::kernel
