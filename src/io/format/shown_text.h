// io/format/shown_text.h — what errors show of a text that a file holds.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace headrace {

inline constexpr size_t kShownBytesMax = 60;

// Without bytes that would disturb a terminal, and of a text that is longer only so much, and "...".
std::string shown_text(std::string_view text);

}  // namespace headrace
