// plan/field_path.h — the way from a table's column to one field inside its values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "types/schema.h"

namespace headrace {

// The column's number, then those of fields: of a struct its field, from 0; of a list 0, its element. All below the end is meant.
using FieldPath = std::vector<uint32_t>;

// "user.city.lat", "items[].price"; names that are no plain words are quoted. Requires a path of the schema.
std::string path_text(const Schema& schema, const FieldPath& path);
// The path with that text. kInvalidPlan: there is none.
Result<FieldPath> parse_path(const Schema& schema, std::string_view text);

// Whether each of its steps but the first leads into a struct or a list.
bool is_path(const Schema& schema, const FieldPath& path);

// Those of one column, without its number; none: all of it is read.
std::vector<FieldPath> paths_in_column(const std::vector<FieldPath>& paths, uint32_t column);

// What is read of one field of a value of which `paths` are read (none: all of it): the paths inside, none for all of it; nullopt: nothing.
std::optional<std::vector<FieldPath>> paths_inside(const std::vector<FieldPath>& paths, uint32_t field);

}  // namespace headrace
