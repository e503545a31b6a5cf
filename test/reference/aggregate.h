// reference/aggregate.h — aggregates over all values of a group at once.
#pragma once

#include <optional>

#include "reference/term.h"

namespace headrace::reference {

struct AggregateTerm {
  std::string function;  // count sum avg min max
  bool distinct;
  std::optional<Term> argument;  // none: count(*)
  Type type;

  friend bool operator==(const AggregateTerm&, const AggregateTerm&) = default;
};

// Throws an Error when the aggregate does not take the argument.
AggregateTerm bind_aggregate(const std::string& function, bool distinct, std::optional<Term> argument);

// `values`: the argument on each row of the group, no faults among them; for count(*) anything but null.
Datum aggregate(const AggregateTerm& call, const std::vector<Datum>& values);

}  // namespace headrace::reference
