// io/format/json_shape.h — what is read out of a JSON value: a type, and what it does not say.
#pragma once

#include <string>
#include <vector>

#include "plan/field_path.h"
#include "types/type.h"

namespace headrace {

struct JsonShape {
  Type type = kNullType;
  bool as_json = false;  // utf8: the value's text as the file has it, quotes and escapes included
  bool guessed =
      false;  // what would have changed the guess is no value of it: a string among numbers, digits that float64 loses
  bool is_left_out = false;  // in a struct: its value is passed over, and null
  std::vector<std::string> keys;  // struct: those of its fields, which may differ in case alone
  std::vector<JsonShape> inside;  // list: the element; map: key and value; struct: its fields
};

// Of a type that somebody declared: keys are the names of the fields.
JsonShape json_shape(Type type);
// Without what none of the paths leads to; `paths` as for paths_inside().
JsonShape narrowed(JsonShape shape, const std::vector<FieldPath>& paths);
// "json", or a type's text.
Result<JsonShape> parse_json_shape(std::string_view text);

}  // namespace headrace
