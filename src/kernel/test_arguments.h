// kernel/test_arguments.h — for tests: columns of arguments that a kernel could be called with. Where its arguments belong together, as
// a list, the shape of its type and a field of its elements do, they are drawn so.
#pragma once

#include <random>

#include "kernel/function.h"
#include "kernel/test_columns.h"

namespace headrace {

struct DrawnCall;  // how the arguments of a kernel of nested values are drawn

// Of one call; all columns of one round are of types that may meet in it.
class ArgumentMaker {
 public:
  ArgumentMaker(const Overload& overload, uint64_t round);

  // The same in all rows: read at row 0.
  bool is_constant(size_t argument) const;
  // With nulls where it is not constant.
  TestColumn make(size_t argument, uint32_t rows, DrawnValues values, std::mt19937_64& random) const;

 private:
  Type type_of(size_t argument) const;

  const Overload& overload_;
  const DrawnCall* call_;  // nullptr: each argument is drawn by its own type
  Type type_;  // of the value that the call is about; of arguments by layout where there is no such call
};

}  // namespace headrace
