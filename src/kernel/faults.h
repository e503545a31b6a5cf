// kernel/faults.h — what can go wrong in a value. A kernel returns faults as bits; a loop accumulates them; only a batch
// with a bit set is looked at again (docs/faults.md).
#pragma once

#include <cstdint>

namespace headrace {

struct Faults {
  enum Bit : uint32_t {
    kOverflow = 1,  // the result does not fit its type
    kDivisionByZero = 2,
    kBadCast = 4,  // the text or value does not convert
    kOutOfRange = 8,  // a date or time outside the calendar we keep
    kBadUtf8 = 16,
    kForeign = 32,  // a user function's own error
    kMemory = 64,  // no memory for a string result
    kBadArgument =
        128,  // an argument that the function has no answer for: a pattern that says nothing, a negative count …
  };
  uint32_t bits = 0;

  void overflow_if(bool fault) { bits |= static_cast<uint32_t>(fault) * kOverflow; }
  void add_if(Bit bit, bool fault) { bits |= static_cast<uint32_t>(fault) * bit; }
};

// "overflow", "division by zero" …: the lowest bit set.
const char* fault_name(uint32_t bits);

// A value as the kernels see it that care about nulls and faults (AND, OR, if_else, coalesce, is_null).
template <class T>
struct Outcome {
  T value;
  bool valid;
  uint32_t fault;  // Faults::bits; when not 0, value and valid mean nothing
};

}  // namespace headrace
