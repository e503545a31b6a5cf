// engine/text_settings.h — settings of a session that say what a text means: default_null_order, default_order and
// integer_division, as in DuckDB; timezone, which is always UTC. The others are in runtime/settings.h.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "expr/token_cursor.h"
#include "runtime/settings.h"

namespace headrace {

bool is_text_setting(const std::string& name);
// kInvalidPlan names what was expected. Requires is_text_setting(name).
Status assign_text_setting(TextRules& rules, const std::string& name, const std::string& value);
// Back to its value in `first`; an empty name: all of them.
void reset_text_setting(TextRules& rules, const TextRules& first, const std::string& name);
std::vector<SettingLine> list_text_settings(const TextRules& rules);

}  // namespace headrace
