// kernel/loops.h — the interpreter's loops: one per overload and aggregate, generated from kernel/list.def, compiled for
// several instruction sets and chosen once by what the CPU has.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "kernel/context.h"
#include "kernel/function.h"

namespace headrace {

inline constexpr uint32_t kArgumentsMax = 4;

// Constant arguments (bit set in constant_mask) are read at index 0, others at the row. Pointers of arguments that a kernel
// does not have are ignored.
struct LoopArguments {
  uint32_t rows = 0;
  const uint16_t* selection = nullptr;  // rows to look at, ascending; nullptr: all
  uint32_t selected = 0;  // length of selection
  uint32_t constant_mask = 0;
  const void* data[kArgumentsMax] = {};
  // Kernels that see nulls and faults: [rows] (constant: [1]); nullptr: all valid, no faults. Plain kernels ignore them.
  const uint8_t* validity[kArgumentsMax] = {};
  const uint8_t* faults[kArgumentsMax] = {};
  // Plain kernels, to find which rows fault: evaluates where run[row] != 0 and writes out_faults there. nullptr: evaluates
  // every row and only accumulates.
  const uint8_t* run = nullptr;
  bool checked = true;  // false: no row can fault, so that the loop may return 0 without looking
  void* out = nullptr;
  uint8_t* out_validity = nullptr;  // kernels that see nulls: always written when any argument has validity or faults
  uint8_t* out_faults = nullptr;  // written by plain kernels under `run`, by the others when any argument has faults
  KernelContext* context = nullptr;
};

// Returns the fault bits that were set in any row it looked at.
using KernelLoop = uint32_t (*)(const LoopArguments&);

inline constexpr uint32_t kAggregateArgumentsMax = 2;

// Rows to aggregate: `data` by row, validity [rows] or nullptr; those that are constant (bit set in constant_mask) are read
// at index 0.
struct AggregateArguments {
  uint32_t rows = 0;
  const uint16_t* selection = nullptr;
  uint32_t selected = 0;
  uint32_t constant_mask = 0;
  const void* data[kAggregateArgumentsMax] = {};
  const uint8_t* validity[kAggregateArgumentsMax] = {};
  KernelContext* context = nullptr;
};

// States are raw memory of AggregateOverload::state_bytes, trivially relocatable within their arena's life.
struct AggregateFunctions {
  void (*init)(void* state);
  void (*begin)(void* state, int64_t rows);  // StateOrder::kSorted: how many rows will come; else nullptr
  void (*update_one)(void* state, const AggregateArguments& rows);  // all rows into one state
  // Row i of the batch into the state at states[i] + offset. states follows rows (dense) or the selection's order.
  void (*update_grouped)(char* const* states, uint32_t offset, const AggregateArguments& rows);
  void (*merge)(void* state, const void* other, KernelContext& context);
  // Writes one value in vector layout; returns validity. `scale` of a decimal argument, else 0. Fault bits are or-ed in.
  bool (*finish)(const void* state, void* out, uint32_t& fault_bits, int32_t scale);
  void (*serialize)(const void* state, std::string& to);
  bool (*deserialize)(void* state, std::string_view from, KernelContext& context);  // false: damaged
};

// What one family compiles to for one instruction set: in the order of its lines.
struct FamilyLoops {
  std::span<const KernelLoop> kernels;
  std::span<const AggregateFunctions> aggregates;
};
struct LoopLevel {
  const char* instruction_set;
  std::span<const FamilyLoops* const> families;  // in the order of list.def
};

struct LoopTable {
  const char* instruction_set;
  std::span<const KernelLoop> kernels;  // by Overload::id
  std::span<const AggregateFunctions> aggregates;  // by AggregateOverload::id
};

// The fastest table that this CPU runs; HEADRACE_INSTRUCTION_SET = v2 | v3 | v4 forces a lower one.
const LoopTable& loop_table();

// Room for a row-wise array of bytes that is all ones or all zeros, limits::kVectorRowsMax long.
extern const uint8_t kAllOnes[limits::kVectorRowsMax];
extern const uint8_t kAllZeros[limits::kVectorRowsMax];

}  // namespace headrace
