// Goal: sinks keep what their contracts promise, and a contract that promises something else is found out.
// Method: rows with a column that tells them apart, in one order by one worker, cut otherwise by four, and in another order.
#include <algorithm>
#include <cstring>
#include <set>

#include <gtest/gtest.h>

#include "fuse/contracts.h"
#include "runtime/operators/list.h"
#include "runtime/test_context.h"

namespace headrace {
namespace {

// The group comes first: it is what aggregations have for a key.
const Schema kInput = {{"group", kInt64, false}, {"key", kInt64, false}, {"times", kInt64, false}};
constexpr uint32_t kKey = 1;

struct SinkCase {
  const char* name;
  SinkNode node;
  Schema output = kInput;
};

std::vector<Row> drawn_rows(int64_t count, int64_t groups) {
  std::vector<Row> rows;
  for (int64_t row = 0; row < count; ++row)
    rows.push_back({{kInt64, row * 7'919 % groups}, {kInt64, row}, {kInt64, int64_t{2}}});
  return rows;
}

struct SinkRun {
  std::vector<std::string> rows;
  std::vector<Row> values;
  uint64_t state_bytes = 0;
  std::vector<std::string> sorted() const {
    std::vector<std::string> other = rows;
    std::ranges::sort(other);
    return other;
  }
};

// Behind its batch's life a value is nonsense.
void spoil(const std::vector<Batch>& batches) {
  for (const Batch& batch : batches)
    for (const Vector& column : batch.columns)
      if (column.encoding == Encoding::kFlat)
        std::memset(const_cast<void*>(column.data), 0x5A, size_t{batch.rows} * width_bytes(column.type.id));
}

SinkRun run(const SinkCase& one, const std::vector<Row>& rows, uint32_t workers, uint64_t seed) {
  Random random(seed);
  TestContext test;
  auto sink = make_sink({one.node, kInput, one.output, 1}, test.context);
  EXPECT_TRUE(sink.ok());
  const std::vector<Batch> batches = cut_into_batches(kInput, rows, random);
  EXPECT_TRUE(run_sink(*sink.value(), batches, workers, random).ok());
  SinkRun found;
  found.state_bytes = test.budget.bytes_used();
  spoil(batches);
  EXPECT_TRUE(sink.value()->finish().ok());
  auto read = read_all(*sink.value());
  EXPECT_TRUE(read.ok());
  if (read.ok()) found.values = std::move(read.value());
  for (const Row& row : found.values) found.rows.push_back(row_text(row));
  return found;
}

class SinkCheck {
 public:
  SinkCheck(const SinkCase& one, const Contract& contract) : case_(one), contract_(contract) {}

  std::set<std::string> run() {
    rows_ = drawn_rows(kRows, kGroups);
    first_ = headrace::run(case_, rows_, 1, 1);
    look_at_order();
    look_at_cardinality();
    look_at_keys();
    look_at_state();
    return broken_;
  }

 private:
  static constexpr int64_t kRows = 3'000, kGroups = 50;

  void broken(std::string text) { broken_.insert(std::move(text)); }

  void look_at_order() {
    const SinkRun second = headrace::run(case_, rows_, 4, 2);
    std::vector<Row> shuffled = rows_;
    Random random(3);
    std::ranges::shuffle(shuffled, random);
    const SinkRun other = headrace::run(case_, shuffled, 1, 1);
    if (second.sorted() != first_.sorted()) return broken("determinism: other workers give something else");
    switch (contract_.order.value) {
      case RowOrder::kKept:
        if (first_.rows != texts(rows_) || second.rows != first_.rows) broken("order: is not kept");
        break;
      case RowOrder::kNeeded:
        if (second.rows != first_.rows) broken("order: other workers change it");
        if (other.rows == first_.rows) broken("order: is not needed");
        break;
      case RowOrder::kFree:
        if (other.sorted() != first_.sorted()) broken("order: is needed");
    }
  }

  static std::vector<std::string> texts(const std::vector<Row>& rows) {
    std::vector<std::string> texts;
    for (const Row& row : rows) texts.push_back(row_text(row));
    return texts;
  }

  void look_at_cardinality() {
    std::vector<std::string> given = texts(rows_), taken = first_.sorted();
    std::ranges::sort(given);
    const bool are_some = std::ranges::includes(given, taken);
    const std::set<std::string> known(given.begin(), given.end());
    const bool are_known = std::ranges::all_of(taken, [&](const std::string& row) { return known.contains(row); });
    switch (contract_.cardinality.value) {
      case Cardinality::kOneToOne:
        if (taken != given) broken("cardinality: not the rows that came");
        break;
      case Cardinality::kZeroOrOne:
        if (!are_some || taken.size() == given.size()) broken("cardinality: not some of the rows that came");
        break;
      case Cardinality::kOneToMany:
        if (!are_known || taken.size() <= given.size()) broken("cardinality: not more of the rows that came");
        break;
      case Cardinality::kManyToOne:
        if (taken.size() >= given.size()) broken("cardinality: no fewer rows than came");
    }
  }

  bool is_unique(uint32_t column) const {
    std::set<std::string> seen;
    return std::ranges::all_of(first_.values,
                               [&](const Row& row) { return seen.insert(row_text({row[column]})).second; });
  }

  void look_at_keys() {
    switch (contract_.keys.value) {
      case UniqueKeys::kKept:
        if (!is_unique(kKey)) broken("keys: are lost");
        break;
      case UniqueKeys::kMade:
        if (!is_unique(0)) broken("keys: are not made");
        break;
      case UniqueKeys::kLost:
        if (is_unique(kKey)) broken("keys: are kept");
    }
  }

  void look_at_state() {
    const auto bytes = [&](int64_t rows, int64_t groups) {
      return headrace::run(case_, drawn_rows(rows, groups), 1, 1).state_bytes;
    };
    const uint64_t few = bytes(kMany, kGroups), rows = bytes(kMany * 16, kGroups),
                   groups = bytes(kMany * 16, kMany * 16);
    const bool by_rows = rows > few * 2, by_groups = groups > few * 2;
    const StateGrowth found = by_rows     ? StateGrowth::kWithRows
                              : by_groups ? StateGrowth::kWithGroups
                                          : StateGrowth::kFixed;
    if (contract_.state != found) broken("state: grows otherwise");
  }
  static constexpr int64_t kMany = 5'000;

  const SinkCase& case_;
  const Contract& contract_;
  std::vector<Row> rows_;
  SinkRun first_;
  std::set<std::string> broken_;
};

std::vector<SinkCase> cases() {
  const GroupAggregate sum{find_aggregate_overload("sum_i64"), {1}, decimal(38, 0)};
  GroupAggregate list{find_aggregate_overload("list_I64"), {1}, kInt64};
  list.by_input = true;
  const Schema sums = {{"group", kInt64, false}, {"sum", decimal(38, 0), true}};
  return {{"collect", CollectSink{true}},
          {"collect, any order", CollectSink{false}},
          {"limit", LimitSink{1'000, 0, true}},
          {"sample", SampleSink{SampleSpec{.rows = 500}}},
          {"sort", SortSink{.keys = {{0, false, false}}, .rows_max = {}}},
          {"top-n", SortSink{.keys = {{0, false, false}}, .rows_max = 100}},
          {"aggregate", AggregateSink{1, {sum}}, sums},
          {"repeat", RepeatSink{2}}};
}

TEST(Contracts, SinksKeepTheirs) {
  for (const SinkCase& one : cases()) {
    const Contract contract = contract_of(one.node);
    EXPECT_EQ(SinkCheck(one, contract).run(), std::set<std::string>()) << one.name;
  }
}

TEST(Contracts, WrongOnesOfSinksAreFound) {
  const struct {
    size_t at;
    void (*change)(Contract& contract);
    const char* field;
  } wrong[] = {
      {1, [](Contract& c) { c.order = RowOrder::kKept; }, "order"},
      {0, [](Contract& c) { c.cardinality = Cardinality::kZeroOrOne; }, "cardinality"},
      {2, [](Contract& c) { c.order = RowOrder::kFree; }, "order"},
      {2, [](Contract& c) { c.cardinality = Cardinality::kOneToOne; }, "cardinality"},
      {4, [](Contract& c) { c.order = RowOrder::kKept; }, "order"},
      {6, [](Contract& c) { c.order = RowOrder::kNeeded; }, "order"},
      {6, [](Contract& c) { c.cardinality = Cardinality::kOneToOne; }, "cardinality"},
      {6, [](Contract& c) { c.state = StateGrowth::kWithRows; }, "state"},
      {6, [](Contract& c) { c.state = StateGrowth::kFixed; }, "state"},
      {0, [](Contract& c) { c.state = StateGrowth::kWithGroups; }, "state"},
      {7, [](Contract& c) { c.keys = UniqueKeys::kKept; }, "keys"},
      {0, [](Contract& c) { c.keys = UniqueKeys::kLost; }, "keys"},
  };
  const std::vector<SinkCase> all = cases();
  for (const auto& one : wrong) {
    Contract contract = contract_of(all[one.at].node);
    one.change(contract);
    const std::set<std::string> broken = SinkCheck(all[one.at], contract).run();
    EXPECT_TRUE(std::ranges::any_of(broken, [&](const std::string& text) { return text.starts_with(one.field); }))
        << all[one.at].name << ", " << one.field << ": " << ::testing::PrintToString(broken);
  }
}

}  // namespace
}  // namespace headrace
