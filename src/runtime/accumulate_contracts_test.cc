// Goal: a step that gives no rows but changes a state keeps what its contract promises, and a contract that promises something else is
// found out.
// Method: through the only row of its sink: rows again, cut otherwise, in another order, by several workers, without those that have a null.
#include <algorithm>

#include <gtest/gtest.h>

#include "fuse/contracts.h"
#include "runtime/test_promises.h"
#include "runtime/test_steps.h"

namespace headrace {
namespace {

constexpr int64_t kRows = 700;

class AccumulateLook {
 public:
  explicit AccumulateLook(const StepProgram& text) : program_(parse_steps(text).value()) {
    Random random(7);
    rows_ = drawn_step_rows(0, kRows, random);
    more_ = drawn_step_rows(kRows, 16 * kRows, random);
  }

  Contract contract() const { return contract_of(program_.stages[1], program_.stages[1].steps[0]); }

  // Faults and algebra: kernel/contract_test.cc.
  Seen look() {
    const Run first = run({rows_}, kRows, 0);
    const bool same = run({rows_}, 57, 1'000'000'000).row == first.row;
    seen_.determinism = same ? Determinism::kDeterministic : Determinism::kNone;
    seen_.purity = same ? Purity::kPure : Purity::kImpure;
    seen_.side_effects = first.changes == 0 ? SideEffects::kNone : SideEffects::kExternal;
    if (!first.gives_rows) seen_.cardinality = Cardinality::kManyToOne;
    if (!first.gives_rows) seen_.keys = UniqueKeys::kLost;
    seen_.domain = can_be_followed() ? Domain::kSame : Domain::kOther;
    std::vector<Row> shuffled = rows_, valid;
    Random random(3);
    std::ranges::shuffle(shuffled, random);
    seen_.order = run({shuffled}, kRows, 0).row == first.row ? RowOrder::kFree : RowOrder::kNeeded;
    std::ranges::copy_if(rows_, std::back_inserter(valid), [](const Row& row) {
      return std::ranges::none_of(row, [](const Value& value) { return value.is_null(); });
    });
    std::vector<Row> nulls = valid;
    for (Row& row : nulls)
      for (uint32_t column = 1; column < row.size(); ++column) row[column] = null_value(kStepInput[column].type);
    seen_.nulls = run({valid, nulls}, kRows, 0).row == run({valid}, kRows, 0).row ? Nulls::kPropagate : Nulls::kSees;
    std::vector<Row> both = more_;
    both.insert(both.end(), rows_.begin(), rows_.end());
    const Run longer = run({both}, kRows, 0);
    seen_.state = longer.bytes > first.bytes * 2 ? StateGrowth::kWithRows
                  : longer.row != first.row      ? StateGrowth::kFixed
                                                 : StateGrowth::kNone;
    look_at_workers(first);
    return seen_;
  }

  bool gives_text() const { return is_text_layout(program_.sinks[1].output[0].type); }

 private:
  struct Run {
    std::string row;
    bool gives_rows;
    uint64_t bytes;
    size_t changes;
  };

  // Parts of rows, each by a worker of its own; its batches are gone, their texts spoilt, when the state is read.
  Run run(const std::vector<std::vector<Row>>& parts, size_t batch_rows, int64_t now_ns) const {
    StepQuery query(program_, limits::kVectorRowsMax, now_ns);
    auto sink = make_sink(program_.sinks[1], query.context);
    CHECK(sink.ok());
    std::vector<std::unique_ptr<Local>> locals;
    bool gives_rows = false;
    for (const std::vector<Row>& part : parts) {
      StepWorker worker(query, sink.value().get());
      gives_rows = !worker.texts(part, batch_rows).empty() || gives_rows;
      locals.push_back(worker.take_local());
    }
    const uint64_t bytes = query.test.budget.bytes_used();
    for (auto& local : locals) CHECK(sink.value()->merge(std::move(local)).ok());
    CHECK(sink.value()->finish().ok());
    const auto rows = read_all(*sink.value());
    CHECK(rows.ok() && rows.value().size() == 1);
    return {row_text(rows.value()[0]), gives_rows, bytes, query.world.changes() + query.world.paths().size()};
  }

  // A step behind it reads what one in front of it has made.
  bool can_be_followed() const {
    Program other = program_;
    other.stages[1].steps.push_back(Step{FilterRows{Operand{false, 3}}, {}});
    other.stages[1].cuts.push_back(other.stages[1].cuts[0]);
    return verify(other).ok();
  }

  void look_at_workers(const Run& first) {
    std::vector<std::vector<Row>> parts(4);
    for (size_t row = 0; row < rows_.size(); ++row) parts[row % 4].push_back(rows_[row]);
    const bool same = run(parts, 31, 0).row == first.row;
    seen_.concurrency = same ? Concurrency::kAny : Concurrency::kOne;
    if (!gives_text()) return;
    std::string greatest;  // as the rows have it
    for (const Row& row : rows_)
      if (!row[kTextColumn].is_null()) greatest = std::max(greatest, std::get<std::string>(row[kTextColumn].data));
    const bool is_its_own = first.row == to_literal(Value{kUtf8, greatest}) + "|";
    seen_.buffers = is_its_own ? Buffers::kOwns : Buffers::kBorrows;
    seen_.lifetime = is_its_own ? Lifetime::kQuery : Lifetime::kBatch;
  }

  const Program program_;
  std::vector<Row> rows_, more_;
  Seen seen_;
};

std::vector<StepProgram> accumulations() {
  const auto one = [](const char* steps, const char* schema, const char* sink, const char* result) {
    return StepProgram{.steps = steps, .output = "()", .schema = schema, .sink = sink, .result = result};
  };
  return {
      one("  accumulate 0 = sum_i64(v1)\n", R"("x" int64 ?)", "aggregate_all (sum_i64(0) decimal(38,0))",
          R"("s" decimal(38,0) ?)"),
      one("  accumulate 0 = count_STR(v2)\n", R"("t" utf8 ?)", "aggregate_all (count_STR(0) int64)", R"("c" int64)"),
      one("  accumulate 0 = max_STR(v2)\n", R"("t" utf8 ?)", "aggregate_all (max_STR(0) utf8)", R"("m" utf8 ?)")};
}

TEST(Contracts, AccumulationsKeepTheirs) {
  for (const StepProgram& one : accumulations()) {
    AccumulateLook look(one);
    EXPECT_EQ(broken_promises(look.contract(), look.look()), std::set<std::string>()) << one.steps;
  }
}

TEST(Contracts, WrongOnesOfAccumulationsAreFound) {
  AccumulateLook look(accumulations().back());
  const Seen seen = look.look();
  const WrongPromise wrong[] = {{[](Contract& c) { c.cardinality = Cardinality::kOneToOne; }, "cardinality"},
                                {[](Contract& c) { c.order = RowOrder::kNeeded; }, "order"},
                                {[](Contract& c) { c.nulls = Nulls::kSees; }, "nulls"},
                                {[](Contract& c) { c.keys = UniqueKeys::kKept; }, "keys"},
                                {[](Contract& c) { c.domain = Domain::kOther; }, "domain"},
                                {[](Contract& c) { c.state = StateGrowth::kNone; }, "state"},
                                {[](Contract& c) { c.state = StateGrowth::kWithRows; }, "state"},
                                {[](Contract& c) { c.buffers = Buffers::kBorrows; }, "buffers"}};
  for (const WrongPromise& one : wrong) EXPECT_TRUE(is_found(one, look.contract(), seen)) << one.field;
}

}  // namespace
}  // namespace headrace
