// engine/verify.h — one program under every way of running; all answers must be the same bits.
#pragma once

#include "engine/core.h"

namespace headrace {

// {interpreted, every cut staged, fully fused, planner's choice} × threads {1, 2, 4} × vector rows {7, 64, 2048}.
// A fault or bad input is an answer too: all must then be the same error. kLimit, kIo and the like are passed on with the
// configuration in `where`.
Result<VerifyReport> verify_plan(SessionCore& session, const Plan& written);

// 128 bits over every value of the answer, bit for bit; of the rows as a multiset when their order is free.
struct Digest {
  uint64_t low = 0, high = 0;
  friend bool operator==(const Digest&, const Digest&) = default;
};
Digest digest_of(const RowsCore& rows, bool ordered);

}  // namespace headrace
