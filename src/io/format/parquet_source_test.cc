#include "io/format/parquet_source.h"

#include <cmath>
#include <cstdlib>
#include <limits>
#include <thread>

#include <arrow/api.h>
#include <arrow/io/memory.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <parquet/arrow/writer.h>
#include <parquet/file_writer.h>

#include "base/fake_world.h"
#include "io/format/formats.h"
#include "io/test_tables.h"
#include "kernel/function.h"

namespace headrace {
namespace {

using ArrayPtr = std::shared_ptr<arrow::Array>;

// A Parquet file in memory. Arrow's writer is the other implementation here: ours only reads.
struct ParquetMaker {
  std::vector<std::shared_ptr<arrow::Field>> fields = {};
  std::vector<ArrayPtr> arrays = {};
  int64_t row_group_rows = 1 << 20;
  parquet::ParquetDataPageVersion page = parquet::ParquetDataPageVersion::V1;
  bool dictionary = true, statistics = true, store_schema = false, checksums = false;

  ParquetMaker& add(const std::string& name, ArrayPtr array, bool nullable = true) {
    fields.push_back(arrow::field(name, array->type(), nullable));
    arrays.push_back(std::move(array));
    return *this;
  }
  std::string bytes() const {
    parquet::WriterProperties::Builder properties;
    properties.data_page_version(page)
        ->max_row_group_length(row_group_rows)
        ->write_batch_size(512)
        ->data_pagesize(4'096);
    if (!dictionary) properties.disable_dictionary();
    if (!statistics) properties.disable_statistics();
    if (checksums) properties.enable_page_checksum();
    parquet::ArrowWriterProperties::Builder arrow_properties;
    if (store_schema) arrow_properties.store_schema();
    auto sink = arrow::io::BufferOutputStream::Create().ValueOrDie();
    const auto table = arrow::Table::Make(arrow::schema(fields), arrays);
    const auto status = parquet::arrow::WriteTable(*table, arrow::default_memory_pool(), sink, row_group_rows,
                                                   properties.build(), arrow_properties.build());
    EXPECT_TRUE(status.ok()) << status.ToString();
    return sink->Finish().ValueOrDie()->ToString();
  }
};

template <class Builder, class T>
ArrayPtr array_of(const std::vector<std::optional<T>>& values, const std::shared_ptr<arrow::DataType>& type) {
  std::unique_ptr<arrow::ArrayBuilder> builder;
  EXPECT_TRUE(arrow::MakeBuilder(arrow::default_memory_pool(), type, &builder).ok());
  auto& typed = static_cast<Builder&>(*builder);
  for (const auto& value : values) EXPECT_TRUE((value ? typed.Append(*value) : typed.AppendNull()).ok());
  return builder->Finish().ValueOrDie();
}
ArrayPtr int64s(const std::vector<std::optional<int64_t>>& values) {
  return array_of<arrow::Int64Builder>(values, arrow::int64());
}
ArrayPtr doubles(const std::vector<std::optional<double>>& values) {
  return array_of<arrow::DoubleBuilder>(values, arrow::float64());
}
ArrayPtr strings(const std::vector<std::optional<std::string>>& values) {
  return array_of<arrow::StringBuilder>(values, arrow::utf8());
}
ArrayPtr decimals(const std::vector<std::optional<int64_t>>& values, int precision, int scale) {
  std::vector<std::optional<arrow::Decimal128>> wide;
  for (const auto& value : values) wide.push_back(value ? std::optional(arrow::Decimal128(*value)) : std::nullopt);
  return array_of<arrow::Decimal128Builder>(wide, arrow::decimal128(precision, scale));
}

struct Opened {
  explicit Opened(std::string bytes, uint64_t bytes_max = uint64_t{1} << 30) : query(world, bytes_max) {
    world.put("t.parquet", std::move(bytes));
    auto opened = open_parquet(world, query.budget, "t.parquet");
    error = error_text(opened);
    if (opened.ok()) table = opened.value();
  }
  FakeWorld world;
  TestQuery query;
  std::shared_ptr<const ScannableTable> table;
  std::string error;
};

Rows rows_in(const ParquetMaker& maker, const std::string& schema) {
  Opened opened(maker.bytes());
  EXPECT_NE(opened.table, nullptr) << opened.error;
  if (opened.table == nullptr) return {};
  EXPECT_EQ(to_text(opened.table->schema()), schema);
  const auto rows = read_rows(*opened.table, {all_columns(*opened.table), {}}, opened.query.context);
  EXPECT_TRUE(rows.ok()) << error_text(rows);
  return rows.ok() ? rows.value() : Rows{};
}

TEST(ParquetSource, AllTypes) {
  for (const auto page : {parquet::ParquetDataPageVersion::V1, parquet::ParquetDataPageVersion::V2})
    for (const bool dictionary : {true, false})
      for (const bool store_schema : {true, false}) {
        ParquetMaker maker{.page = page, .dictionary = dictionary, .store_schema = store_schema, .checksums = true};
        maker.add("b", array_of<arrow::BooleanBuilder, bool>({true, {}, false}, arrow::boolean()));
        maker.add("i8", array_of<arrow::Int8Builder, int8_t>({-128, {}, 127}, arrow::int8()));
        maker.add("u16", array_of<arrow::UInt16Builder, uint16_t>({65'535, {}, 0}, arrow::uint16()));
        maker.add("i32", array_of<arrow::Int32Builder, int32_t>({-2'147'483'647 - 1, {}, 7}, arrow::int32()));
        maker.add("u32", array_of<arrow::UInt32Builder, uint32_t>({4'294'967'295u, {}, 0u}, arrow::uint32()));
        maker.add("i64", int64s({std::numeric_limits<int64_t>::min(), {}, 7}));
        maker.add("u64", array_of<arrow::UInt64Builder, uint64_t>(
                             {std::numeric_limits<uint64_t>::max(), {}, uint64_t{7}}, arrow::uint64()));
        maker.add("f32", array_of<arrow::FloatBuilder, float>({0.1f, {}, -0.0f}, arrow::float32()));
        maker.add("f64", doubles({0.1, {}, std::nan("")}));
        maker.add("d9", decimals({150, {}, -1}, 9, 2));
        maker.add("d18", decimals({150, {}, -1}, 18, 2));
        maker.add("d38", decimals({150, {}, -1}, 38, 2));
        maker.add("date", array_of<arrow::Date32Builder, int32_t>({15'706, {}, -1}, arrow::date32()));
        maker.add("ms", array_of<arrow::TimestampBuilder, int64_t>({1'500, {}, -1},
                                                                   arrow::timestamp(arrow::TimeUnit::MILLI)));
        maker.add("us", array_of<arrow::TimestampBuilder, int64_t>({1'500, {}, -1},
                                                                   arrow::timestamp(arrow::TimeUnit::MICRO, "UTC")));
        maker.add("ns",
                  array_of<arrow::TimestampBuilder, int64_t>({1'500, {}, -1}, arrow::timestamp(arrow::TimeUnit::NANO)));
        maker.add("text", strings({"short", {}, "a text beyond twelve bytes: Zürich"}));
        maker.add("large", array_of<arrow::LargeStringBuilder, std::string>({"x", {}, "y"}, arrow::large_utf8()));
        maker.add("view", array_of<arrow::StringViewBuilder, std::string>({"x", {}, "a view beyond twelve bytes"},
                                                                          arrow::utf8_view()));
        maker.add("bytes", array_of<arrow::BinaryBuilder, std::string>({"x", {}, "y"}, arrow::binary()));
        maker.add("coded",
                  arrow::DictionaryArray::FromArrays(arrow::dictionary(arrow::int8(), arrow::utf8()),
                                                     array_of<arrow::Int8Builder, int8_t>({1, {}, 0}, arrow::int8()),
                                                     strings({"zero", "one"}))
                      .ValueOrDie());
        const Rows rows = rows_in(maker,
                                  "[b: bool?, i8: int8?, u16: uint16?, i32: int32?, u32: uint32?, i64: int64?, u64: "
                                  "uint64?, f32: float32?, f64: float64?, "
                                  "d9: decimal(9,2)?, d18: decimal(18,2)?, d38: decimal(38,2)?, date: date?, ms: "
                                  "timestamp?, us: timestamptz?, ns: timestamp_ns?, "
                                  "text: utf8?, large: utf8?, view: utf8?, bytes: binary?, coded: utf8?]");
        const std::string nulls =
            "NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL";
        EXPECT_EQ(rows,
                  (Rows{"true|-128|65535|-2147483648|4294967295|-9223372036854775808|18446744073709551615|0.1|"
                        "0.1|1.50|1.50|1.50|2013-01-01|"
                        "1970-01-01 00:00:01.5|1970-01-01 00:00:00.0015+00|1970-01-01 "
                        "00:00:00.0000015|short|x|x|x|one",
                        nulls,
                        "false|127|0|7|0|7|7|-0.0|nan|-0.01|-0.01|-0.01|1969-12-31|1969-12-31 23:59:59.999|1969-12-31 "
                        "23:59:59.999999+00|"
                        "1969-12-31 23:59:59.999999999|a text beyond twelve bytes: Zürich|y|a view beyond twelve "
                        "bytes|y|zero"}));
      }
}

// 10,000 rows in row groups of 3,000, some null: every vector length gives the same rows, and one morsel a row group.
ParquetMaker many_rows() {
  std::vector<std::optional<int64_t>> ids;
  std::vector<std::optional<std::string>> texts;
  for (int64_t id = 0; id < 10'000; ++id) {
    ids.emplace_back(id);
    texts.push_back(id % 7 == 0 ? std::nullopt : std::optional("text number " + std::to_string(id % 100)));
  }
  ParquetMaker maker{.row_group_rows = 3'000};
  maker.add("id", int64s(ids)).add("text", strings(texts));
  return maker;
}

TEST(ParquetSource, RowGroupsAndVectors) {
  Opened opened(many_rows().bytes());
  ASSERT_NE(opened.table, nullptr) << opened.error;
  EXPECT_EQ(to_text(opened.table->schema()), "[id: int64, text: utf8?]") << "no nulls by the statistics";
  EXPECT_EQ(opened.table->row_count(), 10'000u);
  for (const uint32_t rows_max : {1u, 64u, 2'048u}) {
    const Rows rows = read_rows(*opened.table, {{1, 0}, {}}, opened.query.context, rows_max).value();
    ASSERT_EQ(rows.size(), 10'000u);
    for (size_t id = 0; id < rows.size(); ++id)
      ASSERT_EQ(rows[id],
                (id % 7 == 0 ? "NULL" : "text number " + std::to_string(id % 100)) + "|" + std::to_string(id));
  }
  EXPECT_EQ(read_rows(*opened.table, {{}, {}}, opened.query.context).value().size(), 10'000u)
      << "rows are counted without columns";
  EXPECT_EQ(read_rows(*opened.table, {{0, 0}, {}}, opened.query.context).value()[9], "9|9");
  auto source = std::move(opened.table->scan({{0}, {}}, opened.query.context).value());
  EXPECT_EQ(source->locate(2, 5), "t.parquet, row 6006");
}

TEST(ParquetSource, ManyWorkersReadEveryRowOnce) {
  Opened opened(many_rows().bytes());
  auto source = std::move(opened.table->scan({{0, 1}, {}}, opened.query.context).value());
  std::atomic<int64_t> sum{0};
  std::vector<std::thread> workers;
  for (int worker = 0; worker < 4; ++worker)
    workers.emplace_back([&] {
      while (true) {
        Result<Claim> claim = source->claim();
        if (!claim.ok() || std::holds_alternative<End>(claim.value())) return;
        Batch batch;
        while (std::get<std::unique_ptr<MorselReader>>(claim.value())->next(2'048, batch).value())
          for (uint32_t row = 0; row < batch.rows; ++row)
            sum += batch.columns[0].as<int64_t>()[batch.columns[0].index_of(row)];
      }
    });
  for (std::thread& worker : workers) worker.join();
  EXPECT_EQ(sum.load(), 9'999 * 10'000 / 2);
}

// One row group of several pieces, one column free of nulls and one of text.
ParquetMaker large_row_group(uint64_t rows) {
  std::vector<std::optional<int64_t>> numbers;
  std::vector<std::optional<std::string>> texts;
  for (uint64_t row = 0; row < rows; ++row) {
    numbers.emplace_back(static_cast<int64_t>(row));
    texts.push_back(row % 3 == 0 ? std::nullopt : std::optional(std::to_string(row)));
  }
  ParquetMaker maker;
  maker.add("n", int64s(numbers)).add("s", strings(texts));
  return maker;
}

TEST(ParquetSource, PiecesOfOneRowGroupAreReadByManyAtOnce) {
  constexpr uint64_t kRows = 3 * limits::kMorselRowsTarget + 1'000;
  Opened opened(large_row_group(kRows).bytes());
  for (const uint32_t rows_max : {2'048u, 1'000u}) {
    auto source = std::move(opened.table->scan({{1, 0, 1}, {}}, opened.query.context).value());
    // All pieces are claimed before one is read; then they are read from the last to the first, each by a thread.
    std::vector<std::unique_ptr<MorselReader>> readers;
    for (;;) {
      Claim claim = std::move(source->claim().value());
      if (std::holds_alternative<End>(claim)) break;
      readers.push_back(std::move(std::get<std::unique_ptr<MorselReader>>(claim)));
    }
    ASSERT_EQ(readers.size(), 4u);
    std::vector<std::thread> workers;
    std::atomic<uint64_t> rows{0}, wrong{0};
    for (size_t i = readers.size(); i-- > 0;)
      workers.emplace_back([&, reader = readers[i].get()] {
        uint64_t next = reader->morsel() * limits::kMorselRowsTarget, sequence = 0;
        Batch batch;
        while (reader->next(rows_max, batch).value()) {
          wrong += batch.sequence != sequence || batch.morsel != reader->morsel();
          for (uint32_t row = 0; row < batch.rows; ++row, ++next) {
            wrong += batch.columns[1].as<int64_t>()[batch.columns[1].index_of(row)] != static_cast<int64_t>(next);
            wrong += row_text(batch, row) !=
                     (next % 3 == 0 ? fmt::format("NULL|{}|NULL", next) : fmt::format("{}|{}|{}", next, next, next));
          }
          sequence += batch.rows;
        }
        rows += sequence;
      });
    for (std::thread& worker : workers) worker.join();
    EXPECT_EQ(rows, kRows);
    EXPECT_EQ(wrong, 0u);
    EXPECT_EQ(source->locate(2, 7), fmt::format("t.parquet, row {}", 2 * limits::kMorselRowsTarget + 8));
  }
}

TEST(ParquetSource, PiecesThatNobodyReadsAreThrownAway) {
  Opened opened(large_row_group(3 * limits::kMorselRowsTarget).bytes());
  const uint64_t before = opened.query.budget.bytes_used();
  {
    auto source = std::move(opened.table->scan({{0}, {}}, opened.query.context).value());
    Claim first = std::move(source->claim().value()), second = std::move(source->claim().value()),
          third = std::move(source->claim().value());
    std::get<0>(first).reset();
    Batch batch;
    ASSERT_TRUE(std::get<0>(third)->next(2'048, batch).value());
    EXPECT_EQ(batch.columns[0].as<int64_t>()[batch.columns[0].index_of(0)], 2 * int64_t{limits::kMorselRowsTarget});
    ASSERT_TRUE(std::get<0>(second)->next(2'048, batch).value());
    EXPECT_EQ(batch.columns[0].as<int64_t>()[batch.columns[0].index_of(0)], int64_t{limits::kMorselRowsTarget});
  }
  EXPECT_EQ(opened.query.budget.bytes_used(), before);
}

// As long as there are enough, each worker has a row group to itself.
TEST(ParquetSource, ClaimsOpenRowGroups) {
  ParquetMaker maker = large_row_group(4 * limits::kMorselRowsTarget);
  maker.row_group_rows = 2 * limits::kMorselRowsTarget;
  Opened opened(maker.bytes());
  auto source = std::move(opened.table->scan({{0}, {}}, opened.query.context).value());
  const auto claim = [&] { return std::move(std::get<0>(source->claim().value())); };
  auto a = claim(), b = claim();
  EXPECT_EQ(a->morsel(), 0u);
  EXPECT_EQ(b->morsel(), 2u);
  Batch batch;
  while (b->next(2'048, batch).value()) {
  }
  b = claim();
  EXPECT_EQ(b->morsel(), 3u);
  EXPECT_EQ(claim()->morsel(), 1u);  // shared: nothing else is left
  EXPECT_TRUE(std::holds_alternative<End>(source->claim().value()));
}

// Resolved comparisons; the overload does not matter here.
ExprPtr compare(std::string function, ExprPtr left, ExprPtr right) {
  Expr expr;
  expr.node = Call{std::move(function), {std::move(left), std::move(right)}, nullptr};
  expr.type = kBool;
  return std::make_shared<const Expr>(std::move(expr));
}
ExprPtr column(uint32_t index, Type type) { return column_index(index, "c", type, true); }

// Row groups kept, of four: values 0…9, 10…19, 20…29 and four nulls.
void check_pruning(const ExprPtr& predicate, const ArrayPtr& values, uint64_t kept, const std::string& reason,
                   bool statistics = true) {
  ParquetMaker maker{.row_group_rows = 10, .statistics = statistics};
  maker.add("c", values);
  Opened opened(maker.bytes());
  ASSERT_NE(opened.table, nullptr) << opened.error;
  const ScanRequest request{{0}, {predicate}};
  const ScanReport report = opened.table->report(request);
  EXPECT_EQ(report.rungs[0].looked_at - report.rungs[0].skipped, kept) << to_text(*predicate);
  EXPECT_EQ(report.predicates[0].reason, reason) << to_text(*predicate);
  uint64_t rows_max = 0;
  rows_max = kept * 10;
  EXPECT_LE(read_rows(*opened.table, request, opened.query.context).value().size(), rows_max);
}

TEST(ParquetPruning, IntegersEveryOperator) {
  std::vector<std::optional<int64_t>> values;
  for (int64_t value = 0; value < 30; ++value) values.emplace_back(value);
  for (int null = 0; null < 4; ++null) values.emplace_back(std::nullopt);
  const ArrayPtr array = int64s(values);
  const ExprPtr c = column(0, kInt64);
  const auto seven = [](int64_t value) { return literal({kInt64, value}); };
  const std::string overlaps = "every row group's range overlaps it";
  check_pruning(compare("eq", c, seven(15)), array, 1, "");
  check_pruning(compare("eq", c, seven(99)), array, 0, "");
  check_pruning(compare("lt", c, seven(10)), array, 1, "");
  check_pruning(compare("le", c, seven(10)), array, 2, "");
  check_pruning(compare("gt", c, seven(19)), array, 1, "");
  check_pruning(compare("ge", c, seven(19)), array, 2, "");
  check_pruning(compare("gt", seven(10), c), array, 1, "");  // 10 > c
  check_pruning(compare("and", compare("ge", c, seven(10)), compare("lt", c, seven(20))), array, 1, "");
  check_pruning(compare("ne", c, seven(10)), array, 3, "");  // nulls pass nothing
  check_pruning(compare("eq", c, c), array, 4, "it is not a comparison of a column with a literal");
  check_pruning(compare("eq", c, literal(null_value(kInt64))), array, 4, "it compares with null");
  check_pruning(compare("eq", c, seven(15)), array, 4, "the file has no statistics for this column",
                /*statistics=*/false);
  check_pruning(compare("ge", c, seven(0)), int64s({values.begin(), values.begin() + 20}), 2, overlaps);
}

// Four row groups: 0…9, 10…19, 20…29 and nulls; texts "k0" … "k29".
TEST(ParquetPruning, AndOrNotAndPrefixes) {
  std::vector<std::optional<int64_t>> values;
  std::vector<std::optional<std::string>> texts;
  for (int64_t value = 0; value < 30; ++value) {
    values.emplace_back(value);
    texts.emplace_back(fmt::format("k{}", value));
  }
  for (int null = 0; null < 4; ++null) {
    values.emplace_back(std::nullopt);
    texts.emplace_back(std::nullopt);
  }
  const ArrayPtr array = int64s(values), words = strings(texts);
  const ExprPtr c = column(0, kInt64), s = column(0, kUtf8);
  const auto number = [](int64_t value) { return literal({kInt64, value}); };
  const auto text = [](std::string value) { return literal({kUtf8, std::move(value)}); };
  const auto negation = [](ExprPtr of) {
    Expr expr;
    expr.node = Call{"not", {std::move(of)}, nullptr};
    expr.type = kBool;
    return std::make_shared<const Expr>(std::move(expr));
  };
  const std::string overlaps = "every row group's range overlaps it";
  check_pruning(compare("or", compare("eq", c, number(3)), compare("eq", c, number(25))), array, 2, "");
  check_pruning(compare("or", compare("lt", c, number(0)), compare("gt", c, number(29))), array, 0, "");
  check_pruning(compare("or", compare("lt", c, number(5)), compare("is_null", c, c)), array, 2, "");
  check_pruning(compare("or", compare("eq", c, number(3)), compare("eq", c, c)), array, 4,
                "it is not a comparison of a column with a literal");
  check_pruning(negation(compare("and", compare("ge", c, number(10)), compare("le", c, number(29)))), array, 1, "");
  check_pruning(negation(compare("or", compare("lt", c, number(10)), compare("gt", c, number(19)))), array, 1, "");
  check_pruning(negation(negation(compare("eq", c, number(12)))), array, 1, "");
  check_pruning(compare("ne", c, number(12)), array, 3, "");  // the group of nulls
  check_pruning(compare("like", s, text("k1%")), words, 2, "");
  check_pruning(compare("like", s, text("k2_")), words, 2, "");
  check_pruning(compare("like", s, text("z%")), words, 0, "");
  check_pruning(compare("starts_with", s, text("a")), words, 0, "");
  check_pruning(compare("like", s, text("%1")), words, 4, "its pattern does not begin with a text");
  check_pruning(negation(compare("like", s, text("k1%"))), words, 4,
                "it is not a comparison of a column with a literal");
}

TEST(ParquetPruning, NanSortsAboveEveryNumber) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  std::vector<std::optional<double>> values(20, 1.0);
  values[3] = nan;
  for (int row = 10; row < 20; ++row) values[row] = 5.0;
  const ArrayPtr array = doubles(values);
  const ExprPtr c = column(0, kFloat64);
  const auto number = [](double value) { return literal({kFloat64, value}); };
  check_pruning(compare("gt", c, number(3)), array, 2, "statistics do not count NaN, which sorts above every number");
  check_pruning(compare("ge", c, number(3)), array, 2, "statistics do not count NaN, which sorts above every number");
  check_pruning(compare("eq", c, number(nan)), array, 2, "it compares with NaN, which statistics do not count");
  check_pruning(compare("lt", c, number(3)), array, 1, "");
  check_pruning(compare("eq", c, number(5)), array, 1, "");
}

TEST(ParquetPruning, OtherTypes) {
  check_pruning(compare("eq", column(0, kUtf8), literal({kUtf8, std::string("m")})),
                strings({"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m"}), 1, "");
  check_pruning(compare("lt", column(0, decimal(15, 2)), literal({decimal(4, 3), int128{1'005}})),
                decimals({100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 101, 102}, 15, 2), 1, "");
  check_pruning(compare("lt", column(0, decimal(38, 2)), literal({decimal(4, 3), int128{-1'005}})),
                decimals({100, 100, 100, 100, 100, 100, 100, 100, 100, 100, -101, 102}, 38, 2), 1, "");
  check_pruning(compare("gt", column(0, kDate), literal({kDate, int32_t{100}})),
                array_of<arrow::Date32Builder, int32_t>({1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 101}, arrow::date32()), 1, "");
  for (const auto unit : {arrow::TimeUnit::MILLI, arrow::TimeUnit::MICRO, arrow::TimeUnit::NANO}) {
    const int64_t second = unit == arrow::TimeUnit::MILLI   ? 1'000
                           : unit == arrow::TimeUnit::MICRO ? 1'000'000
                                                            : 1'000'000'000;
    std::vector<std::optional<int64_t>> values(10, second);
    values.emplace_back(2 * second);
    const bool ns = unit == arrow::TimeUnit::NANO;
    const Type type = ns ? kTimestampNs : kTimestamp;
    check_pruning(compare("gt", column(0, type), literal({type, int64_t{ns ? 1'500'000'000 : 1'500'000}})),
                  array_of<arrow::TimestampBuilder>(values, arrow::timestamp(unit)), 1, "");
  }
  check_pruning(compare("gt", column(0, kUInt32), literal({kUInt32, int64_t{3'000'000'000}})),
                array_of<arrow::UInt32Builder, uint32_t>({1u, 1u, 1u, 1u, 1u, 1u, 1u, 1u, 1u, 1u, 4'000'000'000u},
                                                         arrow::uint32()),
                1, "");
  check_pruning(compare("eq", column(0, kBool), literal({kBool, true})),
                array_of<arrow::BooleanBuilder, bool>({true, false}, arrow::boolean()), 1,
                "statistics of bool columns are not used");
}

TEST(ParquetSource, UnreadableTypesAreErrorsOnlyWhenRead) {
  ParquetMaker maker;
  maker.add("id", int64s({1, 2}));
  maker.add("wide", arrow::MakeArrayOfNull(arrow::decimal256(50, 2), 2).ValueOrDie());
  maker.add("last", int64s({3, 4}));
  Opened opened(maker.bytes());
  ASSERT_NE(opened.table, nullptr) << opened.error;
  EXPECT_EQ(read_rows(*opened.table, {{2, 0}, {}}, opened.query.context).value(), (Rows{"3|1", "4|2"}));
  const auto wide = opened.table->scan({{1}, {}}, opened.query.context);
  EXPECT_NE(error_text(wide).find("column 'wide' cannot be read: Arrow type \"d:50,2,256\""), std::string::npos)
      << error_text(wide);
}

// Bytes of any length may claim any number of digits, and the library aborts when it makes a type of them.
TEST(ParquetSource, ADecimalOfMoreDigitsThanAreKnownIsAnError) {
  const auto amount = parquet::schema::PrimitiveNode::Make(
      "amount", parquet::Repetition::REQUIRED, parquet::DecimalLogicalType::Make(1000, 2), parquet::Type::BYTE_ARRAY);
  const auto root = std::static_pointer_cast<parquet::schema::GroupNode>(
      parquet::schema::GroupNode::Make("schema", parquet::Repetition::REQUIRED, parquet::schema::NodeVector{amount}));
  const auto sink = arrow::io::BufferOutputStream::Create().ValueOrDie();
  parquet::ParquetFileWriter::Open(sink, root)->Close();
  const Opened opened(sink->Finish().ValueOrDie()->ToString());
  EXPECT_EQ(opened.table, nullptr);
  EXPECT_NE(opened.error.find("column 'amount' is a decimal of 1000 digits, at most 76 are known"), std::string::npos)
      << opened.error;
}

TEST(ParquetSource, NestedColumns) {
  ParquetMaker maker;
  maker.add("id", int64s({1, 2, 3}));
  const auto texts = strings({"a", {}, "b c"});
  const auto numbers = int64s({1, {}, 3});
  const auto structs = arrow::StructArray::Make({numbers, texts}, std::vector<std::string>{"n", "t"}).ValueOrDie();
  maker.add("s", structs);
  const auto offsets = array_of<arrow::Int32Builder, int32_t>({0, 2, 2, 3}, arrow::int32());
  maker.add("l", arrow::ListArray::FromArrays(*offsets, *structs).ValueOrDie());
  maker.add("m", arrow::MapArray::FromArrays(offsets, strings({"x", "y", "z"}), numbers).ValueOrDie());
  maker.add("last", int64s({3, 4, 5}));
  Opened opened(maker.bytes());
  ASSERT_NE(opened.table, nullptr) << opened.error;
  EXPECT_EQ(
      to_text(opened.table->schema()),
      "[id: int64, s: struct(n int64, t utf8)?, l: struct(n int64, t utf8)[]?, m: map(utf8, int64)?, last: int64]");
  EXPECT_EQ(read_rows(*opened.table, {{4, 3, 2, 1}, {}}, opened.query.context).value(),
            (Rows{"3|{x=1, y=NULL}|[{'n': 1, 't': a}, {'n': NULL, 't': NULL}]|{'n': 1, 't': a}",
                  "4|{}|[]|{'n': NULL, 't': NULL}", "5|{z=3}|[{'n': 3, 't': b c}]|{'n': 3, 't': b c}"}));
  const auto bytes = [&](std::vector<uint32_t> columns) { return opened.table->page_bytes(columns).value(); };
  EXPECT_GT(bytes({1}), bytes({0})) << "a struct has the pages of both of its fields";
  EXPECT_GT(bytes({2}), bytes({1})) << "and lengths";
  EXPECT_EQ(bytes({0, 1, 2, 3, 4}), bytes({0}) + bytes({1}) + bytes({2}) + bytes({3}) + bytes({4}));
  EXPECT_EQ(bytes({}), 0U);
}

TEST(ParquetSource, BadUtf8NamesColumnAndRow) {
  ParquetMaker maker;
  maker.add("id", int64s({1, 2, 3}));
  maker.add("bytes", array_of<arrow::StringBuilder, std::string>({"fine", {}, "\xC3("}, arrow::utf8()));
  Opened opened(maker.bytes());
  EXPECT_EQ(error_text(read_rows(*opened.table, {{1}, {}}, opened.query.context)),
            "error: column 'bytes' holds bytes that are not UTF-8\n  at t.parquet, row 3\n  hint: convert the file to "
            "UTF-8, or do not read this column");
  EXPECT_EQ(read_rows(*opened.table, {{0}, {}}, opened.query.context).value().size(), 3u);
}

// Every cut and a flip in every few bytes: an error or rows, never a crash; with checksums, flips in pages are errors.
TEST(ParquetSource, DamagedFiles) {
  ParquetMaker maker = many_rows();
  maker.checksums = true;
  const std::string good = maker.bytes();
  EXPECT_NE(Opened("").error.find("expected a Parquet file, found an empty file\n  at t.parquet"), std::string::npos);
  EXPECT_NE(Opened("not a parquet file, but text").error.find("cannot read the Parquet file"), std::string::npos);
  for (const size_t bytes : {size_t{3}, size_t{4}, size_t{100}, good.size() / 2, good.size() - 1}) {
    const Opened opened(good.substr(0, bytes));
    EXPECT_EQ(opened.table, nullptr) << bytes;
    EXPECT_NE(opened.error.find("\n  at t.parquet"), std::string::npos) << opened.error;
  }
  const Rows expected = read_rows(*Opened(good).table).value();
  for (size_t at = 0; at < good.size(); at += 101) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x5A);
    Opened opened(bad);
    if (opened.table == nullptr) continue;
    const auto rows = read_rows(*opened.table, {all_columns(*opened.table), {}}, opened.query.context);
    if (!rows.ok()) {
      EXPECT_TRUE(rows.error().code == ErrorCode::kBadInput || rows.error().code == ErrorCode::kUnsupported ||
                  rows.error().code == ErrorCode::kLimit)
          << error_text(rows);
      EXPECT_NE(rows.error().where.find("t.parquet"), std::string::npos);
    }
  }
}

TEST(ParquetSource, PageChecksumsAreVerified) {
  ParquetMaker maker = many_rows();
  maker.checksums = true;
  maker.dictionary = false;
  std::string bad = maker.bytes();
  bad[2'000] = static_cast<char>(bad[2'000] ^ 1);  // inside the first page of `id`
  Opened opened(bad);
  ASSERT_NE(opened.table, nullptr) << opened.error;
  const auto rows = read_rows(*opened.table, {{0}, {}}, opened.query.context);
  EXPECT_NE(error_text(rows).find("CRC"), std::string::npos) << error_text(rows);
  EXPECT_NE(error_text(rows).find("t.parquet, row group 0"), std::string::npos) << error_text(rows);
}

TEST(ParquetSource, EmptyTablesAndLimits) {
  ParquetMaker maker;
  maker.add("id", int64s({}));
  EXPECT_EQ(rows_in(maker, "[id: int64?]"), Rows{});
  Opened small(many_rows().bytes(), /*bytes_max=*/8'000);
  ASSERT_NE(small.table, nullptr) << small.error;
  const auto rows = read_rows(*small.table, {{0, 1}, {}}, small.query.context);
  ASSERT_FALSE(rows.ok());
  EXPECT_EQ(rows.error().code, ErrorCode::kLimit) << error_text(rows);
  Opened cancelled(many_rows().bytes());
  cancelled.query.cancel.cancel();
  EXPECT_EQ(read_rows(*cancelled.table, {{0}, {}}, cancelled.query.context).error().code, ErrorCode::kCancelled);
}

// The collection of odd files that Parquet's implementations share: each is read, or refused with its name.
TEST(ParquetSource, SharedTestFiles) {
  const char* directory = std::getenv("HEADRACE_PARQUET_TESTING");
  if (directory == nullptr) GTEST_SKIP() << "set HEADRACE_PARQUET_TESTING to a copy of apache/parquet-testing";
  int read = 0;
  for (const std::string folder : {".", "data", "bad_data"}) {
    const std::string path = std::string(directory) + "/" + folder;
    const auto names = real_world().list(path);
    if (!names.ok()) continue;
    for (const std::string& name : names.value()) {
      if (!name.ends_with(".parquet")) continue;
      TestQuery query;
      const auto table = open_parquet(real_world(), query.budget, path + "/" + name);
      if (!table.ok()) {
        EXPECT_NE(table.error().where.find(name), std::string::npos) << error_text(table);
        continue;
      }
      for (const uint32_t column : all_columns(*table.value())) {
        const auto rows = read_rows(*table.value(), {{column}, {}}, query.context);
        if (!rows.ok())
          EXPECT_NE(rows.error().where.find(name), std::string::npos) << error_text(rows);
        else
          ++read;
      }
    }
  }
  EXPECT_GT(read, 100);
}

}  // namespace
}  // namespace headrace
