// execute/loop.h — the boundary between the runtime and compiled code: plain data, no types that have code of their own.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "fuse/stage.h"
#include "kernel/context.h"

namespace headrace {

// A flat column as compiled loops read it. validity nullptr: no nulls, also where the value is declared nullable.
struct ColumnIn {
  const void* data;
  const uint8_t* validity;
};
// Room for limits::kVectorRowsMax values. A loop writes value and validity at the row's own position (not compacted);
// rows that do not survive hold unspecified initialised values. validity is nullptr where the value is not nullable.
struct ColumnOut {
  void* data;
  uint8_t* validity;
};

// One call of a loop over one batch. `inputs` follow LoopShape::inputs, `outputs` LoopShape::outputs.
struct LoopFrame {
  uint32_t rows;  // > 0
  uint32_t selected;  // rows in `selection`; equals rows when selection is nullptr
  const uint16_t* selection;  // ascending rows to look at; nullptr: all
  const ColumnIn* inputs;
  const ColumnOut* outputs;
  const void* const* constants;  // by Stage::constants index: value in vector layout; unused where structural or null
  uint8_t*
      active;  // [rows], set for looked-at rows: 1 when the row passed every filter of the loop; nullptr: no filter
  void* const* states;  // by Accumulate slot: batch-local, initialised by the caller
  KernelContext* context;
  // [steps of the loop] by step, added to: values that a fault made null, of rows that were active there. Read only where the shape has
  // faults_become_null.
  uint32_t* nulled = nullptr;
};

// Returns whether a row that it looked at faulted: a predicate where the row was still active, a value that leaves the
// loop or is accumulated where the row passed every filter before it. When not 0, outputs and states are worthless: the
// caller discards them and runs the batch in the interpreter.
using LoopCode = uint32_t (*)(const LoopFrame*);

// Steps [first, last) of a stage as one loop.
struct LoopShape {
  const Stage* stage;
  StepInterval interval;
  std::vector<ValueId> inputs;  // values read that were defined before the interval, ascending
  std::vector<ValueId> outputs;  // values defined inside that are read behind it, ascending
  bool has_filter = false;
  bool names_faults = false;  // the loop returns the fault bits of its rows, not just 1
  bool faults_become_null =
      false;  // policy `null`: a kernel's fault is a null result; values that may fault are declared nullable
};

// Everything the code of a loop depends on, and nothing else: step symbols, types, nullability, structural constants,
// inputs, outputs. Names and parameters do not matter. Build and CPU are the cache's business.
std::string shape_key(const LoopShape& shape);

// Owns machine code; destroying it frees the code.
class CompiledLoop {
 public:
  virtual ~CompiledLoop() = default;
  virtual LoopCode code() const = 0;
  virtual uint64_t code_bytes() const = 0;
  // The line that an address inside the code belongs to: i + 1 for step i of the interval, one more than the last step's
  // for the loop around them, 0 for anything else. For profiles by sampling.
  virtual uint32_t line_at(const void* address) const = 0;
};

struct ForeignKernel;  // execute/foreign.h

// The LLVM module, loaded at first need. Thread-safe.
class Compiler {
 public:
  virtual ~Compiler() = default;
  // kUnsupported when a step cannot be compiled (a Probe).
  virtual Result<std::unique_ptr<CompiledLoop>> compile(const LoopShape& shape) = 0;
  virtual std::string ir_of(const LoopShape& shape) = 0;  // optimised LLVM IR, for explain
  // Whether a user's bitcode can be used as declared; kBadInput says what is wrong (execute/foreign.h).
  virtual Status verify_foreign(const ForeignKernel& kernel) = 0;
};

// dlopens headrace_compile beside the executable (or at HEADRACE_COMPILE_MODULE) once. kIo when it cannot be loaded.
Result<Compiler*> load_compiler();
// What the module exports: extern "C" headrace::Compiler* headrace_make_compiler().
inline constexpr const char* kCompilerEntry = "headrace_make_compiler";

}  // namespace headrace
