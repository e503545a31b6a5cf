// io/file_names.h — which files a path in FROM stands for: one, those that fit a pattern, or those of a list.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/world.h"

namespace headrace {

// `*` and `?` in a name, [abc] and [!a-c] for one character, `**` for any number of folders. A path with none of these, or
// of a file that is there under exactly this name, stands for itself. A list is written as in SQL: ['a.csv', 'b/*.csv'].
// Names that begin with a dot only match a dot. A URL stands for itself; `*` in one is kUnsupported. In order of the names; those of a list in its order.
// kIo: nothing fits a pattern, or a folder cannot be listed. kInvalidPlan: an empty or broken list.
Result<std::vector<std::string>> file_names(World& world, const std::string& path);

bool is_file_list(std::string_view path);  // [ … ]
bool is_file_pattern(std::string_view path);  // has a character that is special in patterns
bool name_fits(std::string_view pattern, std::string_view name);  // one name, without folders

}  // namespace headrace
