// fuse/machine.h — what the parts of a loop take on a machine: the numbers that the cost model multiplies with.
// `headrace calibrate` measures them (execute/calibrate.h) and keeps them as text; where nothing was measured the hints of contracts stand in.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "kernel/function.h"

namespace headrace {

// ns per row beyond what its loop takes in any case.
struct KernelPrice {
  double vector_ns = 0;  // all rows of a vector
  double selected_ns = 0;  // each row of a selection
  bool vectorises =
      false;  // compiled code works on several rows at once where all rows are wanted; if not, its loop does not
};

// Levels: nearest, second and third cache, memory.
inline constexpr size_t kMemoryLevels = 4;

struct Machine {
  std::string processor;  // empty: of no machine, what is compiled in
  std::array<uint64_t, kMemoryLevels - 1> cache_bytes;
  std::array<double, kMemoryLevels> byte_ns;  // one byte written and read again, by the level that it reaches
  // A value at an address in no order, while others are under way, by the level that all of them reach.
  std::array<double, kMemoryLevels> lookup_ns;
  // A column of a file: a value, and a byte of its pages as they are when decompressed.
  double read_value_ns, read_byte_ns;
  double branch_miss_ns;
  double loop_call_ns;  // of a loop, for a batch
  double row_ns;  // of a loop that goes row by row: finding the row
  double selection_ns;  // per row: a mask becomes a list of rows
  double compile_ns, compile_step_ns;  // a loop, and each step of it
  double code_ns(uint32_t steps) const { return compile_ns + steps * compile_step_ns; }
  std::vector<KernelPrice> kernels, aggregates;  // by id

  // The level that so many bytes stay in.
  size_t level_of(uint64_t bytes) const;
  // ns of a row that looks into a state of so many bytes: the place of its hash, then the row.
  double state_ns(uint64_t bytes) const { return 2 * lookup_ns[level_of(bytes)]; }
  KernelPrice price_of(const Overload& kernel) const;
  KernelPrice price_of(const AggregateOverload& aggregate) const;
};

// Of no machine: kernels by the hints of their contracts, the rest as on a server of the year 2020.
const Machine& usual_machine();

std::string to_text(const Machine& machine);
// kBadInput: no such text, with the line. Kernels that this build does not have are passed over, others keep their hints.
Result<Machine> parse_machine(std::string_view text);

}  // namespace headrace
