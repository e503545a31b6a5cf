// Goal: JSON files are the tables that json_source.h says, however they are cut into blocks.
#include "io/format/json_source.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/fake_world.h"
#include "io/test_tables.h"

namespace headrace {
namespace {

Result<Rows> rows_of(const std::string& content, const Options& options = {}, uint64_t block_bytes = kJsonBlockBytes,
                     uint32_t rows_max = limits::kVectorRowsMax, std::vector<uint32_t> columns = {}) {
  FakeWorld world;
  world.put("t.json", content);
  TestQuery query(world);
  TRY(table, open_json(world, query.budget, "t.json", options, nullptr, block_bytes));
  return read_rows(*table, {columns.empty() ? all_columns(*table) : columns, {}}, query.context, rows_max);
}

std::string schema_of(const std::string& content, const Options& options = {}) {
  FakeWorld world;
  world.put("t.json", content);
  TestQuery query(world);
  const auto table = open_json(world, query.budget, "t.json", options);
  return table.ok() ? to_text(table.value()->schema()) : to_text(table.error());
}

void check(const std::string& content, const std::string& schema, const Rows& expected, const Options& options = {}) {
  EXPECT_EQ(schema_of(content, options), schema) << content;
  const Result<Rows> rows = rows_of(content, options);
  ASSERT_TRUE(rows.ok()) << content << "\n" << error_text(rows);
  EXPECT_EQ(rows.value(), expected) << content;
}

void check_error(const std::string& content, const std::string& expected, const Options& options = {}) {
  const std::string found = error_text(rows_of(content, options));
  EXPECT_NE(found.find(expected), std::string::npos)
      << content << "\nexpected to find: " << expected << "\nin: " << found;
}

TEST(JsonSource, GuessesTypes) {
  check("{\"a\":1,\"b\":1.5,\"c\":true,\"d\":\"x\"}\n{\"b\":2,\"d\":null}\n",
        "[a: int64?, b: float64?, c: bool?, d: utf8?]", {"1|1.5|true|x", "NULL|2.0|NULL|NULL"});
  check(R"({"a":"2020-01-01","b":"2020-01-01T10:00:00","c":"2020-01-01 10:00:00+02","d":"10:00:01"})",
        "[a: date?, b: timestamp?, c: timestamptz?, d: time?]",
        {"2020-01-01|2020-01-01 10:00:00|2020-01-01 08:00:00+00|10:00:01"});
  check("{\"a\":9223372036854775807}\n", "[a: int64?]", {"9223372036854775807"});
  check("{\"a\":9223372036854775808}\n{\"a\":-1}\n", "[a: decimal(38,0)?]", {"9223372036854775808", "-1"});
  check("{\"a\":100000000000000000000000000000000000000}\n", "[a: utf8?]", {"100000000000000000000000000000000000000"});
  check("{\"a\":1e400}\n", "[a: utf8?]", {"1e400"});
  check("{\"a\":9007199254740993}\n{\"a\":1.5}\n", "[a: decimal(38,1)?]", {"9007199254740993.0", "1.5"});
  check("{\"a\":\"12\"}\n{\"a\":\"\"}\n", "[a: utf8?]", {"12", ""});
  check("{\"a\":null}\n{}\n", "[json: map(utf8, utf8)?]", {"{a=NULL}", "{}"}, {{"field_appearance_threshold", "1"}});
  check("{\"a\":null}\n{}\n", "[a: utf8?]", {"NULL", "NULL"});
}

TEST(JsonSource, GuessesNestedTypes) {
  check("{\"a\":[1,2,null]}\n{\"a\":[]}\n", "[a: int64[]?]", {"[1, 2, NULL]", "[]"});
  check("{\"a\":{\"b\":1}}\n{\"a\":{\"c\":\"x\",\"b\":2}}\n{\"a\":null}\n", "[a: struct(b int64, c utf8)?]",
        {"{'b': 1, 'c': NULL}", "{'b': 2, 'c': x}", "NULL"});
  check("{\"a\":[{\"b\":[[1.5]]},{}]}\n", "[a: struct(b float64[][])[]?]", {"[{'b': [[1.5]]}, {'b': NULL}]"});
  check("{\"a\":{}}\n", "[a: map(utf8, utf8)?]", {"{}"});
  check("{\"a\":{\"x\":1,\"X\":2,\"\":3}}\n", R"([a: struct(x int64, "X_1" int64, column2 int64)?])",
        {"{'x': 1, 'X_1': 2, 'column2': 3}"});
  check("{\"a\":1,\"A\":2}\n", "[a: int64?, A_1: int64?]", {"1|2"});
  std::string many, flat = "{";
  Rows rows;
  for (int i = 0; i < 30; ++i) {
    many += "{\"a\":{\"k" + std::to_string(i) + "\":" + std::to_string(i) + "}}\n";
    rows.push_back("{k" + std::to_string(i) + "=" + std::to_string(i) + "}");
  }
  check(many, "[a: map(utf8, int64)?]", rows);
  check("{\"a\":{\"b\":[1]}}\n", "[a: struct(b utf8)?]", {"{'b': '[1]'}"}, {{"maximum_depth", "2"}});
}

// Of several kinds of value: the text that the file has.
TEST(JsonSource, MixedTypesAreJson) {
  check("{\"a\":1.50}\n{\"a\":\"x\\n\"}\n{\"a\":[1, 2]}\n{\"a\":{\"b\": null}}\n{\"a\":true}\n{\"a\":null}\n",
        "[a: utf8?]", {"1.50", "\"x\\n\"", "[1, 2]", "{\"b\": null}", "true", "NULL"});
  check("{\"a\":[1,\"x\",null]}\n", "[a: utf8[]?]", {"[1, '\"x\"', NULL]"});
  check("{\"a\":\"2020-01-01\"}\n{\"a\":5}\n", "[a: utf8?]", {"\"2020-01-01\"", "5"});
}

TEST(JsonSource, DeclaredTypes) {
  const auto as = [](const std::string& type) { return Options{{"columns", "{'a': '" + type + "'}"}}; };
  check("{\"a\":12}\n{\"a\":\"13\"}\n{\"a\":1.4e1}\n{\"a\":15.0}\n", "[a: int64?]", {"12", "13", "14", "15"},
        as("bigint"));
  check("{\"a\":18446744073709551615}\n{\"a\":1e19}\n", "[a: uint64?]",
        {"18446744073709551615", "10000000000000000000"}, as("ubigint"));
  check("{\"a\":-128}\n", "[a: int8?]", {"-128"}, as("int8"));
  check("{\"a\":0.1}\n{\"a\":12345678901234567.25}\n{\"a\":5e-2}\n{\"a\":\"1.50\"}\n", "[a: decimal(20,2)?]",
        {"0.10", "12345678901234567.25", "0.05", "1.50"}, as("decimal(20,2)"));
  check("{\"a\":0.1}\n{\"a\":123456789012345678901234567890}\n{\"a\":5e-324}\n{\"a\":-0.0}\n{\"a\":1e-400}\n",
        "[a: float64?]", {"0.1", "1.2345678901234568e+29", "5e-324", "-0.0", "0.0"}, as("double"));
  check("{\"a\":1.5}\n{\"a\":\"x\\ty\"}\n{\"a\":{\"b\": 1}}\n{\"a\":false}\n", "[a: utf8?]",
        {"1.5", "x\ty", "{\"b\": 1}", "false"}, as("varchar"));
  check("{\"a\":\"x\\ty\"}\n{\"a\":null}\n", "[a: utf8?]", {"\"x\\ty\"", "NULL"}, as("json"));
  check("{\"a\":\"a\\\\xFF\"}\n", "[a: binary?]", {"a\\xFF"}, as("blob"));
  check("{\"a\":true}\n{\"a\":\"f\"}\n{\"a\":1}\n", "[a: bool?]", {"true", "false", "true"}, as("bool"));
  check("{\"a\":{\"1\":[true]}}\n", "[a: map(int32, bool[])?]", {"{1=[true]}"}, as("map(int32, bool[])"));
  check("{\"a\":{\"y\":1,\"z\":{}}}\n", "[a: struct(x int64, y int64)?]", {"{'x': NULL, 'y': 1}"},
        as("struct(x int64, y int64)"));
  check("{\"a\":1,\"b\":2}\n", "[b: int64?, c: date?]", {"2|NULL"}, {{"schema", "{b: int64, c: date}"}});
  check("{\"a\":1,\"b\":2}\n", "[a: int64?, b: utf8?]", {"1|2"}, {{"types", "{b: varchar}"}});
  check("{\"a\":\"31.12.2020\"}\n", "[a: date?]", {"2020-12-31"}, {{"dateformat", "%d.%m.%Y"}});
  check_error("{\"a\":128}\n", "column 'a' expects int8, found \"128\"\n  at t.json:1", as("int8"));
  check_error("{\"a\":1.5}\n", "column 'a' expects int64, found \"1.5\"", as("int64"));
  check_error("{\"a\":1.005}\n", "column 'a' expects decimal(20,2), found \"1.005\"", as("decimal(20,2)"));
  check_error("{\"a\":1e400}\n", "column 'a' expects float64, found \"1e400\"", as("double"));
  check_error("{\"a\":1}\n", "column 'a' expects int64[], found \"1\"", as("bigint[]"));
  check_error("{\"a\":[1,\"x\"]}\n", "column 'a' expects int64, found \"x\"", as("bigint[]"));
  check_error("{\"a\":[{}]}\n", "column 'a' expects int64, found \"{}\"", as("bigint[]"));
  check_error("{\"a\":{\"x\":1,\"x\":1}}\n", "found a key twice", as("map(utf8, int64)"));
  check_error("{\"a\":{\"x\":1,\"x\":1}}\n", "found a key twice", as("struct(x int64)"));
  check_error("{\"a\":1,\"\\u0061\":2}\n", "column 'a' expects int64, found its key twice: \"2\"", as("int64"));
}

// What would have changed a guess is an error behind the sample.
TEST(JsonSource, LaterValuesMustFitTheGuess) {
  const Options first = {{"sample_size", "1"}};
  check_error("{\"a\":1}\n{\"a\":\"2\"}\n", "column 'a' expects int64, found \"2\"\n  at t.json:2", first);
  check_error("{\"a\":1.5}\n{\"a\":9007199254740993}\n", "column 'a' expects float64, found \"9007199254740993\"",
              first);
  check_error("{\"a\":true}\n{\"a\":1}\n", "column 'a' expects bool, found \"1\"", first);
  check_error("{\"a\":\"2020-01-01\"}\n{\"a\":\"x\"}\n", "column 'a' expects date, found \"x\"", first);
  check("{\"a\":1}\n{\"b\":2}\n", "[a: int64?]", {"1", "NULL"}, first);
}

TEST(JsonSource, Formats) {
  const std::string schema = "[a: int64?]";
  check("{\"a\":1}\r\n\n \t\n{\"a\":2}", schema, {"1", "2"});
  check("\xEF\xBB\xBF{\"a\":1}\n", schema, {"1"});
  check("[{\"a\":1},{\"a\":2}]", schema, {"1", "2"});
  check("\n [\n {\"a\":1}\n , {\n\"a\":2}\n]\n", schema, {"1", "2"});
  check("{\"a\":1}{\"a\":2}", schema, {"1", "2"});
  check("{\n\"a\":1\n}\n{\"a\":\n2}", schema, {"1", "2"});
  check("{\"a\":1}\nnull\n{\"a\":2}\n", schema, {"1", "NULL", "2"});
  check("[1,2]\n[3]\n", "[json: int64[]?]", {"[1, 2]", "[3]"});
  check("[1,2]\n", "[json: int64?]", {"1", "2"});
  check("[1,2]\n", "[json: int64[]?]", {"[1, 2]"}, {{"format", "newline_delimited"}});
  check("{\"a\":1}\n5\n", "[json: utf8?]", {"{\"a\":1}", "5"});
  check("{\"a\":1}\n", "[json: struct(a int64)?]", {"{'a': 1}"}, {{"records", "false"}});
  check("", "[json: utf8?]", {});
  check(" \n\n", "[json: utf8?]", {});
  check("[]", "[json: utf8?]", {});
  check("", "[a: date?]", {}, {{"columns", "{a: date}"}});
  // Most lines are objects: the others are bad ones.
  check_error("{\"a\":\n{\"a\":1}\n{\"a\":2}\n", "expected a value, found the end\n  at t.json:1:6");
  check_error("{\"a\":1}\n{\"a\":2} x\n", "expected nothing behind the record, found \"x\"\n  at t.json:2:9");
  check_error("[{\"a\":1},\n {\"a\":}]", "expected a value, found \"}\"\n  at t.json:2:7");
  check_error("[{\"a\":1},{\"a\":2},]", "expected a value, found \"]\"\n  at t.json:1:18");
  check_error("[{\"a\":1}\n", "expected ',' or ']', found the end\n  at t.json:2:1");
  check_error("{\"a\":1}\n5\n", "expected an object, found \"5\"\n  at t.json:2:1", {{"sample_size", "1"}});
  check_error("{\"a\":1}\n", "expected '[', found \"{\"a\":1}\"\n  at t.json:1:1", {{"format", "array"}});
  check_error("\x1F\x8Bxx", "found compressed bytes");
  check_error("\xFF\xFEx", "found UTF-16");
}

TEST(JsonSource, Options) {
  check_error("{}", "json has no option 'delim'", {{"delim", ","}});
  check_error("{}", "json option 'format' expects auto, newline_delimited, array or unstructured, found \"xml\"",
              {{"format", "xml"}});
  check_error("{}", "json option 'sample_size' expects a number from 1 to", {{"sample_size", "0"}});
  check_error("{}", "json option 'columns' expects {'column': 'type', ...}", {{"columns", "a"}});
  check_error("{}", "json option 'compression' expects", {{"compression", "lzma"}});
  check_error("{\"a\":\"" + std::string(100, 'x') + "\"}\n", "a record is longer than 50 bytes\n  at t.json:1",
              {{"maximum_object_size", "50"}});
  check_error("[{\"a\":\"" + std::string(100, 'x') + "\"}]\n", "a record is longer than 50 bytes",
              {{"maximum_object_size", "50"}});
}

// Records whose structure is broken are bad, whatever is read of them; values only in columns that are.
TEST(JsonSource, OnlyWhatIsReadMustFit) {
  const std::string text = "{\"a\":1,\"b\":{\"c\":2}}\n{\"a\":2,\"b\":\"x\",\"b\":7}\n";
  const Options options = {{"columns", "{'a': 'int64', 'b': 'struct(c int64)'}"}};
  EXPECT_EQ(rows_of(text, options, kJsonBlockBytes, 7, {0}).value(), (Rows{"1", "2"}));
  check_error(text, "column 'b' expects struct(c int64), found \"x\"\n  at t.json:2", options);
  for (const char* bad : {R"({"a":2,"b":{"c":tru}})", R"({"a":2,"b":"\q"})", R"({"a":2,"z":[1,]})", R"({"a":2,"z":"})",
                          "{\"a\":2,\"z\":\"\xFF\"}", R"({"a":2}})", R"({"a":2,"z":1e})"}) {
    const auto rows = rows_of(std::string("{\"a\":1}\n") + bad + "\n", options, kJsonBlockBytes, 7, {0});
    EXPECT_NE(error_text(rows).find("t.json:2:"), std::string::npos) << bad << error_text(rows);
  }
}

TEST(JsonSource, Policies) {
  const std::string text = "{\"a\":1,\"b\":\"x\"}\n{\"a\":\"q\",\"b\":\"y\"}\n{\"a\":3,\"b\"\n{\"a\":4,\"b\":\"z\"}\n";
  Options options = {{"columns", "{a: int64, b: utf8}"}, {"on_error", "null"}};
  check(text, "[a: int64?, b: utf8?]", {"1|x", "NULL|y", "NULL|NULL", "4|z"}, options);
  options[1].second = "skip";
  check(text, "[a: int64?, b: utf8?]", {"1|x", "4|z"}, options);
  EXPECT_EQ(rows_of(text, options, kJsonBlockBytes, 7, {1}).value(), (Rows{"x", "y", "z"}));
  options.emplace_back("validate", "declared");
  EXPECT_EQ(rows_of(text, options, kJsonBlockBytes, 7, {1}).value(), (Rows{"x", "z"}));
}

// Everything that one scan gives: rows, where each is, the counts, the rejects; or the rows in front of the error.
std::string all_of(const std::string& content, const Options& options, uint64_t block_bytes, uint32_t rows_max,
                   bool limited) {
  FakeWorld world;
  world.put("t.json", content);
  TestQuery query(world);
  const auto table = open_json(world, query.budget, "t.json", options, nullptr, block_bytes);
  if (!table.ok()) return to_text(table.error());
  auto opened = table.value()->scan({all_columns(*table.value()), {}}, query.context);
  if (!opened.ok()) return to_text(opened.error());
  Source* const source = opened.value().get();
  std::string all;
  for (;;) {
    auto claim = source->claim();
    if (!claim.ok()) return all + to_text(claim.error());
    if (std::holds_alternative<End>(claim.value())) break;
    MorselReader& reader = *std::get<std::unique_ptr<MorselReader>>(claim.value());
    for (Batch batch;;) {
      const auto more = reader.next(rows_max, batch);
      if (!more.ok()) return all + to_text(more.error());
      if (!more.value()) break;
      for (uint32_t row = 0; row < batch.rows; ++row)
        all += row_text(batch, row) + " at " + source->locate(batch.morsel, batch.sequence + row) + "\n";
    }
    if (limited) break;
  }
  EXPECT_TRUE(source->commit().ok());
  if (limited) all.clear();
  if (!limited)
    all += std::to_string(source->bad_rows().left_out) + " " + std::to_string(source->bad_rows().nulled) + "\n";
  return all + world.content("r.ndjson").value_or("");
}

TEST(JsonSource, BlocksOfEverySize) {
  const std::string records[] = {"{\"a\":1,\"b\":\"x\\ny\"}", "{\"b\":[\"}\",{\"c\":\"\\\"\"}]}", "null",
                                 "{\"a\":\"bad\",\"b\":\"\xE2\x82\xAC\"}", "{\"a\":5}"};
  const std::string broken = "{\"a\":6,\"b\":\"}";
  std::string lines = "\xEF\xBB\xBF", array = " [", values;
  for (const std::string& record : records) {
    lines += record + (record == "null" ? "\r\n\n" : "\n");
    array += record + (record == records[4] ? "\n]\n" : record == "null" ? " ,\n" : ",");
    values += record + (record == "null" ? "\n" : "");
  }
  const std::string with_broken = lines + broken + "\n{\"a\":7}";
  for (const std::string policy : {"fail", "null", "skip", "reject"}) {
    Options options = {{"columns", "{a: int64, b: utf8}"}, {"on_error", policy}};
    if (policy == "reject") options.emplace_back("rejects", "r.ndjson");
    for (const std::string& text : {lines, with_broken, array, values}) {
      for (const bool limited : {false, true}) {
        if (limited && policy != "reject") continue;  // what was read depends on the blocks
        const std::string expected = all_of(text, options, 1 << 20, 2048, limited);
        for (uint64_t bytes = 1; bytes <= text.size() + 1; ++bytes)
          EXPECT_EQ(all_of(text, options, bytes, static_cast<uint32_t>(1 + bytes % 3), limited), expected)
              << policy << " in blocks of " << bytes << ":\n"
              << text;
      }
    }
  }
}

TEST(JsonSource, ManyRowsAndKeys) {
  std::string text;
  Rows expected;
  for (int i = 0; i < 5'000; ++i) {
    const std::string number = std::to_string(i);
    const std::string a = "\"a\":" + number,
                      b = "\"a_long_key_of_its_own_" + std::to_string(i % 7) + "\":\"" + number + "\"";
    text += i % 3 == 0 ? "{" + a + "," + b + "}\n" : "{" + b + "," + a + "}\n";
    expected.push_back(number + (i % 7 == 3 ? "|" + number : "|NULL"));
  }
  const Options options = {{"columns", "{a: int64, a_long_key_of_its_own_3: utf8}"}};
  for (const uint64_t bytes : {777, 100'000}) EXPECT_EQ(rows_of(text, options, bytes).value(), expected);
}

// Looking for each key among all that are there would take half a minute.
TEST(JsonSource, AsManyColumnsAsKeysAreLookedAt) {
  const auto record_of = [](uint32_t keys) {
    std::string text = "{";
    for (uint32_t key = 0; key < keys; ++key)
      text += fmt::format("{}\"k{}\":{}", key == 0 ? "" : ",", key, key % 2 == 0 ? "1" : "\"x\"");
    return text + "}\n";
  };
  const std::string columns = schema_of(record_of(100'000));
  EXPECT_EQ(columns.find("[k0: int64?, k1: utf8?, "), 0u) << columns.substr(0, 100);
  EXPECT_NE(columns.find(", k99999: utf8?]"), std::string::npos);
  EXPECT_EQ(schema_of(record_of(100'001)), "[json: utf8?]");
}

TEST(JsonSource, MemoryIsLimited) {
  FakeWorld world;
  world.put("t.json", "[{\"a\":\"" + std::string(8 << 20, 'x') + "\"}]");
  TestQuery query(world, uint64_t{4} << 20);
  const auto table = open_json(world, query.budget, "t.json", {});
  EXPECT_EQ(table.ok() ? ErrorCode::kInvalidPlan : table.error().code, ErrorCode::kLimit);
}

// A record may end anywhere.
TEST(JsonSource, CutRecords) {
  for (const std::string type : {"int64", "decimal(9,2)", "date", "utf8", "json", "int64[]", "struct(a int64)"}) {
    const std::string record = R"({"a": {"a": [1, "2020-01-01"]}, "a" : 1})";
    for (size_t size = 1; size < record.size(); ++size) {
      const auto rows = rows_of(record.substr(0, size), {{"columns", "{'a': '" + type + "'}"}, {"format", "nd"}});
      EXPECT_FALSE(rows.ok()) << record.substr(0, size);
    }
  }
}

// Damage: an answer or an error.
TEST(JsonSource, DamagedFiles) {
  const std::string text = "{\"a\":1,\"b\":\"x\\u00e9\",\"c\":[1.5,{\"d\":null}]}\n{\"a\":2,\"b\":\"y\",\"c\":[]}\n";
  const Options options = {{"columns", "{a: int64, b: utf8, c: 'struct(d utf8)[]'}"}, {"on_error", "skip"}};
  for (const std::string& content : {text, "[" + text.substr(0, text.size() / 2) + "]"})
    for (size_t at = 0; at < content.size(); ++at) {
      const auto cut = rows_of(content.substr(0, at), {}, 16);
      EXPECT_TRUE(cut.ok() || !cut.error().message.empty());
      for (int bit = 0; bit < 8; ++bit) {
        std::string flipped = content;
        flipped[at] = static_cast<char>(flipped[at] ^ (1 << bit));
        for (const Options& with : {Options{}, options}) {
          const auto rows = rows_of(flipped, with, 16);
          EXPECT_TRUE(rows.ok() || !rows.error().message.empty());
        }
      }
    }
}

}  // namespace
}  // namespace headrace
