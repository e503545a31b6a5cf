// io/unique_names.h — every column once, for tables and files.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

#include "types/schema.h"

namespace headrace {

// A second column of a name gets a number: a, a_1, a_2 … A column costs the same however many there are of its name.
class UniqueNames {
 public:
  enum class Case : uint8_t { kTells, kTellsNot };  // whether a and A are two names
  explicit UniqueNames(Case tells) : tells_(tells) {}

  // The name, or the first name_N that was not taken before.
  std::string take(std::string name);

 private:
  std::string key_of(const std::string& name) const;

  const Case tells_;
  std::unordered_map<std::string, uint32_t>
      next_;  // by what was taken: the number that the next one of this name tries first
};

// Case does not tell names apart.
Schema with_unique_names(Schema schema);

}  // namespace headrace
