// execute/compile/frame.h — what a loop reads from its LoopFrame before the first row, as LLVM values.
#pragma once

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Module.h>

#include <map>
#include <vector>

#include "execute/compile/debug_info.h"
#include "execute/loop.h"

namespace headrace {

// Says that no column written by a loop overlaps any column it reads or another it writes, so that loops over many columns
// vectorise without checks at run time.
class AliasScopes {
 public:
  AliasScopes(llvm::LLVMContext& context, size_t written_count);
  void mark_read(llvm::Instruction* read) const;
  void mark_write(llvm::Instruction* write, size_t written) const;
  // For a copy of 16 bytes from a read column, or to a written one.
  llvm::MDNode* read_scope() const { return scope_list_[0]; }
  llvm::MDNode* read_no_alias() const { return no_alias_[0]; }
  llvm::MDNode* write_scope(size_t written) const { return scope_list_[written + 1]; }
  llvm::MDNode* write_no_alias(size_t written) const { return no_alias_[written + 1]; }

 private:
  std::vector<llvm::MDNode*> scope_list_, no_alias_;  // [0]: everything read
};

struct ColumnPointers {
  llvm::Value* data = nullptr;
  llvm::Value* validity = nullptr;  // nullptr: every row is valid
};

// Room for the values that one Accumulate step takes, in the order of the rows looked at, and whether it takes them.
struct CollectedRows {
  const AggregateOverload* aggregate = nullptr;
  llvm::AllocaInst* values = nullptr;
  llvm::AllocaInst* validity = nullptr;
  uint32_t line = 0;  // of the step
  size_t scope = 0;  // of `values` among the AliasScopes; `validity` has the next
};

// Exact float sums do not vectorise row by row: their values are collected and added behind the row loop by the
// ahead-of-time loop, which takes several at a time.
bool is_collected(const LoopShape& shape, const Accumulate& accumulate);
// How many columns a loop writes, for AliasScopes: values and validity of the outputs, the active rows, what is collected.
size_t written_columns(const LoopShape& shape);

struct FrameValues {
  llvm::Value* rows = nullptr;  // i64
  llvm::Value* selected = nullptr;  // i64
  llvm::Value* selection = nullptr;
  llvm::Value* active = nullptr;  // nullptr: the loop has no filter
  llvm::Value* context = nullptr;
  llvm::Value* caller_nulled = nullptr;  // where the counts go at the end; nullptr: no step has any
  std::vector<ColumnPointers> inputs, outputs;  // by LoopShape::inputs and ::outputs
  std::map<uint32_t, llvm::Value*> constants;  // by Stage::constants index; memory; absent: a null literal
  std::map<uint32_t, llvm::AllocaInst*> states;  // by slot; a copy that lives in registers; unless collected
  std::map<uint32_t, CollectedRows> collected;  // by slot
  std::map<uint32_t, llvm::Value*> caller_states;  // by slot; where the copy goes at the end
  llvm::AllocaInst* faults = nullptr;  // i32
  std::map<uint32_t, llvm::AllocaInst*> nulled;  // i32, by step of the loop; of those that may make nulls of faults
};

// Makes room on the stack; all of it at the start of the function, where LLVM turns it into registers.
llvm::AllocaInst* make_room(llvm::Function& function, llvm::Type* type, uint64_t alignment, const char* name);

// Emits the reads at the builder's place.
FrameValues read_frame(llvm::IRBuilder<>& builder, llvm::Module& module, const LoopShape& shape, llvm::Argument* frame);
// Adds the counts of nulls that were faults to LoopFrame::nulled.
void write_nulled(llvm::IRBuilder<>& builder, const FrameValues& frame);
// Writes the states back and adds what was collected, which are lines of the steps that collect.
void write_states(llvm::IRBuilder<>& builder, llvm::Module& module, const FrameValues& frame, const StepLines& lines);

}  // namespace headrace
