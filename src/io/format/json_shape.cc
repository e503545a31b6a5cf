#include "io/format/json_shape.h"

#include "io/format/option_text.h"
#include "types/nested_type.h"

namespace headrace {

JsonShape json_shape(Type type) {
  JsonShape shape;
  shape.type = type;
  if (!is_nested(type.id)) return shape;
  for (const NestedField& field : fields_of(type)) {
    shape.keys.push_back(field.name);
    shape.inside.push_back(json_shape(field.type));
  }
  return shape;
}

Result<JsonShape> parse_json_shape(std::string_view text) {
  if (lower_word(text) == "json") {
    JsonShape shape = json_shape(kUtf8);
    shape.as_json = true;
    return shape;
  }
  TRY(type, parse_type(text));
  return json_shape(type);
}

}  // namespace headrace
