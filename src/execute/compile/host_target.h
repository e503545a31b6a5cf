// execute/compile/host_target.h — the processor that compiled loops are made for: this one.
#pragma once

#include <llvm/Target/TargetMachine.h>

#include <memory>
#include <string>

#include "base/error.h"

namespace headrace {

struct HostTarget {
  std::string triple, cpu, features;
};

// Starts LLVM's code generator for this processor. Once per process; thread-safe.
const HostTarget& host_target();

// A code generator of one's own: LLVM's are for one thread at a time.
Result<std::unique_ptr<llvm::TargetMachine>> make_target_machine();

// What LLVM reports as a failure that a query can survive.
Error llvm_failure(const char* doing, const std::string& message);
Error llvm_failure(const char* doing, llvm::Error error);

}  // namespace headrace
