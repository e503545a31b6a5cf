// execute/interpret/interpreter.h — the tier that needs no compiler: every step is one ahead-of-time loop over a vector.
// It is also the exact one: it knows which rows fault (docs/faults.md).
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "execute/constants.h"
#include "execute/slot.h"
#include "fuse/stage.h"
#include "kernel/loops.h"

namespace headrace {

// The rows that a step looks at.
struct RowDomain {
  uint32_t rows = 0;  // length of the slots
  const uint16_t* selection = nullptr;  // ascending; nullptr: all rows
  uint32_t selected = 0;  // equals rows when selection is nullptr

  RowDomain before(uint32_t row) const;  // the rows of the domain before `row`
};

// A row whose value faulted under the policy `fail`.
struct RowFault {
  uint32_t row = 0;  // of the domain
  uint32_t bits = 0;
  TextPosition where;  // of the step that gave the value
  ValueId value = 0;  // that carries the fault
};

// Runs single steps for one worker. Slots are indexed by ValueId and belong to the caller.
class Interpreter {
 public:
  // `reuses_rooms`: values share memory (fuse/rooms.h).
  Interpreter(const Stage& stage, const ConstantPool& constants, bool faults_become_null, bool reuses_rooms = true);

  // How many values of the domain are null since the kernel faulted there, where faults become null.
  uint32_t compute(const Compute& step, const RowDomain& domain, KernelContext& context, std::vector<Slot>& slots);

  // Narrows the domain to the rows that pass; `selection_out` has room for limits::kVectorRowsMax + 8. When the predicate
  // faults on some row, fills `fault` with the first such row, and only rows before it can pass.
  RowDomain filter(const FilterRows& step, const RowDomain& domain, const std::vector<Slot>& slots,
                   uint16_t* selection_out, std::optional<RowFault>& fault);

  // The first selected row on which the value faults.
  std::optional<RowFault> first_fault(Operand operand, const RowDomain& domain, const std::vector<Slot>& slots) const;

  void accumulate(const Accumulate& step, const RowDomain& domain, KernelContext& context,
                  const std::vector<Slot>& slots, void* state);

  Slot slot_of(Operand operand, const std::vector<Slot>& slots) const;

  // Room for a value; fresh when a consumer still holds the last one. Ends the slot of the value that had it before
  // (fuse/rooms.h).
  const std::shared_ptr<ScratchColumn>& scratch(ValueId value, std::vector<Slot>& slots);

  // Ends the values of the batch before. One in which a row faults keeps what it computes from there on, so that the fault can be described.
  void begin_batch(std::vector<Slot>& slots);

 private:
  struct Arguments;
  void propagate_nulls(const Arguments& arguments, const RowDomain& domain, Slot& out, uint8_t* validity) const;
  uint32_t find_faults(const Arguments& arguments, const RowDomain& domain, const Overload& kernel, LoopArguments& loop,
                       Slot& out, uint8_t* validity, ValueId value);
  uint32_t run_kernel(const Overload& kernel, const LoopArguments& loop) const;
  uint8_t* fault_bytes(ValueId value);

  const Stage& stage_;
  const ConstantPool& constants_;
  const LoopTable& loops_;
  const bool faults_become_null_;
  const std::vector<uint32_t> room_of_;  // by ValueId
  std::vector<Reused<ScratchColumn>> rooms_;
  std::vector<ValueId> tenants_;  // by room: the value that was last there
  bool keeps_rooms_ = false;
  std::vector<std::unique_ptr<uint8_t[]>> fault_bytes_;  // by ValueId; made when a value first faults
  std::vector<TextPosition> defined_at_;  // by ValueId
};

}  // namespace headrace
