// base/test_page.h — for tests: pages of documentation that are printed from code. Tests run in the source root.
#pragma once

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

namespace headrace {

// What the page says; with UPDATE_GOLDEN=1 it is rewritten to `printed` first.
inline std::string page_text(const char* path, const std::string& printed) {
  if (std::getenv("UPDATE_GOLDEN") != nullptr) std::ofstream(path) << printed;
  std::ifstream file(path);
  std::stringstream found;
  found << file.rdbuf();
  return found.str();
}

}  // namespace headrace
