// Goal: a cancel from another thread ends a call while it plans and while its rows flow, and leaves the session usable.
#include <gtest/gtest.h>
#include <headrace/session.h>

#include <atomic>
#include <chrono>
#include <thread>

namespace headrace {
namespace {

// Calls cancel() again and again while `call` runs: the first ones may come before it has begun.
template <class Call>
auto cancelled(Session& session, Call&& call) {
  std::atomic<bool> ended = false;
  std::thread other([&] {
    while (!ended.load()) {
      session.cancel();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  });
  auto result = call();
  ended.store(true);
  other.join();
  return result;
}

TEST(Cancel, StopsPlanning) {
  Engine engine({.threads = 1});
  Session session = engine.session();
  std::string text = "SELECT count(*) FROM range(2) AS t0";
  for (int i = 1; i < 150; ++i) {
    const std::string table = "t" + std::to_string(i);
    text += " JOIN range(2) AS " + table + " ON " + table + ".range = t0.range";
  }
  const auto planned = cancelled(session, [&] { return session.explain(text, {}); });
  ASSERT_FALSE(planned.ok());
  EXPECT_EQ(planned.error().code, ErrorCode::kCancelled);
  EXPECT_FALSE(session.cancel()) << "nothing runs";
  EXPECT_TRUE(session.sql("SELECT 1").ok()) << "a cancel without a call in progress has no effect on the next";
}

TEST(Cancel, StopsRows) {
  Engine engine({.threads = 2});
  Session session = engine.session();
  const auto rows = cancelled(session, [&] { return session.sql("SELECT sum(range % 7) FROM range(500000000000)"); });
  ASSERT_FALSE(rows.ok());
  EXPECT_EQ(rows.error().code, ErrorCode::kCancelled);
  EXPECT_TRUE(session.sql("SELECT 1").ok());
}

TEST(Cancel, StopsARecursionWithoutEnd) {
  Engine engine({.threads = 2});
  Session session = engine.session();
  const auto rows = cancelled(session, [&] {
    return session.sql("WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT (n + 1) % 10 FROM t) SELECT sum(n) FROM t");
  });
  ASSERT_FALSE(rows.ok());
  EXPECT_EQ(rows.error().code, ErrorCode::kCancelled);
  EXPECT_TRUE(session.sql("SELECT 1").ok());
}

}  // namespace
}  // namespace headrace
