// app/cli/terminal.h — what standard output is.
#pragma once

#include <cstdint>

namespace headrace {

// Columns of the terminal; 0: standard output is none.
uint32_t terminal_width();

}  // namespace headrace
