#include <fmt/format.h>

#include <algorithm>

#include "fuse/patterns/pattern.h"

namespace headrace {

namespace patterns {
#define PATTERN(NAME) Pattern NAME();
#include "fuse/patterns/list.def"
#undef PATTERN
}  // namespace patterns

std::span<const Pattern> known_patterns() {
  static const Pattern kAll[] = {
#define PATTERN(NAME) patterns::NAME(),
#include "fuse/patterns/list.def"
#undef PATTERN
  };
  return kAll;
}

const Pattern* find_pattern(std::string_view name) {
  const auto found = std::ranges::find(known_patterns(), name, &Pattern::name);
  return found == known_patterns().end() ? nullptr : &*found;
}

std::string places_text(const Program& program) {
  std::string text;
  for (const Pattern& pattern : known_patterns())
    for (const PatternPlace& place : pattern.find(program))
      text += fmt::format("{:20} stage {}{}{}: {}\n", pattern.name, place.stage, place.cut.empty() ? "" : ", cut ",
                          place.cut, place.what);
  return text;
}

}  // namespace headrace
