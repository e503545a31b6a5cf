// app/cli/statement_end.h — whether typed lines are whole statements already.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace headrace {

// The last thing that is no blank or comment is a semicolon, and no string, name or comment is open.
bool ends_statement(std::string_view text);
// Nothing but blanks, comments and semicolons.
bool is_nothing(std::string_view text);

// The statements of a text that semicolons separate, without those that are nothing. Each has blanks in front, so that a place
// in it is the one in `text`.
std::vector<std::string> split_statements(std::string_view text);

}  // namespace headrace
