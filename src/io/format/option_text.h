// io/format/option_text.h — the values of options as the statement wrote them: words, lists ['a', 'b'], structs {'a': 'int64'}.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace headrace {

std::string lower_word(std::string_view text);  // ASCII only
// Without the `blanks` in front and behind.
std::string_view trimmed(std::string_view text, std::string_view blanks = " ");

// The words of a list; of anything else the text itself.
std::vector<std::string> parse_option_list(const std::string& value);
// Names and values of a struct, whose braces may be missing; nothing: a part has no colon.
std::optional<std::vector<std::pair<std::string, std::string>>> parse_option_struct(std::string_view value);
// In single quotes, as the two above read it back.
std::string quoted_option(std::string_view text);

}  // namespace headrace
