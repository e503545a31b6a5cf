// execute/compile/row_emitter.h — the steps of a loop for one row: masks and selects instead of branches, so that LLVM can
// make the loop around them a vector loop.
#pragma once

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Module.h>

#include <functional>
#include <unordered_map>
#include <vector>

#include "execute/compile/debug_info.h"
#include "execute/compile/frame.h"
#include "execute/loop.h"

namespace headrace {

// A value of one row. Data lies in stack room that SROA turns into registers; kernels take its address.
struct Cell {
  TypeId type = TypeId::kNull;
  llvm::Value* data = nullptr;
  llvm::Value* valid = nullptr;  // i1
  llvm::Value* fault =
      nullptr;  // i1: it faulted (which fault, the interpreter finds out); i32 bits if the shape names faults
  bool null_literal = false;  // no data at all
};

class RowEmitter {
 public:
  // `lines`: the function that step lines belong to; step i of the interval gets line i + 1, and so do the loads of what it reads first and the
  // stores of what it gives; everything else gets the line after the last step's.
  RowEmitter(llvm::IRBuilder<>& builder, llvm::Module& module, const LoopShape& shape, const FrameValues& frame,
             const AliasScopes& scopes, const StepLines& lines);

  // Emits everything for row `row` (i64), the `index`-th that is looked at, at the builder's place, and leaves the builder
  // where the row is done.
  void emit(llvm::Value* row, llvm::Value* index);

 private:
  uint32_t first_line(const std::function<bool(const Step&)>& touches) const;
  void load_inputs(llvm::Value* row);
  void emit_compute(const Compute& compute, uint32_t step);
  void emit_filter(const FilterRows& filter);
  void emit_accumulate(const Accumulate& accumulate);
  void collect(const CollectedRows& rows, const Cell& argument, llvm::Value* wanted);
  void store_outputs(llvm::Value* row);

  Cell cell(const Operand& operand);
  Cell plain(const Overload& kernel, const std::vector<Cell>& arguments, const StageValue& declared);
  Cell seeing(const Overload& kernel, const std::vector<Cell>& arguments, const StageValue& declared);
  llvm::Value* call_kernel(const Overload& kernel, llvm::Value* out, const std::vector<llvm::Value*>& arguments);
  llvm::Value* outcome_of(const Cell& argument);

  // Emits `body` under `condition` and continues behind it.
  template <class Body>
  void emit_if(llvm::Value* condition, Body body);

  llvm::Value* both(llvm::Value* left, llvm::Value* right);  // i1
  llvm::Value* either(llvm::Value* left, llvm::Value* right);  // faults
  llvm::Value* no_fault();
  llvm::Value* has_none(llvm::Value* fault);  // i1
  llvm::Value* fault_of(llvm::Value* bits);  // that a kernel returned
  llvm::Value* fault_where(llvm::Value* condition, llvm::Value* fault);
  bool is_zero(llvm::Value* value) const;
  void count_fault(llvm::Value* fault);  // where the row is active
  void add_one(llvm::AllocaInst* count, llvm::Value* fault);  // where it is one
  bool is_true(llvm::Value* condition) const;
  bool may_fault(const StageValue& declared) const;
  llvm::AllocaInst* room(llvm::Type* type, uint64_t alignment, const char* name);
  void set_line(uint32_t line);

  llvm::IRBuilder<>& builder_;
  llvm::Module& module_;
  const LoopShape& shape_;
  const FrameValues& frame_;
  const AliasScopes& scopes_;
  const StepLines& lines_;
  llvm::Value* active_ = nullptr;  // i1
  llvm::Value* index_ = nullptr;  // i64
  std::unordered_map<ValueId, Cell> cells_;
};

}  // namespace headrace
