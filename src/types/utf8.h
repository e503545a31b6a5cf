// types/utf8.h — is it UTF-8? Readers ask once for what comes from outside; everything behind them may rely on it.
#pragma once

#include <cstdint>
#include <string_view>

namespace headrace {

bool is_ascii(const char* data, uint64_t bytes);

// Well-formed as in the Unicode standard, table 3-7: no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view text);

}  // namespace headrace
