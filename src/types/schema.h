// types/schema.h — names, types and nullability of the columns of a relation.
#pragma once

#include <string>
#include <vector>

#include "types/type.h"

namespace headrace {

struct Column {
  std::string name;
  Type type;
  bool nullable = true;

  friend bool operator==(const Column&, const Column&) = default;
};

using Schema = std::vector<Column>;

std::string to_text(const Schema& schema);  // "[a: int64, b: utf8?]"; '?' marks nullable

}  // namespace headrace
