#include "execute/compile/foreign_call.h"

#include <fmt/format.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/Verifier.h>
#include <llvm/IRReader/IRReader.h>
#include <llvm/Linker/Linker.h>
#include <llvm/Passes/PassBuilder.h>
#include <llvm/Support/SourceMgr.h>
#include <llvm/Transforms/IPO/GlobalDCE.h>

#include "base/check.h"
#include "execute/compile/frame.h"
#include "execute/compile/host_target.h"
#include "execute/compile/kernel_linker.h"
#include "execute/compile/layout.h"
#include "execute/foreign.h"

namespace headrace {

namespace {

std::string linked_name(const ForeignKernel& kernel) {
  return fmt::format("foreign_{:x}_{}", kernel.bitcode_hash, kernel.overload.id);
}

Error bad_bitcode(const ForeignKernel& kernel, const std::string& message, const char* hint) {
  return {.code = ErrorCode::kBadInput,
          .message = fmt::format("the bitcode of function '{}' cannot be used: {}", kernel.spec.name, message),
          .where = kernel.spec.symbol,
          .hint = hint};
}

std::string text_of(llvm::Type* type) {
  std::string text;
  llvm::raw_string_ostream(text) << *type;
  return text;
}

bool is_type(llvm::Type* type, TypeId id) {
  if (id == TypeId::kBool && type->isIntegerTy(1)) return true;
  return type == memory_type(type->getContext(), id);
}

// The declared types against those of the bitcode; both ABIs.
Status check_signature(const ForeignKernel& kernel, const llvm::FunctionType& type) {
  const ForeignSpec& spec = kernel.spec;
  std::vector<llvm::Type*> parameters(type.param_begin(), type.param_end());
  const auto differs = [&](const std::string& what, const std::string& found) {
    return bad_bitcode(kernel, fmt::format("{}, found {}", what, found),
                       "declare the types that the function was compiled for");
  };
  if (spec.abi == ForeignAbi::kNumba) {
    if (!type.getReturnType()->isIntegerTy(32))
      return differs("a status of i32 is expected", text_of(type.getReturnType()));
    if (parameters.size() < 2 || !parameters[0]->isPointerTy() || !parameters[1]->isPointerTy()) {
      return differs("pointers to result and exception are expected first",
                     fmt::format("{} parameters", parameters.size()));
    }
    parameters.erase(parameters.begin(), parameters.begin() + 2);
  } else if (!is_type(type.getReturnType(), spec.result)) {
    return differs(fmt::format("a result of {} is expected", to_text(Type{spec.result})),
                   text_of(type.getReturnType()));
  } else if (parameters.size() == spec.arguments.size() + 1 && parameters.back()->isPointerTy()) {
    parameters.pop_back();
    if (spec.contract.faults == 0)
      return differs("a contract with faults is expected for a function that takes them", "none");
  }
  if (parameters.size() != spec.arguments.size()) {
    return differs(fmt::format("{} arguments are expected", spec.arguments.size()),
                   fmt::format("{}", parameters.size()));
  }
  for (size_t i = 0; i < parameters.size(); ++i) {
    if (is_type(parameters[i], spec.arguments[i])) continue;
    return differs(fmt::format("argument {} of {} is expected", i + 1, to_text(Type{spec.arguments[i]})),
                   text_of(parameters[i]));
  }
  return kDone;
}

// Leaves only what the symbol reaches.
void drop_unreachable(llvm::Module& module, const llvm::Function& root) {
  for (llvm::GlobalValue& value : module.global_values()) {
    if (value.isDeclaration() || &value == &root) continue;
    value.setLinkage(llvm::GlobalValue::InternalLinkage);
    if (auto* object = llvm::dyn_cast<llvm::GlobalObject>(&value)) object->setComdat(nullptr);
  }
  for (const char* keeper : {"llvm.used", "llvm.compiler.used", "llvm.global_ctors", "llvm.global_dtors"}) {
    if (llvm::GlobalVariable* variable = module.getNamedGlobal(keeper)) variable->eraseFromParent();
  }
  llvm::ModuleAnalysisManager modules;
  llvm::FunctionAnalysisManager functions;
  llvm::LoopAnalysisManager loops;
  llvm::CGSCCAnalysisManager components;
  llvm::PassBuilder builder;
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);
  llvm::GlobalDCEPass().run(module, modules);
}

// What the engine cannot check or bound: assembly, calls out of the module, calls through pointers.
Status check_calls(const ForeignKernel& kernel, const llvm::Module& module) {
  const char* self_contained = "compile it so that everything it calls is inlined or in the same file";
  if (!module.getModuleInlineAsm().empty()) return bad_bitcode(kernel, "it holds assembly", self_contained);
  for (const llvm::GlobalVariable& variable : module.globals()) {
    if (variable.isDeclaration()) {
      return bad_bitcode(kernel, fmt::format("it reads the outside variable '{}'", variable.getName().str()),
                         self_contained);
    }
  }
  for (const llvm::Function& function : module) {
    if (function.isDeclaration() && !function.isIntrinsic()) {
      return bad_bitcode(kernel, fmt::format("it calls the outside function '{}'", function.getName().str()),
                         self_contained);
    }
    for (const llvm::Instruction& instruction : llvm::instructions(function)) {
      const auto* call = llvm::dyn_cast<llvm::CallBase>(&instruction);
      if (call == nullptr) continue;
      if (call->isInlineAsm()) return bad_bitcode(kernel, "it holds assembly", self_contained);
      if (call->getCalledFunction() == nullptr)
        return bad_bitcode(kernel, "it calls through a pointer", self_contained);
    }
  }
  return kDone;
}

// Numba's integer additions promise not to overflow, which makes overflow undefined: here it wraps.
void drop_promises(llvm::Module& module) {
  for (llvm::Function& function : module) {
    if (function.isDeclaration()) continue;
    make_strict(function);
    for (llvm::Instruction& instruction : llvm::instructions(function)) {
      if (llvm::isa<llvm::BinaryOperator>(instruction)) instruction.dropPoisonGeneratingFlags();
    }
  }
}

Result<std::unique_ptr<llvm::Module>> read_foreign(const ForeignKernel& kernel, llvm::LLVMContext& context) {
  llvm::SMDiagnostic diagnostic;
  const auto buffer = llvm::MemoryBuffer::getMemBufferCopy(kernel.spec.bitcode, "foreign");
  std::unique_ptr<llvm::Module> module = llvm::parseIR(buffer->getMemBufferRef(), diagnostic, context);
  if (module == nullptr) {
    return bad_bitcode(kernel, fmt::format("it does not read as LLVM IR: {}", diagnostic.getMessage().str()),
                       "emit it with LLVM 22 or earlier: clang -O2 -emit-llvm -c");
  }
  std::string message;
  llvm::raw_string_ostream stream(message);
  if (llvm::verifyModule(*module, &stream)) return bad_bitcode(kernel, message, "");
  llvm::Function* root = module->getFunction(kernel.spec.symbol);
  if (root == nullptr || root->isDeclaration()) {
    return bad_bitcode(kernel, "it does not define the symbol", "llvm-nm lists the symbols of a bitcode file");
  }
  TRY_STATUS(check_signature(kernel, *root->getFunctionType()));
  root->setLinkage(llvm::GlobalValue::ExternalLinkage);
  root->setComdat(nullptr);
  drop_unreachable(*module, *root);
  TRY_STATUS(check_calls(kernel, *module));
  drop_promises(*module);
  root->setName(linked_name(kernel));
  return module;
}

llvm::Value* load_argument(llvm::IRBuilder<>& builder, llvm::Type* type, TypeId id, llvm::Value* from) {
  llvm::Value* loaded = builder.CreateAlignedLoad(memory_type(builder.getContext(), id), from, memory_alignment(id));
  return loaded->getType() == type ? loaded : builder.CreateTrunc(loaded, type);
}

}  // namespace

llvm::Value* call_foreign(llvm::IRBuilder<>& builder, llvm::Module& module, const Overload& kernel, llvm::Value* out,
                          const std::vector<llvm::Value*>& arguments) {
  const ForeignKernel* foreign = find_foreign(kernel);
  if (foreign == nullptr) return nullptr;
  llvm::Function* function = module.getFunction(linked_name(*foreign));
  CHECK(function != nullptr);
  llvm::Function& caller = *builder.GetInsertBlock()->getParent();
  llvm::FunctionType* type = function->getFunctionType();
  const bool numba = foreign->spec.abi == ForeignAbi::kNumba;
  llvm::AllocaInst* extra = nullptr;  // Numba: the exception; C: the fault bits
  std::vector<llvm::Value*> passed;
  if (numba) {
    extra = make_room(caller, builder.getPtrTy(), 8, "exception");
    builder.CreateStore(llvm::Constant::getNullValue(memory_type(builder.getContext(), kernel.result)),
                        out);  // for rows that raise
    passed = {out, extra};
  }
  for (size_t i = 0; i < arguments.size(); ++i) {
    passed.push_back(load_argument(builder, type->getParamType(static_cast<unsigned>(passed.size())),
                                   kernel.arguments[i], arguments[i]));
  }
  if (!numba && passed.size() < type->getNumParams()) {
    extra = make_room(caller, builder.getInt32Ty(), 4, "bits");
    builder.CreateStore(builder.getInt32(0), extra);
    passed.push_back(extra);
  }
  llvm::CallInst* call = builder.CreateCall(type, function, passed);
  call->setCallingConv(function->getCallingConv());
  call->setAttributes(function->getAttributes());
  if (numba) {
    return builder.CreateSelect(builder.CreateIsNull(call), builder.getInt32(0), builder.getInt32(Faults::kForeign));
  }
  llvm::Value* result = call->getType()->isIntegerTy(1) ? builder.CreateZExt(call, builder.getInt8Ty()) : call;
  builder.CreateAlignedStore(result, out, memory_alignment(kernel.result));
  if (extra == nullptr) return builder.getInt32(0);
  llvm::Value* bits = builder.CreateLoad(builder.getInt32Ty(), extra);
  // A bit that the contract does not name is still a fault.
  const uint32_t declared = foreign->spec.contract.faults;
  llvm::Value* undeclared = builder.CreateIsNotNull(builder.CreateAnd(bits, builder.getInt32(~declared)));
  return builder.CreateOr(builder.CreateAnd(bits, builder.getInt32(declared)),
                          builder.CreateSelect(undeclared, builder.getInt32(Faults::kForeign), builder.getInt32(0)));
}

Status link_foreign(llvm::Module& module, const LoopShape& shape) {
  for (uint32_t i = shape.interval.first; i < shape.interval.last; ++i) {
    const auto* compute = std::get_if<Compute>(&shape.stage->steps[i].node);
    const ForeignKernel* foreign = compute == nullptr ? nullptr : find_foreign(*compute->kernel);
    if (foreign == nullptr || module.getFunction(linked_name(*foreign)) != nullptr) continue;
    TRY(library, read_foreign(*foreign, module.getContext()));
    library->setTargetTriple(module.getTargetTriple());
    library->setDataLayout(module.getDataLayout());
    if (llvm::Linker::linkModules(module, std::move(library))) {
      return bad_bitcode(*foreign, "it does not link", "");
    }
  }
  return kDone;
}

Status verify_foreign_bitcode(const ForeignKernel& kernel) {
  llvm::LLVMContext context;
  TRY(module, read_foreign(kernel, context));
  (void)module;
  return kDone;
}

}  // namespace headrace
