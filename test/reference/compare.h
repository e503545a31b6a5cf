// reference/compare.h — two answers, bit for bit.
#pragma once

#include <string>

#include "reference/reference.h"

struct ArrowArrayStream;

namespace headrace::reference {

// Empty when they are the same: names, types, rows; rows in order when `expected` is ordered, else as multisets. Otherwise
// what differs first.
std::string difference(const Answer& expected, const Answer& found);

// The rows of an Arrow stream, which is taken over.
Result<Answer> read_stream(ArrowArrayStream* stream);

}  // namespace headrace::reference
