// now() and what else the statement and its session say, as literals.
#include <algorithm>
#include <cctype>
#include <charconv>

#include <fmt/format.h>

#include "base/version.h"
#include "expr/call_rules.h"
#include "expr/coerce.h"
#include "expr/statement_facts.h"
#include "kernel/date.h"

namespace headrace {

namespace {

Result<ExprPtr> moment(std::string_view name, Arguments, TextPosition where) {
  const StatementFacts* facts = statement_facts();
  if (facts == nullptr)
    return type_error(where, fmt::format("{}() says when a statement began; here is none", name),
                      "write the moment itself: TIMESTAMP '2024-01-31 10:00:00'");
  const int64_t us = facts->began_us;
  if (name == "current_date") return literal(Value{kDate, kernel::day_of(us)}, where);
  if (name == "current_time") return literal(Value{kTime, kernel::us_of_day(us)}, where);
  return literal(Value{name == "now" ? kTimestampTz : kTimestamp, us}, where);
}

Result<ExprPtr> current_setting(std::string_view, Arguments arguments, TextPosition where) {
  const std::string* name = literal_text(*arguments[0]);
  if (name == nullptr) return type_error(where, "current_setting expects the name of a setting as a literal text");
  const StatementFacts* facts = statement_facts();
  const std::optional<std::string> value = facts != nullptr ? facts->setting(*name) : std::nullopt;
  if (!value) return type_error(where, fmt::format("there is no setting '{}'", *name), "SHOW ALL lists the settings");
  int64_t number = 0;
  const char* const end = value->data() + value->size();
  if (const auto [stop, error] = std::from_chars(value->data(), end, number); error == std::errc() && stop == end)
    return literal(Value{kInt64, number}, where);
  return literal(Value{kUtf8, *value}, where);
}

Result<ExprPtr> name_of(std::string_view name, Arguments, TextPosition where) {
  const std::string text = name == "version"            ? fmt::format("headrace {}", version())
                           : name == "current_database" ? "memory"
                           : name == "current_schema"   ? "main"
                                                        : "headrace";
  return literal(Value{kUtf8, text}, where);
}

Result<ExprPtr> pg_typeof(std::string_view, Arguments arguments, TextPosition where) {
  TRY(name, resolve_call("typeof", std::move(arguments), where));
  std::string text = *literal_text(*name);
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return literal(Value{kUtf8, std::move(text)}, where);
}

constexpr CallRule kRules[] = {
    {"now", 0, 0, moment},
    {"current_date", 0, 0, moment},
    {"current_time", 0, 0, moment},
    {"localtimestamp", 0, 0, moment},
    {"current_setting", 1, 1, current_setting},
    {"version", 0, 0, name_of},
    {"current_database", 0, 0, name_of},
    {"current_schema", 0, 0, name_of},
    {"current_user", 0, 0, name_of},
    {"pg_typeof", 1, 1, pg_typeof},
};

}  // namespace

std::span<const CallRule> session_rules() { return kRules; }

}  // namespace headrace
