#include "io/format/option_text.h"

#include <algorithm>
#include <cctype>

namespace headrace {
namespace {

// A statement may have several lines.
constexpr std::string_view kBlanks = " \n";

// A word without its quotes, if it has them; inside them a doubled one stands for itself.
std::string unquote(std::string_view text) {
  text = trimmed(text, kBlanks);
  const bool quoted = text.size() >= 2 && (text.front() == '\'' || text.front() == '"') && text.back() == text.front();
  if (!quoted) return std::string(text);
  const char quote = text.front();
  std::string word;
  for (size_t at = 1; at + 1 < text.size(); ++at) {
    word.push_back(text[at]);
    if (text[at] == quote && text[at + 1] == quote && at + 2 < text.size()) ++at;
  }
  return word;
}

// Parts between commas that are outside quotes and parentheses (decimal(15,2)).
std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> parts;
  size_t begin = 0;
  int depth = 0;
  char quoted = '\0';
  for (size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (quoted != '\0') {
      if (c == quoted) quoted = '\0';
    } else if (c == '\'' || c == '"')
      quoted = c;
    else if (c == '(')
      ++depth;
    else if (c == ')')
      --depth;
    else if (c == ',' && depth == 0) {
      parts.push_back(text.substr(begin, at - begin));
      begin = at + 1;
    }
  }
  if (!trimmed(text.substr(begin), kBlanks).empty()) parts.push_back(text.substr(begin));
  return parts;
}

// The first one outside quotes.
size_t colon_of(std::string_view part) {
  char quoted = '\0';
  for (size_t at = 0; at < part.size(); ++at) {
    const char c = part[at];
    if (quoted == '\0' && c == ':') return at;
    if (quoted == '\0' && (c == '\'' || c == '"')) {
      quoted = c;
    } else if (c == quoted) {
      quoted = '\0';
    }
  }
  return std::string_view::npos;
}

}  // namespace

std::string_view trimmed(std::string_view text, std::string_view blanks) {
  const size_t begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) + 1 - begin);
}

std::string lower_word(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return c < 0x80 ? std::tolower(c) : c; });
  return result;
}

std::vector<std::string> parse_option_list(const std::string& value) {
  std::vector<std::string> list;
  if (value.size() < 2 || value.front() != '[' || value.back() != ']') return {value};
  for (const std::string_view part : split(std::string_view(value).substr(1, value.size() - 2)))
    list.push_back(unquote(part));
  return list;
}

std::optional<std::vector<std::pair<std::string, std::string>>> parse_option_struct(std::string_view value) {
  std::vector<std::pair<std::string, std::string>> fields;
  std::string_view list = trimmed(value, kBlanks);
  if (list.size() >= 2 && list.front() == '{' && list.back() == '}') list = list.substr(1, list.size() - 2);
  for (const std::string_view part : split(list)) {
    const size_t colon = colon_of(part);
    if (colon == std::string_view::npos) return std::nullopt;
    fields.emplace_back(unquote(part.substr(0, colon)), unquote(part.substr(colon + 1)));
  }
  return fields;
}

std::string quoted_option(std::string_view text) {
  std::string word = "'";
  for (const char c : text) word.append(c == '\'' ? 2 : 1, c);
  return word + "'";
}

}  // namespace headrace
