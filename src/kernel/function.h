// kernel/function.h — the catalogue: every function and aggregate with its overloads, derived from kernel/list.def.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "kernel/contract.h"
#include "types/type.h"

namespace headrace {

// One scalar function: all overloads share its contract and documentation.
struct Function {
  std::string_view name;           // "add"
  std::string_view sql;            // how people write it: "a + b", "upper(text)"
  std::string_view documentation;  // one sentence
  Contract contract;
  bool literals_shape_code;  // literal arguments (scales, patterns) are compiled in; otherwise they are parameters
  std::span<const struct Overload> overloads;
};

// One kernel for one list of argument types. Decimal arguments match any precision and scale; `resolve` has made them
// agree where the kernel needs it, and has passed scales as int32 literals where the kernel takes them.
struct Overload {
  const Function* function;
  std::string_view symbol;  // unique: "add_i64_i64"; kernel/bitcode.cc says how compiled code calls it
  TypeId result;
  std::span<const TypeId> arguments;
  uint32_t id;  // dense, from 0: index into a LoopTable
  // Bit i: argument i may be of any type that lies in a vector as arguments[i] does (kernel/tags.h). The result then is of
  // the first such argument's type, where result_by_layout.
  uint32_t layout_arguments = 0;
  bool result_by_layout = false;

  bool accepts(size_t argument, TypeId given) const {
    return given == arguments[argument] ||
           ((layout_arguments >> argument & 1) != 0 && layout_of(given) == arguments[argument]);
  }
  bool gives(TypeId wanted) const { return wanted == result || (result_by_layout && layout_of(wanted) == result); }
};

// The rows that a state must be given, and in which order, for its result not to depend on workers.
enum class StateOrder : uint8_t {
  kFree,  // in any order, merged as they come
  kInput,  // the call's ORDER BY, else the order of the input: list, string_agg
  kFirst,  // of that order only the first row
  kLast,  // of that order only the last row
  kSorted,  // sorted by the first argument, and their number in advance: median, mode
};

// One aggregate for one list of argument types (none: count(*)).
struct AggregateOverload {
  const struct Aggregate* aggregate;
  std::string_view symbol;  // "sum_i64"; kernel/bitcode.cc says how compiled code calls it
  TypeId result;
  std::span<const TypeId> arguments;
  bool result_nullable;  // null when no row was aggregated
  uint32_t state_bytes, state_alignment;
  StateOrder order;
  const void* state_family;  // those of one family have the same state and differ in what they make of it
  bool keeps_nulls;  // a null first argument is a row; otherwise rows with a null argument are skipped
  uint32_t id;  // dense, from 0
  uint32_t layout_arguments = 0;  // as Overload::layout_arguments
  bool result_by_layout = false;  // the result is of the first argument's type

  bool accepts(size_t argument, TypeId given) const {
    return given == arguments[argument] ||
           ((layout_arguments >> argument & 1) != 0 && layout_of(given) == arguments[argument]);
  }
  bool gives(TypeId wanted) const { return wanted == result || (result_by_layout && layout_of(wanted) == result); }
};

struct Aggregate {
  std::string_view name;
  std::string_view sql;
  std::string_view documentation;
  Contract contract;
  std::span<const AggregateOverload> overloads;
};

// A function that typing makes of others (expr/call_rules.h): nothing computes it under its own name.
struct RewrittenFunction {
  std::string_view name, sql, documentation;
};

// Another name that people write.
struct Synonym {
  std::string_view written, name;
};

std::span<const RewrittenFunction> rewritten_functions();  // sorted by name
std::span<const Synonym> synonyms();
std::string_view canonical_name(std::string_view lower_name);  // the name itself unless it is a synonym

std::span<const Function> functions();  // sorted by name
std::span<const Aggregate> aggregates();  // sorted by name

const Function* find_function(std::string_view name);  // nullptr: unknown
// What the function distributes over, and that over it; nullptr: there is none.
const Function* dual_of(const Function& function);
const Aggregate* find_aggregate(std::string_view name);  // nullptr: unknown
const Overload* find_overload(std::string_view symbol);
const AggregateOverload* find_aggregate_overload(std::string_view symbol);

// Adds a user's function (execute/foreign.h), which then lives for the process; its overloads' ids begin at
// kForeignOverloadFirst and index no LoopTable. find_function and find_overload see it. False: the name is taken.
// Thread-safe.
inline constexpr uint32_t kForeignOverloadFirst = uint32_t{1} << 31;
bool register_function(const Function& function);

}  // namespace headrace
