// Goal: what a stage makes for its rows needs memory for one batch or one turn of a probe, and memory that is not there is an
// error, never a value.
#include "runtime/stage_runner.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "fuse/parse.h"
#include "plan/declared_tables.h"
#include "runtime/query_run.h"
#include "runtime/test_context.h"

namespace headrace {
namespace {

// Counts texts of about 30 bytes: `rows` numbers from a range, each `copies` times.
Program count_program(uint64_t rows, uint64_t copies) {
  DeclaredTables tables;
  auto program = parse_program(fmt::format(R"(program result 0
sink 0 aggregate_all (count_STR(0) int64)
  inputs 1 in ("t" utf8) out ("count" int64)
stage 0 to sink 0 input 0
  source range (0, {})
  value v0 "range" int64
  expand by {}::int64 carried (v0 as v1 "range" int64) number v2 "number" int64
  cut staged expands
  compute v3 "multiply" int64 faults = multiply_i64_i64(v1, v2)
  cut register fused
  compute v4 "cast_to_utf8" utf8 faults = cast_to_utf8_i64(v3)
  cut register fused
  compute v5 "concat" utf8 faults = concat_str_str('abcdefghijklmnopqrstuvwxyz', v4)
  cut register fused
  accumulate 0 = count_STR(v5)
  cut register fused
  output ()
)",
                                           rows, copies),
                               tables);
  CHECK(program.ok());
  return std::move(program.value());
}

// The count, or the error.
std::string run(const Program& program, uint64_t budget_bytes, ErrorPolicy on_error) {
  TestContext test(budget_bytes, 1);
  test.settings.on_error = on_error;
  Scheduler scheduler(real_world(), 1);
  QueryRun query(program, test.context, scheduler, nullptr);
  const Status status = query.run();
  if (!status.ok()) return to_text(status.error());
  auto result = query.result();
  CHECK(result.ok());
  const auto rows = read_all(*result.value());
  CHECK(rows.ok() && rows.value().size() == 1);
  return std::to_string(std::get<int64_t>(rows.value()[0][0].data));
}

TEST(StageRunner, TextsOfOneTurnAreForgottenBeforeTheNext) {
  constexpr uint64_t kRows = 2'000, kCopies = 500;  // 48 MB of texts out of one batch
  for (const ErrorPolicy policy : {ErrorPolicy::kFail, ErrorPolicy::kNull})
    EXPECT_EQ(run(count_program(kRows, kCopies), 4 << 20, policy), std::to_string(kRows * kCopies));
}

TEST(StageRunner, NoMemoryIsAnErrorUnderEveryPolicy) {
  for (const ErrorPolicy policy : {ErrorPolicy::kFail, ErrorPolicy::kNull}) {
    const std::string answer = run(count_program(2'000, 2), 48 << 10, policy);
    EXPECT_NE(answer.find("string results needs"), std::string::npos) << answer;
  }
}

}  // namespace
}  // namespace headrace
