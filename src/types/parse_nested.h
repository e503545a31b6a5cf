// types/parse_nested.h — lists, structs and maps from the text that result tables print.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "types/parse_value.h"

namespace headrace {

// The bytes (types/nested_value.h) of "[1, 2, NULL]", "{'a': 1, 'b': x}" or "{k=v}", with blanks anywhere between; text is bare
// or between ' with \ or '' before what it would end at. A struct's fields may stand in any order, and those that are missing
// are null. `read` makes values of what stands inside. Nothing: it is no such value, or nested too deeply.
using ReadValue = Result<Value> (*)(std::string_view text, Type type);
std::optional<std::string> parse_nested(std::string_view text, Type type, ReadValue read = parse_value);

}  // namespace headrace
