// reference/reference.h — what a query must answer, computed one row at a time. It shares the parser and the written plan
// with the engine, and nothing behind them: no typing, kernels, casts, optimizer or readers.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "types/schema.h"
#include "types/value.h"

namespace headrace::reference {

struct Answer {
  Schema schema;  // nullability is not derived: always true
  std::vector<std::vector<Value>> rows;  // NaNs are canonical
  bool ordered = false;  // whether the order of rows is part of the answer
};

// Runs all statements: CREATE VIEW, SET on_error (other settings mean nothing here), queries. The answer is the last
// query's. A fault under `fail` is an Error of code kFault whose message is its name: "overflow", "division by zero" …
Result<Answer> run_reference(std::string_view sql);

// The answer as CSV: a header, null as an empty field, text in quotes.
std::string to_csv(const Answer& answer);

}  // namespace headrace::reference
