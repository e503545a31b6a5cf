#include "kernel/faults.h"

namespace headrace {

const char* fault_name(uint32_t bits) {
  switch (bits & (0 - bits)) {
    case Faults::kOverflow: return "overflow";
    case Faults::kDivisionByZero: return "division by zero";
    case Faults::kBadCast: return "bad cast";
    case Faults::kOutOfRange: return "out of range";
    case Faults::kBadUtf8: return "invalid UTF-8";
    case Faults::kForeign: return "error in a user function";
    case Faults::kMemory: return "out of memory";
    case Faults::kBadArgument: return "bad argument";
    default: return bits == 0 ? "no fault" : "unknown fault";
  }
}

}  // namespace headrace
