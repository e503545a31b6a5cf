// runtime/range_source.h — sources that need no table: numbers in a row, and the one row of a SELECT without FROM.
#pragma once

#include <memory>

#include "runtime/operator.h"

namespace headrace {

// One int64 column: begin … end-1, in order; empty when end <= begin.
std::unique_ptr<Source> make_range_source(int64_t begin, int64_t end);

// No columns, one row.
std::unique_ptr<Source> make_one_row_source();

}  // namespace headrace
