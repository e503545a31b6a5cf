// Goal: whatever stands in a form, it is an error or a program that runs: to an answer or to an error, never to a crash.
#include <gtest/gtest.h>
#include <headrace/session.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <random>
#include <string_view>

#include "kernel/function.h"

namespace headrace {
namespace {

constexpr const char* kQueries[] = {
    "SELECT 1 AS a, NULL AS b",
    "SELECT range + 1 AS a, 'it' AS b, 1.50 AS c, DATE '1998-09-02' AS d FROM range(5) WHERE range % 2 = 1",
    "SELECT range % 3 AS k, count(*), sum(range), avg(range * 1.5), min(cast(range AS utf8)) FROM range(100) GROUP BY "
    "1 ORDER BY 2 DESC, 1 LIMIT 2 OFFSET 1",
    "SELECT a.range AS x, b.y FROM range(10) a LEFT JOIN (SELECT range * 2 AS y FROM range(4)) b ON a.range = b.y",
    "SELECT a.range AS x, b.y FROM range(10) a LEFT JOIN (SELECT range * 2 AS y FROM range(4)) b ON a.range % 3 = "
    "b.y % 3 AND a.range > b.y + 2",
    "SELECT sum(a.range * b.range) AS s, count(*), max(a.range) FROM range(50) a, range(3) b WHERE a.range % 3 = "
    "b.range",
    "SELECT range AS x FROM range(3) UNION ALL SELECT range * 10 FROM range(3) LIMIT 5",
    "SELECT range FROM range(300) TABLESAMPLE bernoulli (10) USING SAMPLE 9",
    "SELECT CASE WHEN range > 2 AND range < 5 THEN 10 // range ELSE round(range / 3.0, 2) END AS v FROM range(7)",
    "SELECT upper(substring(cast(range AS utf8) || 'abc', 1, 2)) AS t FROM range(12) WHERE cast(range AS utf8) LIKE "
    "'1%'",
    "SELECT sum(x * 2) AS s, min(t), avg(d) FROM '{}' WHERE t <> 'c'",
    "SELECT t, x, cast(d AS decimal(9,2)) * 2.5 AS y FROM '{}' ORDER BY x DESC",
};

// Words, numbers, texts in quotes and single symbols, each with the blanks behind it.
std::vector<std::string> pieces_of(const std::string& text) {
  std::vector<std::string> pieces;
  for (size_t at = 0; at < text.size();) {
    const size_t begin = at;
    const auto is_word = [&](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
    if (text[at] == '\'' || text[at] == '"') {
      at = std::min(text.find(text[at], at + 1), text.size() - 1) + 1;
    } else if (is_word(text[at])) {
      while (at < text.size() && is_word(text[at])) ++at;
    } else {
      ++at;
    }
    while (at < text.size() && (text[at] == ' ' || text[at] == '\n')) ++at;
    pieces.push_back(text.substr(begin, at - begin));
  }
  return pieces;
}

class Mutator {
 public:
  explicit Mutator(uint64_t seed) : random_(seed) {}

  std::string mutate(const std::string& text) {
    std::vector<std::string> pieces = pieces_of(text);
    for (uint32_t count = below(8) == 0 ? 3 : 1; count > 0; --count) damage(pieces);
    std::string damaged;
    for (const std::string& piece : pieces) damaged += piece;
    return damaged;
  }

 private:
  uint32_t below(size_t end) { return static_cast<uint32_t>(random_() % end); }

  void damage(std::vector<std::string>& pieces) {
    std::string& one = pieces[below(pieces.size())];
    switch (below(8)) {
      case 0: one = ""; break;
      case 1: one += one; break;
      case 2: one = pieces[below(pieces.size())]; break;
      case 3: one = std::string(kWords[below(std::size(kWords))]) + " "; break;
      case 4: std::swap(one, pieces[below(pieces.size())]); break;
      default: alike(one, pieces); break;
    }
  }

  // Another piece of the same kind: what parses most often.
  void alike(std::string& one, const std::vector<std::string>& pieces) {
    const char first = one[0];
    if (first >= '0' && first <= '9') {
      one = std::string(kNumbers[below(std::size(kNumbers))]) + " ";
    } else if (first == 'v' && one.size() > 1 && one[1] >= '0' && one[1] <= '9') {
      one = "v" + std::to_string(below(9)) + " ";
    } else if (find_overload(one.substr(0, one.find(' '))) != nullptr) {
      const Function& function = functions()[below(functions().size())];
      one = function.overloads[below(function.overloads.size())].symbol;
    } else if (one.find("int") == 0 || one.find("utf8") == 0 || one.find("decimal") == 0) {
      one = std::string(kTypes[below(std::size(kTypes))]) + " ";
    } else {
      one = pieces[below(pieces.size())];
    }
  }

  static constexpr std::string_view kWords[] = {
      "?",  "faults", "register", "staged", "left",     "inner", "desc", "rows",   "ordered",   "pinned",  "NULL::utf8",
      "v0", "limit",  "collect",  "filter", "1::int64", "true",  "'a'",  "sample", "reservoir", "percent", "seed"};
  static constexpr std::string_view kNumbers[] = {"0", "1", "2", "3", "4", "9", "38", "255", "700"};
  static constexpr std::string_view kTypes[] = {"int32",         "int64", "float64",   "utf8",         "bool",
                                                "decimal(10,2)", "date",  "timestamp", "decimal(38,0)"};
  std::mt19937_64 random_;
};

TEST(MutatedForms, AreErrorsOrRun) {
  const std::string path = testing::TempDir() + "mutated_forms_" + std::to_string(::getpid()) + ".csv";
  std::ofstream(path) << "x,t,d\n1,a,1.5\n2,b,\n,c,2.25\n-7,dd,1e300\n";
  Engine engine({.threads = 1});
  Session session = engine.session();
  Mutator mutator(20261126);
  uint32_t valid = 0, refused = 0;
  for (const char* tier : {"interpreted", "compiled"}) {
    ASSERT_TRUE(session.set("tier", tier).ok());
    for (std::string query : kQueries) {
      if (const size_t hole = query.find("{}"); hole != std::string::npos) query.replace(hole, 2, path);
      for (const char* form : {"stages", "fused"}) {
        const auto printed = session.explain(query, {.stage = form});
        ASSERT_TRUE(printed.ok()) << to_text(printed.error());
        const uint32_t rounds = std::string_view(tier) == "compiled" ? 40 : 400;
        for (uint32_t round = 0; round < rounds; ++round) {
          const std::string damaged = mutator.mutate(printed.value());
          SCOPED_TRACE(damaged);
          const auto again = session.print_form(form, damaged);
          again.ok() ? ++valid : ++refused;
          if (!again.ok()) EXPECT_FALSE(again.error().message.empty());
          if (again.ok()) EXPECT_TRUE(session.print_form(form, again.value()).ok()) << again.value();
          if (again.ok()) (void)session.run_form(form, damaged).ok();
        }
      }
    }
  }
  std::remove(path.c_str());
  EXPECT_GT(valid, 600u) << "the damage is too coarse to reach what runs";
  EXPECT_GT(refused, 4000u);
}

}  // namespace
}  // namespace headrace
