// reference/code_points.h — UTF-8 text as a list of code points.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace headrace::reference {

// Each code point's bytes. A byte that continues nothing belongs to what stands before it.
std::vector<std::string> code_points(std::string_view text);
uint32_t decode(std::string_view point);  // of one well-formed code point
std::string encode(uint32_t point);

}  // namespace headrace::reference
