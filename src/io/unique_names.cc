#include "io/unique_names.h"

#include <fmt/format.h>

#include <set>

#include "expr/lexer.h"

namespace headrace {

Schema with_unique_names(Schema schema) {
  std::set<std::string> taken;
  for (Column& column : schema) {
    std::string name = column.name;
    for (uint32_t number = 1; !taken.insert(to_lower(name)).second; ++number)
      name = fmt::format("{}_{}", column.name, number);
    column.name = std::move(name);
  }
  return schema;
}

}  // namespace headrace
