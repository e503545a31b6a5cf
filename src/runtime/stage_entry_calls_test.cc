// Goal: functions of a column give the same rows whether it comes flat, constant or with codes, whatever they make of nulls; and
// where it comes with codes, they run once for each entry, and their results keep the codes.
#include <random>
#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "execute/loop_shapes.h"
#include "fuse/parse.h"
#include "plan/declared_tables.h"
#include "runtime/stage_runner.h"
#include "runtime/test_context.h"

namespace headrace {
namespace {

const Schema kTexts{{"s", kUtf8, true}};

// Of a text s: upper(s); upper(s) or 'none'; upper(s) where it is below 'F', else null. One loop, or three.
Program calls_program(const char* cut) {
  DeclaredTables tables;
  auto program = parse_program(fmt::format(R"(program result 0
sink 0 collect ordered
  inputs 1 in ("u" utf8 ?, "c" utf8 ?, "n" utf8 ?) out ("u" utf8 ?, "c" utf8 ?, "n" utf8 ?)
stage 0 to sink 0 input 0
  source stream
  value v0 "s" utf8 ?
  compute v1 "u" utf8 ? = upper_str(v0)
  cut {0} fused
  compute v2 "c" utf8 ? = coalesce_STR_STR(v1, 'none')
  cut {0} fused
  compute v3 "lt" bool ? = lt_STR_STR(v1, 'F')
  cut {0} fused
  compute v4 "n" utf8 ? = if_else_b_STR_STR(v3, v1, NULL::utf8)
  cut staged fused
  output (v1, v2, v4)
)",
                                           cut),
                               tables);
  if (!program.ok()) ADD_FAILURE() << to_text(program.error());
  CHECK(program.ok());
  return std::move(program.value());
}

std::optional<std::string> upper(std::optional<std::string> text) {
  if (text.has_value())
    for (char& c : *text) c = static_cast<char>(std::toupper(c));
  return text;
}

std::string row_of(const std::optional<std::string>& text) {
  const auto big = upper(text);
  const std::string shown = big.value_or("NULL");
  return fmt::format("{} {} {}", shown, big.value_or("none"), big.has_value() && *big < "F" ? shown : "NULL");
}

TEST(StageEntryCalls, EveryEncodingGivesTheSameRows) {
  Random random(3);
  uint32_t coded = 0;
  for (int round = 0; round < 90; ++round) {
    const Program program = calls_program(round % 2 == 0 ? "staged" : "register");
    ASSERT_TRUE(verify(program).ok()) << verify(program).error().message;
    const Stage& stage = program.stages[0];
    std::vector<StageLoop> loops;
    for (LoopShape& shape : loop_shapes(stage, false)) loops.push_back({std::move(shape), nullptr});
    TestContext test(64 << 20, 1);
    StageCounters counters;
    const std::vector<const JoinTable*> tables(program.sinks.size(), nullptr);
    StageRunner runner(stage, loops, tables, RowsGo::kIn, test.context, counters);
    const Encoding encoding = round % 3 == 0 ? Encoding::kFlat : Encoding::kDictionary;
    for (int batches = 0; batches < 3; ++batches) {
      std::vector<Row> rows;
      std::vector<std::string> expected, found;
      for (int row = 0; row < 600; ++row) {
        const bool null = round % 5 != 0 && random() % 4 == 0;
        const std::string text(1 + random() % 20, static_cast<char>('a' + random() % 12));
        rows.push_back({null ? null_value(kUtf8) : Value{kUtf8, text}});
        expected.push_back(row_of(null ? std::nullopt : std::optional(text)));
      }
      WorkerStates states;
      const auto fault = runner.run(
          make_batch(kTexts, rows, encoding), nullptr,
          [&](const Batch& out) -> Status {
            for (const Vector& column : out.columns) coded += column.encoding == Encoding::kDictionary ? 1 : 0;
            for (const Row& row : rows_of(out))
              found.push_back(fmt::format("{} {} {}", to_display(row[0]), to_display(row[1]), to_display(row[2])));
            return kDone;
          },
          states);
      ASSERT_TRUE(fault.ok());
      EXPECT_EQ(found, expected) << "round " << round;
    }
  }
  EXPECT_GT(coded, 90u);
}

}  // namespace
}  // namespace headrace
