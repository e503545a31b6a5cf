#include "execute/compile/host_target.h"

#include <fmt/format.h>
#include <llvm/ADT/StringMap.h>
#include <llvm/MC/TargetRegistry.h>
#include <llvm/Support/CommandLine.h>
#include <llvm/Support/ErrorHandling.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/TargetParser/Host.h>
#include <llvm/TargetParser/SubtargetFeature.h>

#include "base/check.h"

namespace headrace {

namespace {

// LLVM calls this where it would end the process: always a mistake in the code that we gave it.
void stop_on_fatal_error(void*, const char* reason, bool) { check_failed(reason, "LLVM", 0); }

// There are no variables to follow in our debug information, only lines; the pass took an eighth of code generation.
void skip_debug_values() {
  auto& options = llvm::cl::getRegisteredOptions();
  const auto found = options.find("experimental-debug-variable-locations");
  if (found != options.end()) found->second->addOccurrence(0, found->first, "false");
}

HostTarget start_llvm() {
  skip_debug_values();
  llvm::install_fatal_error_handler(stop_on_fatal_error);
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  llvm::SubtargetFeatures features;
  for (const auto& feature : llvm::sys::getHostCPUFeatures()) features.AddFeature(feature.first(), feature.second);
  return {llvm::sys::getProcessTriple(), llvm::sys::getHostCPUName().str(), features.getString()};
}

}  // namespace

const HostTarget& host_target() {
  static const HostTarget target = start_llvm();
  return target;
}

Result<std::unique_ptr<llvm::TargetMachine>> make_target_machine() {
  const HostTarget& host = host_target();
  std::string message;
  const llvm::Triple triple(host.triple);
  const llvm::Target* target = llvm::TargetRegistry::lookupTarget(triple, message);
  if (target == nullptr) return llvm_failure("choosing a code generator", message);
  llvm::TargetOptions options;
  options.AllowFPOpFusion = llvm::FPOpFusion::Strict;
  std::unique_ptr<llvm::TargetMachine> machine(
      target->createTargetMachine(triple, host.cpu, host.features, options, llvm::Reloc::PIC_, llvm::CodeModel::Small,
                                  llvm::CodeGenOptLevel::Default, /*JIT=*/true));
  if (machine == nullptr) return llvm_failure("choosing a code generator", host.triple);
  return machine;
}

Error llvm_failure(const char* doing, const std::string& message) {
  return {.code = ErrorCode::kUnsupported,
          .message = fmt::format("the compiler failed in {}: {}", doing, message),
          .where = "",
          .hint = "SET tier = interpreted runs without it"};
}

Error llvm_failure(const char* doing, llvm::Error error) {
  return llvm_failure(doing, llvm::toString(std::move(error)));
}

}  // namespace headrace
