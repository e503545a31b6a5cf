#include "plan/field_path.h"

#include <fmt/format.h>

#include "base/check.h"
#include "expr/text.h"
#include "types/nested_type.h"

namespace headrace {
namespace {

bool has_steps(Type type) { return type.id == TypeId::kStruct || type.id == TypeId::kList; }

std::string step_text(Type type, uint32_t field) {
  return type.id == TypeId::kList ? "[]" : "." + identifier_text(fields_of(type)[field].name);
}

// The step whose text `rest` begins with, which goes on with another one or ends. Nothing: there is none.
std::optional<uint32_t> find_step(Type type, std::string_view& rest) {
  if (!has_steps(type)) return std::nullopt;
  for (uint32_t field = 0; field < fields_of(type).size(); ++field) {
    const std::string text = step_text(type, field);
    if (!rest.starts_with(text)) continue;
    const std::string_view behind = rest.substr(text.size());
    if (!behind.empty() && behind[0] != '.' && behind[0] != '[') continue;
    rest = behind;
    return field;
  }
  return std::nullopt;
}

}  // namespace

bool is_path(const Schema& schema, const FieldPath& path) {
  if (path.empty() || path[0] >= schema.size()) return false;
  Type type = schema[path[0]].type;
  for (size_t i = 1; i < path.size(); ++i) {
    if (!has_steps(type) || path[i] >= fields_of(type).size()) return false;
    type = fields_of(type)[path[i]].type;
  }
  return true;
}

std::string path_text(const Schema& schema, const FieldPath& path) {
  CHECK(is_path(schema, path));
  Type type = schema[path[0]].type;
  std::string text = identifier_text(schema[path[0]].name);
  for (size_t i = 1; i < path.size(); ++i) {
    text += step_text(type, path[i]);
    type = fields_of(type)[path[i]].type;
  }
  return text;
}

Result<FieldPath> parse_path(const Schema& schema, std::string_view text) {
  for (uint32_t column = 0; column < schema.size(); ++column) {
    const std::string name = identifier_text(schema[column].name);
    if (!text.starts_with(name)) continue;
    FieldPath path = {column};
    Type type = schema[column].type;
    std::string_view rest = text.substr(name.size());
    while (const std::optional<uint32_t> field = find_step(type, rest)) {
      path.push_back(*field);
      type = fields_of(type)[*field].type;
    }
    if (rest.empty()) return path;
  }
  return Error{ErrorCode::kInvalidPlan, fmt::format("there is no field {}", text), "",
               "the columns are " + to_text(schema)};
}

std::vector<FieldPath> paths_in_column(const std::vector<FieldPath>& paths, uint32_t column) {
  std::vector<FieldPath> inside;
  for (const FieldPath& path : paths)
    if (path[0] == column) inside.emplace_back(path.begin() + 1, path.end());
  return inside;
}

std::optional<std::vector<FieldPath>> paths_inside(const std::vector<FieldPath>& paths, uint32_t field) {
  std::vector<FieldPath> inside;
  bool is_whole = paths.empty(), is_read = is_whole;
  for (const FieldPath& path : paths) {
    if (!path.empty() && path[0] != field) continue;
    is_read = true;
    is_whole = is_whole || path.size() <= 1;
    if (path.size() > 1) inside.emplace_back(path.begin() + 1, path.end());
  }
  if (!is_read) return std::nullopt;
  if (is_whole) inside.clear();
  return inside;
}

}  // namespace headrace
