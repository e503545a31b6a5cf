// Goal: the sink of a single row keeps what its contract promises, and a contract that promises something else is found out.
// Method: no row, each of some rows alone, and several, which are an error: beside workers that have none, in other orders, with the texts of
// their batches spoilt behind the sink.
#include <gtest/gtest.h>

#include "fuse/contracts.h"
#include "runtime/test_promises.h"
#include "runtime/test_steps.h"

namespace headrace {
namespace {

struct Outcome {
  std::vector<std::string> rows;
  std::string error;  // empty: there is none
  uint64_t state_bytes = 0, changes = 0;
  bool operator==(const Outcome& other) const { return rows == other.rows && error == other.error; }
};

// Batches of `batch_rows`, each a morsel, by workers in turn.
Outcome run(const std::vector<Row>& rows, uint32_t workers = 1, size_t batch_rows = 100, bool spoils = true) {
  TestContext test;
  FakeWorld world;
  QueryContext context{world, test.budget, test.cancel, test.settings, test.files, {}};
  const auto sink = std::move(make_sink({OnlyRowSink{}, kStepInput, kStepInput, 1}, context).value());
  std::vector<std::unique_ptr<Local>> locals;
  for (uint32_t i = 0; i < workers; ++i) locals.push_back(sink->local());
  uint64_t morsel = 0;
  for (size_t first = 0; first < rows.size(); first += batch_rows, ++morsel) {
    const auto begin = rows.begin() + static_cast<ptrdiff_t>(first);
    const auto count = static_cast<ptrdiff_t>(std::min(batch_rows, rows.size() - first));
    Batch batch = make_batch(kStepInput, std::vector<Row>(begin, begin + count));
    batch.morsel = morsel;
    CHECK(sink->consume(0, batch, *locals[(morsel + 1) % workers]).ok() && sink->morsel_done(0, morsel).ok());
    if (spoils) spoil_texts(batch);
  }
  Outcome outcome;
  outcome.state_bytes = test.budget.bytes_used();
  for (auto& local : locals) CHECK(sink->prepare(*local).ok() && sink->merge(std::move(local)).ok());
  CHECK(sink->input_done(0).ok());
  const Status finished = sink->finish();
  if (finished.ok()) {
    const std::vector<Row> read = std::move(read_all(*sink).value());
    for (const Row& row : read) outcome.rows.push_back(row_text(row));
  } else {
    outcome.error = to_text(finished.error());
  }
  outcome.changes = world.changes();
  return outcome;
}

std::vector<std::string> texts(const std::vector<Row>& rows) {
  std::vector<std::string> texts;
  for (const Row& row : rows) texts.push_back(row_text(row));
  return texts;
}

Row row_of_nulls() {
  Row row;
  for (const Column& column : kStepInput) row.push_back(null_value(column.type));
  return row;
}

class OnlyRowLook {
 public:
  OnlyRowLook() {
    Random random(5);
    rows_ = drawn_step_rows(0, 60, random);
  }

  Seen look() {
    look_at_rows();
    look_at_repeats();
    look_at_state();
    look_at_buffers();
    return seen_;
  }

 private:
  // Of several rows none comes out.
  void look_at_rows() {
    std::vector<uint32_t> times;
    bool is_unique = true;
    for (const Row& row : rows_) {
      const Outcome alone = run({row});
      times.push_back(static_cast<uint32_t>(std::ranges::count(alone.rows, row_text(row))));
      is_unique = is_unique && alone.rows.size() == 1;
    }
    const Outcome several = run(rows_);
    for (const std::string& row : texts(rows_))
      times.push_back(static_cast<uint32_t>(std::ranges::count(several.rows, row)));
    seen_.cardinality = cardinality_of(times);
    seen_.keys = is_unique ? UniqueKeys::kKept : UniqueKeys::kLost;
    seen_.nulls = run({row_of_nulls(), row_of_nulls()}).error.empty() ? Nulls::kPropagate : Nulls::kSees;
  }

  // In every order of two rows, and by workers of whom most have none.
  void look_at_repeats() {
    bool same = true, order_shows = false;
    for (size_t row = 1; row < rows_.size(); ++row) {
      const std::vector<Row> two = {rows_[row - 1], rows_[row]}, other = {rows_[row], rows_[row - 1]};
      same = same && run({rows_[row]}, 4) == run({rows_[row]}) && run(two, 4, 1) == run(two);
      order_shows = order_shows || run(two) != run(other) || run(two, 2, 1) != run(other, 2, 1);
    }
    seen_.determinism = same ? Determinism::kDeterministic : Determinism::kNone;
    seen_.purity = same ? Purity::kPure : Purity::kImpure;
    seen_.concurrency = same ? Concurrency::kAny : Concurrency::kOne;
    seen_.order = order_shows ? RowOrder::kNeeded : RowOrder::kFree;
    seen_.side_effects = run({rows_[0]}).changes == 0 ? SideEffects::kNone : SideEffects::kExternal;
  }

  void look_at_state() {
    Random random(6);
    const uint64_t one = run({rows_[0]}).state_bytes, few = run(drawn_step_rows(0, 5'000, random)).state_bytes,
                   many = run(drawn_step_rows(0, 80'000, random)).state_bytes;
    seen_.state = one == 0 ? StateGrowth::kNone : many > few * 2 ? StateGrowth::kWithRows : StateGrowth::kFixed;
  }

  void look_at_buffers() {
    const bool is_own =
        std::ranges::all_of(rows_, [](const Row& row) { return run({row}) == run({row}, 1, 1, false); });
    seen_.buffers = is_own ? Buffers::kOwns : Buffers::kBorrows;
    seen_.lifetime = is_own ? Lifetime::kQuery : Lifetime::kBatch;
  }

  std::vector<Row> rows_;
  Seen seen_;
};

TEST(Contracts, TheOnlyRowKeepsItsOwn) {
  EXPECT_EQ(broken_promises(contract_of(OnlyRowSink{}), OnlyRowLook().look()), std::set<std::string>());
}

// It is no row of the input, so no cardinality says so.
TEST(Contracts, NoRowAtAllIsARowOfNulls) {
  EXPECT_EQ(run({}).rows, texts({row_of_nulls()}));
  EXPECT_EQ(run({}, 4).rows, texts({row_of_nulls()}));
}

TEST(Contracts, WrongOnesOfTheOnlyRowAreFound) {
  const Seen seen = OnlyRowLook().look();
  const WrongPromise wrong[] = {{[](Contract& c) { c.cardinality = Cardinality::kOneToOne; }, "cardinality"},
                                {[](Contract& c) { c.cardinality = Cardinality::kOneToMany; }, "cardinality"},
                                {[](Contract& c) { c.order = RowOrder::kNeeded; }, "order"},
                                {[](Contract& c) { c.keys = UniqueKeys::kLost; }, "keys"},
                                {[](Contract& c) { c.nulls = Nulls::kPropagate; }, "nulls"},
                                {[](Contract& c) { c.state = StateGrowth::kNone; }, "state"},
                                {[](Contract& c) { c.state = StateGrowth::kWithRows; }, "state"},
                                {[](Contract& c) { c.buffers = Buffers::kBorrows; }, "buffers"},
                                {[](Contract& c) { c.purity = Purity::kImpure; }, "purity"},
                                {[](Contract& c) { c.determinism = Determinism::kNone; }, "determinism"},
                                {[](Contract& c) { c.side_effects = SideEffects::kExternal; }, "side effects"}};
  for (const WrongPromise& one : wrong) EXPECT_TRUE(is_found(one, contract_of(OnlyRowSink{}), seen)) << one.field;
}

// LIMIT 1 shows which row came first, and says nothing of the others.
TEST(Contracts, TheOnlyRowIsNotTheFirst) {
  EXPECT_NE(broken_promises(contract_of(LimitSink{1, 0, true}), OnlyRowLook().look()), std::set<std::string>());
  Random random(5);
  EXPECT_NE(run(drawn_step_rows(0, 2, random)).error.find("gives more than one row"), std::string::npos);
}

}  // namespace
}  // namespace headrace
