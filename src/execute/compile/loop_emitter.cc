#include "execute/compile/loop_emitter.h"

#include <llvm/Analysis/TargetTransformInfo.h>
#include <llvm/IR/IRBuilder.h>

#include <algorithm>

#include "base/limits.h"
#include "execute/compile/debug_info.h"
#include "execute/compile/frame.h"
#include "execute/compile/host_target.h"
#include "execute/compile/row_emitter.h"

namespace headrace {

namespace {

// The loop that LLVM makes a vector loop runs over whole multiples of this, so that it needs no remainder of its own.
constexpr uint64_t kVectorLoopRows = 32;

// Vectors worked on side by side: a chain of dependent steps otherwise waits for each step's latency (docs/design/compile.md).
// They double the time to compile, so that very long loops do without.
constexpr uint64_t kInterleavedVectorsMax = 4;
constexpr uint32_t kInterleavedStepsMax = 128;

llvm::Function* make_function(llvm::Module& module) {
  llvm::LLVMContext& context = module.getContext();
  auto* type = llvm::FunctionType::get(llvm::Type::getInt32Ty(context), {llvm::PointerType::get(context, 0)}, false);
  auto* function = llvm::Function::Create(type, llvm::Function::ExternalLinkage, kLoopSymbol, module);
  function->setDoesNotThrow();
  // LLVM prefers 256 bits nearly everywhere. Processors with VBMI (Ice Lake, Zen 4 and later) do not slow down for 512:
  // measured a quarter fewer ns per row.
  if (host_target().features.find("+avx512vbmi,") != std::string::npos)
    function->addFnAttr("prefer-vector-width", "512");
  function->addFnAttr("min-legal-vector-width", "0");
  function->addFnAttr("frame-pointer", "all");
  function->addParamAttr(0, llvm::Attribute::NoAlias);
  function->addParamAttr(0, llvm::Attribute::ReadOnly);
  return function;
}

class LoopEmitter {
 public:
  LoopEmitter(llvm::Module& module, const LoopShape& shape)
      : module_(module),
        shape_(shape),
        function_(make_function(module)),
        lines_(module, *function_, shape),
        builder_(llvm::BasicBlock::Create(module.getContext(), "entry", function_)),
        scopes_(module.getContext(), written_columns(shape)) {}

  void emit(const llvm::TargetMachine& machine) {
    set_loop_line();
    frame_ = read_frame(builder_, module_, shape_, function_->getArg(0));
    exit_ = block("exit");
    llvm::Value* whole =
        builder_.CreateSelect(builder_.CreateIsNull(frame_.selection),
                              builder_.CreateAnd(frame_.rows, ~uint64_t{kVectorLoopRows - 1}), builder_.getInt64(0));
    emit_rows(builder_.getInt64(0), whole, [](llvm::Value* index) { return index; }, vector_width(machine));
    // Every row stands in for the selection of all, so that the rows left over and selected rows share one scalar loop.
    llvm::Constant* every_row = module_.getOrInsertGlobal(
        "_ZN8headrace9kEveryRowE", llvm::ArrayType::get(builder_.getInt16Ty(), limits::kVectorRowsMax));
    llvm::Value* selection =
        builder_.CreateSelect(builder_.CreateIsNull(frame_.selection), every_row, frame_.selection);
    emit_rows(whole, frame_.selected, [&](llvm::Value* index) { return selected_row(selection, index); },
              {flag("llvm.loop.vectorize.enable", builder_.getFalse()), flag("llvm.loop.unroll.disable")});
    builder_.CreateBr(exit_);

    builder_.SetInsertPoint(exit_);
    set_loop_line();
    write_nulled(builder_, frame_);
    write_states(builder_, module_, frame_, lines_);
    set_loop_line();
    builder_.CreateRet(builder_.CreateLoad(builder_.getInt32Ty(), frame_.faults));
  }

 private:
  llvm::BasicBlock* block(const char* name) { return llvm::BasicBlock::Create(module_.getContext(), name, function_); }

  void set_loop_line() {
    const uint32_t line = shape_.interval.last - shape_.interval.first + 1;
    builder_.SetCurrentDebugLocation(lines_.line(line));
  }

  // One operation of the processor's vectors holds the widest values of the loop. Left to choose, LLVM prices every width
  // and takes twice as long for the same code; it does choose where values have no vector form.
  std::vector<llvm::MDNode*> vector_width(const llvm::TargetMachine& machine) {
    uint32_t widest = 1;
    const auto widen = [&](TypeId id) { widest = std::max(widest, width_bytes(id)); };
    for (ValueId input : shape_.inputs) widen(shape_.stage->values[input].type.id);
    for (uint32_t i = shape_.interval.first; i < shape_.interval.last; ++i) {
      const auto* compute = std::get_if<Compute>(&shape_.stage->steps[i].node);
      if (compute != nullptr) widen(compute->kernel->result);
    }
    if (widest > sizeof(uint64_t)) return {};
    const uint64_t bits = machine.getTargetTransformInfo(*function_)
                              .getRegisterBitWidth(llvm::TargetTransformInfo::RGK_FixedWidthVector)
                              .getFixedValue();
    const uint64_t rows = std::clamp<uint64_t>(bits / 8 / widest, 1, kVectorLoopRows);
    const bool interleaves = shape_.interval.last - shape_.interval.first <= kInterleavedStepsMax;
    const uint64_t vectors = interleaves ? std::min(kVectorLoopRows / rows, kInterleavedVectorsMax) : 1;
    return {flag("llvm.loop.vectorize.width", builder_.getInt32(static_cast<uint32_t>(rows))),
            flag("llvm.loop.interleave.count", builder_.getInt32(static_cast<uint32_t>(vectors)))};
  }

  llvm::MDNode* flag(const char* name, llvm::Constant* value = nullptr) {
    llvm::LLVMContext& context = module_.getContext();
    std::vector<llvm::Metadata*> parts{llvm::MDString::get(context, name)};
    if (value != nullptr) parts.push_back(llvm::ConstantAsMetadata::get(value));
    return llvm::MDNode::get(context, parts);
  }

  llvm::Value* selected_row(llvm::Value* selection, llvm::Value* index) {
    llvm::LoadInst* load =
        builder_.CreateLoad(builder_.getInt16Ty(), builder_.CreateInBoundsGEP(builder_.getInt16Ty(), selection, index));
    scopes_.mark_read(load);
    return builder_.CreateZExt(load, builder_.getInt64Ty());
  }

  // Emits a loop over the indices [begin, end) at the builder's place and leaves the builder behind it.
  template <class RowOfIndex>
  void emit_rows(llvm::Value* begin, llvm::Value* end, RowOfIndex row_of, const std::vector<llvm::MDNode*>& flags) {
    llvm::BasicBlock* before = block("before");
    llvm::BasicBlock* body = block("rows");
    llvm::BasicBlock* after = block("after");
    set_loop_line();
    builder_.CreateCondBr(builder_.CreateICmpEQ(begin, end), after, before);
    builder_.SetInsertPoint(before);
    builder_.CreateBr(body);
    builder_.SetInsertPoint(body);
    llvm::PHINode* index = builder_.CreatePHI(builder_.getInt64Ty(), 2, "index");
    index->addIncoming(begin, before);
    RowEmitter(builder_, module_, shape_, frame_, scopes_, lines_).emit(row_of(index), index);
    set_loop_line();
    llvm::Value* next = builder_.CreateAdd(index, builder_.getInt64(1), "next", /*HasNUW=*/true, /*HasNSW=*/true);
    index->addIncoming(next, builder_.GetInsertBlock());
    llvm::BranchInst* back = builder_.CreateCondBr(builder_.CreateICmpEQ(next, end), after, body);
    back->setMetadata(llvm::LLVMContext::MD_loop, loop_metadata(flags));
    builder_.SetInsertPoint(after);
  }

  llvm::MDNode* loop_metadata(const std::vector<llvm::MDNode*>& flags) {
    llvm::LLVMContext& context = module_.getContext();
    std::vector<llvm::Metadata*> parts{nullptr, flag("llvm.loop.mustprogress")};
    parts.insert(parts.end(), flags.begin(), flags.end());
    llvm::MDNode* node = llvm::MDNode::getDistinct(context, parts);
    node->replaceOperandWith(0, node);
    return node;
  }

  llvm::Module& module_;
  const LoopShape& shape_;
  llvm::Function* function_;
  const StepLines lines_;
  llvm::IRBuilder<> builder_;
  AliasScopes scopes_;
  FrameValues frame_;
  llvm::BasicBlock* exit_ = nullptr;
};

}  // namespace

void emit_loop(llvm::Module& module, const LoopShape& shape, const llvm::TargetMachine& machine) {
  LoopEmitter(module, shape).emit(machine);
}

}  // namespace headrace
