#include "execute/compile/kernel_linker.h"

#include <llvm/Bitcode/BitcodeReader.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/IntrinsicInst.h>
#include <llvm/Linker/Linker.h>

#include "execute/compile/kernel_bitcode.h"

namespace headrace {

namespace {

// Larger kernels (text, casts of text) stay functions: inlining them makes code long and saves nothing measurable.
constexpr unsigned kInlineInstructionsMax = 200;

void set_linkage(llvm::Function& function) {
  for (const char* name : {"target-cpu", "target-features", "tune-cpu"}) function.removeFnAttr(name);
  function.setLinkage(llvm::GlobalValue::InternalLinkage);
  function.setVisibility(llvm::GlobalValue::DefaultVisibility);
  function.setComdat(nullptr);
  function.removeFnAttr(llvm::Attribute::NoInline);
  function.removeFnAttr(llvm::Attribute::OptimizeNone);
  function.setDoesNotThrow();
  if (function.getInstructionCount() <= kInlineInstructionsMax) {
    function.addFnAttr(llvm::Attribute::AlwaysInline);
  } else {
    function.removeFnAttr(llvm::Attribute::AlwaysInline);
    function.addFnAttr(llvm::Attribute::NoInline);
  }
}

}  // namespace

void make_strict(llvm::Function& function) {
  for (llvm::Instruction& instruction : llvm::make_early_inc_range(llvm::instructions(function))) {
    if (llvm::isa<llvm::FPMathOperator>(instruction)) instruction.setFastMathFlags(llvm::FastMathFlags());
    auto* call = llvm::dyn_cast<llvm::IntrinsicInst>(&instruction);
    if (call == nullptr || call->getIntrinsicID() != llvm::Intrinsic::fmuladd) continue;
    llvm::IRBuilder<> builder(call);
    llvm::Value* product = builder.CreateFMul(call->getArgOperand(0), call->getArgOperand(1));
    call->replaceAllUsesWith(builder.CreateFAdd(product, call->getArgOperand(2)));
    call->eraseFromParent();
  }
}

void normalise_functions(llvm::Module& module, llvm::function_ref<bool(const llvm::Function&)> keep_external) {
  for (llvm::Function& function : module) {
    if (function.isDeclaration() || keep_external(function)) continue;
    set_linkage(function);
    make_strict(function);
  }
  for (llvm::GlobalVariable& variable : module.globals()) {
    if (variable.isDeclaration()) continue;
    variable.setLinkage(llvm::GlobalValue::InternalLinkage);
    variable.setComdat(nullptr);
  }
}

llvm::Error link_kernels(llvm::Module& module) {
  const std::string_view bitcode = kernel_bitcode();
  auto library = llvm::getLazyBitcodeModule(
      llvm::MemoryBufferRef(llvm::StringRef(bitcode.data(), bitcode.size()), "kernels"), module.getContext());
  if (!library) return library.takeError();
  (*library)->setTargetTriple(module.getTargetTriple());
  (*library)->setDataLayout(module.getDataLayout());
  if (llvm::Linker::linkModules(module, std::move(*library), llvm::Linker::LinkOnlyNeeded)) {
    return llvm::createStringError("kernels do not link");
  }
  return llvm::Error::success();
}

}  // namespace headrace
