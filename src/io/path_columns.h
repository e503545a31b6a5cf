// io/path_columns.h — columns whose values the path of a file says: the path itself, and hive partitions, a folder key=value each.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "types/schema.h"
#include "types/value.h"

namespace headrace {

struct PathOptions {
  std::optional<std::string> filename = {};  // the name of a column with each row's file
  std::optional<bool> hive = {};  // nothing: if all paths have folders key=value of the same keys
  bool hive_autocast = true;  // else what `hive_types` does not name is utf8
  std::vector<std::pair<std::string, Type>> hive_types = {};
};

struct PathColumns {
  Schema schema;  // filename, then the keys in the order of their names
  std::vector<std::vector<Value>> values;  // [path][column]
};

// As DuckDB: a key that none of `hive_types` names is int64, date or timestamp if the text of every value, as it stands in the path, is one, else
// utf8; then values are read with %XX decoded. `__HIVE_DEFAULT_PARTITION__` is null, and so is `null` but as text. Of a key that
// a path has twice the first counts. Unlike DuckDB's, keys are decoded too, since our writer and DuckDB's encode them.
// kInvalidPlan: paths differ in their keys although `hive` is true, or `hive_types` names none of them. kBadInput: a value is none of its type.
Result<PathColumns> find_path_columns(const std::vector<std::string>& paths, const PathOptions& options);

}  // namespace headrace
