#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace headrace {

void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "headrace: internal invariant broken: %s (%s:%d)\n", condition, file, line);
  std::abort();
}

}  // namespace headrace
