#include "io/format/csv_dialect.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "base/nearest_name.h"
#include "io/format/option_text.h"
#include "kernel/date/format.h"

namespace headrace {
namespace {

constexpr auto kOptionNames = std::to_array<std::string_view>({"all_varchar",
                                                               "allow_quoted_nulls",
                                                               "auto_detect",
                                                               "columns",
                                                               "comment",
                                                               "compression",
                                                               "date_format",
                                                               "dateformat",
                                                               "decimal_separator",
                                                               "delim",
                                                               "delimiter",
                                                               "dtypes",
                                                               "encoding",
                                                               "escape",
                                                               "filename",
                                                               "force_not_null",
                                                               "force_quote",
                                                               "header",
                                                               "ignore_errors",
                                                               "names",
                                                               "new_line",
                                                               "null",
                                                               "null_padding",
                                                               "nullstr",
                                                               "on_error",
                                                               "parallel",
                                                               "quote",
                                                               "rejects",
                                                               "sample_size",
                                                               "sep",
                                                               "skip",
                                                               "timestamp_format",
                                                               "timestampformat",
                                                               "types",
                                                               "union_by_name",
                                                               "validate"});

struct EncodingName {
  std::string_view name;
  TextEncoding encoding;
};
constexpr EncodingName kEncodings[] = {
    {"utf-8", TextEncoding::kUtf8},       {"utf8", TextEncoding::kUtf8},         {"utf-16", TextEncoding::kUtf16},
    {"utf16", TextEncoding::kUtf16},      {"utf-16le", TextEncoding::kUtf16Le},  {"utf-16-le", TextEncoding::kUtf16Le},
    {"utf-16be", TextEncoding::kUtf16Be}, {"utf-16-be", TextEncoding::kUtf16Be}, {"latin-1", TextEncoding::kLatin1},
    {"latin1", TextEncoding::kLatin1},    {"iso-8859-1", TextEncoding::kLatin1},
};

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
    dialect.names = parse_option_list(value);
    return kDone;
  }
  CsvDialect::Types& types = name == "guessed_types" ? dialect.guessed_types : dialect.types;
  const auto parts = parse_option_struct(value);
  if (!parts) return bad_option(name, "{'column': 'type', ...}", value);
  for (const auto& [column, text] : *parts) {
    TRY(type, parse_type(text));
    types.emplace_back(column, type);
  }
  if (name == "columns")
    for (const auto& [column, type] : types) dialect.names.push_back(column);
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
    dialect.skip_given = true;
  } else if (name == "sample_size") {
    int64_t records = 0;
    const auto read = std::from_chars(value.data(), value.data() + value.size(), records);
    if (read.ec != std::errc{} || read.ptr != value.data() + value.size() || records < -1 || records == 0)
      return bad_option(name, "a number of records, or -1 for all", value);
    dialect.sample_records = records < 0 ? UINT64_MAX : static_cast<uint64_t>(records);
  } else if (name == "compression") {
    constexpr std::array<std::string_view, 6> kNames = {"auto", "none", "gzip", "zstd", "bzip2", "xz"};
    dialect.compression = lower_word(value);
    if (std::find(kNames.begin(), kNames.end(), dialect.compression) == kNames.end())
      return bad_option(name, "auto, none, gzip, zstd, bzip2 or xz", value);
  } else if (name == "encoding") {
    const auto* const found = std::ranges::find(kEncodings, lower_word(value), &EncodingName::name);
    if (found == std::end(kEncodings)) return bad_option(name, "utf-8, utf-16, utf-16le, utf-16be or latin-1", value);
    dialect.encoding = found->encoding;
  } else if (name == "force_not_null") {
    dialect.never_null = parse_option_list(value);
  } else if (name == "allow_quoted_nulls") {
    TRY(allowed, parse_option_bool(name, value));
    dialect.quoted_nulls = allowed;
  } else if (name == "parallel") {  // changes no answer
    TRY(ignored, parse_option_bool(name, value));
    static_cast<void>(ignored);
  } else if (name == "new_line") {
    dialect.lone_returns = value == "\\r" || value == "\r";
    if (!*dialect.lone_returns && value != "\\n" && value != "\\r\\n" && value != "\n" && value != "\r\n")
      return bad_option(name, "'\\n', '\\r\\n' or '\\r'", value, "the first two are read always");
  } else if (name == "dateformat" || name == "date_format") {
    TRY_STATUS(assign_format(dialect.date_format, name, value));
  } else if (name == "timestampformat" || name == "timestamp_format") {
    TRY_STATUS(assign_format(dialect.timestamp_format, name, value));
  } else if (name == "decimal_separator") {
    if (value != "." && value != ",") return bad_option(name, "'.' or ','", value);
    dialect.decimal_point = value[0];
  } else if (name == "force_quote") {
    dialect.all_quoted = value == "*";
    if (!dialect.all_quoted) dialect.forced_quotes = parse_option_list(value);
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
    dialect.quote_given = true;
    return assign_character(dialect.quote, name, value);
  } else if (name == "escape") {
    escape = '\0';
    dialect.escape_given = true;
    return assign_character(*escape, name, value);
  } else if (name == "comment") {
    dialect.comment_given = true;
    return assign_character(dialect.comment, name, value);
  } else if (name == "header") {
    TRY(header, parse_option_bool(name, value));
    dialect.header = header;
  } else if (name == "null_padding") {
    TRY(padding, parse_option_bool(name, value));
    dialect.null_padding = padding;
  } else if (name == "all_varchar") {
    TRY(all_text, parse_option_bool(name, value));
    dialect.all_text = all_text;
  } else if (name == "may_be_blank") {
    TRY(blank, parse_option_bool(name, value));
    dialect.may_be_blank = blank;
  } else if (name == "auto_detect") {
    TRY(detect, parse_option_bool(name, value));
    if (!detect) return bad_option(name, "true", value, "what is given is not detected: delim, header, types");
  } else if (name == "nullstr" || name == "null") {
    dialect.nulls = parse_option_list(value);
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
  for (const auto& [name, value] : options) TRY_STATUS(assign(dialect, escape, lower_word(name), value));
  if (escape.has_value() && *escape != dialect.quote && dialect.quote != '\0') dialect.escape = *escape;
  if (dialect.escape != '\0' && (dialect.escape == dialect.delimiter || dialect.escape == dialect.comment))
    return bad_option("escape", "another character than delim and comment", std::string_view(&dialect.escape, 1));
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
    text += fmt::format("{}{}: {}", text.size() == 1 ? "" : ", ", quoted_option(name), quoted_option(to_text(type)));
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
  const std::string text = lower_word(value);
  if (text.empty() || text == "true" || text == "1" || text == "on" || text == "yes") return true;
  if (text == "false" || text == "0" || text == "off" || text == "no") return false;
  return bad_option(name, "true or false", value);
}

}  // namespace headrace
