#include "types/arrow_c.h"

#include <cstdlib>
#include <cstring>
#include <limits>

#include <gtest/gtest.h>

#include "types/string_ref.h"
#include "types/utf8.h"

namespace headrace {
namespace {

Result<std::shared_ptr<void>> allocate(uint64_t bytes) {
  return std::shared_ptr<void>(std::aligned_alloc(64, (bytes + 63) / 64 * 64), std::free);
}

// A foreign array of one column, on the test's own buffers; counts how often it was released.
struct Foreign {
  std::string format;
  std::vector<const void*> buffers;
  int64_t length, offset, null_count;
  ArrowSchema field{}, dictionary_field{}, schema{};
  ArrowArray array{}, dictionary{}, parent{};
  ArrowSchema* fields[1];
  ArrowArray* arrays[1];
  static inline int released = 0;

  Foreign(std::string the_format, std::vector<const void*> the_buffers, int64_t the_length, int64_t the_offset = 0,
          int64_t the_null_count = -1)
      : format(std::move(the_format)),
        buffers(std::move(the_buffers)),
        length(the_length),
        offset(the_offset),
        null_count(the_null_count) {
    field.format = format.c_str();
    field.name = "c";
    array.length = length;
    array.offset = offset;
    array.null_count = null_count;
    array.n_buffers = static_cast<int64_t>(buffers.size());
    array.buffers = buffers.data();
    fields[0] = &field;
    arrays[0] = &array;
    schema.format = "+s";
    schema.n_children = 1;
    schema.children = fields;
    parent.length = length;
    parent.n_children = 1;
    parent.children = arrays;
    parent.release = [](ArrowArray* self) {
      ++released;
      self->release = nullptr;
    };
  }
  Foreign(const Foreign&) = delete;
  Foreign& operator=(const Foreign&) = delete;
  Result<Chunk> import(bool check_utf8 = true) {
    return import_chunk(&parent, schema, {allocate, check_utf8, nullptr});
  }
};

std::vector<std::string> texts(const Chunk& chunk) {
  std::vector<std::string> result;
  for (uint32_t row = 0; row < chunk.rows; ++row) result.push_back(to_display(value_at(chunk.columns[0], row)));
  return result;
}
using Texts = std::vector<std::string>;

TEST(ArrowImport, BitmapsAtEveryOffset) {
  uint8_t bits[32];
  for (int byte = 0; byte < 32; ++byte) bits[byte] = static_cast<uint8_t>(byte * 37 + 11);
  int32_t values[200];
  for (int row = 0; row < 200; ++row) values[row] = row;
  for (int64_t offset = 0; offset < 20; ++offset)
    for (const int64_t length : {1, 7, 8, 9, 64, 100}) {
      Foreign foreign("i", {bits, values}, length, offset);
      const Chunk chunk = foreign.import().value();
      ASSERT_EQ(chunk.rows, static_cast<uint64_t>(length));
      for (int64_t row = 0; row < length; ++row) {
        const bool valid = (bits[(offset + row) / 8] >> ((offset + row) % 8)) & 1;
        ASSERT_EQ(chunk.columns[0].is_valid(static_cast<uint32_t>(row)), valid) << offset << " " << row;
        if (valid) ASSERT_EQ(chunk.columns[0].as<int32_t>()[row], values[offset + row]);
      }
      Foreign flags("b", {nullptr, bits}, length, offset);
      const Chunk bools = flags.import().value();
      for (int64_t row = 0; row < length; ++row)
        ASSERT_EQ(bools.columns[0].as<uint8_t>()[row], (bits[(offset + row) / 8] >> ((offset + row) % 8)) & 1);
    }
}

TEST(ArrowImport, SharesWhatItCanAndReleasesOnce) {
  const int64_t values[4] = {1, 2, 3, 4};
  Foreign::released = 0;
  {
    Foreign foreign("l", {nullptr, values}, 3, 1);
    Chunk chunk = foreign.import().value();
    EXPECT_EQ(chunk.columns[0].data, values + 1);
    const Vector kept = chunk.columns[0];
    chunk = {};
    EXPECT_EQ(Foreign::released, 0);
    EXPECT_EQ(kept.as<int64_t>()[0], 2);
  }
  EXPECT_EQ(Foreign::released, 1);
}

void check(const char* format, std::vector<const void*> buffers, int64_t length, const char* type,
           const Texts& expected) {
  Foreign foreign(format, std::move(buffers), length);
  EXPECT_EQ(to_text(import_type(foreign.field).value()), type);
  const Result<Chunk> chunk = foreign.import();
  ASSERT_TRUE(chunk.ok()) << to_text(chunk.error());
  EXPECT_EQ(texts(chunk.value()), expected) << format;
}

TEST(ArrowImport, EveryFormat) {
  const int8_t i8[] = {-128, 127};
  const uint8_t u8[] = {255, 0};
  const int16_t i16[] = {-32'768, 1};
  const uint16_t u16[] = {65'535, 1};
  const int32_t i32[] = {-1, 86'400};
  const uint32_t u32[] = {4'294'967'295u, 1};
  const int64_t i64[] = {-1, 86'400'000};
  const uint64_t u64[] = {std::numeric_limits<uint64_t>::max(), 1};
  const float f32[] = {0.5f, -0.0f};
  const double f64[] = {0.1, -0.0};
  const int128 wide[] = {-150, 7};
  const int32_t offsets[] = {0, 1, 14};
  const int64_t long_offsets[] = {0, 1, 14};
  const char* bytes = "xa long string";
  check("c", {nullptr, i8}, 2, "int8", {"-128", "127"});
  check("C", {nullptr, u8}, 2, "uint8", {"255", "0"});
  check("s", {nullptr, i16}, 2, "int16", {"-32768", "1"});
  check("S", {nullptr, u16}, 2, "uint16", {"65535", "1"});
  check("i", {nullptr, i32}, 2, "int32", {"-1", "86400"});
  check("I", {nullptr, u32}, 2, "uint32", {"4294967295", "1"});
  check("l", {nullptr, i64}, 2, "int64", {"-1", "86400000"});
  check("L", {nullptr, u64}, 2, "uint64", {"18446744073709551615", "1"});
  check("f", {nullptr, f32}, 2, "float32", {"0.5", "-0.0"});
  check("g", {nullptr, f64}, 2, "float64", {"0.1", "-0.0"});
  check("d:5,2", {nullptr, wide}, 2, "decimal(5,2)", {"-1.50", "0.07"});
  check("d:5,2,32", {nullptr, i32}, 2, "decimal(5,2)", {"-0.01", "864.00"});
  check("d:15,2,64", {nullptr, i64}, 2, "decimal(15,2)", {"-0.01", "864000.00"});
  check("tdD", {nullptr, i32}, 2, "date", {"1969-12-31", "2206-07-23"});
  check("tdm", {nullptr, i64}, 2, "date", {"1969-12-31", "1970-01-02"});
  check("tss:", {nullptr, i64}, 2, "timestamp", {"1969-12-31 23:59:59", "1972-09-27 00:00:00"});
  check("tsm:", {nullptr, i64}, 2, "timestamp", {"1969-12-31 23:59:59.999", "1970-01-02 00:00:00"});
  check("tsu:UTC", {nullptr, i64}, 2, "timestamptz", {"1969-12-31 23:59:59.999999+00", "1970-01-01 00:01:26.4+00"});
  check("tsn:", {nullptr, i64}, 2, "timestamp_ns", {"1969-12-31 23:59:59.999999999", "1970-01-01 00:00:00.0864"});
  check("u", {nullptr, offsets, bytes}, 2, "utf8", {"x", "a long string"});
  check("z", {nullptr, offsets, bytes}, 2, "binary", {"x", "a long string"});
  check("U", {nullptr, long_offsets, bytes}, 2, "utf8", {"x", "a long string"});
  check("n", {}, 2, "int32", {"NULL", "NULL"});
  struct View {
    int32_t size;
    char head[4];
    int32_t buffer, offset;
  } views[2] = {{1, {'x', 0, 0, 0}, 0, 0}, {13, {'a', ' ', 'l', 'o'}, 0, 1}};
  check("vu", {nullptr, views, bytes}, 2, "utf8", {"x", "a long string"});
}

TEST(ArrowImport, TimesSpansAndOddWidths) {
  const int64_t i64[] = {-1, 86'400'000};
  const int64_t whole_us[] = {-1'000, 86'400'000};
  check("tsn:UTC", {nullptr, whole_us}, 2, "timestamptz",
        {"1969-12-31 23:59:59.999999+00", "1970-01-01 00:00:00.0864+00"});
  const int32_t clock[] = {0, 86'399};
  check("tts", {nullptr, clock}, 2, "time", {"00:00:00", "23:59:59"});
  check("ttm", {nullptr, clock}, 2, "time", {"00:00:00", "00:01:26.399"});
  const int64_t clock_ns[] = {0, 86'399'000};
  check("ttu", {nullptr, clock_ns}, 2, "time", {"00:00:00", "00:01:26.399"});
  check("ttn", {nullptr, clock_ns}, 2, "time", {"00:00:00", "00:00:00.086399"});
  check("tDs", {nullptr, i64}, 2, "interval", {"-00:00:01", "24000:00:00"});
  check("tiM", {nullptr, clock}, 2, "interval", {"00:00:00", "7199 years 11 months"});
  struct MonthDayNano {
    int32_t months, days;
    int64_t ns;
  } spans[] = {{1, -2, 3'000}, {-13, 0, 0}};
  check("tin", {nullptr, spans}, 2, "interval", {"1 month -2 days 00:00:00.000003", "-1 year -1 month"});
  const uint16_t halves[] = {0x3c00, 0x8001};
  check("e", {nullptr, halves}, 2, "float32", {"1.0", "-5.9604645e-08"});
  check("w:3", {nullptr, "abcd\xff\n"}, 2, "binary", {"abc", "d\\xFF\\x0A"});
}

// Proofs build on a decimal's precision, so no row may hold more digits; null rows and unreferenced entries hold anything.
TEST(ArrowImport, DecimalsKeepToTheirPrecision) {
  const uint8_t first_is_null[] = {0b10}, all[] = {0b11};
  const auto check = [](const char* format, const uint8_t* valid, const void* values, const char* expected) {
    Foreign foreign(format, {valid, values}, 2);
    const Result<Chunk> chunk = foreign.import();
    if (*expected == '\0') {
      EXPECT_TRUE(chunk.ok()) << format << " " << to_text(chunk.error());
      return;
    }
    ASSERT_FALSE(chunk.ok()) << format << " " << expected;
    EXPECT_EQ(chunk.error().code, ErrorCode::kBadInput);
    EXPECT_EQ(chunk.error().message, expected);
    EXPECT_EQ(chunk.error().where, "row 1");
  };
  const int128 wide[] = {1000, -999}, least[] = {-999, -1000};
  const int32_t i32[] = {1000, -999};
  const int64_t i64[] = {-1000, 999};
  const int128 end = [] {
    int128 power = 1;
    for (int i = 0; i < 38; ++i) power *= 10;
    return power;
  }();
  const int128 widest[] = {end - 1, 1 - end}, too_wide[] = {end, 0};
  check("d:4,2", all, wide, "");
  check("d:3,2", all, wide, "column 'c': expected decimal(3,2), found 10.00");
  check("d:3,2", nullptr, wide, "column 'c': expected decimal(3,2), found 10.00");
  check("d:3,2", first_is_null, wide, "");
  check("d:3,3,32", all, i32, "column 'c': expected decimal(3,3), found 1.000");
  check("d:3,1,64", all, i64, "column 'c': expected decimal(3,1), found -100.0");
  check("d:4,2", all, least, "");
  check("d:38,0", all, widest, "");
  check("d:38,0", all, too_wide, "column 'c': expected decimal(38,0), found 100000000000000000000000000000000000000");
}

TEST(ArrowImport, DictionariesNullsAndUnreferencedEntries) {
  const int8_t codes[] = {1, 99, 0, 2};
  const uint8_t valid[] = {0b1101};
  const int32_t offsets[] = {0, 1, 2, 3, 4};
  const uint8_t entry_valid[] = {0b1011};  // entry 2 is null
  const char* bytes = "ab\xFF\xFF";  // entry 3 is not UTF-8, and nobody refers to it
  Foreign foreign("c", {valid, codes}, 4);
  Foreign values("u", {entry_valid, offsets, bytes}, 4);
  foreign.field.dictionary = &values.field;
  foreign.array.dictionary = &values.array;
  const Result<Chunk> chunk = foreign.import();
  ASSERT_TRUE(chunk.ok()) << to_text(chunk.error());
  EXPECT_EQ(chunk.value().columns[0].encoding, Encoding::kDictionary);
  EXPECT_EQ(texts(chunk.value()), (Texts{"b", "NULL", "a", "NULL"}));

  Foreign all("c", {nullptr, codes}, 2);  // refers to entry 99
  all.field.dictionary = &values.field;
  all.array.dictionary = &values.array;
  EXPECT_NE(to_text(all.import().error()).find("dictionary index 99 of a dictionary of 4 values\n  at row 2"),
            std::string::npos);
}

TEST(ArrowImport, Errors) {
  const int32_t offsets[] = {0, 1, 3};
  Foreign bad("u", {nullptr, offsets, "a\xC3("}, 2);
  EXPECT_EQ(to_text(bad.import().error()),
            "error: column 'c' holds bytes that are not UTF-8\n  at row 2\n  hint: convert the file to UTF-8, or do "
            "not read this column");
  Foreign any("u", {nullptr, offsets, "a\xC3("}, 2);
  EXPECT_TRUE(any.import(/*check_utf8=*/false).ok());
  const int64_t far[] = {1, std::numeric_limits<int64_t>::max()};
  Foreign seconds("tss:", {nullptr, far}, 2);
  EXPECT_NE(to_text(seconds.import().error()).find("are no int64 number of µs\n  at row 2"), std::string::npos);
  for (const char* format : {"+vl", "+us:0,1", "d:50,2,256", "d:0,0", "ts", "?"}) {
    Foreign foreign(format, {nullptr, far}, 1);
    EXPECT_EQ(import_type(foreign.field).error().code, ErrorCode::kUnsupported) << format;
    EXPECT_FALSE(foreign.import().ok()) << format;
  }
  Foreign plain("l", {nullptr, far}, 1);
  EXPECT_EQ(import_chunk(&plain.parent, plain.field, {allocate, true, nullptr}).error().code, ErrorCode::kBadInput);
}

// Out and in again: flat, constant and dictionary vectors, several batches.
TEST(ArrowExport, RoundTrip) {
  const Schema schema = {{"n", kInt64, true}, {"t", kUtf8, true}, {"b", kBool, false}, {"d", decimal(20, 3), false}};
  const int64_t numbers[] = {1, 2, 3};
  const uint8_t validity[] = {1, 0, 1};
  const StringRef words[] = {StringRef(std::string_view("short")),
                             StringRef(std::string_view("a word beyond twelve bytes"))};
  const uint32_t codes[] = {1, 0, 1};
  const uint8_t yes = 1;
  const int128 money = -5;
  Batch batch;
  batch.rows = 3;
  batch.columns = {{kInt64, Encoding::kFlat, numbers, validity, nullptr, 0, nullptr},
                   {kUtf8, Encoding::kDictionary, words, validity, codes, 2, nullptr},
                   {kBool, Encoding::kConstant, &yes, nullptr, nullptr, 0, nullptr},
                   {decimal(20, 3), Encoding::kConstant, &money, nullptr, nullptr, 0, nullptr}};
  for (const int batches : {1, 3}) {
    const std::vector<Batch> rows(static_cast<size_t>(batches), batch);
    ArrowSchema exported_schema;
    ArrowArray array;
    export_schema(schema, &exported_schema);
    ASSERT_TRUE(export_batches(schema, rows, allocate, &array).ok());
    EXPECT_EQ(import_schema(exported_schema).value(), schema);
    const Chunk chunk = import_chunk(&array, exported_schema, {allocate, true, nullptr}).value();
    exported_schema.release(&exported_schema);
    ASSERT_EQ(chunk.rows, static_cast<uint64_t>(3 * batches));
    for (uint32_t row = 0; row < chunk.rows; ++row)
      for (size_t column = 0; column < schema.size(); ++column)
        EXPECT_EQ(value_at(chunk.columns[column], row), value_at(batch.columns[column], row % 3))
            << column << " " << row;
  }
}

TEST(Utf8, AcceptsAndRefuses) {
  const auto check = [](std::string_view text, bool expected) { EXPECT_EQ(is_utf8(text), expected) << text; };
  check("", true);
  check("plain ascii, longer than sixty-four bytes so that the fast path has whole words to look at", true);
  check("Z\xC3\xBCrich \xE2\x82\xAC \xF0\x9F\x8C\x8A", true);
  check("\xEF\xBF\xBF \xF4\x8F\xBF\xBF", true);
  check("\xC0\x80", false);  // overlong
  check("\xE0\x9F\xBF", false);  // overlong
  check("\xED\xA0\x80", false);  // surrogate
  check("\xF4\x90\x80\x80", false);  // above U+10FFFF
  check("\xC3", false);
  check("\xE2\x82", false);
  check("\x80", false);
  check("\xFF", false);
  std::string late(100, 'a');
  late[99] = '\xFF';
  check(late, false);
}

}  // namespace
}  // namespace headrace
