// execute/compile/kernel_linker.h — brings the bodies of kernels into a module that calls them.
#pragma once

#include <llvm/IR/Module.h>

#include "base/error.h"

namespace headrace {

// Links every kernel that `module` declares, with what those call, from the embedded bitcode. All linked functions become
// internal and lose their processor, so that they inline into code for the host; small ones always inline.
// Floating point stays strict: fused multiply-add and fast-math flags are removed.
llvm::Error link_kernels(llvm::Module& module);

// The same for any other bitcode whose functions were just linked: `is_kernel` functions are inlined when small.
void normalise_functions(llvm::Module& module, llvm::function_ref<bool(const llvm::Function&)> keep_external);
void make_strict(llvm::Function& function);

}  // namespace headrace
