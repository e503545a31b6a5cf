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

JsonShape narrowed(JsonShape shape, const std::vector<FieldPath>& paths) {
  if (paths.empty()) return shape;
  for (uint32_t field = 0; field < shape.inside.size(); ++field) {
    JsonShape& inside = shape.inside[field];
    const auto read = paths_inside(paths, field);
    inside.is_left_out = !read.has_value();
    if (read.has_value()) inside = narrowed(std::move(inside), *read);
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
