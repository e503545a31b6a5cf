// execute/foreign.h — a user's function in LLVM bitcode as one more kernel: it joins compiled loops under the contract that
// its author declares, and runs in the interpreter through a compiled loop of one step.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "execute/loop.h"
#include "kernel/function.h"
#include "kernel/loops.h"

namespace headrace {

enum class ForeignAbi : uint8_t {
  kC,  // R f(A, B, …) or R f(A, B, …, uint32_t* faults); Faults bits are or-ed into *faults
  kNumba,  // int32_t f(R* result, void** exception, A, B, …); a status other than 0 is Faults::kForeign
};

// Types are bool (int8_t), int32, int64, float64, date (int32_t) and timestamp (int64_t).
struct ForeignSpec {
  std::string name;  // as expressions call it; no function of that name exists yet
  std::string symbol;  // in the bitcode
  std::string bitcode;  // what the file holds: LLVM bitcode or its text form, from LLVM 22 or earlier
  ForeignAbi abi = ForeignAbi::kC;
  TypeId result = TypeId::kNull;
  std::vector<TypeId> arguments;  // 1 to kArgumentsMax
  Contract contract;  // nulls must be kPropagate: null in, null out
  std::string documentation;
};

struct ForeignKernel {
  ForeignSpec spec;
  uint64_t bitcode_hash = 0;
  Function function;  // views into spec
  Overload overload;
};

// Checks and compiles the bitcode and adds the function to the catalogue, for the process's life. kBadInput: what is wrong with the
// bitcode or the declaration; kIo: the compiler module is missing. Thread-safe.
Result<const Overload*> register_foreign(ForeignSpec spec);

// nullptr: one of our own kernels. Thread-safe.
const ForeignKernel* find_foreign(const Overload& overload);

// A user's kernel for the interpreter, with the meaning of a KernelLoop (kernel/loops.h); rows in which an argument is null
// are left out.
class ForeignLoop {
 public:
  ForeignLoop(const ForeignKernel& kernel, std::unique_ptr<CompiledLoop> compiled)
      : kernel_(kernel), compiled_(std::move(compiled)) {}
  uint32_t run(const LoopArguments& arguments) const;  // as KernelLoop; thread-safe

 private:
  uint32_t run_all(const LoopArguments& arguments) const;
  uint32_t run_row(const LoopArguments& arguments, uint32_t row) const;

  const ForeignKernel& kernel_;
  std::unique_ptr<CompiledLoop> compiled_;
};

// Requires find_foreign(overload) != nullptr. Thread-safe.
const ForeignLoop& foreign_loop(const Overload& overload);

}  // namespace headrace
