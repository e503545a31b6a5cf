// Goal: in builds with assertions who reads memory behind the end of its life is found out, and who holds it is not disturbed.
// Method: consumers that keep pointers for longer than the contract promises.
#include "base/poison.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "execute/interpret/interpreter.h"
#include "fuse/contracts.h"
#include "runtime/range_source.h"
#include "runtime/test_steps.h"

namespace headrace {
namespace {

bool is_poison(const void* data, size_t bytes) {
  const auto* at = static_cast<const unsigned char*>(data);
  return std::all_of(at, at + bytes, [](unsigned char byte) { return byte == kPoisonByte; });
}

// A read of `bytes` at `data` is reported where it can be, else it sees poison.
void expect_found(const void* data, size_t bytes) {
  if constexpr (kReportsReads)
    EXPECT_DEATH(std::exit(is_poison(data, bytes) ? 0 : 1), "AddressSanitizer: heap-use-after-free");
  else
    EXPECT_TRUE(is_poison(data, bytes));
}

class Poison : public testing::Test {
 protected:
  void SetUp() override {
    if constexpr (!kPoisonsMemory) GTEST_SKIP() << "this build uses memory again as it is";
  }

  // Runs the steps over two batches. `look` sees what comes out of the first while it is there, and is asked again when the second has run.
  static void run_twice(const StepProgram& steps, const std::function<void(const Batch&)>& take,
                        const std::function<void()>& look) {
    const auto program = parse_steps(steps);
    ASSERT_TRUE(program.ok()) << to_text(program.error());
    Random random(7);
    const std::vector<Row> first = drawn_step_rows(0, 500, random), second = drawn_step_rows(500, 500, random);
    StepQuery query(program.value());
    StepWorker worker(query);
    worker.run(first, take);
    worker.run(second, [](const Batch&) {});
    look();
  }
};

constexpr const char* kSum = "  compute v4 \"y\" int64 ? faults = add_i64_i64(v0, v0)\n";
constexpr StepProgram kNumbers = {kSum, "(v0, v4)", R"("key" int64, "y" int64 ?)"};
constexpr StepProgram kTexts = {"  compute v4 \"y\" utf8 ? faults = upper_str(v2)\n", "(v0, v4)",
                                R"("key" int64, "y" utf8 ?)"};

// The step's contract says `lifetime batch`; the consumer behaves as if it said more.
TEST_F(Poison, AValueThatIsReadBehindItsBatchIsFound) {
  const void* kept = nullptr;
  run_twice(
      kNumbers, [&](const Batch& out) { kept = out.columns[1].data; },
      [&] { expect_found(kept, 500 * sizeof(int64_t)); });
}

TEST_F(Poison, ATextThatIsReadBehindItsBatchIsFound) {
#if __has_feature(thread_sanitizer)
  GTEST_SKIP() << "ThreadSanitizer takes the read that is made here for an error of its own kind";
#endif
  const char* kept = nullptr;
  run_twice(
      kTexts,
      [&](const Batch& out) {
        for (uint32_t row = 0; row < out.rows && kept == nullptr; ++row)
          if (const StringRef& text = out.columns[1].as<StringRef>()[row]; !text.is_inline()) kept = text.pointer;
      },
      [&] {
        ASSERT_NE(kept, nullptr);
        if constexpr (kReportsReads)
          expect_found(kept, 16);
        else
          EXPECT_NE(std::memcmp(kept, "A TEXT OF ROW", 13), 0) << "another batch's text, or poison";
      });
}

TEST_F(Poison, WhoHoldsTheOwnerReadsWhatWasThere) {
  Batch kept;
  std::vector<Row> rows;
  const auto take = [&](const Batch& out) {
    kept = out;
    rows = rows_of(out);
  };
  const auto look = [&] {
    EXPECT_EQ(rows_of(kept), rows);
    kept = {};  // its memory is of the query's budget
  };
  for (const StepProgram& steps : {kNumbers, kTexts}) run_twice(steps, take, look);
}

// A room that another value takes over within the batch.
TEST_F(Poison, AValueThatIsReadBehindItsLastReaderIsFound) {
  Stage stage;
  stage.source_values = 1;
  stage.values.resize(4, StageValue{"", kInt64});
  const Overload* add = find_overload("add_i64_i64");
  for (uint32_t i = 0; i < 3; ++i) stage.steps.push_back({Compute{add, {{false, i}, {false, 0}}, i + 1}, {}});
  stage.cuts.assign(3, Cut{Decision::kStaged});
  stage.outputs = {{false, 3}};
  const ConstantPool constants(stage);
  Interpreter interpreter(stage, constants, false);
  std::vector<Slot> slots(4);
  void* kept = interpreter.scratch(1, slots)->data;
  std::memset(kept, 1, 64);
  interpreter.scratch(2, slots);
  EXPECT_FALSE(is_poison(kept, 64)) << "v2 is computed from v1";
  interpreter.scratch(3, slots);
  expect_found(kept, 64);
}

// Its contract says `lifetime batch`, whoever holds the owner.
TEST_F(Poison, RowsOfARangeEndWithTheirBatch) {
  ASSERT_EQ(contract_of(Program{}, RangeSource{0, 10}).lifetime, Lifetime::kBatch);
  const auto source = make_range_source(0, 10);
  auto claim = source->claim();
  auto& reader = std::get<std::unique_ptr<MorselReader>>(claim.value());
  Batch first, second;
  ASSERT_TRUE(reader->next(5, first).value());
  EXPECT_FALSE(is_poison(first.columns[0].data, 5 * sizeof(int64_t)));
  ASSERT_TRUE(reader->next(5, second).value());
  EXPECT_TRUE(is_poison(first.columns[0].data, 5 * sizeof(int64_t)));
  EXPECT_EQ(second.columns[0].as<int64_t>()[0], 5);
}

}  // namespace
}  // namespace headrace
