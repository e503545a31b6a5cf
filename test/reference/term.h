// reference/term.h — an expression with its types, ready to be evaluated on one row after the other.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "reference/datum.h"

namespace headrace::reference {

struct Term {
  enum class Kind { kColumn, kLiteral, kValue, kCast, kCall, kQuery };
  Kind kind;
  Type type;
  uint32_t column = 0;          // kColumn
  Datum value = {};             // kLiteral; kValue: a constant that does not adapt to types, such as a subquery's
  std::string function = {};    // kCall
  std::vector<Term> arguments = {};
  // kQuery: a subquery's value for a row of the query around it, whose columns it reads are the arguments.
  std::shared_ptr<const std::function<Datum(const std::vector<Datum>& row)>> query = {};
  bool typed = false;  // kLiteral: a cast says its type, an integer does not adapt

  friend bool operator==(const Term& left, const Term& right);
};

Term column_term(uint32_t column, Type type);
Term literal_term(Datum value, Type type);
Term value_term(Datum value, Type type);
Term cast_term(Term input, Type to);  // the input itself when it has the type; a literal NULL changes its type only

enum class OnFault { kFail, kNull };

// The value of a term on a row. Under kNull each call that faults is null at once, so that no Faulted comes back.
Datum evaluate(const Term& term, const Row& row, OnFault on_fault);

// A function on arguments that are neither null nor fault. Requires that bind.cc typed the call.
Datum apply(const Term& call, const std::vector<Datum>& arguments);

}  // namespace headrace::reference
