#include "engine/text_settings.h"

#include <fmt/format.h>

#include "expr/lexer.h"

namespace headrace {

namespace {

struct NullOrder {
  std::string_view name;
  bool first_ascending, first_descending;
};
// The first of those that mean the same is how it is shown.
constexpr NullOrder kNullOrders[] = {{"nulls_last", false, false},
                                     {"nulls_first", true, true},
                                     {"nulls_first_on_asc_last_on_desc", true, false},
                                     {"nulls_last_on_asc_first_on_desc", false, true},
                                     {"last", false, false},
                                     {"nulls last", false, false},
                                     {"first", true, true},
                                     {"nulls first", true, true},
                                     {"sqlite", true, false},
                                     {"mysql", true, false},
                                     {"postgres", false, true}};

Error bad_value(const std::string& name, std::string_view expected, const std::string& found) {
  return {ErrorCode::kInvalidPlan, fmt::format("setting '{}' expects {}, found '{}'", name, expected, found), "", ""};
}

}  // namespace

bool is_text_setting(const std::string& name) {
  return name == "default_null_order" || name == "default_order" || name == "integer_division" || name == "timezone";
}

Status assign_text_setting(TextRules& rules, const std::string& name, const std::string& value) {
  const std::string lower = to_lower(value);
  if (name == "timezone") {
    if (lower == "utc" || lower == "etc/utc") return kDone;
    return Error{ErrorCode::kUnsupported, fmt::format("the time zone of a session is UTC, not {}", value), "",
                 fmt::format("shift the instants where they are used: t AT TIME ZONE '{}'", value)};
  }
  if (name == "default_null_order") {
    for (const NullOrder& order : kNullOrders) {
      if (order.name != lower) continue;
      rules.nulls_first_ascending = order.first_ascending;
      rules.nulls_first_descending = order.first_descending;
      return kDone;
    }
    return bad_value(name, "nulls_last | nulls_first | sqlite | postgres", value);
  }
  if (name == "default_order") {
    rules.descending = lower == "desc" || lower == "descending";
    if (!rules.descending && lower != "asc" && lower != "ascending") return bad_value(name, "asc | desc", value);
    return kDone;
  }
  rules.integer_division = lower == "true" || lower == "1" || lower == "on";
  if (!rules.integer_division && lower != "false" && lower != "0" && lower != "off")
    return bad_value(name, "true | false", value);
  return kDone;
}

void reset_text_setting(TextRules& rules, const TextRules& first, const std::string& name) {
  if (name.empty() || name == "default_null_order") {
    rules.nulls_first_ascending = first.nulls_first_ascending;
    rules.nulls_first_descending = first.nulls_first_descending;
  }
  if (name.empty() || name == "default_order") rules.descending = first.descending;
  if (name.empty() || name == "integer_division") rules.integer_division = first.integer_division;
}

std::vector<SettingLine> list_text_settings(const TextRules& rules) {
  std::string order;
  for (const NullOrder& one : kNullOrders)
    if (order.empty() && one.first_ascending == rules.nulls_first_ascending &&
        one.first_descending == rules.nulls_first_descending)
      order = one.name;
  return {
      {"default_null_order", order, "nulls_last | nulls_first | sqlite | postgres",
       "Where ORDER BY puts nulls when it does not say."},
      {"default_order", rules.descending ? "desc" : "asc", "asc | desc", "What ORDER BY does when it does not say."},
      {"integer_division", rules.integer_division ? "true" : "false", "true | false",
       "Whether a / b of whole numbers is a // b."},
      {"timezone", "Etc/UTC", "Etc/UTC", "In which zone instants are read, shown and taken apart."}};
}

}  // namespace headrace
