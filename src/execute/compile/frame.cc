#include "execute/compile/frame.h"

#include <llvm/IR/MDBuilder.h>

#include "execute/compile/layout.h"
#include "kernel/loops.h"

namespace headrace {

AliasScopes::AliasScopes(llvm::LLVMContext& context, size_t written_count) {
  llvm::MDBuilder builder(context);
  llvm::MDNode* domain = builder.createAnonymousAliasScopeDomain("loop");
  std::vector<llvm::Metadata*> scopes;
  for (size_t i = 0; i <= written_count; ++i) scopes.push_back(builder.createAnonymousAliasScope(domain));
  for (size_t i = 0; i <= written_count; ++i) {
    scope_list_.push_back(llvm::MDNode::get(context, {scopes[i]}));
    std::vector<llvm::Metadata*> others;
    for (size_t other = 0; other <= written_count; ++other) {
      if (other != i) others.push_back(scopes[other]);
    }
    no_alias_.push_back(llvm::MDNode::get(context, others));
  }
}

void AliasScopes::mark_read(llvm::Instruction* read) const {
  read->setMetadata(llvm::LLVMContext::MD_alias_scope, read_scope());
  read->setMetadata(llvm::LLVMContext::MD_noalias, read_no_alias());
}

void AliasScopes::mark_write(llvm::Instruction* write, size_t written) const {
  write->setMetadata(llvm::LLVMContext::MD_alias_scope, write_scope(written));
  write->setMetadata(llvm::LLVMContext::MD_noalias, write_no_alias(written));
}

namespace {

// Each takes 18 KiB of stack.
constexpr size_t kCollectedMax = 8;

}  // namespace

bool is_collected(const LoopShape& shape, const Accumulate& accumulate) {
  if (accumulate.slot >= kCollectedMax || accumulate.arguments.size() != 1) return false;
  const Operand argument = accumulate.arguments[0];
  if (argument.constant && shape.stage->constants[argument.index].value.is_null()) return false;
  return accumulate.aggregate->symbol == "sum_f64" || accumulate.aggregate->symbol == "avg_f64";
}

size_t written_columns(const LoopShape& shape) {
  size_t count = 2 * shape.outputs.size() + 1;
  for (uint32_t i = shape.interval.first; i < shape.interval.last; ++i) {
    const auto* accumulate = std::get_if<Accumulate>(&shape.stage->steps[i].node);
    if (accumulate != nullptr && is_collected(shape, *accumulate)) count += 2;
  }
  return count;
}

llvm::AllocaInst* make_room(llvm::Function& function, llvm::Type* type, uint64_t alignment, const char* name) {
  llvm::BasicBlock& entry = function.getEntryBlock();
  llvm::IRBuilder<> builder(&entry, entry.begin());
  llvm::AllocaInst* room = builder.CreateAlloca(type, nullptr, name);
  room->setAlignment(llvm::Align(alignment));
  return room;
}

namespace {

class FrameReader {
 public:
  FrameReader(llvm::IRBuilder<>& builder, llvm::Module& module, const LoopShape& shape, llvm::Argument* frame)
      : builder_(builder), module_(module), shape_(shape), frame_(frame) {}

  FrameValues read() {
    FrameValues values;
    values.rows =
        builder_.CreateZExt(field(builder_.getInt32Ty(), offsetof(LoopFrame, rows)), builder_.getInt64Ty(), "rows");
    values.selected = builder_.CreateZExt(field(builder_.getInt32Ty(), offsetof(LoopFrame, selected)),
                                          builder_.getInt64Ty(), "selected");
    values.selection = pointer(frame_, offsetof(LoopFrame, selection));
    values.context = pointer(frame_, offsetof(LoopFrame, context));
    if (shape_.has_filter) values.active = pointer(frame_, offsetof(LoopFrame, active));
    read_columns(values);
    read_constants(values);
    read_states(values);
    values.faults = make_count("faults");
    if (shape_.faults_become_null) read_nulled(values);
    return values;
  }

 private:
  llvm::Function& function() { return *builder_.GetInsertBlock()->getParent(); }
  llvm::Value* at(llvm::Value* base, uint64_t bytes) {
    return bytes == 0 ? base : builder_.CreateConstInBoundsGEP1_64(builder_.getInt8Ty(), base, bytes);
  }
  llvm::Value* pointer(llvm::Value* base, uint64_t bytes) {
    return builder_.CreateLoad(builder_.getPtrTy(), at(base, bytes));
  }
  llvm::Value* field(llvm::Type* type, uint64_t bytes) { return builder_.CreateLoad(type, at(frame_, bytes)); }

  // A nullable input may come without validity: then a row of ones stands in, so that the loop itself has no branch.
  llvm::Value* validity_or_ones(llvm::Value* validity) {
    llvm::Constant* ones = module_.getOrInsertGlobal(
        "_ZN8headrace8kAllOnesE", llvm::ArrayType::get(builder_.getInt8Ty(), limits::kVectorRowsMax));
    return builder_.CreateSelect(builder_.CreateIsNull(validity), ones, validity);
  }

  void read_columns(FrameValues& values) {
    llvm::Value* inputs = pointer(frame_, offsetof(LoopFrame, inputs));
    for (size_t i = 0; i < shape_.inputs.size(); ++i) {
      ColumnPointers column{.data = pointer(inputs, i * sizeof(ColumnIn) + offsetof(ColumnIn, data))};
      if (shape_.stage->values[shape_.inputs[i]].nullable) {
        column.validity = validity_or_ones(pointer(inputs, i * sizeof(ColumnIn) + offsetof(ColumnIn, validity)));
      }
      values.inputs.push_back(column);
    }
    llvm::Value* outputs = pointer(frame_, offsetof(LoopFrame, outputs));
    for (size_t i = 0; i < shape_.outputs.size(); ++i) {
      ColumnPointers column{.data = pointer(outputs, i * sizeof(ColumnOut) + offsetof(ColumnOut, data))};
      if (shape_.stage->values[shape_.outputs[i]].nullable) {
        column.validity = pointer(outputs, i * sizeof(ColumnOut) + offsetof(ColumnOut, validity));
      }
      values.outputs.push_back(column);
    }
  }

  llvm::AllocaInst* make_count(const char* name) {
    llvm::AllocaInst* count = make_room(function(), builder_.getInt32Ty(), 4, name);
    builder_.CreateStore(builder_.getInt32(0), count);
    return count;
  }

  void read_nulled(FrameValues& values) {
    for (uint32_t i = shape_.interval.first; i < shape_.interval.last; ++i) {
      const auto* compute = std::get_if<Compute>(&shape_.stage->steps[i].node);
      if (compute == nullptr) continue;
      const Contract& contract = compute->kernel->function->contract;
      if (contract.faults != 0 && contract.nulls == Nulls::kPropagate)
        values.nulled[i - shape_.interval.first] = make_count("nulled");
    }
    if (!values.nulled.empty()) values.caller_nulled = pointer(frame_, offsetof(LoopFrame, nulled));
  }

  void read_constant(FrameValues& values, const Operand& operand) {
    if (!operand.constant || values.constants.contains(operand.index)) return;
    const StageConstant& constant = shape_.stage->constants[operand.index];
    if (constant.value.is_null()) return;
    const TypeId id = constant.value.type.id;
    llvm::Type* type = memory_type(module_.getContext(), id);
    llvm::AllocaInst* room = make_room(function(), type, 16, "constant");
    values.constants[operand.index] = room;
    if (constant.structural) {
      store_literal(builder_, module_, constant.value, room);
    } else {
      llvm::Value* from = pointer(pointer(frame_, offsetof(LoopFrame, constants)), operand.index * sizeof(void*));
      builder_.CreateMemCpy(room, memory_alignment(id), from, memory_alignment(id), width_bytes(id));
    }
  }

  void read_constants(FrameValues& values) {
    for (uint32_t i = shape_.interval.first; i < shape_.interval.last; ++i) {
      const auto& node = shape_.stage->steps[i].node;
      if (const auto* compute = std::get_if<Compute>(&node)) {
        for (const Operand& operand : compute->arguments) read_constant(values, operand);
      } else if (const auto* filter = std::get_if<FilterRows>(&node)) {
        read_constant(values, filter->predicate);
      } else if (const auto* accumulate = std::get_if<Accumulate>(&node)) {
        for (const Operand& operand : accumulate->arguments) read_constant(values, operand);
      }
    }
  }

  CollectedRows room_to_collect(const AggregateOverload& aggregate, uint32_t line, size_t before) {
    const auto column = [&](llvm::Type* type) {
      return make_room(function(), llvm::ArrayType::get(type, limits::kVectorRowsMax), 64, "collected");
    };
    return {.aggregate = &aggregate,
            .values = column(memory_type(module_.getContext(), aggregate.arguments[0])),
            .validity = column(builder_.getInt8Ty()),
            .line = line,
            .scope = 2 * shape_.outputs.size() + 1 + 2 * before};
  }

  void read_states(FrameValues& values) {
    for (uint32_t i = shape_.interval.first; i < shape_.interval.last; ++i) {
      const auto* accumulate = std::get_if<Accumulate>(&shape_.stage->steps[i].node);
      if (accumulate == nullptr) continue;
      const AggregateOverload& aggregate = *accumulate->aggregate;
      llvm::Value* from = pointer(pointer(frame_, offsetof(LoopFrame, states)), accumulate->slot * sizeof(void*));
      values.caller_states[accumulate->slot] = from;
      if (is_collected(shape_, *accumulate)) {
        values.collected[accumulate->slot] =
            room_to_collect(aggregate, i - shape_.interval.first + 1, values.collected.size());
        continue;
      }
      llvm::AllocaInst* room = make_room(function(), llvm::ArrayType::get(builder_.getInt8Ty(), aggregate.state_bytes),
                                         aggregate.state_alignment, "state");
      const llvm::Align alignment(aggregate.state_alignment);
      builder_.CreateMemCpy(room, alignment, from, alignment, aggregate.state_bytes);
      values.states[accumulate->slot] = room;
    }
  }

  llvm::IRBuilder<>& builder_;
  llvm::Module& module_;
  const LoopShape& shape_;
  llvm::Argument* frame_;
};

}  // namespace

FrameValues read_frame(llvm::IRBuilder<>& builder, llvm::Module& module, const LoopShape& shape,
                       llvm::Argument* frame) {
  return FrameReader(builder, module, shape, frame).read();
}

void write_nulled(llvm::IRBuilder<>& builder, const FrameValues& frame) {
  llvm::Type* type = builder.getInt32Ty();
  for (const auto& [step, count] : frame.nulled) {
    llvm::Value* to = builder.CreateConstInBoundsGEP1_64(type, frame.caller_nulled, step);
    builder.CreateStore(builder.CreateAdd(builder.CreateLoad(type, to), builder.CreateLoad(type, count)), to);
  }
}

void write_states(llvm::IRBuilder<>& builder, llvm::Module& module, const FrameValues& frame, const StepLines& lines) {
  for (const auto& [slot, room] : frame.states) {
    const auto* type = llvm::cast<llvm::ArrayType>(room->getAllocatedType());
    builder.CreateMemCpy(frame.caller_states.at(slot), room->getAlign(), room, room->getAlign(),
                         type->getNumElements());
  }
  llvm::Type* pointer = builder.getPtrTy();
  llvm::Type* word = builder.getInt32Ty();
  for (const auto& [slot, rows] : frame.collected) {
    llvm::FunctionCallee add = module.getOrInsertFunction(
        "headrace_rt_aggregate_rows",
        llvm::FunctionType::get(builder.getVoidTy(), {word, pointer, pointer, pointer, word, pointer},
                                /*isVarArg=*/false));
    builder.SetCurrentDebugLocation(lines.line(rows.line));
    builder.CreateCall(add, {builder.getInt32(rows.aggregate->id), frame.caller_states.at(slot), rows.values,
                             rows.validity, builder.CreateTrunc(frame.selected, word), frame.context});
  }
}

}  // namespace headrace
