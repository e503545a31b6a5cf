// Rules by example: rules/*.golden hold tables, then cases of a plan, a pass, and the plan that it makes of it.
//   UPDATE_GOLDEN=1 rewrites the second plans.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include <gtest/gtest.h>

#include "optimize/passes.h"
#include "plan/declared_tables.h"
#include "plan/parse.h"

namespace headrace {
namespace {

constexpr std::string_view kDirectory = "src/optimize/rules";  // tests run in the source root

// Enough of an interpreter for the goldens: sums and comparisons of integers; everything else would fault.
Result<std::optional<Value>> evaluate(const Expr& expr) {
  if (const auto* node = std::get_if<Literal>(&expr.node)) return std::optional<Value>(node->value);
  const auto& call = std::get<Call>(expr.node);
  const std::map<std::string_view, bool (*)(int64_t, int64_t)> comparisons = {
      {"eq", [](int64_t a, int64_t b) { return a == b; }}, {"ne", [](int64_t a, int64_t b) { return a != b; }},
      {"lt", [](int64_t a, int64_t b) { return a < b; }},  {"le", [](int64_t a, int64_t b) { return a <= b; }},
      {"gt", [](int64_t a, int64_t b) { return a > b; }},  {"ge", [](int64_t a, int64_t b) { return a >= b; }}};
  const auto compare = comparisons.find(call.function);
  std::vector<int64_t> numbers;
  for (const ExprPtr& argument : call.arguments) {
    TRY(value, evaluate(*argument));
    if (value && value->is_null() && compare != comparisons.end()) return std::optional(null_value(kBool));
    if (!value || value->is_null()) return std::optional<Value>();
    if (const auto* narrow = std::get_if<int32_t>(&value->data))
      numbers.push_back(*narrow);
    else if (const auto* wide = std::get_if<int64_t>(&value->data))
      numbers.push_back(*wide);
    else
      return std::optional<Value>();
  }
  if (call.function == "add" && expr.type == kInt32)
    return std::optional<Value>(Value{kInt32, static_cast<int32_t>(numbers[0] + numbers[1])});
  if (call.function == "add" && expr.type == kInt64)
    return std::optional<Value>(Value{kInt64, numbers[0] + numbers[1]});
  if (compare != comparisons.end()) return std::optional<Value>(Value{kBool, compare->second(numbers[0], numbers[1])});
  return std::optional<Value>();
}

struct GoldenCase {
  std::string comment, pass, before, after;
};
struct Golden {
  std::string header;  // comments and tables
  std::vector<GoldenCase> cases;
};

Golden read_golden(const std::filesystem::path& path) {
  std::ifstream file(path);
  Golden golden;
  std::string line;
  bool after = false;
  std::string comment;
  while (std::getline(file, line)) {
    if (line.starts_with("#")) {
      comment += line + "\n";
    } else if (line.starts_with("table ")) {
      golden.header += comment + line + "\n";
      comment.clear();
    } else if (line.starts_with("pass ")) {
      golden.cases.push_back({comment, line.substr(5), "", ""});
      comment.clear();
      after = false;
    } else if (line == "----") {
      after = true;
    } else if (!line.empty() && !golden.cases.empty()) {
      (after ? golden.cases.back().after : golden.cases.back().before) += line + "\n";
    }
  }
  return golden;
}

void write_golden(const std::filesystem::path& path, const Golden& golden) {
  std::ofstream file(path);
  file << golden.header;
  for (const GoldenCase& one : golden.cases)
    file << "\n" << one.comment << "pass " << one.pass << "\n" << one.before << "----\n" << one.after;
}

std::string indented(const std::string& text) {
  std::istringstream lines(text);
  std::string line, result;
  while (std::getline(lines, line)) result += "  " + line + "\n";
  return result;
}

// The plan after one pass, or after all of them in their order ("pass all").
Result<PlanPtr> run_pass(const std::string& name, const PlanPtr& plan) {
  OptimizeContext context;
  context.evaluate = evaluate;
  if (name != "all") context.enabled = [&](std::string_view pass) { return pass == name; };
  return optimize(plan, context);
}

TEST(Optimize, Goldens) {
  const bool update = std::getenv("UPDATE_GOLDEN") != nullptr;
  size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kDirectory)) {
    if (entry.path().extension() != ".golden") continue;
    ++files;
    Golden golden = read_golden(entry.path());
    DeclaredTables tables;
    std::istringstream header(golden.header);
    std::string line;
    while (std::getline(header, line))
      if (!line.starts_with("#")) {
        const Status declared = tables.declare(line);
        ASSERT_TRUE(declared.ok()) << entry.path() << ": " << line;
      }
    ASSERT_FALSE(golden.cases.empty()) << entry.path();
    for (GoldenCase& one : golden.cases) {
      const auto before = parse_plan(one.before, tables);
      ASSERT_TRUE(before.ok()) << entry.path() << "\n" << one.before << to_text(before.error());
      EXPECT_EQ(indented(to_text(*before.value())), one.before) << entry.path() << ": not in its own text form";
      const auto better = run_pass(one.pass, before.value());
      ASSERT_TRUE(better.ok()) << to_text(better.error());
      const Status sound = verify(*better.value());
      EXPECT_TRUE(sound.ok()) << to_text(*better.value()) << (sound.ok() ? "" : to_text(sound.error()));
      const std::string text = indented(to_text(*better.value()));
      if (update)
        one.after = text;
      else
        EXPECT_EQ(text, one.after) << entry.path() << ", pass " << one.pass << " on\n" << one.before;
      // What a pass makes reads back, and gives it nothing more to do.
      const auto again = parse_plan(text, tables);
      ASSERT_TRUE(again.ok()) << text << to_text(again.error());
      const auto twice = run_pass(one.pass, better.value());
      ASSERT_TRUE(twice.ok());
      EXPECT_EQ(indented(to_text(*twice.value())), text) << "a second run of " << one.pass << " changes the plan again";
    }
    if (update) write_golden(entry.path(), golden);
  }
  EXPECT_GE(files, 9u) << "goldens are missing below " << kDirectory;
}

TEST(Optimize, PassesCanBeSwitchedOffAndTraced) {
  DeclaredTables tables;
  ASSERT_TRUE(tables.declare("table t [x: int64] rows 10").ok());
  const auto plan = parse_plan("Limit 3\n  Sort [x#0]\n    ScanTable t [x#0: int64]\n", tables);
  ASSERT_TRUE(plan.ok());
  std::vector<std::string> seen;
  OptimizeContext context;
  context.enabled = [](std::string_view name) { return name != "top_n"; };
  context.trace = [&](std::string_view name, const PlanPtr&) { seen.emplace_back(name); };
  const auto kept = optimize(plan.value(), context);
  ASSERT_TRUE(kept.ok());
  EXPECT_EQ(to_text(*kept.value()), to_text(*plan.value()));
  EXPECT_EQ(seen.size(), passes().size() - 1);
  EXPECT_EQ(seen.front(), "fold_constants");
  context.enabled = nullptr;
  const auto better = optimize(plan.value(), context);
  EXPECT_EQ(to_text(*better.value()), "TopN 3 [x#0]\n  ScanTable t [x#0: int64]\n");
}

}  // namespace
}  // namespace headrace
