#include "execute/every_row.h"

namespace headrace {

#define HEADRACE_8(n) n, n + 1, n + 2, n + 3, n + 4, n + 5, n + 6, n + 7
#define HEADRACE_64(n)                                                                                              \
  HEADRACE_8(n), HEADRACE_8(n + 8), HEADRACE_8(n + 16), HEADRACE_8(n + 24), HEADRACE_8(n + 32), HEADRACE_8(n + 40), \
      HEADRACE_8(n + 48), HEADRACE_8(n + 56)
#define HEADRACE_512(n)                                                                                  \
  HEADRACE_64(n), HEADRACE_64(n + 64), HEADRACE_64(n + 128), HEADRACE_64(n + 192), HEADRACE_64(n + 256), \
      HEADRACE_64(n + 320), HEADRACE_64(n + 384), HEADRACE_64(n + 448)
const uint16_t kEveryRow[limits::kVectorRowsMax] = {HEADRACE_512(0), HEADRACE_512(512), HEADRACE_512(1'024),
                                                    HEADRACE_512(1'536)};
static_assert(limits::kVectorRowsMax == 2'048, "the table above has 2,048 rows");

}  // namespace headrace
