// Goal: what docs/functions.md shows of each function is what it does. Each line of src/kernel/examples.txt runs as a query.
// UPDATE_GOLDEN=1 rewrites the answers.
#include <gtest/gtest.h>
#include <headrace/session.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

namespace headrace {
namespace {

constexpr const char* kExamples = "src/kernel/examples.txt";
constexpr std::string_view kArrow = " → ";

// The one value of the answer as CSV writes it, without quotes; an empty field is NULL.
std::string answer_of(Session& session, const std::string& expression) {
  const bool is_query = expression.starts_with("SELECT ") || expression.starts_with("FROM ");
  const auto rows = session.sql(is_query ? expression : "SELECT " + expression + " AS answer");
  if (!rows.ok()) return to_text(rows.error());
  std::string text = rows.value().to_text("csv").value();
  text = text.substr(text.find('\n') + 1);
  if (text.ends_with('\n')) text.pop_back();
  if (text.empty()) return "NULL";
  if (text.front() != '"') return text;
  std::string unquoted;
  for (size_t i = 1; i + 1 < text.size(); ++i) {
    unquoted += text[i];
    if (text[i] == '"') ++i;
  }
  return unquoted;
}

TEST(Examples, SayWhatFunctionsGive) {
  Engine engine({.threads = 1});
  Session session = engine.session();
  std::ifstream file(kExamples);
  ASSERT_TRUE(file.is_open());
  std::stringstream rewritten;
  size_t examples = 0;
  for (std::string line; std::getline(file, line);) {
    const size_t colon = line.find(": ");
    const size_t arrow = line.rfind(kArrow);
    if (line.starts_with('#') || colon == std::string::npos || arrow == std::string::npos) {
      rewritten << line << '\n';
      continue;
    }
    const std::string answer = answer_of(session, line.substr(colon + 2, arrow - colon - 2));
    rewritten << line.substr(0, arrow) << kArrow << answer << '\n';
    EXPECT_EQ(line.substr(arrow + kArrow.size()), answer) << line;
    ++examples;
  }
  EXPECT_GT(examples, 50U);
  if (std::getenv("UPDATE_GOLDEN") != nullptr) std::ofstream(kExamples) << rewritten.str();
}

}  // namespace
}  // namespace headrace
