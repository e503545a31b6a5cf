// base/path_text.h — the parts of a path, by its text alone: no disk is asked.
#pragma once

#include <string>

namespace headrace {

// "a/b" → "a", "b" → ".", "/b" → "/".
inline std::string directory_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// What is behind the last slash: "a/b" → "b", "b" → "b", "a/" → "".
inline std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

}  // namespace headrace
