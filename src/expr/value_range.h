// expr/value_range.h — from the ranges of a call's arguments to that of its result, and whether a fault is possible at all.
// What is proven here costs nothing at run time: a call that cannot fault is compiled without its check.
#pragma once

#include <span>

#include "kernel/function.h"
#include "types/value.h"
#include "types/value_range.h"

namespace headrace {

struct CallRange {
  ValueRange range;  // of the rows that do not fault
  bool can_fault = true;
};

// All values of the type; for types that are not integers (bool, int32, int64, date) the range says nothing.
ValueRange whole_range(TypeId type);
// The number alone; the whole range for a null and for types that are not integers.
ValueRange range_of_literal(const Value& value);

// `arguments` holds a range for each argument of the kernel. Functions that are not listed in value_range.cc give the whole
// range of their type and can fault.
CallRange range_of_call(const Overload& kernel, std::span<const ValueRange> arguments);

}  // namespace headrace
