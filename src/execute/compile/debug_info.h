// execute/compile/debug_info.h — what debuggers see of machine code: each step of a loop as a function that was inlined into it.
#pragma once

#include <llvm/IR/DIBuilder.h>
#include <llvm/IR/DebugInfoMetadata.h>
#include <llvm/IR/Module.h>

#include <vector>

#include "execute/loop.h"

namespace headrace {

// Whether HEADRACE_DEBUG_INFO is set: loops are told to a debugger, and their steps have names there.
bool tells_debuggers();

// A file "stage" in which every step is a line: what a sampled program counter is mapped back with.
class StepLines {
 public:
  // Of `function`, the loop of the shape.
  StepLines(llvm::Module& module, llvm::Function& function, const LoopShape& shape);

  // Step i of the interval is line i + 1, everything else the line behind the last.
  llvm::DILocation* line(uint32_t line) const;

 private:
  llvm::DISubprogram* loop_;
  std::vector<llvm::DISubprogram*> steps_;  // empty: nobody asks for their names
};

}  // namespace headrace
