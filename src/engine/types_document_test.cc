// Every row of docs/types.md with an answer: the expression, its type ("-" for a fault), what it prints.
#include <headrace/session.h>

#include <fstream>

#include <gtest/gtest.h>

namespace headrace {
namespace {

struct DocumentRow {
  std::string expression, type, answer;
};

// | `expression` | type | answer |
std::vector<DocumentRow> rows_of(const std::string& path) {
  std::vector<DocumentRow> rows;
  std::ifstream file(path);
  bool answers = false;
  for (std::string line; std::getline(file, line);) {
    if (line == "| written | type | answer |") answers = true;
    if (line.empty()) answers = false;
    const size_t end = line.find("` | ");
    if (!answers || !line.starts_with("| `") || end == std::string::npos) continue;
    const size_t answer = line.find(" | ", end + 4);
    rows.push_back({line.substr(3, end - 3), line.substr(end + 4, answer - end - 4),
                    line.substr(answer + 3, line.size() - answer - 5)});
  }
  return rows;
}

TEST(TypesDocument, EveryRowHolds) {
  const std::vector<DocumentRow> rows = rows_of("docs/types.md");
  EXPECT_GE(rows.size(), 110u);
  Engine engine({.threads = 1});
  for (const DocumentRow& row : rows) {
    Session session = engine.session();
    const auto found = session.sql("SELECT " + row.expression + " AS x");
    if (row.type == "-") {
      ASSERT_FALSE(found.ok()) << row.expression;
      EXPECT_TRUE(found.error().message.starts_with(row.answer.substr(std::string("fault: ").size())))
          << row.expression << ": " << found.error().message;
      continue;
    }
    ASSERT_TRUE(found.ok()) << row.expression << ": " << to_text(found.error());
    EXPECT_EQ(found.value().columns()[0].type, row.type) << row.expression;
    // Quotes stand only around what CSV needs them for.
    std::string text = found.value().to_text("csv").value();
    text = text.substr(2, text.size() - 3);
    if (text.starts_with('"')) text = text.substr(1, text.size() - 2);
    EXPECT_EQ(text.empty() ? "NULL" : text, row.answer) << row.expression;
  }
}

}  // namespace
}  // namespace headrace
