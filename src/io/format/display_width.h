// io/format/display_width.h — how many columns of a terminal a text takes: none for combining marks, two for wide characters.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace headrace {

// Of valid UTF-8; a byte that begins no character counts as one column.
size_t display_width(std::string_view text);

// One line, without what would move the cursor: a newline becomes ⏎, other controls a blank. At most `width_max` columns, the last
// of which is … when something is left out. width_max >= 1.
std::string one_line(std::string_view text, size_t width_max);

}  // namespace headrace
