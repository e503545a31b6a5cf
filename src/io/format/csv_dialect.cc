#include "io/format/csv_dialect.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "base/nearest_name.h"
#include "kernel/date/format.h"

namespace headrace {
namespace {

constexpr auto kOptionNames =
    std::to_array<std::string_view>({"all_varchar",  "auto_detect",      "columns",         "comment",
                                     "compression",  "date_format",      "dateformat",      "decimal_separator",
                                     "delim",        "delimiter",        "dtypes",          "escape",
                                     "filename",     "force_quote",      "header",          "names",
                                     "null",         "nullstr",          "quote",           "sep",
                                     "skip",         "timestamp_format", "timestampformat", "types",
                                     "union_by_name"});

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return c < 0x80 ? std::tolower(c) : c; });
  return result;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\n')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\n')) text.remove_suffix(1);
  return text;
}

// A word without its quotes, if it has them; inside them a doubled one stands for itself.
std::string unquote(std::string_view text) {
  text = trim(text);
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
  if (!trim(text.substr(begin)).empty()) parts.push_back(text.substr(begin));
  return parts;
}

Error bad_option(std::string_view name, std::string_view expected, std::string_view found, std::string hint = "") {
  return {ErrorCode::kInvalidPlan, fmt::format("csv option '{}' expects {}, found \"{}\"", name, expected, found), "",
          std::move(hint)};
}

Result<char> parse_character(const std::string& name, const std::string& value) {
  if (value == "\\t" || value == "tab") return '\t';
  if (value.size() != 1 || value[0] == '\n' || value[0] == '\r' || static_cast<unsigned char>(value[0]) >= 0x80)
    return bad_option(name, "one ASCII character", value, "write a tab as '\\t'");
  return value[0];
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

std::string quoted(std::string_view text) {
  std::string word = "'";
  for (const char c : text) word.append(c == '\'' ? 2 : 1, c);
  return word + "'";
}

Status parse_types(const std::string& name, std::string_view value, std::vector<std::pair<std::string, Type>>& out) {
  std::string_view list = trim(value);
  if (list.size() >= 2 && list.front() == '{' && list.back() == '}') list = list.substr(1, list.size() - 2);
  for (const std::string_view part : split(list)) {
    const size_t colon = colon_of(part);
    if (colon == std::string_view::npos) return bad_option(name, "{'column': 'type', ...}", value);
    TRY(type, parse_type(unquote(part.substr(colon + 1))));
    out.emplace_back(unquote(part.substr(0, colon)), type);
  }
  return kDone;
}

std::vector<std::string> parse_list(const std::string& value) {
  std::vector<std::string> list;
  if (value.size() < 2 || value.front() != '[' || value.back() != ']') return {value};
  for (const std::string_view part : split(std::string_view(value).substr(1, value.size() - 2)))
    list.push_back(unquote(part));
  return list;
}

// An empty value: no character is one.
Status assign_character(char& to, const std::string& name, const std::string& value) {
  to = '\0';
  if (value.empty()) return kDone;
  TRY(character, parse_character(name, value));
  to = character;
  return kDone;
}

Status assign_types(CsvDialect& dialect, const std::string& name, const std::string& value) {
  if (name == "names") {
    dialect.names = parse_list(value);
    return kDone;
  }
  dialect.types_guessed = name == "guessed_types";
  TRY_STATUS(parse_types(name, value, dialect.types));
  if (name == "columns")
    for (const auto& [column, type] : dialect.types) dialect.names.push_back(column);
  return kDone;
}

Error unknown_option(const std::string& name) {
  const std::string nearest = did_you_mean(name, kOptionNames);
  return {ErrorCode::kInvalidPlan, fmt::format("csv has no option '{}'", name), "",
          nearest.empty() ? fmt::format("options: {}", fmt::join(kOptionNames, ", ")) : nearest};
}

Status assign_format(std::string& to, const std::string& name, const std::string& value) {
  if (const std::string why = kernel::time_format_error(value); !why.empty())
    return bad_option(name, "a format such as %d.%m.%Y", value, why);
  to = value;
  return kDone;
}

// What belongs to reading a file or to writing one. False: none of these.
Result<bool> assign_file(CsvDialect& dialect, const std::string& name, const std::string& value) {
  if (name == "skip") {
    const auto read = std::from_chars(value.data(), value.data() + value.size(), dialect.skip_lines);
    if (read.ec != std::errc{} || read.ptr != value.data() + value.size())
      return bad_option(name, "a number of lines", value);
  } else if (name == "compression") {
    constexpr std::array<std::string_view, 4> kNames = {"auto", "none", "gzip", "zstd"};
    dialect.compression = lower(value);
    if (std::find(kNames.begin(), kNames.end(), dialect.compression) == kNames.end())
      return bad_option(name, "auto, none, gzip or zstd", value);
  } else if (name == "dateformat" || name == "date_format") {
    TRY_STATUS(assign_format(dialect.date_format, name, value));
  } else if (name == "timestampformat" || name == "timestamp_format") {
    TRY_STATUS(assign_format(dialect.timestamp_format, name, value));
  } else if (name == "decimal_separator") {
    if (value != "." && value != ",") return bad_option(name, "'.' or ','", value);
    dialect.decimal_point = value[0];
  } else if (name == "force_quote") {
    dialect.all_quoted = value == "*";
    if (!dialect.all_quoted) dialect.forced_quotes = parse_list(value);
  } else {
    return false;
  }
  return true;
}

Status assign(CsvDialect& dialect, std::optional<char>& escape, const std::string& name, const std::string& value) {
  if (name == "delim" || name == "sep" || name == "delimiter") {
    TRY(character, parse_character(name, value));
    dialect.delimiter = character;
    dialect.delimiter_given = true;
  } else if (name == "quote") {
    return assign_character(dialect.quote, name, value);
  } else if (name == "escape") {
    escape = '\0';
    return assign_character(*escape, name, value);
  } else if (name == "comment") {
    return assign_character(dialect.comment, name, value);
  } else if (name == "header") {
    TRY(header, parse_option_bool(name, value));
    dialect.header = header;
  } else if (name == "all_varchar") {
    TRY(all_text, parse_option_bool(name, value));
    dialect.all_text = all_text;
  } else if (name == "auto_detect") {
    TRY(detect, parse_option_bool(name, value));
    if (!detect) return bad_option(name, "true", value, "what is given is not detected: delim, header, types");
  } else if (name == "nullstr" || name == "null") {
    dialect.nulls = parse_list(value);
  } else if (name == "types" || name == "dtypes" || name == "columns" || name == "names" || name == "guessed_types") {
    return assign_types(dialect, name, value);
  } else if (name != "format") {
    TRY(known, assign_file(dialect, name, value));
    if (!known) return unknown_option(name);
  }
  return kDone;
}

}  // namespace

Result<CsvDialect> parse_csv_dialect(const Options& options) {
  CsvDialect dialect;
  std::optional<char> escape;
  for (const auto& [name, value] : options) TRY_STATUS(assign(dialect, escape, lower(name), value));
  if (escape.has_value() && *escape != '\0' && *escape != dialect.quote)
    return bad_option("escape", "the character of quote, which is doubled to stand for itself",
                      std::string_view(&*escape, 1), "other escapes are not supported");
  if (dialect.delimiter == dialect.quote || dialect.delimiter == dialect.comment ||
      (dialect.quote != '\0' && dialect.quote == dialect.comment))
    return Error{ErrorCode::kInvalidPlan,
                 "two of the csv options 'delimiter', 'quote' and 'comment' are the same character", "", ""};
  if (dialect.delimiter_given && dialect.delimiter == dialect.decimal_point)
    return bad_option("decimal_separator", "another character than delim", std::string_view(&dialect.decimal_point, 1));
  return dialect;
}

std::string csv_types_option(const std::vector<std::pair<std::string, Type>>& types) {
  std::string text = "{";
  for (const auto& [name, type] : types)
    text += fmt::format("{}{}: {}", text.size() == 1 ? "" : ", ", quoted(name), quoted(to_text(type)));
  return text + "}";
}

char guess_delimiter(std::string_view first_line, char quote) {
  constexpr std::string_view kCandidates = ",\t;|";
  std::array<size_t, 4> counts{};
  bool quoted = false;
  for (const char c : first_line) {
    if (c == quote) quoted = !quoted;
    const size_t candidate = kCandidates.find(c);
    if (!quoted && candidate != std::string_view::npos) ++counts[candidate];
  }
  return kCandidates[static_cast<size_t>(std::max_element(counts.begin(), counts.end()) - counts.begin())];
}

Result<bool> parse_option_bool(const std::string& name, std::string_view value) {
  const std::string text = lower(value);
  if (text.empty() || text == "true" || text == "1" || text == "on" || text == "yes") return true;
  if (text == "false" || text == "0" || text == "off" || text == "no") return false;
  return bad_option(name, "true or false", value);
}

}  // namespace headrace
