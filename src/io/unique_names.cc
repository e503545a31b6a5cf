#include "io/unique_names.h"

#include <fmt/format.h>

#include "expr/lexer.h"

namespace headrace {

std::string UniqueNames::key_of(const std::string& name) const {
  return tells_ == Case::kTells ? name : to_lower(name);
}

std::string UniqueNames::take(std::string name) {
  const auto [known, is_new] = next_.emplace(key_of(name), 1);
  if (is_new) return name;
  // Names in front of this number were found taken before, and still are.
  uint32_t& number = known->second;
  for (;;) {
    std::string numbered = fmt::format("{}_{}", name, number++);
    if (next_.emplace(key_of(numbered), 1).second) return numbered;
  }
}

Schema with_unique_names(Schema schema) {
  UniqueNames names(UniqueNames::Case::kTellsNot);
  for (Column& column : schema) column.name = names.take(std::move(column.name));
  return schema;
}

}  // namespace headrace
