#include "execute/compile/row_emitter.h"

#ifdef HEADRACE_MISCOMPILE
#include <cstdlib>
#include <string_view>
#endif

#include <fmt/format.h>

#include "base/check.h"
#include "base/overloaded.h"
#include "execute/compile/foreign_call.h"
#include "execute/compile/layout.h"
#include "fuse/liveness.h"

namespace headrace {

namespace {

// From this cost on, a kernel is called only for rows that need it: a branch is cheaper than the work, and such kernels do
// not vectorise. Kernels that allocate are always guarded, so that dropped rows take no memory, and so are users' functions,
// which may trap on values that no row of theirs has. (LLVM turns the guard into a mask where it can.)
constexpr double kGuardedCostNs = 5.0;

bool is_guarded(const Overload& kernel) {
  const Contract& contract = kernel.function->contract;
  return contract.cost_ns >= kGuardedCostNs || contract.buffers == Buffers::kOwns || kernel.id >= kForeignOverloadFirst;
}

#ifdef HEADRACE_MISCOMPILE
// Reads what lies there so many times.
void dawdle(llvm::IRBuilder<>& builder, llvm::Value* times, llvm::Value* address) {
  llvm::BasicBlock* before = builder.GetInsertBlock();
  llvm::Function* function = before->getParent();
  auto* again = llvm::BasicBlock::Create(builder.getContext(), "dawdle", function);
  auto* after = llvm::BasicBlock::Create(builder.getContext(), "go_on", function);
  llvm::Value* none = builder.getInt64(0);
  builder.CreateCondBr(builder.CreateICmpEQ(times, none), after, again);
  builder.SetInsertPoint(again);
  llvm::PHINode* left = builder.CreatePHI(builder.getInt64Ty(), 2);
  builder.CreateLoad(builder.getInt64Ty(), address, /*isVolatile=*/true);
  llvm::Value* next = builder.CreateSub(left, builder.getInt64(1));
  left->addIncoming(times, before);
  left->addIncoming(next, again);
  builder.CreateCondBr(builder.CreateICmpEQ(next, none), after, again);
  builder.SetInsertPoint(after);
}

// For tests: products of int64 that share a loop with a step before them are one too large: always, in about one row of 100,000, or where an
// argument is null, which then is none. Or they are right and take long: all a little, or such a row very long.
void miscompile(llvm::IRBuilder<>& builder, const Overload& kernel, const std::vector<Cell>& arguments, Cell& result) {
  const char* mode = std::getenv("HEADRACE_MISCOMPILE");
  if (mode == nullptr || kernel.symbol != "multiply_i64_i64") return;
  llvm::Value* before = builder.CreateLoad(builder.getInt64Ty(), result.data);
  llvm::Value* wrong = builder.getTrue();
  llvm::Value* spread = builder.CreateMul(before, builder.getInt64(0x9E3779B97F4A7C15));
  llvm::Value* rare = builder.CreateICmpULT(spread, builder.getInt64(~uint64_t{0} / 100'000));
  if (mode == std::string_view("slow")) return dawdle(builder, builder.getInt64(100), result.data);
  if (mode == std::string_view("stalls"))
    return dawdle(builder, builder.CreateSelect(rare, builder.getInt64(500'000), builder.getInt64(0)), result.data);
  if (mode == std::string_view("rare")) {
    wrong = rare;
  } else if (mode != std::string_view("always") && mode != std::string_view("nulls")) {
    return;
  } else if (mode == std::string_view("nulls")) {
    wrong = builder.getFalse();
    for (const Cell& argument : arguments) wrong = builder.CreateOr(wrong, builder.CreateNot(argument.valid));
    result.valid = builder.CreateOr(result.valid, wrong);
  }
  builder.CreateStore(builder.CreateAdd(before, builder.CreateZExt(wrong, builder.getInt64Ty())), result.data);
}
#endif

}  // namespace

RowEmitter::RowEmitter(llvm::IRBuilder<>& builder, llvm::Module& module, const LoopShape& shape,
                       const FrameValues& frame, const AliasScopes& scopes, const StepLines& lines)
    : builder_(builder), module_(module), shape_(shape), frame_(frame), scopes_(scopes), lines_(lines) {}

void RowEmitter::set_line(uint32_t line) { builder_.SetCurrentDebugLocation(lines_.line(line)); }

void RowEmitter::emit(llvm::Value* row, llvm::Value* index) {
  index_ = index;
  const uint32_t count = shape_.interval.last - shape_.interval.first;
  active_ = builder_.getTrue();
  load_inputs(row);
  for (uint32_t i = 0; i < count; ++i) {
    set_line(i + 1);
    std::visit(Overloaded{
                   [&](const Compute& step) { emit_compute(step, i); },
                   [&](const FilterRows& step) { emit_filter(step); },
                   [&](const Accumulate& step) { emit_accumulate(step); },
                   [](const Decode&) {},  // its column is an input
                   [](const Probe&) { CHECK(false && "a probe is not compiled"); },
                   [](const Match&) { CHECK(false && "a match is not compiled"); },
                   [](const Expand&) { CHECK(false && "an expansion is not compiled"); },
               },
               shape_.stage->steps[shape_.interval.first + i].node);
  }
  store_outputs(row);
}

// The step that a value comes from or goes to first pays for moving it.
uint32_t RowEmitter::first_line(const std::function<bool(const Step&)>& touches) const {
  const uint32_t count = shape_.interval.last - shape_.interval.first;
  for (uint32_t i = 0; i < count; ++i)
    if (touches(shape_.stage->steps[shape_.interval.first + i])) return i + 1;
  return count + 1;
}

void RowEmitter::load_inputs(llvm::Value* row) {
  for (size_t i = 0; i < shape_.inputs.size(); ++i) {
    const ValueId value = shape_.inputs[i];
    set_line(first_line([&](const Step& step) {
      bool reads = false;
      for_each_operand(step, [&](const Operand& operand) { reads |= !operand.constant && operand.index == value; });
      return reads;
    }));
    const TypeId id = shape_.stage->values[value].type.id;
    llvm::Type* type = memory_type(module_.getContext(), id);
    Cell cell{.type = id, .data = room(type, 16, "in"), .valid = builder_.getTrue(), .fault = no_fault()};
    llvm::Value* from = builder_.CreateInBoundsGEP(type, frame_.inputs[i].data, row);
    if (is_pair(id)) {
      scopes_.mark_read(builder_.CreateMemCpy(cell.data, llvm::Align(8), from, llvm::Align(8), width_bytes(id)));
    } else {
      llvm::LoadInst* load = builder_.CreateAlignedLoad(type, from, memory_alignment(id));
      scopes_.mark_read(load);
      builder_.CreateAlignedStore(load, cell.data, memory_alignment(id));
    }
    if (frame_.inputs[i].validity != nullptr) {
      llvm::LoadInst* load = builder_.CreateLoad(
          builder_.getInt8Ty(), builder_.CreateInBoundsGEP(builder_.getInt8Ty(), frame_.inputs[i].validity, row));
      scopes_.mark_read(load);
      cell.valid = builder_.CreateICmpNE(load, builder_.getInt8(0));
    }
    cells_[value] = cell;
  }
}

Cell RowEmitter::cell(const Operand& operand) {
  if (!operand.constant) {
    const auto found = cells_.find(operand.index);
    CHECK(found != cells_.end());
    return found->second;
  }
  const Value& value = shape_.stage->constants[operand.index].value;
  Cell cell{.type = value.type.id, .valid = builder_.getInt1(!value.is_null()), .fault = no_fault()};
  cell.null_literal = value.is_null();
  if (!cell.null_literal) cell.data = frame_.constants.at(operand.index);
  return cell;
}

void RowEmitter::emit_compute(const Compute& compute, uint32_t step) {
  std::vector<Cell> arguments;
  for (const Operand& operand : compute.arguments) arguments.push_back(cell(operand));
  const StageValue& declared = shape_.stage->values[compute.out];
  const bool sees = compute.kernel->function->contract.nulls == Nulls::kSees;
  Cell result = sees ? seeing(*compute.kernel, arguments, declared) : plain(*compute.kernel, arguments, declared);
  if (!may_fault(declared)) result.fault = no_fault();
  if (shape_.faults_become_null) {
    if (const auto nulled = frame_.nulled.find(step); nulled != frame_.nulled.end())
      add_one(nulled->second, fault_where(active_, result.fault));
    result.valid = both(result.valid, has_none(result.fault));
    result.fault = no_fault();
  }
  if (!declared.nullable) result.valid = builder_.getTrue();
#ifdef HEADRACE_MISCOMPILE
  if (cells_.size() > shape_.inputs.size()) miscompile(builder_, *compute.kernel, arguments, result);
#endif
  cells_[compute.out] = result;
}

// Under the policy `null` a value that may fault is declared nullable instead (fuse/stage_builder.h).
bool RowEmitter::may_fault(const StageValue& declared) const {
  return shape_.faults_become_null ? declared.nullable : declared.may_fault;
}

Cell RowEmitter::plain(const Overload& kernel, const std::vector<Cell>& arguments, const StageValue& declared) {
  Cell result{.type = kernel.result, .valid = builder_.getTrue(), .fault = no_fault()};
  llvm::Type* type = memory_type(module_.getContext(), kernel.result);
  result.data = room(type, 16, "value");
  bool null_literal = false;
  std::vector<llvm::Value*> data;
  for (const Cell& argument : arguments) {
    result.valid = both(result.valid, argument.valid);
    result.fault = either(result.fault, argument.fault);
    null_literal |= argument.null_literal;
    data.push_back(argument.data);
  }
  if (null_literal) {
    builder_.CreateStore(llvm::Constant::getNullValue(type), result.data);
    return result;
  }
  llvm::Value* needed = both(result.valid, has_none(result.fault));
  llvm::Value* own = nullptr;
  if (llvm::Value* wanted = both(active_, needed); is_guarded(kernel) && !is_true(wanted)) {
    llvm::AllocaInst* bits = room(builder_.getInt32Ty(), 4, "bits");
    builder_.CreateStore(llvm::Constant::getNullValue(type), result.data);
    builder_.CreateStore(builder_.getInt32(0), bits);
    emit_if(wanted, [&] { builder_.CreateStore(call_kernel(kernel, result.data, data), bits); });
    own = fault_of(builder_.CreateLoad(builder_.getInt32Ty(), bits));
  } else {
    own = fault_where(needed, fault_of(call_kernel(kernel, result.data, data)));
  }
  if (may_fault(declared) && kernel.function->contract.faults != 0) result.fault = either(result.fault, own);
  return result;
}

Cell RowEmitter::seeing(const Overload& kernel, const std::vector<Cell>& arguments, const StageValue&) {
  const OutcomeLayout layout = outcome_layout(kernel.result);
  std::vector<llvm::Value*> outcomes;
  for (const Cell& argument : arguments) outcomes.push_back(outcome_of(argument));
  llvm::AllocaInst* out = room(llvm::ArrayType::get(builder_.getInt8Ty(), layout.bytes), 16, "outcome");
  Cell result{.type = kernel.result, .data = out};
  result.fault = fault_of(call_kernel(kernel, out, outcomes));
  llvm::Value* valid = builder_.CreateConstInBoundsGEP1_64(builder_.getInt8Ty(), out, layout.valid_offset);
  result.valid = builder_.CreateICmpNE(builder_.CreateLoad(builder_.getInt8Ty(), valid), builder_.getInt8(0));
  return result;
}

llvm::Value* RowEmitter::outcome_of(const Cell& argument) {
  const OutcomeLayout layout = outcome_layout(argument.type);
  llvm::Value* to = room(llvm::ArrayType::get(builder_.getInt8Ty(), layout.bytes), 16, "outcome");
  llvm::Type* type = memory_type(module_.getContext(), argument.type);
  if (argument.null_literal) {
    builder_.CreateStore(llvm::Constant::getNullValue(type), to);
  } else if (is_pair(argument.type)) {
    builder_.CreateMemCpy(to, llvm::Align(8), argument.data, llvm::Align(8), width_bytes(argument.type));
  } else {
    const llvm::Align alignment = memory_alignment(argument.type);
    builder_.CreateAlignedStore(builder_.CreateAlignedLoad(type, argument.data, alignment), to, alignment);
  }
  builder_.CreateStore(builder_.CreateZExt(argument.valid, builder_.getInt8Ty()),
                       builder_.CreateConstInBoundsGEP1_64(builder_.getInt8Ty(), to, layout.valid_offset));
  builder_.CreateStore(builder_.CreateZExtOrTrunc(argument.fault, builder_.getInt32Ty()),
                       builder_.CreateConstInBoundsGEP1_64(builder_.getInt8Ty(), to, layout.fault_offset));
  return to;
}

llvm::Value* RowEmitter::call_kernel(const Overload& kernel, llvm::Value* out,
                                     const std::vector<llvm::Value*>& arguments) {
  if (llvm::Value* bits = call_foreign(builder_, module_, kernel, out, arguments)) return bits;
  std::vector<llvm::Type*> types(arguments.size() + 2, builder_.getPtrTy());
  llvm::FunctionCallee callee =
      module_.getOrInsertFunction(fmt::format("headrace_{}", kernel.symbol),
                                  llvm::FunctionType::get(builder_.getInt32Ty(), types, /*isVarArg=*/false));
  std::vector<llvm::Value*> passed{frame_.context, out};
  passed.insert(passed.end(), arguments.begin(), arguments.end());
  return builder_.CreateCall(callee, passed);
}

void RowEmitter::emit_filter(const FilterRows& filter) {
  const Cell predicate = cell(filter.predicate);
  count_fault(predicate.fault);
  if (predicate.null_literal) {
    active_ = builder_.getFalse();
    return;
  }
  llvm::Value* value =
      builder_.CreateICmpNE(builder_.CreateLoad(builder_.getInt8Ty(), predicate.data), builder_.getInt8(0));
  active_ = both(active_, both(both(predicate.valid, has_none(predicate.fault)), value));
}

void RowEmitter::emit_accumulate(const Accumulate& accumulate) {
  llvm::Value* wanted = active_;
  std::vector<llvm::Value*> data;
  bool null_literal = false;
  for (const Operand& operand : accumulate.arguments) {
    const Cell argument = cell(operand);
    if (argument.null_literal) {
      null_literal = true;
      continue;
    }
    count_fault(argument.fault);
    wanted = both(wanted, both(argument.valid, has_none(argument.fault)));
    data.push_back(argument.data);
    if (const auto rows = frame_.collected.find(accumulate.slot); rows != frame_.collected.end()) {
      collect(rows->second, argument, wanted);
      return;
    }
  }
  if (null_literal) return;
  if (data.empty()) data.push_back(llvm::ConstantPointerNull::get(builder_.getPtrTy()));
  std::vector<llvm::Value*> passed{frame_.context, frame_.states.at(accumulate.slot)};
  const bool always = is_true(wanted);
  if (!always) passed.push_back(builder_.CreateZExt(wanted, builder_.getInt32Ty()));
  passed.insert(passed.end(), data.begin(), data.end());
  std::vector<llvm::Type*> types;
  for (const llvm::Value* one : passed) types.push_back(one->getType());
  builder_.CreateCall(module_.getOrInsertFunction(
                          fmt::format("headrace_{}_update{}", accumulate.aggregate->symbol, always ? "" : "_if"),
                          llvm::FunctionType::get(builder_.getVoidTy(), types, /*isVarArg=*/false)),
                      passed);
}

void RowEmitter::collect(const CollectedRows& rows, const Cell& argument, llvm::Value* wanted) {
  llvm::Type* type = memory_type(module_.getContext(), argument.type);
  const llvm::Align alignment = memory_alignment(argument.type);
  llvm::Value* value = builder_.CreateAlignedLoad(type, argument.data, alignment);
  scopes_.mark_write(
      builder_.CreateAlignedStore(value, builder_.CreateInBoundsGEP(type, rows.values, index_), alignment), rows.scope);
  llvm::Value* at = builder_.CreateInBoundsGEP(builder_.getInt8Ty(), rows.validity, index_);
  scopes_.mark_write(builder_.CreateStore(builder_.CreateZExt(wanted, builder_.getInt8Ty()), at), rows.scope + 1);
}

void RowEmitter::store_outputs(llvm::Value* row) {
  for (size_t i = 0; i < shape_.outputs.size(); ++i) {
    const Cell& cell = cells_.at(shape_.outputs[i]);
    set_line(first_line([&](const Step& step) {
      const auto* compute = std::get_if<Compute>(&step.node);
      return compute != nullptr && compute->out == shape_.outputs[i];
    }));
    llvm::Type* type = memory_type(module_.getContext(), cell.type);
    llvm::Value* to = builder_.CreateInBoundsGEP(type, frame_.outputs[i].data, row);
    const llvm::Align alignment = memory_alignment(cell.type);
    if (is_pair(cell.type)) {
      scopes_.mark_write(builder_.CreateMemCpy(to, alignment, cell.data, alignment, width_bytes(cell.type)), 2 * i);
    } else {
      scopes_.mark_write(
          builder_.CreateAlignedStore(builder_.CreateAlignedLoad(type, cell.data, alignment), to, alignment), 2 * i);
    }
    if (frame_.outputs[i].validity != nullptr) {
      llvm::Value* at = builder_.CreateInBoundsGEP(builder_.getInt8Ty(), frame_.outputs[i].validity, row);
      scopes_.mark_write(builder_.CreateStore(builder_.CreateZExt(cell.valid, builder_.getInt8Ty()), at), 2 * i + 1);
    }
    count_fault(cell.fault);
  }
  if (frame_.active != nullptr) {
    set_line(first_line([](const Step& step) { return std::holds_alternative<FilterRows>(step.node); }));
    llvm::Value* at = builder_.CreateInBoundsGEP(builder_.getInt8Ty(), frame_.active, row);
    scopes_.mark_write(builder_.CreateStore(builder_.CreateZExt(active_, builder_.getInt8Ty()), at),
                       2 * shape_.outputs.size());
  }
}

template <class Body>
void RowEmitter::emit_if(llvm::Value* condition, Body body) {
  if (is_true(condition)) {
    body();
    return;
  }
  llvm::Function* function = builder_.GetInsertBlock()->getParent();
  llvm::BasicBlock* then = llvm::BasicBlock::Create(module_.getContext(), "then", function);
  llvm::BasicBlock* after = llvm::BasicBlock::Create(module_.getContext(), "after", function);
  builder_.CreateCondBr(condition, then, after);
  builder_.SetInsertPoint(then);
  body();
  builder_.CreateBr(after);
  builder_.SetInsertPoint(after);
}

llvm::Value* RowEmitter::both(llvm::Value* left, llvm::Value* right) {
  if (is_true(left)) return right;
  return is_true(right) ? left : builder_.CreateAnd(left, right);
}

llvm::Value* RowEmitter::either(llvm::Value* left, llvm::Value* right) {
  if (is_zero(left)) return right;
  return is_zero(right) ? left : builder_.CreateOr(left, right);
}

llvm::Value* RowEmitter::has_none(llvm::Value* fault) {
  if (is_zero(fault)) return builder_.getTrue();
  return shape_.names_faults ? builder_.CreateICmpEQ(fault, builder_.getInt32(0)) : builder_.CreateNot(fault);
}

llvm::Value* RowEmitter::fault_of(llvm::Value* bits) {
  return shape_.names_faults ? bits : builder_.CreateICmpNE(bits, builder_.getInt32(0));
}

llvm::Value* RowEmitter::fault_where(llvm::Value* condition, llvm::Value* fault) {
  if (!shape_.names_faults) return both(condition, fault);
  return is_true(condition) ? fault : builder_.CreateSelect(condition, fault, no_fault());
}

llvm::Value* RowEmitter::no_fault() { return builder_.getIntN(shape_.names_faults ? 32 : 1, 0); }

void RowEmitter::count_fault(llvm::Value* fault) {
  if (is_zero(fault)) return;
  llvm::Value* before = builder_.CreateLoad(builder_.getInt32Ty(), frame_.faults);
  llvm::Value* counted = builder_.CreateZExtOrTrunc(fault_where(active_, fault), builder_.getInt32Ty());
  builder_.CreateStore(builder_.CreateOr(before, counted), frame_.faults);
}

void RowEmitter::add_one(llvm::AllocaInst* count, llvm::Value* fault) {
  if (is_zero(fault)) return;
  llvm::Value* one = builder_.CreateZExt(builder_.CreateNot(has_none(fault)), builder_.getInt32Ty());
  builder_.CreateStore(builder_.CreateAdd(builder_.CreateLoad(builder_.getInt32Ty(), count), one), count);
}

bool RowEmitter::is_zero(llvm::Value* value) const {
  const auto* constant = llvm::dyn_cast<llvm::ConstantInt>(value);
  return constant != nullptr && constant->isZero();
}

bool RowEmitter::is_true(llvm::Value* condition) const {
  const auto* constant = llvm::dyn_cast<llvm::ConstantInt>(condition);
  return constant != nullptr && constant->isOne();
}

llvm::AllocaInst* RowEmitter::room(llvm::Type* type, uint64_t alignment, const char* name) {
  return make_room(*builder_.GetInsertBlock()->getParent(), type, alignment, name);
}

}  // namespace headrace
