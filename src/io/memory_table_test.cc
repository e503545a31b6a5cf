#include "io/import_stream.h"

#include <gtest/gtest.h>

#include "base/fake_world.h"
#include "io/catalog.h"
#include "io/format/arrow_stream.h"
#include "io/format/writer.h"
#include "io/test_batches.h"
#include "io/test_tables.h"

namespace headrace {
namespace {

const Schema kSchema = {{"id", kInt64, false}, {"text", kUtf8, true}};

std::vector<Batch> numbered(int64_t rows, uint32_t batch_rows) {
  std::vector<Batch> batches;
  BatchMaker maker(kSchema);
  for (int64_t id = 0; id < rows; ++id) {
    maker.row({id, id % 5 == 0 ? Cell{} : Cell{"text of row " + std::to_string(id)}});
    if (static_cast<uint32_t>(id % batch_rows) == batch_rows - 1 || id + 1 == rows) batches.push_back(maker.take());
  }
  return batches;
}

std::string expected_row(size_t id) {
  return std::to_string(id) + "|" + (id % 5 == 0 ? "NULL" : "text of row " + std::to_string(id));
}

void check_numbered(const ScannableTable& table, size_t count) {
  for (const uint32_t rows_max : {7u, 2'048u}) {
    TestQuery query;
    const Result<Rows> rows = read_rows(table, {{0, 1}, {}}, query.context, rows_max);
    ASSERT_TRUE(rows.ok()) << error_text(rows);
    ASSERT_EQ(rows.value().size(), count);
    for (size_t id = 0; id < count; ++id) ASSERT_EQ(rows.value()[id], expected_row(id));
  }
}

TEST(MemoryTable, MorselsSpanBatchesAndKeepOrder) {
  const auto table = make_memory_table("t", kSchema, numbered(150'000, 1'000));
  EXPECT_EQ(table->row_count(), 150'000u);
  check_numbered(*table, 150'000);
  TestQuery query;
  auto source = std::move(table->scan({{0}, {}}, query.context).value());
  int morsels = 0;
  while (!std::holds_alternative<End>(source->claim().value())) ++morsels;
  EXPECT_EQ(morsels, 3);
  EXPECT_EQ(source->locate(2, 4), "t, row 131077");
  check_numbered(*make_memory_table("empty", kSchema, {}), 0);
}

// Results go out as a C stream and come in as a table.
TEST(MemoryTable, ArrowCStreamOutAndIn) {
  MemoryBudget budget(1 << 30);
  {
    ArrowArrayStream stream;
    export_stream(kSchema, numbered(100'000, 2'048), budget, &stream);
    const auto table = import_memory_table("t", &stream, budget);
    ASSERT_TRUE(table.ok()) << error_text(table);
    EXPECT_EQ(stream.release, nullptr);
    EXPECT_EQ(table.value()->schema(), kSchema);
    check_numbered(*table.value(), 100'000);
  }
  EXPECT_EQ(budget.bytes_used(), 0u);
}

TEST(MemoryTable, StreamErrors) {
  MemoryBudget budget(1 << 30);
  ArrowArrayStream stream{};
  stream.get_schema = [](ArrowArrayStream*, ArrowSchema*) { return 5; };
  stream.get_last_error = [](ArrowArrayStream*) { return "the other side says no"; };
  stream.release = [](ArrowArrayStream* self) { self->release = nullptr; };
  EXPECT_EQ(error_text(import_memory_table("t", &stream, budget)),
            "error: the Arrow stream failed: the other side says no\n  at t");
  EXPECT_EQ(stream.release, nullptr);
  MemoryBudget small(100'000);
  ArrowArrayStream large;
  export_stream(kSchema, numbered(100'000, 2'048), budget, &large);
  EXPECT_EQ(import_memory_table("t", &large, small).error().code, ErrorCode::kLimit);
}

TEST(ArrowFiles, ReadFilesAndStreamsWithProjection) {
  for (const std::string format : {"arrow", "arrow_stream"}) {
    FakeWorld world;
    TestQuery query(world);
    auto writer = std::move(make_writer({"t.arrow", format, kSchema, {}}, world, query.budget).value());
    for (const Batch& batch : numbered(10'000, 2'048)) ASSERT_TRUE(writer->write(batch).ok());
    ASSERT_TRUE(writer->finish().ok());
    const auto table = open_arrow(world, query.budget, "t.arrow");
    ASSERT_TRUE(table.ok()) << error_text(table);
    check_numbered(*table.value(), 10'000);
    EXPECT_EQ(read_rows(*table.value(), {{1, 1}, {}}, query.context).value()[6], "text of row 6|text of row 6");
    EXPECT_EQ(read_rows(*table.value(), {{}, {}}, query.context).value().size(), 10'000u);
    const std::string good = *world.content("t.arrow");
    for (size_t at = 0; at < good.size(); at += good.size() / 200 + 1) {
      for (const bool cut : {true, false}) {
        std::string bad = cut ? good.substr(0, at) : good;
        if (!cut) bad[at] = static_cast<char>(bad[at] ^ 0x81);
        world.put("bad.arrow", bad);
        const auto damaged = open_arrow(world, query.budget, "bad.arrow");
        const Result<Rows> rows = damaged.ok()
                                      ? read_rows(*damaged.value(), {all_columns(*damaged.value()), {}}, query.context)
                                      : Result<Rows>(damaged.error());
        if (!rows.ok()) EXPECT_NE(rows.error().where.find("bad.arrow"), std::string::npos) << error_text(rows);
      }
    }
  }
}

TEST(Catalog, OpensByEndingAndName) {
  FakeWorld world;
  world.put("t.csv", "a\n1\n");
  world.put("t.dat", "a\n1\n");
  world.put("T.TSV", "a\tb\n1\t2\n");
  MemoryBudget budget(1 << 30);
  const Settings settings;
  FileCatalog catalog(world, budget, settings);
  const auto open = [&](const std::string& path, const std::string& format = "", const Options& options = {}) {
    const Result<TablePtr> table = catalog.open_file({path, format, options, {}});
    return table.ok() ? to_text(table.value()->schema()) : to_text(table.error());
  };
  EXPECT_EQ(open("t.csv"), "[a: int64?]");
  EXPECT_EQ(open("T.TSV"), "[a: int64?, b: int64?]");
  EXPECT_EQ(open("t.dat", "csv"), "[a: int64?]");
  EXPECT_EQ(open("t.dat").substr(0, 73), "error: the name's ending does not say what format the file has\n  at t.dat");
  EXPECT_NE(open("t.dat", "cvs").find("did you mean csv?"), std::string::npos);
  EXPECT_NE(open("missing").find("cannot open the file"), std::string::npos);
  EXPECT_NE(open("t.csv", "parquet", {{"header", "false"}}).find("parquet has no option 'header'"), std::string::npos);
  EXPECT_NE(open("t.csv", "parquet").find("cannot read the Parquet file"), std::string::npos);

  catalog.register_table("Flights", make_memory_table("flights", kSchema, {}));
  catalog.register_view("v", make_plan(OneRow{}));
  EXPECT_NE(catalog.find_table("fLIGHTS"), nullptr);
  EXPECT_EQ(catalog.find_table("v"), nullptr);
  EXPECT_NE(catalog.find_view("V"), nullptr);
  EXPECT_EQ(catalog.names(), (std::vector<std::string>{"Flights", "v"}));
  catalog.register_view("flights", make_plan(OneRow{}));
  EXPECT_EQ(catalog.find_table("flights"), nullptr);
  EXPECT_TRUE(catalog.drop("flights"));
  EXPECT_FALSE(catalog.drop("flights"));
}

TEST(MemoryTable, RangesOfIntegerColumns) {
  const auto table = make_memory_table("t", kSchema, numbered(5'000, 1'000));
  EXPECT_EQ(table->value_range(0), (ValueRange{0, 4'999}));
  EXPECT_EQ(table->value_range(1), std::nullopt);
  EXPECT_EQ(make_memory_table("empty", kSchema, {})->value_range(0), (ValueRange{0, 0}));
  EXPECT_EQ(make_memory_table("empty", kSchema, {})->value_range(1), std::nullopt);
  const Schema nullable = {{"n", kInt32, true}};
  BatchMaker maker(nullable);
  for (const int32_t value : {-7, 3, 12}) {
    maker.row({Cell{}});
    maker.row({value});
  }
  const std::vector<Batch> batches = {maker.take()};
  EXPECT_EQ(make_memory_table("nulls", nullable, batches)->value_range(0), (ValueRange{-7, 12}));
}

}  // namespace
}  // namespace headrace
