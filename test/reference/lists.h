// reference/lists.h — sets, choices and aggregates of lists, entries of maps (reference/nested.h: their parts).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reference/term.h"

namespace headrace::reference {

// The call with its types when `name` is such a function and takes these arguments.
std::optional<Term> bind_lists(const std::string& name, const std::vector<Term>& arguments);

// What bind_lists made, on arguments none of which is a fault. nullopt: another function.
std::optional<Datum> apply_lists(const Term& call, const std::vector<Datum>& arguments);

}  // namespace headrace::reference
