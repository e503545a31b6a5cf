// execute/compile/loop_emitter.h — one loop of a stage as an LLVM function `uint32_t headrace_loop(const LoopFrame*)`.
#pragma once

#include <llvm/IR/Module.h>
#include <llvm/Target/TargetMachine.h>

#include "execute/loop.h"

namespace headrace {

inline constexpr const char* kLoopSymbol = "headrace_loop";

// Adds the function to the empty `module`, calling kernels by their symbols. Two loops over rows: one that LLVM
// vectorises for whole blocks of rows, and a scalar one for selected rows and for what is left of the blocks. Requires steps other than Probe.
void emit_loop(llvm::Module& module, const LoopShape& shape, const llvm::TargetMachine& machine);

}  // namespace headrace
