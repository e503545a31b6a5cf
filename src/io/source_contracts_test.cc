// Goal: sources that read tables and files keep what their contracts promise, and so does the decoding of late columns; a contract that promises
// something else is found out.
// Method: runtime/test_sources.h, over files of a world that changes between queries.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "fuse/contracts.h"
#include "io/format/csv_source.h"
#include "io/format/parquet_source.h"
#include "io/format/writer.h"
#include "io/memory_table.h"
#include "runtime/test_sources.h"

namespace headrace {
namespace {

const Schema kColumns = {{"key", kInt64, false}, {"t", kUtf8, false}};
constexpr int64_t kRows = 20'000;

std::vector<Row> numbered_rows(int64_t count, int64_t first = 0) {
  std::vector<Row> rows;
  for (int64_t key = first; key < first + count; ++key)
    rows.push_back({{kInt64, key}, {kUtf8, fmt::format("a text of row number {}", key)}});
  return rows;
}

std::vector<std::string> texts(int64_t count) {
  std::vector<std::string> texts;
  for (const Row& row : numbered_rows(count)) texts.push_back(row_text(row));
  return texts;
}

std::string csv_of(int64_t count, int64_t first) {
  std::string text = "key,t\n";
  for (int64_t key = first; key < first + count; ++key) text += fmt::format("{},a text of row number {}\n", key, key);
  return text;
}

std::shared_ptr<const MemoryTable> memory_table(int64_t count) {
  Random random(1);
  const std::vector<Batch> batches = cut_into_batches(kColumns, numbered_rows(count), random, 2'000);
  return make_memory_table("t", kColumns, batches);
}

void put_parquet(FakeWorld& world, int64_t count, int64_t first) {
  MemoryBudget budget(uint64_t{1} << 30);
  auto writer = make_writer({"t.parquet", "parquet", kColumns, {{"row_group_size", "5000"}}}, world, budget);
  CHECK(writer.ok());
  Random random(1);
  for (const Batch& batch : cut_into_batches(kColumns, numbered_rows(count, first), random, 2'000))
    CHECK(writer.value()->write(batch).ok());
  CHECK(writer.value()->finish().ok());
}

std::unique_ptr<Source> scan(const Result<std::shared_ptr<const ScannableTable>>& table, QueryContext& context,
                             std::vector<uint32_t> late = {}) {
  CHECK(table.ok());
  ScanRequest request{{0, 1}, {}};
  request.late = std::move(late);
  auto source = table.value()->scan(request, context);
  CHECK(source.ok());
  return std::move(source.value());
}

SourceCase of_memory() {
  return {"table in memory",
          [](int64_t rows, QueryContext& context, std::shared_ptr<void>& keeps) {
            const auto table = memory_table(rows);
            keeps = std::make_shared<std::shared_ptr<const MemoryTable>>(table);
            return scan(std::shared_ptr<const ScannableTable>(table), context);
          },
          kRows, texts};
}

SourceCase of_csv(const Options& options) {
  const bool has_rejects = !options.empty();
  return {.name = has_rejects ? "csv with rejects" : "csv",
          .open =
              [options](int64_t, QueryContext& context, std::shared_ptr<void>&) {
                return scan(open_csv(context.world, context.budget, "t.csv", options, 1 << 16), context);
              },
          .rows = kRows,
          .expected = texts,
          .prepare =
              [has_rejects](FakeWorld& world, int64_t rows) {
                world.put("t.csv", csv_of(rows, 0) + (has_rejects ? "no number,of a bad record\n" : ""));
              },
          .change = [](FakeWorld& world, int64_t rows) { world.put("t.csv", csv_of(rows, 5)); }};
}

SourceCase of_parquet() {
  return {.name = "parquet",
          .open =
              [](int64_t, QueryContext& context, std::shared_ptr<void>&) {
                return scan(open_parquet(context.world, context.budget, "t.parquet"), context);
              },
          .rows = kRows,
          .expected = texts,
          .prepare = [](FakeWorld& world, int64_t rows) { put_parquet(world, rows, 0); },
          .change = [](FakeWorld& world, int64_t rows) { put_parquet(world, rows, 5); }};
}

TableSource source_of(const std::string& path, const Options& options = {}) {
  FileRef file;
  file.path = path;
  file.options = options;
  return {memory_table(1), file, path.empty() ? "t" : "", {0, 1}, {}};
}

const Options kRejects = {{"rejects", "bad.csv"}, {"types", "{'key': 'int64', 't': 'varchar'}"}, {"header", "true"}};

TEST(Contracts, SourcesOfTablesKeepTheirs) {
  for (const auto& [spec, one] : {std::pair{source_of(""), of_memory()},
                                  {source_of("t.csv"), of_csv({})},
                                  {source_of("t.csv", kRejects), of_csv(kRejects)},
                                  {source_of("t.parquet"), of_parquet()}})
    EXPECT_EQ(broken_promises(contract_of(Program{}, spec), SourceLook(one).look()), std::set<std::string>())
        << one.name;
}

TEST(Contracts, WrongOnesOfTablesAreFound) {
  const auto expect_found = [](const SourceSpec& spec, const SourceCase& one, const std::vector<WrongPromise>& wrong) {
    const Seen seen = SourceLook(one).look();
    for (const WrongPromise& change : wrong)
      EXPECT_TRUE(is_found(change, contract_of(Program{}, spec), seen)) << one.name << ", " << change.field;
  };
  expect_found(source_of(""), of_memory(),
               {{[](Contract& c) { c.state = StateGrowth::kFixed; }, "state"},
                {[](Contract& c) { c.purity = Purity::kImpure; }, "purity"},
                {[](Contract& c) { c.order = RowOrder::kFree; }, "order"},
                {[](Contract& c) { c.keys = UniqueKeys::kMade; }, "keys"}});
  expect_found(source_of("t.csv", kRejects), of_csv(kRejects),
               {{[](Contract& c) { c.side_effects = SideEffects::kNone; }, "side effects"},
                {[](Contract& c) { c.purity = Purity::kPure; }, "purity"},
                {[](Contract& c) { c.determinism = Determinism::kDeterministic; }, "determinism"},
                {[](Contract& c) { c.lifetime = Lifetime::kQuery; }, "lifetime"},
                {[](Contract& c) { c.state = StateGrowth::kNone; }, "state"},
                {[](Contract& c) { c.state = StateGrowth::kWithRows; }, "state"}});
}

// Of a column that comes late: asked for again it is the same, for some of its rows too; and what is kept for it does not grow with the rows.
Seen see_decoding() {
  Seen seen{.algebra = uint8_t{kIdempotent}};
  uint64_t bytes[2] = {};
  for (const int64_t times : {1, 8}) {
    TestContext test;
    FakeWorld world;
    put_parquet(world, kRows * times, 0);
    QueryContext context{world, test.budget, test.cancel, test.settings, test.files, {}};
    const auto source = scan(open_parquet(world, test.budget, "t.parquet"), context, {1});
    const uint64_t before = test.budget.bytes_used();
    uint64_t& most = bytes[times == 1 ? 0 : 1];
    for (;;) {
      auto claim = source->claim();
      CHECK(claim.ok());
      if (std::holds_alternative<End>(claim.value())) break;
      MorselReader& reader = *std::get<std::unique_ptr<MorselReader>>(claim.value());
      for (;;) {
        Batch batch;
        const auto more = reader.next(limits::kVectorRowsMax, batch);
        CHECK(more.ok());
        if (!more.value()) break;
        CHECK(batch.columns[1].data == nullptr);
        const uint16_t some[] = {0, static_cast<uint16_t>(batch.rows / 2), static_cast<uint16_t>(batch.rows - 1)};
        const auto all = reader.decode_column(1, nullptr, batch.rows);
        CHECK(all.ok());
        const auto again = reader.decode_column(1, nullptr, batch.rows), fewer = reader.decode_column(1, some, 3);
        CHECK(again.ok() && fewer.ok());
        for (const uint16_t row : some)
          if (value_at(again.value(), row) != value_at(all.value(), row) ||
              value_at(fewer.value(), row) != value_at(all.value(), row))
            seen.algebra = uint8_t{kNoAlgebra};
        most = std::max(most, test.budget.bytes_used() - std::min(before, test.budget.bytes_used()));
      }
    }
  }
  seen.state = bytes[1] == 0             ? StateGrowth::kNone
               : bytes[1] > bytes[0] * 2 ? StateGrowth::kWithRows
                                         : StateGrowth::kFixed;
  return seen;
}

TEST(Contracts, DecodingKeepsItsOwn) {
  const Contract contract = contract_of(Stage{}, Step{Decode{0}, {}});
  const Seen seen = see_decoding();
  EXPECT_EQ(broken_promises(contract, seen), std::set<std::string>());
  const WrongPromise wrong[] = {{[](Contract& c) { c.state = StateGrowth::kNone; }, "state"},
                                {[](Contract& c) { c.state = StateGrowth::kWithRows; }, "state"},
                                {[](Contract& c) { c.algebra = uint8_t{kCommutative}; }, "algebra"}};
  for (const WrongPromise& one : wrong) EXPECT_TRUE(is_found(one, contract, seen)) << one.field;
}

}  // namespace
}  // namespace headrace
