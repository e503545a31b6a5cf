// reference/nested.h — lists, structs and maps in the reference: a value is the vector of its fields; a map's are keys and values
// by turns.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reference/term.h"

namespace headrace::reference {

// The call with its types when `name` is a function of nested values that takes these arguments.
std::optional<Term> bind_nested(const std::string& name, const std::vector<Term>& arguments);

// The type of two nested ones whose fields have common types; structs have the fields of both.
std::optional<Type> common_nested(Type left, Type right);
// Whether a struct's fields are v1, v2 …, as row() names them.
bool is_row(Type type);
// With int32 for what has no type but NULL's, as results have.
Type whole_type(Type type);

// What bind_nested made, on arguments none of which is a fault; nulls are the function's business. nullopt: another function.
std::optional<Datum> apply_nested(const Term& call, const std::vector<Datum>& arguments);

}  // namespace headrace::reference
