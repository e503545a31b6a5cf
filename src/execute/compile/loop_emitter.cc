#include "execute/compile/loop_emitter.h"

#include <llvm/IR/DIBuilder.h>
#include <llvm/IR/IRBuilder.h>

#include "execute/compile/frame.h"
#include "execute/compile/row_emitter.h"

namespace headrace {

namespace {

// A file "stage" in which every step is a line: what a sampled program counter is mapped back with.
llvm::DISubprogram* make_lines(llvm::Module& module, llvm::Function& function) {
  llvm::DIBuilder builder(module);
  llvm::DIFile* file = builder.createFile("stage", "");
  builder.createCompileUnit(llvm::DISourceLanguageName(llvm::dwarf::DW_LANG_C), file, "headrace", /*isOptimized=*/true, "", 0, "",
                            llvm::DICompileUnit::LineTablesOnly);
  llvm::DISubroutineType* type = builder.createSubroutineType(builder.getOrCreateTypeArray({}));
  llvm::DISubprogram* lines = builder.createFunction(file, kLoopSymbol, "", file, 1, type, 1, llvm::DINode::FlagZero,
                                                     llvm::DISubprogram::SPFlagDefinition);
  function.setSubprogram(lines);
  builder.finalize();
  module.addModuleFlag(llvm::Module::Warning, "Debug Info Version", llvm::DEBUG_METADATA_VERSION);
  module.addModuleFlag(llvm::Module::Warning, "Dwarf Version", 5);
  return lines;
}

llvm::Function* make_function(llvm::Module& module) {
  llvm::LLVMContext& context = module.getContext();
  auto* type = llvm::FunctionType::get(llvm::Type::getInt32Ty(context), {llvm::PointerType::get(context, 0)}, false);
  auto* function = llvm::Function::Create(type, llvm::Function::ExternalLinkage, kLoopSymbol, module);
  function->setDoesNotThrow();
  function->addFnAttr("prefer-vector-width", "256");
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
        lines_(make_lines(module, *function_)),
        builder_(llvm::BasicBlock::Create(module.getContext(), "entry", function_)),
        scopes_(module.getContext(), 2 * shape.outputs.size() + 1) {}

  void emit() {
    set_loop_line();
    frame_ = read_frame(builder_, module_, shape_, function_->getArg(0));
    llvm::BasicBlock* dense = block("dense");
    llvm::BasicBlock* selected = block("selected");
    llvm::BasicBlock* selected_loop = block("selected_loop");
    exit_ = block("exit");
    builder_.CreateCondBr(builder_.CreateIsNull(frame_.selection), dense, selected);

    emit_rows(dense, frame_.rows, [](llvm::Value* index) { return index; }, {});

    builder_.SetInsertPoint(selected);
    builder_.CreateCondBr(builder_.CreateICmpEQ(frame_.selected, builder_.getInt64(0)), exit_, selected_loop);
    // Gathers gain nothing measurable; scalar code halves the size.
    emit_rows(selected_loop, frame_.selected, [&](llvm::Value* index) { return selected_row(index); },
              {flag("llvm.loop.vectorize.enable", false), flag("llvm.loop.unroll.disable", std::nullopt)});

    builder_.SetInsertPoint(exit_);
    set_loop_line();
    write_states(builder_, frame_);
    builder_.CreateRet(builder_.CreateLoad(builder_.getInt32Ty(), frame_.faults));
  }

 private:
  llvm::BasicBlock* block(const char* name) { return llvm::BasicBlock::Create(module_.getContext(), name, function_); }

  void set_loop_line() {
    const uint32_t line = shape_.interval.last - shape_.interval.first + 1;
    builder_.SetCurrentDebugLocation(llvm::DILocation::get(module_.getContext(), line, 0, lines_));
  }

  llvm::MDNode* flag(const char* name, std::optional<bool> value) {
    llvm::LLVMContext& context = module_.getContext();
    std::vector<llvm::Metadata*> parts{llvm::MDString::get(context, name)};
    if (value) parts.push_back(llvm::ConstantAsMetadata::get(builder_.getInt1(*value)));
    return llvm::MDNode::get(context, parts);
  }

  llvm::Value* selected_row(llvm::Value* index) {
    llvm::LoadInst* load = builder_.CreateLoad(
        builder_.getInt16Ty(), builder_.CreateInBoundsGEP(builder_.getInt16Ty(), frame_.selection, index));
    scopes_.mark_read(load);
    return builder_.CreateZExt(load, builder_.getInt64Ty());
  }

  // Fills `loop`, which is entered with at least one row to go, once per index below `count`; continues at exit_.
  template <class RowOfIndex>
  void emit_rows(llvm::BasicBlock* loop, llvm::Value* count, RowOfIndex row_of, const std::vector<llvm::MDNode*>& flags) {
    // Emission runs from two predecessors: the preheader is made here so that allocas and phis have one.
    llvm::BasicBlock* body = llvm::BasicBlock::Create(module_.getContext(), "rows", function_);
    builder_.SetInsertPoint(loop);
    set_loop_line();
    builder_.CreateBr(body);
    builder_.SetInsertPoint(body);
    llvm::PHINode* index = builder_.CreatePHI(builder_.getInt64Ty(), 2, "index");
    index->addIncoming(builder_.getInt64(0), loop);
    RowEmitter(builder_, module_, shape_, frame_, scopes_, lines_).emit(row_of(index));
    set_loop_line();
    llvm::Value* next = builder_.CreateAdd(index, builder_.getInt64(1), "next", /*HasNUW=*/true, /*HasNSW=*/true);
    index->addIncoming(next, builder_.GetInsertBlock());
    llvm::BranchInst* back = builder_.CreateCondBr(builder_.CreateICmpEQ(next, count), exit_, body);
    back->setMetadata(llvm::LLVMContext::MD_loop, loop_metadata(flags));
  }

  llvm::MDNode* loop_metadata(const std::vector<llvm::MDNode*>& flags) {
    llvm::LLVMContext& context = module_.getContext();
    std::vector<llvm::Metadata*> parts{nullptr, flag("llvm.loop.mustprogress", std::nullopt)};
    parts.insert(parts.end(), flags.begin(), flags.end());
    llvm::MDNode* node = llvm::MDNode::getDistinct(context, parts);
    node->replaceOperandWith(0, node);
    return node;
  }

  llvm::Module& module_;
  const LoopShape& shape_;
  llvm::Function* function_;
  llvm::DISubprogram* lines_;
  llvm::IRBuilder<> builder_;
  AliasScopes scopes_;
  FrameValues frame_;
  llvm::BasicBlock* exit_ = nullptr;
};

}  // namespace

void emit_loop(llvm::Module& module, const LoopShape& shape) { LoopEmitter(module, shape).emit(); }

}  // namespace headrace
