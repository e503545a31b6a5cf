// Goal: sinks keep what their contracts promise, and a contract that promises something else is found out.
// Method: rows with a column that tells them apart, in one order by one worker, cut otherwise by four, and in another order.
#include <algorithm>
#include <cstring>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "base/fake_world.h"
#include "fuse/contracts.h"
#include "runtime/operators/join_build.h"
#include "runtime/operators/list.h"
#include "runtime/row_writer.h"
#include "runtime/test_context.h"
#include "runtime/test_promises.h"

namespace headrace {
namespace {

// The group comes first: it is what aggregations have for a key.
const Schema kInput = {{"group", kInt64, false}, {"key", kInt64, false}, {"times", kInt64, false}};
constexpr uint32_t kKey = 1;
constexpr int64_t kGroups = 50;

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
  uint64_t state_bytes = 0, changes = 0;
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

// The rows of the file.
class FileRows final : public RowWriter {
 public:
  FileRows(std::vector<Row>& rows, World& world) : rows_(rows), world_(world) {}
  Status write(const Batch& batch) override {
    for (Row& row : rows_of(batch)) rows_.push_back(std::move(row));
    return kDone;
  }
  Status finish() override {
    TRY(file, world_.create("out.csv"));
    return file->close();
  }
  void abandon() override {}

 private:
  std::vector<Row>& rows_;
  World& world_;
};

// What probes find, key by key.
std::vector<Row> found_rows(const Sink& sink, const Schema& schema, int64_t keys, TestContext& test) {
  const JoinTable& table = join_table_of(sink);
  JoinTable::ProbeState state(table, test.budget);
  std::vector<Row> found;
  for (int64_t key = 0; key < keys; ++key) {
    const Vector vector = make_vector(kInt64, {{{kInt64, key}}}, 0);
    std::vector<uint16_t> rows(limits::kVectorRowsMax);
    std::vector<uint64_t> ids(limits::kVectorRowsMax);
    do {
      const auto count =
          table.probe(state, &vector, nullptr, 1, false, limits::kVectorRowsMax, rows.data(), ids.data());
      EXPECT_TRUE(count.ok());
      Batch batch{.rows = count.value(), .columns = {}};
      for (uint32_t column = 0; column < schema.size(); ++column)
        batch.columns.push_back(table.gather(column, ids.data(), batch.rows, test.budget).value());
      for (Row& row : rows_of(batch)) found.push_back(std::move(row));
    } while (!state.finished());
  }
  return found;
}

SinkRun run(const SinkCase& one, const std::vector<Row>& rows, uint32_t workers, uint64_t seed, bool spoils = true) {
  Random random(seed);
  TestContext test;
  FakeWorld world;
  SinkRun found;
  QueryContext context{world, test.budget, test.cancel, test.settings, test.files, {}};
  context.make_writer = [&](const WriteRequest&, World&, MemoryBudget&) -> Result<std::unique_ptr<RowWriter>> {
    return std::make_unique<FileRows>(found.values, world);
  };
  auto sink = make_sink({one.node, kInput, one.output, 1}, context);
  EXPECT_TRUE(sink.ok());
  const std::vector<Batch> batches = cut_into_batches(kInput, rows, random);
  EXPECT_TRUE(run_sink(*sink.value(), batches, workers, random).ok());
  found.state_bytes = test.budget.bytes_used();
  if (spoils) spoil(batches);
  auto jobs = sink.value()->last_jobs();
  EXPECT_TRUE(jobs.ok());
  for (const auto& job : jobs.value()) EXPECT_TRUE(job().ok());
  EXPECT_TRUE(sink.value()->finish().ok());
  if (std::holds_alternative<JoinBuildSink>(one.node)) {
    found.values = found_rows(*sink.value(), kInput, kGroups, test);
  } else if (!std::holds_alternative<WriteSink>(one.node)) {
    auto read = read_all(*sink.value());
    EXPECT_TRUE(read.ok());
    if (read.ok()) found.values = std::move(read.value());
  }
  found.changes = world.changes();
  for (const Row& row : found.values) found.rows.push_back(row_text(row));
  return found;
}

class SinkLook {
 public:
  explicit SinkLook(const SinkCase& one) : case_(one), rows_(drawn_rows(kRows, kGroups)) {}

  Seen look() {
    first_ = run(case_, rows_, 1, 1);
    look_at_order();
    look_at_cardinality();
    look_at_keys();
    look_at_state();
    const SinkRun whole = run(case_, rows_, 1, 1, false);
    seen_.buffers = whole.rows == first_.rows ? Buffers::kOwns : Buffers::kBorrows;
    seen_.lifetime = whole.rows == first_.rows ? Lifetime::kQuery : Lifetime::kBatch;
    seen_.side_effects = first_.changes == 0 ? SideEffects::kNone : SideEffects::kExternal;
    return seen_;
  }

 private:
  static constexpr int64_t kRows = 3'000, kMany = 5'000;

  // Where several workers change the order nobody can depend on it.
  void look_at_order() {
    const SinkRun second = run(case_, rows_, 4, 2);
    std::vector<Row> shuffled = rows_;
    Random random(3);
    std::ranges::shuffle(shuffled, random);
    const SinkRun other = run(case_, shuffled, 1, 1);
    const bool same = second.sorted() == first_.sorted();
    seen_.determinism = same ? Determinism::kDeterministic : Determinism::kNone;
    seen_.purity = same ? Purity::kPure : Purity::kImpure;
    seen_.concurrency = same ? Concurrency::kAny : Concurrency::kOne;
    const bool is_fixed = second.rows == first_.rows;
    std::vector<std::string> once = first_.rows;  // of a row that comes several times one after the other
    once.erase(std::unique(once.begin(), once.end()), once.end());
    if (is_fixed && once == texts(rows_)) {
      seen_.order = RowOrder::kKept;
    } else if (other.sorted() == first_.sorted() && !(is_fixed && other.rows != first_.rows)) {
      seen_.order = RowOrder::kFree;
    } else {
      seen_.order = RowOrder::kNeeded;
    }
  }

  static std::vector<std::string> texts(const std::vector<Row>& rows) {
    std::vector<std::string> texts;
    for (const Row& row : rows) texts.push_back(row_text(row));
    return texts;
  }

  // Fewer rows, of which some are others: one of many.
  void look_at_cardinality() {
    std::map<std::string, uint32_t> given;
    for (const std::string& row : texts(rows_)) given[row] = 0;
    bool are_known = true;
    for (const std::string& row : first_.rows) {
      const auto at = given.find(row);
      are_known = are_known && at != given.end();
      if (at != given.end()) ++at->second;
    }
    std::vector<uint32_t> times;
    for (const auto& [row, count] : given) times.push_back(count);
    if (are_known) seen_.cardinality = cardinality_of(times);
    if (!are_known && first_.rows.size() < rows_.size()) seen_.cardinality = Cardinality::kManyToOne;
  }

  bool is_unique(uint32_t column) const {
    std::set<std::string> seen;
    return std::ranges::all_of(first_.values,
                               [&](const Row& row) { return seen.insert(row_text({row[column]})).second; });
  }

  void look_at_keys() {
    const bool has_key = case_.output == kInput;
    seen_.keys = has_key && is_unique(kKey) ? UniqueKeys::kKept : is_unique(0) ? UniqueKeys::kMade : UniqueKeys::kLost;
  }

  void look_at_state() {
    const auto bytes = [&](int64_t rows, int64_t groups) {
      return run(case_, drawn_rows(rows, groups), 1, 1).state_bytes;
    };
    const uint64_t few = bytes(kMany, kGroups), rows = bytes(kMany * 16, kGroups),
                   groups = bytes(kMany * 16, kMany * 16);
    seen_.state = rows > few * 2     ? StateGrowth::kWithRows
                  : groups > few * 2 ? StateGrowth::kWithGroups
                                     : StateGrowth::kFixed;
  }

  const SinkCase& case_;
  const std::vector<Row> rows_;
  SinkRun first_;
  Seen seen_;
};

std::vector<SinkCase> cases() {
  const GroupAggregate sum{find_aggregate_overload("sum_i64"), {1}, decimal(38, 0)};
  GroupAggregate list{find_aggregate_overload("list_I64"), {1}, list_of(kInt64)};
  list.by_input = true;
  const Schema lists = {{"group", kInt64, false}, {"list", list_of(kInt64), true}};
  const Schema sums = {{"group", kInt64, false}, {"sum", decimal(38, 0), true}};
  return {{"collect", CollectSink{true}},
          {"collect, any order", CollectSink{false}},
          {"limit", LimitSink{1'000, 0, true}},
          {"sample", SampleSink{SampleSpec{.rows = 500}}},
          {"sort", SortSink{.keys = {{0, false, false}}, .rows_max = {}}},
          {"top-n", SortSink{.keys = {{0, false, false}}, .rows_max = 100}},
          {"aggregate", AggregateSink{1, {sum}}, sums},
          {"aggregate, list", AggregateSink{1, {list}}, lists},
          {"repeat", RepeatSink{2}},
          {"join build", JoinBuildSink{1}},
          {"write", WriteSink{"out.csv", "csv", {}, true}},
          {"write, any order", WriteSink{"out.csv", "csv", {}, false}}};
}

// Looked at once.
const Seen& seen_of(const SinkCase& one) {
  static std::map<std::string, Seen> seen;
  const auto at = seen.find(one.name);
  return at != seen.end() ? at->second : seen.emplace(one.name, SinkLook(one).look()).first->second;
}

TEST(Contracts, SinksKeepTheirs) {
  for (const SinkCase& one : cases())
    EXPECT_EQ(broken_promises(contract_of(one.node), seen_of(one)), std::set<std::string>()) << one.name;
}

TEST(Contracts, WrongOnesOfSinksAreFound) {
  const std::vector<std::pair<const char*, std::vector<WrongPromise>>> wrong = {
      {"collect",
       {{[](Contract& c) { c.cardinality = Cardinality::kZeroOrOne; }, "cardinality"},
        {[](Contract& c) { c.state = StateGrowth::kWithGroups; }, "state"},
        {[](Contract& c) { c.buffers = Buffers::kBorrows; }, "buffers"},
        {[](Contract& c) { c.determinism = Determinism::kNone; }, "determinism"},
        {[](Contract& c) { c.side_effects = SideEffects::kExternal; }, "side effects"},
        {[](Contract& c) { c.keys = UniqueKeys::kLost; }, "keys"}}},
      {"collect, any order", {{[](Contract& c) { c.order = RowOrder::kKept; }, "order"}}},
      {"limit",
       {{[](Contract& c) { c.order = RowOrder::kFree; }, "order"},
        {[](Contract& c) { c.cardinality = Cardinality::kOneToOne; }, "cardinality"}}},
      {"sort", {{[](Contract& c) { c.order = RowOrder::kKept; }, "order"}}},
      {"aggregate",
       {{[](Contract& c) { c.order = RowOrder::kNeeded; }, "order"},
        {[](Contract& c) { c.cardinality = Cardinality::kOneToOne; }, "cardinality"},
        {[](Contract& c) { c.keys = UniqueKeys::kKept; }, "keys"},
        {[](Contract& c) { c.state = StateGrowth::kWithRows; }, "state"},
        {[](Contract& c) { c.state = StateGrowth::kFixed; }, "state"}}},
      {"aggregate, list",
       {{[](Contract& c) { c.order = RowOrder::kFree; }, "order"},
        {[](Contract& c) { c.state = StateGrowth::kWithGroups; }, "state"}}},
      {"repeat", {{[](Contract& c) { c.keys = UniqueKeys::kKept; }, "keys"}}},
      {"join build",
       {{[](Contract& c) { c.order = RowOrder::kFree; }, "order"},
        {[](Contract& c) { c.state = StateGrowth::kFixed; }, "state"},
        {[](Contract& c) { c.cardinality = Cardinality::kManyToOne; }, "cardinality"}}},
      {"write",
       {{[](Contract& c) { c.side_effects = SideEffects::kNone; }, "side effects"},
        {[](Contract& c) { c.order = RowOrder::kFree; }, "order"},
        {[](Contract& c) { c.state = StateGrowth::kWithRows; }, "state"}}},
      {"write, any order", {{[](Contract& c) { c.order = RowOrder::kKept; }, "order"}}},
  };
  const std::vector<SinkCase> all = cases();
  for (const auto& [name, changes] : wrong) {
    const auto one =
        std::ranges::find_if(all, [&](const SinkCase& other) { return std::string_view(other.name) == name; });
    ASSERT_NE(one, all.end()) << name;
    const Seen& seen = seen_of(*one);
    for (const WrongPromise& change : changes)
      EXPECT_TRUE(is_found(change, contract_of(one->node), seen)) << name << ", " << change.field;
  }
}

}  // namespace
}  // namespace headrace
