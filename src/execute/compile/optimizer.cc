#include "execute/compile/optimizer.h"

#include <llvm/IR/InstIterator.h>
#include <llvm/Passes/PassBuilder.h>
#include <llvm/Transforms/IPO/AlwaysInliner.h>
#include <llvm/Transforms/IPO/GlobalDCE.h>
#include <llvm/Transforms/InstCombine/InstCombine.h>
#include <llvm/Transforms/Scalar/ADCE.h>
#include <llvm/Transforms/Scalar/EarlyCSE.h>
#include <llvm/Transforms/Scalar/LICM.h>
#include <llvm/Transforms/Scalar/LoopPassManager.h>
#include <llvm/Transforms/Scalar/SROA.h>
#include <llvm/Transforms/Scalar/SimplifyCFG.h>
#include <llvm/Transforms/Vectorize/LoopVectorize.h>

#include "execute/compile/loop_emitter.h"

namespace headrace {

namespace {

// What -O2 does and these loops need; kernels that stay functions were optimised when their bitcode was made. The whole of
// -O2 took three times as long for the same vector loops (docs/design/compile.md).
llvm::FunctionPassManager loop_passes() {
  const auto simplify = llvm::SimplifyCFGOptions().convertSwitchRangeToICmp(true).sinkCommonInsts(true);
  llvm::FunctionPassManager passes;
  passes.addPass(llvm::SROAPass(llvm::SROAOptions::ModifyCFG));
  passes.addPass(llvm::EarlyCSEPass());
  passes.addPass(llvm::SimplifyCFGPass());
  passes.addPass(llvm::InstCombinePass());
  passes.addPass(llvm::SimplifyCFGPass(simplify));
  passes.addPass(llvm::createFunctionToLoopPassAdaptor(llvm::LICMPass(llvm::LICMOptions()), /*UseMemorySSA=*/true));
  passes.addPass(llvm::EarlyCSEPass());
  passes.addPass(llvm::LoopVectorizePass());
  passes.addPass(llvm::InstCombinePass());
  passes.addPass(llvm::SimplifyCFGPass());
  passes.addPass(llvm::createFunctionToLoopPassAdaptor(llvm::LICMPass(llvm::LICMOptions()), /*UseMemorySSA=*/true));
  passes.addPass(llvm::EarlyCSEPass());
  passes.addPass(llvm::ADCEPass());
  return passes;
}

// No processor divides vectors of integers by values that are known only when the loop runs: a vector loop takes its lanes apart, which
// takes longer than the rows one by one.
bool divides_integers(const llvm::Function& function) {
  for (const llvm::Instruction& instruction : llvm::instructions(function)) {
    const unsigned code = instruction.getOpcode();
    const bool divides = code == llvm::Instruction::SDiv || code == llvm::Instruction::UDiv ||
                         code == llvm::Instruction::SRem || code == llvm::Instruction::URem;
    if (divides && !llvm::isa<llvm::Constant>(instruction.getOperand(1))) return true;
  }
  return false;
}

void keep_rows_apart(llvm::Function& function) {
  llvm::LLVMContext& context = function.getContext();
  llvm::Metadata* parts[] = {
      nullptr, llvm::MDNode::get(context, {llvm::MDString::get(context, "llvm.loop.vectorize.enable"),
                                           llvm::ConstantAsMetadata::get(llvm::ConstantInt::getFalse(context))})};
  for (llvm::BasicBlock& block : function) {
    llvm::Instruction* end = block.getTerminator();
    if (end->getMetadata(llvm::LLVMContext::MD_loop) == nullptr) continue;
    llvm::MDNode* node = llvm::MDNode::getDistinct(context, parts);
    node->replaceOperandWith(0, node);
    end->setMetadata(llvm::LLVMContext::MD_loop, node);
  }
}

}  // namespace

void optimize_module(llvm::Module& module, llvm::TargetMachine& machine) {
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager components;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder builder(&machine);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);
  llvm::ModulePassManager inlining;
  inlining.addPass(llvm::AlwaysInlinerPass(/*InsertLifetime=*/false));
  inlining.addPass(llvm::GlobalDCEPass());
  inlining.run(module, modules);
  llvm::Function& loop = *module.getFunction(kLoopSymbol);
  if (divides_integers(loop)) keep_rows_apart(loop);
  loop_passes().run(loop, functions);
}

}  // namespace headrace
