// reference/moments.h — intervals and what is done with them and with moments, said a second time.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reference/term.h"

namespace headrace::reference {

// + - * between dates, times, timestamps and intervals; nullopt: other operands.
std::optional<Term> bind_moments(const std::string& name, Term left, Term right);
// to_days(n) and its kin; nullopt: another function.
std::optional<Term> bind_units(const std::string& name, const std::vector<Term>& arguments);
// A function that these two named, on values that are neither null nor fault; nullopt: another function.
std::optional<Datum> apply_moments(const Term& call, const std::vector<Datum>& arguments);

}  // namespace headrace::reference
