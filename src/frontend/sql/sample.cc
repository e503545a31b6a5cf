// TABLESAMPLE and USING SAMPLE:
//   method (n [% | PERCENT | ROWS]) [REPEATABLE (seed)]
//   n [% | PERCENT | ROWS] [(method [, seed])] [REPEATABLE (seed)]
// Behind a method n is a percentage, of reservoir a number of rows; n in front of a method or alone is a number of rows. A
// method that is not named is system for a percentage, reservoir for rows. The seed is 0 unless one is written.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/nearest_name.h"
#include "frontend/sql/query_parser.h"
#include "types/parse_value.h"

namespace headrace {
namespace {

constexpr std::array kMethods = std::to_array<std::string_view>({"reservoir", "bernoulli", "system"});
constexpr double kExactIntegerMax = 9007199254740992;  // 2^53

// A whole number, also one that is written 1e3 or 1_000.
std::optional<uint64_t> whole_number(const std::string& text) {
  if (const std::optional<int64_t> number = parse_int64(text); number && *number >= 0)
    return static_cast<uint64_t>(*number);
  const std::optional<double> number = parse_float64(text);
  if (!number || !(*number >= 0 && *number <= kExactIntegerMax) || std::floor(*number) != *number) return std::nullopt;
  return static_cast<uint64_t>(*number);
}

}  // namespace

// The rows of `input` that what follows at the cursor takes.
Result<Relation> QueryParser::parse_sample_of(const Relation& input, std::string_view clause) {
  const TokenKind first = cursor_.peek().kind;
  const bool method = (first == TokenKind::kWord || first == TokenKind::kQuotedName) && cursor_.at_symbol("(", 1);
  TRY(spec, method ? parse_sample_by_method(clause) : parse_sample_by_size(clause));
  if (cursor_.at_word("tablesample"))
    return cursor_.error(cursor_.where(), "a table has one TABLESAMPLE, found a second",
                         "sample a subquery: (SELECT * FROM t TABLESAMPLE …) TABLESAMPLE …");
  return node(Sample{input.plan, spec}, std::array{input});
}

// method (n [% | PERCENT | ROWS]) [REPEATABLE (seed)]
Result<SampleSpec> QueryParser::parse_sample_by_method(std::string_view clause) {
  TRY(method, parse_sample_method());
  TRY_STATUS(cursor_.expect_symbol("("));
  TRY(size, parse_sample_size(clause));
  TRY_STATUS(cursor_.expect_symbol(")"));
  if (size.unit == SampleUnit::kNone && method != SampleMethod::kReservoir) size.unit = SampleUnit::kPercent;
  TRY(spec, sample_of(method, size));
  if (cursor_.accept_word("repeatable")) {
    TRY_STATUS(cursor_.expect_symbol("("));
    TRY(seed, parse_seed("REPEATABLE"));
    spec.seed = seed;
    TRY_STATUS(cursor_.expect_symbol(")"));
  }
  return spec;
}

// n [% | PERCENT | ROWS] [(method [, seed])] [REPEATABLE (seed)]
Result<SampleSpec> QueryParser::parse_sample_by_size(std::string_view clause) {
  TRY(size, parse_sample_size(clause));
  SampleMethod method = size.unit == SampleUnit::kPercent ? SampleMethod::kSystem : SampleMethod::kReservoir;
  std::optional<uint64_t> seed;
  if (cursor_.accept_symbol("(")) {
    TRY(given, parse_sample_method());
    method = given;
    if (cursor_.accept_symbol(",")) {
      TRY(number, parse_seed("a sample's seed"));
      seed = number;
    }
    TRY_STATUS(cursor_.expect_symbol(")"));
  }
  TRY(spec, sample_of(method, size));
  if (cursor_.at_word("repeatable")) {
    const TextPosition where = cursor_.take().where;
    if (seed) return cursor_.error(where, "the sample has two seeds", "leave out REPEATABLE");
    TRY_STATUS(cursor_.expect_symbol("("));
    TRY(number, parse_seed("REPEATABLE"));
    seed = number;
    TRY_STATUS(cursor_.expect_symbol(")"));
  }
  spec.seed = seed.value_or(0);
  return spec;
}

// A number, which may stand in parentheses, and its unit.
Result<QueryParser::SampleSize> QueryParser::parse_sample_size(std::string_view clause) {
  const bool parenthesised = cursor_.accept_symbol("(");
  SampleSize size{"", SampleUnit::kNone, cursor_.where()};
  if (cursor_.at_parameter())
    return cursor_.unsupported(cursor_.where(), fmt::format("a parameter must not stand in {}", clause),
                               "write the number itself");
  if (cursor_.peek().kind != TokenKind::kNumber)
    return cursor_.expected(
        fmt::format("a number of rows or percent from 0 on, or a method such as bernoulli (10), behind {}", clause));
  size.number = cursor_.take().text;
  std::erase(size.number, '_');
  if (parenthesised) TRY_STATUS(cursor_.expect_symbol(")"));
  if (cursor_.accept_symbol("%") || cursor_.accept_word("percent"))
    size.unit = SampleUnit::kPercent;
  else if (cursor_.accept_word("rows"))
    size.unit = SampleUnit::kRows;
  return size;
}

Result<SampleMethod> QueryParser::parse_sample_method() {
  const TextPosition where = cursor_.where();
  TRY(name, cursor_.take_name("a method: reservoir, bernoulli or system"));
  if (const std::optional<SampleMethod> method = sample_method_of(name)) return *method;
  std::string hint = did_you_mean(name, std::span<const std::string_view>(kMethods));
  return cursor_.error(where,
                       fmt::format("there is no way of sampling '{}': expected reservoir, bernoulli or system", name),
                       std::move(hint));
}

Result<SampleSpec> QueryParser::sample_of(SampleMethod method, const SampleSize& size) const {
  SampleSpec spec{.method = method, .rows = std::nullopt, .percent = 0, .seed = 0};
  if (size.unit == SampleUnit::kPercent) {
    const std::optional<double> percent = parse_float64(size.number);
    if (!percent || !(*percent >= 0 && *percent <= 100))
      return cursor_.error(size.where, fmt::format("a sample expects 0 to 100 percent, found {}", size.number));
    spec.percent = *percent;
    return spec;
  }
  const std::string name = sample_method_name(method);
  if (method != SampleMethod::kReservoir)
    return cursor_.error(size.where, fmt::format("{} expects a percentage, found a number of rows", name),
                         fmt::format("write {}% ({}) for a share of the rows, reservoir ({}) for a number of rows",
                                     size.number, name, size.number));
  spec.rows = whole_number(size.number);
  if (!spec.rows)
    return cursor_.error(size.where, fmt::format("a sample expects a whole number of rows, found {}", size.number),
                         "a percentage has a % behind it");
  return spec;
}

Result<uint64_t> QueryParser::parse_seed(std::string_view what) {
  const TextPosition where = cursor_.where();
  const std::string text(cursor_.peek().text);
  const std::optional<int64_t> seed = parse_int64(text);
  if (cursor_.peek().kind != TokenKind::kNumber || !seed)
    return cursor_.error(where, fmt::format("{} expects a whole number from 0 to {}, found {}", what, INT64_MAX,
                                            describe(cursor_.peek())));
  cursor_.take();
  return static_cast<uint64_t>(*seed);
}

}  // namespace headrace
