#include "execute/compile/code_loader.h"

#include <fmt/format.h>
#include <llvm/ExecutionEngine/Orc/Debugging/ELFDebugObjectPlugin.h>
#include <llvm/ExecutionEngine/Orc/ExecutionUtils.h>
#include <llvm/ExecutionEngine/Orc/SelfExecutorProcessControl.h>

#include "base/check.h"
#include "execute/compile/debug_info.h"
#include "execute/compile/host_target.h"

namespace headrace {

namespace orc = llvm::orc;

Result<std::unique_ptr<CodeLoader>> CodeLoader::make() {
  auto process = orc::SelfExecutorProcessControl::Create(nullptr, std::make_unique<orc::InPlaceTaskDispatcher>());
  if (!process) return llvm_failure("starting its linker", process.takeError());
  std::unique_ptr<CodeLoader> loader(new CodeLoader(std::move(*process)));
  // Kernels call back into the process: arenas, memory and string functions.
  auto generator = orc::DynamicLibrarySearchGenerator::GetForCurrentProcess('\0');
  if (!generator) return llvm_failure("reading the process's symbols", generator.takeError());
  loader->process_symbols_.addGenerator(std::move(*generator));
  if (tells_debuggers()) {
    llvm::Error error = llvm::Error::success();
    auto plugin = std::make_shared<orc::ELFDebugObjectPlugin>(loader->session_, /*RequireDebugSections=*/true,
                                                              /*AutoRegisterCode=*/true, error);
    if (error) return llvm_failure("telling the debugger", std::move(error));
    loader->linker_.addPlugin(std::move(plugin));
  }
  return loader;
}

CodeLoader::CodeLoader(std::unique_ptr<orc::ExecutorProcessControl> process)
    : session_(std::move(process)), linker_(session_), process_symbols_(session_.createBareJITDylib("process")) {
  session_.setErrorReporter([](llvm::Error error) { llvm::consumeError(std::move(error)); });  // lookups return theirs
}

CodeLoader::~CodeLoader() { llvm::consumeError(session_.endSession()); }

Result<CodeLoader::Loaded> CodeLoader::load(std::unique_ptr<llvm::MemoryBuffer> object, const std::string& symbol) {
  orc::JITDylib& library = session_.createBareJITDylib(fmt::format("loop{}", libraries_made_.fetch_add(1)));
  library.addToLinkOrder(process_symbols_);
  if (llvm::Error error = linker_.add(library, std::move(object))) {
    unload(library);
    return llvm_failure("reading its own object", std::move(error));
  }
  auto found = session_.lookup({&library}, session_.intern(symbol));
  if (!found) {
    Error error = llvm_failure("linking", found.takeError());
    unload(library);
    return error;
  }
  return Loaded{&library, found->getAddress().toPtr<void*>()};
}

void CodeLoader::unload(orc::JITDylib& library) { llvm::consumeError(session_.removeJITDylib(library)); }

}  // namespace headrace
