#include "runtime/operators/aggregate_states.h"

#include <gtest/gtest.h>

#include <cstring>

#include "kernel/aggregate.h"
#include "runtime/test_context.h"

namespace headrace {
namespace {

// A saved state may hold any bytes: what could overflow later is refused, or carried at once.
TEST(AggregateStates, RefuseSumsThatCouldOverflow) {
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  struct Case {
    kernel::IntegerSum saved;
    bool taken;
  };
  TestContext test;
  Reservation reservation(test.budget, "test");
  Arena arena(&reservation);
  const AggregateStates states({{find_aggregate_overload("sum_i64"), {0}, decimal(38, 0)}}, {{"a", kInt64, true}});
  for (const Case& at :
       {Case{{1, 2, 0, 3}, true}, Case{{-1, -2, -1, 3}, true}, Case{{kMost, kMost, 0, 1}, true},
        Case{{-kMost - 1, -kMost - 1, 0, 1}, true}, Case{{0, 0, 0, -1}, false}, Case{{0, 0, 0, kMost}, false},
        Case{{0, 0, kMost, 1}, false}, Case{{0, 0, -kMost, 1}, false}}) {
    kernel::IntegerSum read;
    std::string bytes(sizeof read, '\0');
    std::memcpy(bytes.data(), &at.saved, sizeof read);
    const Status status = states.deserialize(0, reinterpret_cast<char*>(&read), bytes, arena);
    ASSERT_EQ(status.ok(), at.taken) << at.saved.low << " " << at.saved.top << " " << at.saved.count;
    if (!at.taken) continue;
    EXPECT_TRUE(read.total() == at.saved.total());
    EXPECT_TRUE(read.low >= 0 && read.low <= 0xffffffff && read.high >= 0 && read.high <= 0xffffffff);
  }
}

}  // namespace
}  // namespace headrace
