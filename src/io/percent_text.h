// io/percent_text.h — bytes that stand as %XX in a text.
#pragma once

#include <string>
#include <string_view>

namespace headrace {

// %XX as its byte; a percent sign without two such digits stays.
std::string percent_decoded(std::string_view text);

}  // namespace headrace
