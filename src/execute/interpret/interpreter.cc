#include "execute/interpret/interpreter.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "execute/foreign.h"
#include "fuse/rooms.h"
#include "kernel/faults.h"

namespace headrace {

namespace {

constexpr ValueId kNobody = ~ValueId{0};

}  // namespace

RowDomain RowDomain::before(uint32_t row) const {
  if (selection == nullptr) return {row, nullptr, row};
  const uint16_t* end = std::lower_bound(selection, selection + selected, row);
  return {rows, selection, static_cast<uint32_t>(end - selection)};
}

struct Interpreter::Arguments {
  Slot slots[kArgumentsMax];
  bool outlives[kArgumentsMax];  // its memory is nobody's room, so that a result may point into it
  uint32_t count = 0;
};

Interpreter::Interpreter(const Stage& stage, const ConstantPool& constants, bool faults_become_null, bool reuses_rooms)
    : stage_(stage),
      constants_(constants),
      loops_(loop_table()),
      faults_become_null_(faults_become_null),
      room_of_(assign_rooms(stage, reuses_rooms)),
      rooms_(stage.values.size()),
      tenants_(stage.values.size(), kNobody),
      fault_bytes_(stage.values.size()),
      defined_at_(stage.values.size()) {
  for (const Step& step : stage.steps)
    if (const auto* compute = std::get_if<Compute>(&step.node)) defined_at_[compute->out] = step.where;
}

void Interpreter::begin_batch(std::vector<Slot>& slots) {
  keeps_rooms_ = false;
  if constexpr (kPoisonsMemory) {
    for (ValueId value = stage_.source_values; value < slots.size(); ++value) slots[value] = {};
    for (Reused<ScratchColumn>& room : rooms_) room.end();
  }
}

const std::shared_ptr<ScratchColumn>& Interpreter::scratch(ValueId value, std::vector<Slot>& slots) {
  const uint32_t room = room_of_[value];
  if (keeps_rooms_) {
    rooms_[room].forget();
  } else if (tenants_[room] != kNobody) {
    slots[tenants_[room]] = {};
    rooms_[room].end();
  }
  tenants_[room] = value;
  return rooms_[room].get([&] { return std::make_shared<ScratchColumn>(stage_.values[value].type.id); });
}

uint8_t* Interpreter::fault_bytes(ValueId value) {
  if (fault_bytes_[value] == nullptr) fault_bytes_[value] = std::make_unique<uint8_t[]>(limits::kVectorRowsMax);
  return fault_bytes_[value].get();
}

Slot Interpreter::slot_of(Operand operand, const std::vector<Slot>& slots) const {
  if (!operand.constant) return slots[operand.index];
  return {constants_.value(operand.index), constants_.is_null(operand.index) ? kAllZeros : nullptr, nullptr, true,
          nullptr};
}

uint32_t Interpreter::run_kernel(const Overload& kernel, const LoopArguments& loop) const {
  return kernel.id < kForeignOverloadFirst ? loops_.kernels[kernel.id](loop) : foreign_loop(kernel).run(loop);
}

// out.validity = all arguments valid, for every row of the domain's length.
void Interpreter::propagate_nulls(const Arguments& arguments, const RowDomain& domain, Slot& out,
                                  uint8_t* validity) const {
  const uint8_t* only = nullptr;
  bool outlives = false;
  uint32_t nullable = 0;
  bool null_constant = false;
  for (uint32_t i = 0; i < arguments.count; ++i) {
    const Slot& slot = arguments.slots[i];
    if (slot.validity == nullptr) continue;
    if (slot.constant) {
      null_constant |= slot.validity[0] == 0;
    } else {
      only = slot.validity;
      outlives = arguments.outlives[i];
      ++nullable;
    }
  }
  if (null_constant) {
    out.validity = kAllZeros;
    return;
  }
  out.validity = only;
  if (nullable == 0 || (nullable == 1 && outlives)) return;
  std::memcpy(validity, only, domain.rows);
  for (uint32_t i = 0; i < arguments.count; ++i) {
    const uint8_t* other = arguments.slots[i].constant ? nullptr : arguments.slots[i].validity;
    if (other == nullptr || other == only) continue;
    for (uint32_t row = 0; row < domain.rows; ++row) validity[row] &= other[row];
  }
  out.validity = validity;
}

namespace {

template <class Wanted>
uint32_t count_rows(const RowDomain& domain, const Wanted& wanted) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < domain.selected; ++i)
    count += wanted(domain.selection != nullptr ? domain.selection[i] : i) ? 1 : 0;
  return count;
}

}  // namespace

// A plain kernel set a bit on some row, perhaps a null or unselected one, or an argument faulted: runs again where a value
// is really asked for, and notes the rows.
uint32_t Interpreter::find_faults(const Arguments& arguments, const RowDomain& domain, const Overload& kernel,
                                  LoopArguments& loop, Slot& out, uint8_t* validity, ValueId value) {
  uint8_t run[limits::kVectorRowsMax];
  uint8_t inherited[limits::kVectorRowsMax] = {};
  bool inherits = false;
  for (uint32_t i = 0; i < arguments.count; ++i) {
    const uint8_t* faults = arguments.slots[i].faults;
    if (faults == nullptr) continue;
    inherits = true;
    for (uint32_t row = 0; row < domain.rows; ++row) inherited[row] |= faults[row];
  }
  for (uint32_t row = 0; row < domain.rows; ++row)
    run[row] = (out.validity == nullptr || out.validity[row] != 0) && inherited[row] == 0 ? 1 : 0;
  uint8_t* faults = fault_bytes(value);
  std::memset(faults, 0, domain.rows);
  loop.run = run;
  loop.out_faults = faults;
  const uint32_t own = run_kernel(kernel, loop);
  if (own == 0 && !inherits) return 0;
  if (faults_become_null_) {
    for (uint32_t row = 0; row < domain.rows; ++row) {
      const bool valid = out.validity == nullptr || out.validity[row] != 0;
      validity[row] = valid && faults[row] == 0 ? 1 : 0;
    }
    out.validity = validity;
    return count_rows(domain, [&](uint32_t row) { return faults[row] != 0; });
  }
  for (uint32_t row = 0; row < domain.rows; ++row) faults[row] |= inherited[row];
  out.faults = faults;
  keeps_rooms_ = true;
  return 0;
}

uint32_t Interpreter::compute(const Compute& step, const RowDomain& domain, KernelContext& context,
                              std::vector<Slot>& slots) {
  Arguments arguments;
  LoopArguments loop{
      .rows = domain.rows, .selection = domain.selection, .selected = domain.selected, .context = &context};
  bool faulting = false;
  bool nullable = false;
  for (const Operand operand : step.arguments) {
    const uint32_t i = arguments.count++;
    arguments.slots[i] = slot_of(operand, slots);
    arguments.outlives[i] = operand.constant || operand.index < stage_.source_values;
    const Slot& slot = arguments.slots[i];
    loop.data[i] = slot.data;
    loop.validity[i] = slot.validity;
    loop.faults[i] = slot.faults;
    loop.constant_mask |= static_cast<uint32_t>(slot.constant) << i;
    faulting |= slot.faults != nullptr;
    nullable |= slot.validity != nullptr;
  }
  const std::shared_ptr<ScratchColumn>& room = scratch(step.out, slots);
  Slot out{room->data, nullptr, nullptr, false, room};
  uint32_t nulled = 0;
  loop.out = room->data;
  if (step.kernel->function->contract.nulls == Nulls::kSees) {
    loop.out_validity = room->validity;
    loop.out_faults = fault_bytes(step.out);
    run_kernel(*step.kernel, loop);
    if (nullable || faulting) out.validity = room->validity;
    if (faulting) out.faults = loop.out_faults;
  } else {
    propagate_nulls(arguments, domain, out, room->validity);
    const StageValue& declared = stage_.values[step.out];
    loop.checked = faults_become_null_ ? declared.nullable : declared.may_fault;
    const uint32_t bits = run_kernel(*step.kernel, loop);
    if (bits != 0 || faulting)
      nulled = find_faults(arguments, domain, *step.kernel, loop, out, room->validity, step.out);
  }
  slots[step.out] = std::move(out);
  return nulled;
}

std::optional<RowFault> Interpreter::first_fault(Operand operand, const RowDomain& domain,
                                                 const std::vector<Slot>& slots) const {
  if (operand.constant || slots[operand.index].faults == nullptr) return std::nullopt;
  const uint8_t* faults = slots[operand.index].faults;
  for (uint32_t i = 0; i < domain.selected; ++i) {
    const uint32_t row = domain.selection != nullptr ? domain.selection[i] : i;
    if (faults[row] != 0) return RowFault{row, faults[row], defined_at_[operand.index], operand.index};
  }
  return std::nullopt;
}

RowDomain Interpreter::filter(const FilterRows& step, const RowDomain& domain, const std::vector<Slot>& slots,
                              uint16_t* selection_out, std::optional<RowFault>& fault) {
  const Slot slot = slot_of(step.predicate, slots);
  if (slot.constant) {
    const bool passes =
        *static_cast<const uint8_t*>(slot.data) != 0 && (slot.validity == nullptr || slot.validity[0] != 0);
    if (passes) return domain;
    return {domain.rows, selection_out, 0};
  }
  fault = first_fault(step.predicate, domain, slots);
  const auto* value = static_cast<const uint8_t*>(slot.data);
  uint8_t active[limits::kVectorRowsMax];
  if (slot.validity != nullptr) {
    for (uint32_t row = 0; row < domain.rows; ++row) active[row] = value[row] & slot.validity[row];
  } else {
    std::memcpy(active, value, domain.rows);
  }
  if (fault.has_value()) std::memset(active + fault->row, 0, domain.rows - fault->row);
  const uint32_t selected = select_active(active, domain.rows, domain.selection, domain.selected, selection_out);
  if (selected == domain.rows) return domain;
  return {domain.rows, selection_out, selected};
}

void Interpreter::accumulate(const Accumulate& step, const RowDomain& domain, KernelContext& context,
                             const std::vector<Slot>& slots, void* state) {
  AggregateArguments arguments{
      .rows = domain.rows, .selection = domain.selection, .selected = domain.selected, .context = &context};
  for (size_t i = 0; i < step.arguments.size(); ++i) {
    const Slot slot = slot_of(step.arguments[i], slots);
    arguments.data[i] = slot.data;
    arguments.constant_mask |= slot.constant ? 1u << i : 0u;
    arguments.validity[i] = slot.validity;
  }
  loops_.aggregates[step.aggregate->id].update_one(state, arguments);
}

}  // namespace headrace
