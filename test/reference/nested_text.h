// reference/nested_text.h — lists, structs and maps to text, to one another and back.
#pragma once

#include <string>
#include <string_view>

#include "reference/datum.h"

namespace headrace::reference {

// [1, 2, NULL], {'a': 1, 'b': x y}, {k=v}; text between ' where it would read as something else.
std::string nested_text(const Datum& value, Type type);
// What nested_text writes, with blanks between; a struct's fields in any order, those that are missing null. A fault otherwise.
Datum read_nested(std::string_view text, Type type);

bool has_nested_cast(Type from, Type to);
// Field by field. Requires has_nested_cast.
Datum cast_nested(const Datum& value, Type from, Type to);

}  // namespace headrace::reference
