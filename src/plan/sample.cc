#include "plan/sample.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <utility>

#include "expr/lexer.h"
#include "types/parse_value.h"

namespace headrace {

namespace {

constexpr std::pair<const char*, SampleMethod> kMethods[] = {{"reservoir", SampleMethod::kReservoir},
                                                             {"bernoulli", SampleMethod::kBernoulli},
                                                             {"system", SampleMethod::kSystem}};

Result<uint64_t> take_count(TokenCursor& cursor, std::string_view what) {
  const std::string_view text = cursor.peek().text;
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return cursor.expected(what);
  cursor.take();
  return number;
}

}  // namespace

const char* sample_method_name(SampleMethod method) { return kMethods[static_cast<size_t>(method)].first; }

std::optional<SampleMethod> sample_method_of(std::string_view name) {
  for (const auto& [known, method] : kMethods)
    if (equal_words(known, name)) return method;
  return std::nullopt;
}

uint64_t sample_share(double percent, uint64_t rows) {
  return static_cast<uint64_t>(std::floor(percent * static_cast<double>(rows) / 100 + 0.5));
}

Status verify(const SampleSpec& spec) {
  const auto broken = [](std::string what) { return Error{ErrorCode::kInvalidPlan, std::move(what), "", ""}; };
  if (spec.rows.has_value() && spec.method != SampleMethod::kReservoir)
    return broken(fmt::format("a {} sample takes a percentage, not a number of rows", sample_method_name(spec.method)));
  if (spec.rows.has_value() && *spec.rows > uint64_t{INT64_MAX})
    return broken("a sample of more rows than int64 holds");
  if (!(spec.percent >= 0 && spec.percent <= 100) || (spec.rows.has_value() && spec.percent != 0))
    return broken(fmt::format("a sample takes 0 to 100 percent, found {}", spec.percent));
  return kDone;
}

std::string to_text(const SampleSpec& spec) {
  const std::string size =
      spec.rows.has_value() ? fmt::format("{} rows", *spec.rows) : fmt::format("{} percent", spec.percent);
  return fmt::format("{} {} seed {}", sample_method_name(spec.method), size, spec.seed);
}

Result<SampleSpec> parse_sample(TokenCursor& cursor) {
  SampleSpec spec;
  const std::optional<SampleMethod> method = sample_method_of(cursor.peek().text);
  if (!method) return cursor.expected("reservoir, bernoulli or system");
  spec.method = *method;
  cursor.take();
  if (cursor.at_word("rows", 1)) {
    TRY(rows, take_count(cursor, "a number of rows"));
    spec.rows = rows;
    cursor.take();
  } else {
    const std::optional<double> percent = parse_float64(cursor.peek().text);
    if (!percent) return cursor.expected("a percentage");
    spec.percent = *percent;
    cursor.take();
    TRY_STATUS(cursor.expect_word("percent"));
  }
  TRY_STATUS(cursor.expect_word("seed"));
  TRY(seed, take_count(cursor, "a seed, a whole number"));
  spec.seed = seed;
  TRY_STATUS(verify(spec));
  return spec;
}

}  // namespace headrace
