// execute/compile/optimizer.h — LLVM's passes over the module of one loop.
#pragma once

#include <llvm/IR/Module.h>
#include <llvm/Target/TargetMachine.h>

namespace headrace {

// Inlines kernels, turns stack room into registers, makes vector loops. Floating point keeps its order.
void optimize_module(llvm::Module& module, llvm::TargetMachine& machine);

}  // namespace headrace
