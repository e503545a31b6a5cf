#include "execute/compile/kernel_bitcode.h"

// HEADRACE_KERNEL_BITCODE is the path of the file that cmake/bitcode.cmake builds.
__asm__(
    ".section .rodata\n"
    ".balign 16\n"
    "headrace_kernel_bitcode_begin:\n"
    ".incbin \"" HEADRACE_KERNEL_BITCODE
    "\"\n"
    "headrace_kernel_bitcode_end:\n"
    ".byte 0\n"
    ".previous\n");

extern "C" {
extern const char headrace_kernel_bitcode_begin[] __attribute__((visibility("hidden")));
extern const char headrace_kernel_bitcode_end[] __attribute__((visibility("hidden")));
}

namespace headrace {

std::string_view kernel_bitcode() {
  return {headrace_kernel_bitcode_begin,
          static_cast<size_t>(headrace_kernel_bitcode_end - headrace_kernel_bitcode_begin)};
}

}  // namespace headrace
