// execute/compile/code_loader.h — puts object files into executable memory, through LLVM's ORC.
#pragma once

#include <llvm/ExecutionEngine/Orc/Core.h>
#include <llvm/ExecutionEngine/Orc/ObjectLinkingLayer.h>
#include <llvm/Support/MemoryBuffer.h>

#include <atomic>
#include <memory>
#include <string>

#include "base/error.h"

namespace headrace {

// Thread-safe. Outlives everything it loaded.
class CodeLoader {
 public:
  static Result<std::unique_ptr<CodeLoader>> make();
  ~CodeLoader();

  struct Loaded {
    llvm::orc::JITDylib* library;
    void* address;  // of `symbol`
  };
  // Links the object against this process. kUnsupported when a symbol is missing.
  Result<Loaded> load(std::unique_ptr<llvm::MemoryBuffer> object, const std::string& symbol);
  void unload(llvm::orc::JITDylib& library);

 private:
  explicit CodeLoader(std::unique_ptr<llvm::orc::ExecutorProcessControl> process);

  llvm::orc::ExecutionSession session_;
  llvm::orc::ObjectLinkingLayer linker_;
  llvm::orc::JITDylib& process_symbols_;
  std::atomic<uint64_t> libraries_made_{0};
};

}  // namespace headrace
