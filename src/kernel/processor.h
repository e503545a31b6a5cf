// kernel/processor.h — one body compiled for several processors, the best one chosen when the program runs. A function
// with one of these attributes has internal linkage and inlines all that it calls: else an older processor could meet its
// instructions.
#pragma once

#include <string_view>

#include "kernel/loops.h"

#if defined(__x86_64__)
#define HEADRACE_V3 [[gnu::target("arch=x86-64-v3")]]
#define HEADRACE_V4 [[gnu::target("arch=x86-64-v4")]]
// With registers of 512 bits: for loops over words of 64 bytes.
#define HEADRACE_V4_WIDE [[gnu::target("arch=x86-64-v4"), clang::min_vector_width(512)]]
#else
#define HEADRACE_V3
#define HEADRACE_V4
#define HEADRACE_V4_WIDE
#endif

namespace headrace {

// The one for the instruction set that the kernels' loops run with.
template <class T>
T choose_level(T v2, T v3, T v4) {
  const std::string_view level = loop_table().instruction_set;
  return level == "v4" ? v4 : (level == "v3" ? v3 : v2);
}

}  // namespace headrace
