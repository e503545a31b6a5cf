#include "kernel/decimal.h"

namespace headrace::kernel {

extern "C" void headrace_rt_divide(const uint128* dividend, const uint128* divisor, uint128* quotient,
                                   uint128* remainder) noexcept {
  *quotient = *dividend / *divisor;
  *remainder = *dividend % *divisor;
}

}  // namespace headrace::kernel
