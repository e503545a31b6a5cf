// app/cli/statement_end.h — whether typed lines are whole statements already.
#pragma once

#include <string_view>

namespace headrace {

// The last thing that is no blank or comment is a semicolon, and no string, name or comment is open.
bool ends_statement(std::string_view text);
// Nothing but blanks, comments and semicolons.
bool is_nothing(std::string_view text);

}  // namespace headrace
