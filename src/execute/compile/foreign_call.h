// execute/compile/foreign_call.h — user functions in LLVM IR: checking, linking and calling them.
#pragma once

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Module.h>

#include <vector>

#include "base/error.h"
#include "execute/loop.h"
#include "kernel/faults.h"
#include "kernel/function.h"

namespace headrace {

// Emits the call of a user's kernel: arguments and `out` are memory in vector layout. Returns its fault bits (i32), or
// nullptr when `kernel` is one of our own.
llvm::Value* call_foreign(llvm::IRBuilder<>& builder, llvm::Module& module, const Overload& kernel, llvm::Value* out,
                          const std::vector<llvm::Value*>& arguments);

// Links the user functions that the steps of `shape` call.
Status link_foreign(llvm::Module& module, const LoopShape& shape);

// Whether the user's bitcode can be used as declared: reads, has the symbol with the declared signature, calls nothing but
// itself and LLVM's intrinsics, has no assembly. kBadInput says what is wrong.
Status verify_foreign_bitcode(const ForeignKernel& kernel);

}  // namespace headrace
