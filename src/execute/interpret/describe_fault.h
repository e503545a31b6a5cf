// execute/interpret/describe_fault.h — a row's fault in words: which call faulted, on which values, what it should have given.
#pragma once

#include <string>
#include <vector>

#include "execute/slot.h"
#include "fuse/stage.h"

namespace headrace {

struct FaultDescription {
  std::string text;  // "bad cast in cast(a as int64), where a is '12x': expected int64"
  TextPosition where;  // of the call that faulted, which may stand deep inside the value that was read
};

// Requires that `value` carries a fault on `row`, and that the slots hold what the batch computed up to there. Long texts
// and deep expressions are shortened.
FaultDescription describe_fault(const Stage& stage, const std::vector<Slot>& slots, ValueId value, uint32_t row);

}  // namespace headrace
