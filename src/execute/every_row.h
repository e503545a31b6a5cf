// execute/every_row.h — the selection that selects every row, so that compiled code need not tell it from any other.
#pragma once

#include <cstdint>

#include "base/limits.h"

namespace headrace {

extern const uint16_t kEveryRow[limits::kVectorRowsMax];  // 0, 1, 2 …

}  // namespace headrace
