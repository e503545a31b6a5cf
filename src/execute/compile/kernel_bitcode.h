// execute/compile/kernel_bitcode.h — the embedded LLVM bitcode of kernel/bitcode.cc.
#pragma once

#include <string_view>

namespace headrace {

std::string_view kernel_bitcode();  // lives for the process

}  // namespace headrace
