// docs/functions.md is the catalogue, printed. UPDATE_GOLDEN=1 rewrites it.
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/test_page.h"
#include "kernel/function.h"
#include "kernel/test_contract_names.h"

namespace headrace {
namespace {

constexpr const char* kDocument = "docs/functions.md";
constexpr const char* kExamples = "src/kernel/examples.txt";
constexpr size_t kTypeCount = 8;                        // TypeId without kNull

constexpr const char* kPreface = R"(# Functions and aggregates

Printed from the catalogue (`src/kernel/list.def`) by `src/kernel/functions_document_test.cc`; `UPDATE_GOLDEN=1` rewrites this page.
The name is what `call("name", …)` of the C++ interface and plan texts use; SQL takes the written form, and every
name that is no keyword. `T` stands for each type: bool, int32, int64, float64, decimal, date, timestamp, utf8. Which types meet, and what
precision decimals get: [types.md](types.md). What a fault is: [faults.md](faults.md). The trailing int32 arguments of casts from or
to decimals are scales and precisions, which the resolver adds.

Unless a function says otherwise, null in gives null out, and no value faults. All of them are pure, deterministic, keep no state
between rows, may run on any number of threads and give one row for one row (aggregates: one for many, in any order unless they say so).
Costs are hints for the planner: ns a row, vectorised, data in L1.
)";

std::string type_name(TypeId id) { return to_text(Type{id}); }

std::string listed(const std::vector<std::string>& items, const char* separator) {
  return fmt::format("{}", fmt::join(items, separator));
}

// Result, then arguments.
using Signature = std::vector<TypeId>;

std::string signature_text(const Signature& types, const std::vector<bool>& varies) {
  std::vector<std::string> arguments;
  for (size_t i = 1; i < types.size(); ++i) arguments.push_back(varies[i] ? "T" : type_name(types[i]));
  return fmt::format("({}) → {}", listed(arguments, ", "), varies[0] ? "T" : type_name(types[0]));
}

// One text for all signatures when they are one for each type, else one for each signature.
std::vector<std::string> signature_texts(const std::vector<Signature>& signatures) {
  const size_t width = signatures.empty() ? 0 : signatures[0].size();
  std::vector<bool> varies(width, false);
  bool uniform = signatures.size() == kTypeCount;
  for (const Signature& signature : signatures) {
    uniform = uniform && signature.size() == width;
    for (size_t i = 0; uniform && i < width; ++i) varies[i] = varies[i] || signature[i] != signatures[0][i];
  }
  for (const Signature& signature : signatures) {
    TypeId varying = TypeId::kNull;
    for (size_t i = 0; uniform && i < width; ++i) {
      if (!varies[i]) continue;
      uniform = varying == TypeId::kNull || varying == signature[i];
      varying = signature[i];
    }
  }
  if (uniform) return {signature_text(signatures[0], varies)};
  std::vector<std::string> texts;
  for (const Signature& signature : signatures)
    texts.push_back(signature_text(signature, std::vector<bool>(signature.size(), false)));
  return texts;
}

std::string algebra_text(uint8_t algebra) {
  std::vector<std::string> names;
  for (const AlgebraName& one : kAlgebraNames)
    if ((algebra & one.property) != 0) names.emplace_back(one.name);
  return listed(names, ", ");
}

// What differs from the preface, and the cost.
std::vector<std::string> contract_texts(const Contract& contract) {
  std::vector<std::string> texts;
  if (contract.nulls == Nulls::kSees)
    texts.emplace_back(contract.cardinality == Cardinality::kManyToOne ? "nulls count"
                                                                       : "decides itself about nulls and faults");
  if (contract.faults != 0) texts.push_back("faults: " + faults_text(contract.faults));
  if (contract.purity != Purity::kPure) texts.emplace_back("impure");
  if (contract.determinism != Determinism::kDeterministic) texts.emplace_back("not deterministic");
  if (contract.side_effects != SideEffects::kNone) texts.emplace_back("acts on the outside");
  if (contract.concurrency != Concurrency::kAny) texts.emplace_back("one thread at a time");
  if (contract.algebra != kNoAlgebra) texts.push_back(algebra_text(contract.algebra));
  return texts;
}

// "expression → answer" by the function's name.
std::map<std::string, std::string, std::less<>> read_examples() {
  std::map<std::string, std::string, std::less<>> examples;
  std::ifstream file(kExamples);
  for (std::string line; std::getline(file, line);) {
    const size_t colon = line.find(": ");
    if (!line.starts_with('#') && colon != std::string::npos) examples[line.substr(0, colon)] = line.substr(colon + 2);
  }
  return examples;
}

std::string example_text(std::string_view name) {
  static const auto examples = read_examples();
  const auto found = examples.find(name);
  if (found == examples.end()) return "";
  const size_t arrow = found->second.rfind(" → ");
  return fmt::format("- `{}` is `{}`\n", found->second.substr(0, arrow), found->second.substr(arrow + 5));
}

// " Also written a, b."
std::string synonyms_text(std::string_view name) {
  std::string text;
  for (const Synonym& synonym : synonyms())
    if (synonym.name == name) text += fmt::format("{}`{}`", text.empty() ? "" : ", ", synonym.written);
  return text.empty() ? "" : fmt::format(" Also {}.", text);
}

std::string function_text(const Function& function) {
  std::vector<Signature> signatures;
  for (const Overload& overload : function.overloads) {
    signatures.push_back({overload.result});
    signatures.back().insert(signatures.back().end(), overload.arguments.begin(), overload.arguments.end());
  }
  std::vector<std::string> facts = contract_texts(function.contract);
  if (function.contract.buffers == Buffers::kBorrows)
    facts.emplace_back("a text result may lie in an argument's bytes");
  if (function.contract.buffers == Buffers::kOwns) facts.emplace_back("makes new text");
  if (function.literals_shape_code) facts.emplace_back("literal arguments are compiled in");
  facts.push_back(fmt::format("{} ns", double{function.contract.cost_ns}));
  return fmt::format("\n### {}\n\n`{}`: {}{}\n\n{}- {}\n- {}\n", function.name, function.sql, function.documentation,
                     synonyms_text(function.name), example_text(function.name),
                     listed(signature_texts(signatures), "; "), listed(facts, "; "));
}

std::string rewritten_text(const RewrittenFunction& function) {
  return fmt::format("\n### {}\n\n`{}`: {}{}\n\n{}", function.name, function.sql, function.documentation,
                     synonyms_text(function.name), example_text(function.name));
}

std::string aggregate_text(const Aggregate& aggregate) {
  std::vector<std::string> types;
  std::vector<Signature> signatures;
  for (const AggregateOverload& overload : aggregate.overloads) {
    if (overload.arguments.empty()) {
      types.push_back(fmt::format("() → {}", type_name(overload.result)));
    } else {
      signatures.push_back({overload.result});
      signatures.back().insert(signatures.back().end(), overload.arguments.begin(), overload.arguments.end());
    }
  }
  for (const std::string& text : signature_texts(signatures)) types.push_back(text);
  std::vector<std::string> facts = contract_texts(aggregate.contract);
  if (aggregate.contract.order == RowOrder::kNeeded) facts.insert(facts.begin(), "needs an order of rows");
  facts.push_back(fmt::format("{} ns", double{aggregate.contract.cost_ns}));
  return fmt::format("\n### {}\n\n`{}`: {}{}\n\n{}- {}\n- {}\n", aggregate.name, aggregate.sql, aggregate.documentation,
                     synonyms_text(aggregate.name), example_text(aggregate.name), listed(types, "; "),
                     listed(facts, "; "));
}

template <class Items>
std::string links(const Items& items) {
  std::vector<std::string> texts;
  for (const auto& item : items) texts.push_back(fmt::format("[{0}](#{0})", item.name));
  return listed(texts, " ");
}

std::string render() {
  std::string text = kPreface;
  text += fmt::format("\n{}\n\nMade of others: {}\n\nAggregates: {}\n\n## Functions\n", links(functions()),
                      links(rewritten_functions()), links(aggregates()));
  for (const Function& function : functions()) text += function_text(function);
  text += "\n## Functions that are made of others\n\nTyping turns them into the functions above.\n";
  for (const RewrittenFunction& function : rewritten_functions()) text += rewritten_text(function);
  text += "\n## Aggregates\n\nA null argument is skipped.\n";
  for (const Aggregate& aggregate : aggregates()) text += aggregate_text(aggregate);
  return text;
}

TEST(Functions, DocumentIsTheCatalogue) {
  const std::string expected = render();
  EXPECT_EQ(page_text(kDocument, expected), expected)
      << kDocument << " is not what the catalogue says; UPDATE_GOLDEN=1 rewrites it";
}

// Not written by name: expr/ makes them of brackets, casts and operators on nested values, intervals and time zones.
constexpr std::string_view kUnwritten[] = {"try_result",
                                           "nested_",
                                           "list_",
                                           "map_",
                                           "enum_",
                                           "text_to_",
                                           "interval_",
                                           "string_split",
                                           "array_to_string",
                                           "flatten",
                                           "add_interval",
                                           "date_and_time",
                                           "timestamp_difference",
                                           "local_time",
                                           "instant"};
bool is_unwritten(std::string_view name) {
  for (const std::string_view prefix : kUnwritten)
    if (name.starts_with(prefix)) return true;
  return false;
}

TEST(Functions, EachHasAnExample) {
  for (const Function& function : functions())
    if (!is_unwritten(function.name))
      EXPECT_NE(example_text(function.name), "") << function.name << ": add a line to " << kExamples;
  for (const RewrittenFunction& function : rewritten_functions())
    EXPECT_NE(example_text(function.name), "") << function.name << ": add a line to " << kExamples;
}

// The preface holds only while every kernel keeps to it.
TEST(Functions, PrefaceHoldsForEveryContract) {
  for (const Function& function : functions()) {
    EXPECT_EQ(function.contract.cardinality, Cardinality::kOneToOne) << function.name;
    EXPECT_EQ(function.contract.order, RowOrder::kKept) << function.name;
    EXPECT_EQ(uint32_t{function.contract.state_bytes}, 0U) << function.name;
    EXPECT_FALSE(function.documentation.empty() || function.sql.empty() || function.overloads.empty()) << function.name;
  }
  for (const Aggregate& aggregate : aggregates()) {
    EXPECT_EQ(aggregate.contract.cardinality, Cardinality::kManyToOne) << aggregate.name;
  }
}

}  // namespace
}  // namespace headrace
