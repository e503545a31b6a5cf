// The compiler that headrace_make_compiler() gives: a LoopShape in, machine code out.
#include <fmt/format.h>
#include <llvm/IR/DiagnosticInfo.h>
#include <llvm/IR/DiagnosticPrinter.h>
#include <llvm/IR/LegacyPassManager.h>
#include <llvm/IR/Verifier.h>
#include <llvm/Support/SmallVectorMemoryBuffer.h>
#include <llvm/Support/raw_ostream.h>

#include <algorithm>
#include <mutex>

#include "base/check.h"
#include "execute/compile/code_loader.h"
#include "execute/compile/foreign_call.h"
#include "execute/compile/host_target.h"
#include "execute/compile/kernel_linker.h"
#include "execute/compile/line_table.h"
#include "execute/compile/loop_emitter.h"
#include "execute/compile/optimizer.h"
#include "execute/compile/perf_map.h"
#include "execute/loop.h"

namespace headrace {

namespace {

class LoadedLoop final : public CompiledLoop {
 public:
  LoadedLoop(CodeLoader& loader, CodeLoader::Loaded loaded, uint64_t bytes, CodeMap map)
      : loader_(loader), loaded_(loaded), bytes_(bytes), map_(std::move(map)) {}
  ~LoadedLoop() override { loader_.unload(*loaded_.library); }

  LoopCode code() const override { return reinterpret_cast<LoopCode>(loaded_.address); }
  uint64_t code_bytes() const override { return bytes_; }
  uint32_t line_at(const void* address) const override {
    const auto offset =
        static_cast<uint64_t>(static_cast<const char*>(address) - static_cast<const char*>(loaded_.address));
    if (offset >= map_.bytes) return 0;
    const auto after = std::upper_bound(map_.lines.begin(), map_.lines.end(), offset,
                                        [](uint64_t wanted, const LineEntry& entry) { return wanted < entry.offset; });
    return after == map_.lines.begin() ? 0 : std::prev(after)->line;
  }

 private:
  CodeLoader& loader_;
  CodeLoader::Loaded loaded_;
  uint64_t bytes_;
  CodeMap map_;
};

Status check_shape(const LoopShape& shape) {
  const std::vector<Step>& steps = shape.stage->steps;
  CHECK(shape.interval.first < shape.interval.last && shape.interval.last <= steps.size());
  for (uint32_t i = shape.interval.first; i < shape.interval.last; ++i) {
    if (starts_rows(steps[i])) {
      return Error{ErrorCode::kUnsupported, "a probe is not compiled: it emits several rows per row", "", ""};
    }
  }
  return kDone;
}

// Our own kernels must all be there; what else a module lacks is looked up in the process when it is loaded.
Status check_linked(const llvm::Module& module) {
  for (const llvm::Function& function : module) {
    const llvm::StringRef name = function.getName();
    if (function.isDeclaration() && name.starts_with("headrace_") && !name.starts_with("headrace_rt_")) {
      return Error{ErrorCode::kUnsupported, fmt::format("kernel {} has no bitcode", name.str()), "", ""};
    }
  }
  return kDone;
}

// One module in its own context, so that several threads may compile at once.
struct CompileUnit {
  std::string diagnostics;
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> module;
  std::unique_ptr<llvm::TargetMachine> machine;
};

void collect_diagnostic(const llvm::DiagnosticInfo* info, void* to) {
  if (info->getSeverity() != llvm::DS_Error) return;
  llvm::raw_string_ostream stream(*static_cast<std::string*>(to));
  llvm::DiagnosticPrinterRawOStream printer(stream);
  info->print(printer);
  stream << "; ";
}

// Emits, links and optimises.
Result<std::unique_ptr<CompileUnit>> build_module(const LoopShape& shape) {
  TRY_STATUS(check_shape(shape));
  auto unit = std::make_unique<CompileUnit>();
  TRY(machine, make_target_machine());
  unit->machine = std::move(machine);
  unit->context.setDiagnosticHandlerCallBack(collect_diagnostic, &unit->diagnostics);
  unit->context.setDiscardValueNames(false);
  unit->module = std::make_unique<llvm::Module>("stage", unit->context);
  unit->module->setTargetTriple(unit->machine->getTargetTriple());
  unit->module->setDataLayout(unit->machine->createDataLayout());
  TRY_STATUS(link_foreign(*unit->module, shape));
  emit_loop(*unit->module, shape, *unit->machine);
  if (llvm::Error error = link_kernels(*unit->module)) return llvm_failure("linking kernels", std::move(error));
  TRY_STATUS(check_linked(*unit->module));
  normalise_functions(*unit->module, [](const llvm::Function& function) { return function.getName() == kLoopSymbol; });
  std::string message;
  llvm::raw_string_ostream stream(message);
  if (llvm::verifyModule(*unit->module, &stream)) return llvm_failure("checking its own code", message);
  optimize_module(*unit->module, *unit->machine);
  if (!unit->diagnostics.empty()) return llvm_failure("optimising", unit->diagnostics);
  return unit;
}

Result<std::unique_ptr<llvm::MemoryBuffer>> generate_code(CompileUnit& unit) {
  llvm::SmallVector<char, 0> object;
  llvm::raw_svector_ostream stream(object);
  llvm::legacy::PassManager passes;
  llvm::MCContext* machine_context = nullptr;
  if (unit.machine->addPassesToEmitMC(passes, machine_context, stream, /*DisableVerify=*/true)) {
    return llvm_failure("generating code", "this target has no object files");
  }
  passes.run(*unit.module);
  if (!unit.diagnostics.empty()) return llvm_failure("generating code", unit.diagnostics);
  return std::unique_ptr<llvm::MemoryBuffer>(
      std::make_unique<llvm::SmallVectorMemoryBuffer>(std::move(object), "stage", /*RequiresNullTerminator=*/false));
}

class LlvmCompiler final : public Compiler {
 public:
  Result<std::unique_ptr<CompiledLoop>> compile(const LoopShape& shape) override {
    TRY(loader, loader_of_process());
    TRY(unit, build_module(shape));
    TRY(object, generate_code(*unit));
    CodeMap map = read_code_map(object->getMemBufferRef());
    const uint64_t bytes = loaded_bytes(object->getMemBufferRef());
    TRY(loaded, loader->load(std::move(object), kLoopSymbol));
    append_to_perf_map(loaded.address, map, shape);
    return std::unique_ptr<CompiledLoop>(std::make_unique<LoadedLoop>(*loader, loaded, bytes, std::move(map)));
  }

  std::string ir_of(const LoopShape& shape) override {
    auto unit = build_module(shape);
    if (!unit.ok()) return to_text(unit.error());
    std::string text;
    llvm::raw_string_ostream stream(text);
    unit.value()->module->print(stream, nullptr);
    return text;
  }

  Status verify_foreign(const ForeignKernel& kernel) override {
    host_target();
    return verify_foreign_bitcode(kernel);
  }

 private:
  Result<CodeLoader*> loader_of_process() {
    const std::lock_guard lock(mutex_);
    if (loader_ == nullptr) {
      TRY(made, CodeLoader::make());
      loader_ = std::move(made);
    }
    return loader_.get();
  }

  std::mutex mutex_;
  std::unique_ptr<CodeLoader> loader_;
};

}  // namespace

}  // namespace headrace

extern "C" headrace::Compiler* headrace_make_compiler();
// Lives for the process: loops may be freed as late as static destruction.
extern "C" headrace::Compiler* headrace_make_compiler() {
  static headrace::Compiler* const compiler = new headrace::LlvmCompiler;
  return compiler;
}
