#include "optimize/repeats.h"

namespace headrace {

size_t count_same(const Plan& whole, const Plan& part) {
  if (&whole == &part || same(whole, part)) return 1;
  size_t count = 0;
  for (const PlanPtr& input : inputs_of(whole)) count += count_same(*input, part);
  return count;
}

}  // namespace headrace
