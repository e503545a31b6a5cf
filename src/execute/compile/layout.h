// execute/compile/layout.h — how logical types lie in memory, in LLVM's terms.
#pragma once

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Module.h>

#include "fuse/stage.h"
#include "kernel/faults.h"

namespace headrace {

// Integers of the type's width, float, double; [2 x i64] for text layouts and intervals.
llvm::Type* memory_type(llvm::LLVMContext& context, TypeId id);
bool is_pair(TypeId id);  // [2 x i64]: copied as bytes, never loaded as one value

// Outcome<T> of kernel/faults.h: {T value; i8 valid; i32 fault}.
struct OutcomeLayout {
  uint32_t valid_offset, fault_offset, bytes;
};
OutcomeLayout outcome_layout(TypeId id);

// Alignment that every vector, constant and Outcome keeps; decimals in Arrow memory may lie at 8.
llvm::Align memory_alignment(TypeId id);

// Writes a literal that is not null to `to`, in vector layout. Long text becomes a global.
void store_literal(llvm::IRBuilder<>& builder, llvm::Module& module, const Value& value, llvm::Value* to);

}  // namespace headrace
