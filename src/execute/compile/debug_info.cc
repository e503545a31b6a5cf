#include "execute/compile/debug_info.h"

#include <cstdlib>

#include "execute/compile/loop_emitter.h"
#include "fuse/edges.h"

namespace headrace {

bool tells_debuggers() {
  static const bool asked = std::getenv("HEADRACE_DEBUG_INFO") != nullptr;
  return asked;
}

StepLines::StepLines(llvm::Module& module, llvm::Function& function, const LoopShape& shape) {
  llvm::DIBuilder builder(module);
  llvm::DIFile* file = builder.createFile("stage", "");
  builder.createCompileUnit(llvm::DISourceLanguageName(llvm::dwarf::DW_LANG_C), file, "headrace", /*isOptimized=*/true,
                            "", 0, "", llvm::DICompileUnit::LineTablesOnly);
  llvm::DISubroutineType* type = builder.createSubroutineType(builder.getOrCreateTypeArray({}));
  const auto make = [&](const std::string& name, uint32_t line) {
    return builder.createFunction(file, name, "", file, line, type, line, llvm::DINode::FlagZero,
                                  llvm::DISubprogram::SPFlagDefinition);
  };
  loop_ = make(kLoopSymbol, 1);
  for (uint32_t step = shape.interval.first; tells_debuggers() && step < shape.interval.last; ++step)
    steps_.push_back(make(step_label(*shape.stage, step), step - shape.interval.first + 1));
  function.setSubprogram(loop_);
  builder.finalize();
  module.addModuleFlag(llvm::Module::Warning, "Debug Info Version", llvm::DEBUG_METADATA_VERSION);
  module.addModuleFlag(llvm::Module::Warning, "Dwarf Version", 5);
}

llvm::DILocation* StepLines::line(uint32_t line) const {
  llvm::LLVMContext& context = loop_->getContext();
  llvm::DILocation* const in_loop = llvm::DILocation::get(context, line, 0, loop_);
  if (line == 0 || line > steps_.size()) return in_loop;
  return llvm::DILocation::get(context, line, 0, steps_[line - 1], in_loop);
}

}  // namespace headrace
