// reference/aggregate.h — aggregates over all rows of a group at once.
#pragma once

#include <optional>

#include "reference/term.h"

namespace headrace::reference {

struct AggregateOrder {
  Term key;
  bool descending, nulls_first;

  friend bool operator==(const AggregateOrder&, const AggregateOrder&) = default;
};

struct AggregateTerm {
  std::string function;  // count sum avg …, after synonyms and arg_min
  bool distinct;
  std::vector<Term> arguments;  // count(*): none
  std::optional<Term> filter;
  std::vector<AggregateOrder> order;
  Type type = kInt64;

  friend bool operator==(const AggregateTerm&, const AggregateTerm&) = default;
};

// Fills in the type and converts the arguments. Throws an Error when the aggregate does not take them.
AggregateTerm bind_aggregate(AggregateTerm call);

// A row of the group, in the order of the input.
struct AggregateRow {
  Row arguments;
  Row keys;  // of the call's ORDER BY
};
// No faults among the rows; those that the filter removes are gone.
Datum aggregate(const AggregateTerm& call, const std::vector<AggregateRow>& rows);

}  // namespace headrace::reference
