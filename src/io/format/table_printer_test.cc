#include "io/format/table_printer.h"

#include <gtest/gtest.h>

#include "io/format/display_width.h"
#include "io/test_batches.h"

namespace headrace {
namespace {

std::string printed(const Schema& schema, const std::vector<Batch>& batches, TableStyle style) {
  std::string text;
  TablePrinter printer(schema, style, [&](std::string_view bytes) {
    text += bytes;
    return Status(kDone);
  });
  for (const Batch& batch : batches) EXPECT_TRUE(printer.write(batch).ok());
  EXPECT_TRUE(printer.finish().ok());
  return text;
}

TEST(DisplayWidth, CountsColumnsOfATerminal) {
  EXPECT_EQ(display_width("abc"), 3u);
  EXPECT_EQ(display_width("Zürich"), 6u);
  EXPECT_EQ(display_width("日本"), 4u);
  EXPECT_EQ(display_width("e\u0301"), 1u);  // a combining accent
  EXPECT_EQ(display_width("😀"), 2u);
  EXPECT_EQ(display_width("\xff"), 1u);
  EXPECT_EQ(one_line("日本語", 5), "日本…");
  EXPECT_EQ(one_line("日本語", 4), "日…");
  EXPECT_EQ(one_line("日本語", 6), "日本語");
  EXPECT_EQ(one_line("a\tb\nc\x7f", 10), "a b⏎c ");
  EXPECT_EQ(one_line("abc", 1), "…");
}

TEST(TablePrinter, AlignsAndElides) {
  const Schema schema = {{"name", kUtf8, true}, {"n", kInt64, true}};
  BatchMaker maker(schema);
  maker.row({std::string("Zürich\n"), int64_t{7}});
  maker.row({{}, int64_t{-123}});
  maker.row({std::string("a text that is too long"), {}});
  EXPECT_EQ(printed(schema, {maker.take()}, {40, 12}),
            "name              n\n"
            "utf8          int64\n"
            "------------  -----\n"
            "Zürich⏎           7\n"
            "NULL           -123\n"
            "a text that…   NULL\n"
            "(3 rows)\n");
  for (int64_t row = 0; row < 100; ++row) maker.row({std::string("r"), row});
  EXPECT_EQ(printed(schema, {maker.take()}, {3, 12}),
            "name      n\n"
            "utf8  int64\n"
            "----  -----\n"
            "r         0\n"
            "r         1\n"
            "…         …\n"
            "r        99\n"
            "(100 rows, 3 shown)\n");
  EXPECT_EQ(printed(schema, {}, {}), "name      n\nutf8  int64\n----  -----\n(0 rows)\n");
}

TEST(TablePrinter, WideCharactersStayInTheirColumns) {
  const Schema schema = {{"名前", kUtf8, true}, {"n", kInt64, true}};
  BatchMaker maker(schema);
  maker.row({std::string("日本"), int64_t{1}});
  maker.row({std::string("ab"), int64_t{2}});
  EXPECT_EQ(printed(schema, {maker.take()}, {}),
            "名前      n\n"
            "utf8  int64\n"
            "----  -----\n"
            "日本      1\n"
            "ab        2\n"
            "(2 rows)\n");
}

TEST(TablePrinter, FitsTheLine) {
  Schema schema = {{"text", kUtf8, true}, {"n", kInt64, true}};
  BatchMaker maker(schema);
  maker.row({std::string("one two three four five six"), int64_t{1234567890123}});
  EXPECT_EQ(printed(schema, {maker.take()}, {.width_max = 35}),
            "text                              n\n"
            "utf8                          int64\n"
            "--------------------  -------------\n"
            "one two three four …  1234567890123\n"
            "(1 row)\n");
  schema.clear();
  for (int i = 0; i < 20; ++i) schema.push_back({"c" + std::to_string(i), kInt64, false});
  BatchMaker wide(schema);
  wide.row(std::vector<Cell>(20, Cell(int64_t{7})));
  EXPECT_EQ(printed(schema, {wide.take()}, {.width_max = 30}),
            "   c0     c1  …    c18    c19\n"
            "int64  int64  …  int64  int64\n"
            "-----  -----  …  -----  -----\n"
            "    7      7  …      7      7\n"
            "(1 row; 20 columns, 4 shown)\n");
}

}  // namespace
}  // namespace headrace
