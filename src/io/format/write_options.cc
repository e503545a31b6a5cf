#include "io/format/write_options.h"

#include <algorithm>
#include <cctype>
#include <charconv>

#include <fmt/format.h>

#include "base/nearest_name.h"
#include "io/format/option_text.h"

namespace headrace {
namespace {

bool same_name(std::string_view left, std::string_view right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); });
}

// One name from the front of a list, and the comma behind it.
std::string take_name(std::string_view& list) {
  list = trimmed(list);
  std::string name;
  const char quote = !list.empty() && (list.front() == '\'' || list.front() == '"') ? list.front() : '\0';
  size_t at = quote == '\0' ? 0 : 1;
  for (; at < list.size(); ++at) {
    if (quote == '\0' && list[at] == ',') break;
    if (quote != '\0' && list[at] == quote && (at + 1 == list.size() || list[at + 1] != quote)) break;
    if (quote != '\0' && list[at] == quote) ++at;
    name += list[at];
  }
  const size_t comma = list.find(',', std::min(at, list.size()));
  list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
  return quote == '\0' ? std::string(trimmed(name)) : name;
}

}  // namespace

std::vector<std::string> parse_option_names(std::string_view value) {
  value = trimmed(value);
  if (value.size() >= 2 && value.front() == '[' && value.back() == ']')
    value = value.substr(1, value.size() - 2);
  else if (value.find('\'') == std::string_view::npos)
    return {std::string(value)};
  std::vector<std::string> names;
  while (!trimmed(value).empty()) names.push_back(take_name(value));
  return names;
}

std::optional<uint64_t> parse_option_count(std::string_view value) {
  uint64_t count = 0;
  const auto read = std::from_chars(value.data(), value.data() + value.size(), count);
  if (read.ec != std::errc{} || read.ptr != value.data() + value.size() || count == 0) return std::nullopt;
  return count;
}

std::optional<uint64_t> parse_option_bytes(std::string_view value) {
  double number = 0;
  const auto read = std::from_chars(value.data(), value.data() + value.size(), number);
  if (read.ec != std::errc{} || !(number > 0)) return std::nullopt;
  std::string unit;
  for (const char* at = read.ptr; at < value.data() + value.size(); ++at)
    if (*at != ' ') unit += static_cast<char>(std::tolower(static_cast<unsigned char>(*at)));
  constexpr std::pair<std::string_view, double> kUnits[] = {{"", 1},
                                                            {"b", 1},
                                                            {"kb", 1e3},
                                                            {"mb", 1e6},
                                                            {"gb", 1e9},
                                                            {"k", 1e3},
                                                            {"m", 1e6},
                                                            {"g", 1e9},
                                                            {"kib", 1024.0},
                                                            {"mib", 1048576.0},
                                                            {"gib", 1073741824.0},
                                                            {"tb", 1e12},
                                                            {"tib", 1099511627776.0}};
  for (const auto& [name, bytes] : kUnits) {
    const double product = number * bytes;
    if (unit == name && product >= 1 && product < 9e18) return static_cast<uint64_t>(product);
  }
  return std::nullopt;
}

Error bad_write_option(std::string_view format, std::string_view name, std::string_view expected,
                       std::string_view found) {
  return {ErrorCode::kInvalidPlan,
          fmt::format("{} option '{}' expects {}, found \"{}\"", format, name, expected, found), "", ""};
}

Result<size_t> find_option_column(std::string_view option, const std::string& name, const Schema& schema) {
  std::vector<std::string> known;
  for (size_t i = 0; i < schema.size(); ++i) {
    if (same_name(schema[i].name, name)) return i;
    known.push_back(schema[i].name);
  }
  return Error{ErrorCode::kInvalidPlan,
               fmt::format("option '{}' names column '{}', which is not written", option, name), "",
               did_you_mean(name, known)};
}

}  // namespace headrace
