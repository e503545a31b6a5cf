#include "app/slt/answer.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "app/slt/md5.h"

namespace headrace::slt {

namespace {

constexpr std::string_view kRegex = "<REGEX>:", kNotRegex = "<!REGEX>:";

std::string with_three_decimals(double value) {
  char buffer[400];
  std::snprintf(buffer, sizeof buffer, "%.3f", value);
  return buffer;
}

// As sqlite3_column_int64 reads a value: a number without its fraction, 0 for other text.
std::string whole_number(const std::string& text) {
  if (text == "true" || text == "false") return text == "true" ? "1" : "0";
  if (text.find_first_not_of("-0123456789") == std::string::npos) return text;
  const double value = std::strtod(text.c_str(), nullptr);
  if (!std::isfinite(value) || std::fabs(value) >= 9.2e18) return text;
  return std::to_string(static_cast<int64_t>(value));
}

std::string as_sqlite(const std::string& text, char type) {
  if (type == 'I') return whole_number(text);
  if (type == 'R') {
    if (text == "true" || text == "false") return with_three_decimals(text == "true" ? 1 : 0);
    return with_three_decimals(std::strtod(text.c_str(), nullptr));
  }
  std::string printable = text;
  for (char& c : printable)
    if (static_cast<unsigned char>(c) < ' ' || static_cast<unsigned char>(c) > '~') c = '@';
  return printable;
}

// Rows of `width` values in the order of their text; of values alone when width is 1.
void sort_rows(std::vector<std::string>& values, size_t width) {
  std::vector<std::vector<std::string>> rows;
  for (size_t at = 0; at + width <= values.size(); at += width)
    rows.emplace_back(values.begin() + static_cast<ptrdiff_t>(at), values.begin() + static_cast<ptrdiff_t>(at + width));
  std::sort(rows.begin(), rows.end());
  values.clear();
  for (auto& row : rows)
    for (std::string& value : row) values.push_back(std::move(value));
}

void sort(std::vector<std::string>& values, const Record& record, size_t width) {
  if (record.sort == SortMode::kNone || width == 0) return;
  sort_rows(values, record.sort == SortMode::kValues ? 1 : width);
}

// One value a line, or one row a line with tabs between its values; nullopt: neither fits.
std::optional<std::vector<std::string>> expected_values(const std::vector<std::string>& lines, size_t width,
                                                        size_t rows) {
  if (width <= 1 || (lines.size() == width * rows && lines.size() != rows)) return lines;
  std::vector<std::string> values;
  for (const std::string& line : lines) {
    size_t count = 0;
    for (size_t begin = 0;; ++count) {
      const size_t end = line.find('\t', begin);
      values.push_back(line.substr(begin, end == std::string::npos ? end : end - begin));
      if (end == std::string::npos) break;
      begin = end + 1;
    }
    if (count + 1 != width) return lines.size() % width == 0 ? std::optional(lines) : std::nullopt;
  }
  return values;
}

bool is_number(const std::string& text, double& value) {
  if (text.empty()) return false;
  char* end = nullptr;
  value = std::strtod(text.c_str(), &end);
  return *end == '\0';
}

// Floats that other engines round elsewhere on the way, or write with fewer digits behind the point, but with three at least.
bool is_near(const std::string& found, const std::string& expected, double share = 1e-9) {
  double left = 0, right = 0;
  if (!is_number(found, left) || !is_number(expected, right)) return false;
  if (left == right || (std::isnan(left) && std::isnan(right)) ||
      std::fabs(left - right) <= share * std::max(std::fabs(left), std::fabs(right)))
    return true;
  const size_t point = expected.find('.');
  if (point == std::string::npos || expected.find_first_of("eE") != std::string::npos) return false;
  const size_t digits = expected.size() - point - 1;
  return digits >= 3 && std::fabs(left - right) <= 0.5000001 * std::pow(10.0, -static_cast<double>(digits));
}

bool same_value(const std::string& sqlite, const std::string& own, const std::string& expected, char type,
                const std::string& declared, const Matches& matches) {
  if (own == expected || sqlite == expected) return true;
  if (expected.starts_with(kRegex)) return matches(own, expected.substr(kRegex.size())).value_or(false);
  if (expected.starts_with(kNotRegex)) return !matches(own, expected.substr(kNotRegex.size())).value_or(true);
  if (own == "NULL" || expected == "NULL") return false;
  if (declared == "bool") {
    std::string lower = expected;
    for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
    return whole_number(lower) == whole_number(own) && lower.size() <= 5;
  }
  if (declared != "utf8" && !expected.empty() && (expected.front() == ' ' || expected.back() == ' ')) {
    const size_t begin = std::min(expected.find_first_not_of(' '), expected.size());
    const std::string trimmed = expected.substr(begin, expected.find_last_not_of(' ') + 1 - begin);
    return trimmed.size() < expected.size() && same_value(sqlite, own, trimmed, type, declared, matches);
  }
  double number = 0;
  if (type == 'R' && is_number(expected, number) && with_three_decimals(number) == sqlite) return true;
  if (declared == "float32") return is_near(own, expected, 1e-6);
  if (declared.starts_with("float")) return is_near(own, expected);
  if (declared.starts_with("int") || declared.starts_with("uint")) {
    double whole = 0;  // 42.0 is 42
    return expected.find('.') != std::string::npos && is_number(expected, whole) && is_number(own, number) &&
           whole == number;
  }
  if (declared.starts_with("decimal")) return is_near(own, expected) && type != 'T';
  return false;
}

std::string shown(const std::vector<std::string>& values) {
  std::string text;
  for (size_t i = 0; i < values.size() && i < 5; ++i) text += (i == 0 ? "" : ", ") + values[i];
  return text + (values.size() > 5 ? ", …" : "");
}

}  // namespace

std::vector<std::string> spelled(const Answer& answer, const Record& record, Spelling spelling) {
  std::vector<std::string> values;
  for (const auto& row : answer.rows)
    for (size_t column = 0; column < row.size(); ++column) {
      const char type = column < record.types.size() ? record.types[column] : 'T';
      if (!row[column].has_value())
        values.emplace_back("NULL");
      else if (row[column]->empty())
        values.emplace_back("(empty)");
      else
        values.push_back(spelling == Spelling::kSqlite ? as_sqlite(*row[column], type) : *row[column]);
    }
  sort(values, record, answer.types.size());
  return values;
}

std::string hash_of(const std::vector<std::string>& values) {
  std::string text;
  for (const std::string& value : values) text.append(value).append("\n");
  return std::to_string(values.size()) + " values hashing to " + md5(text);
}

std::optional<std::string> difference(const Answer& answer, const Record& record, const Matches& matches) {
  const size_t width = answer.types.size();
  if (!record.types.empty() && record.types.size() != width && width > 0)
    return "expected " + std::to_string(record.types.size()) + " columns, found " + std::to_string(width);
  std::vector<std::string> lines = record.answer;
  if (record.column_names && !lines.empty()) lines.erase(lines.begin());
  const std::vector<std::string> sqlite = spelled(answer, record, Spelling::kSqlite);
  const std::vector<std::string> own = spelled(answer, record, Spelling::kOwn);
  if (lines.size() == 1 && lines[0].find(" values hashing to ") != std::string::npos) {
    if (hash_of(sqlite) == lines[0] || hash_of(own) == lines[0]) return std::nullopt;
    return "expected " + lines[0] + ", found " + hash_of(own) + ": " + shown(own);
  }
  auto expected = expected_values(lines, width, answer.rows.size());
  if (!expected.has_value() || expected->size() != own.size())
    return "expected " + std::to_string(expected.has_value() ? expected->size() : lines.size()) + " values, found " +
           std::to_string(own.size());
  sort(*expected, record, width);
  for (size_t i = 0; i < own.size(); ++i) {
    const size_t column = record.sort == SortMode::kValues ? 0 : i % width;
    const char type = column < record.types.size() ? record.types[column] : 'T';
    if (!same_value(sqlite[i], own[i], (*expected)[i], type, answer.types[column], matches))
      return "row " + std::to_string(i / width + 1) + ", column " + std::to_string(i % width + 1) + ": expected " +
             (*expected)[i] + ", found " + own[i];
  }
  return std::nullopt;
}

bool is_expected_error(const std::string& error, const Record& record, const Matches& matches) {
  if (record.expected_error.empty()) return true;
  const std::string& expected = record.expected_error[0];
  if (expected.starts_with(kRegex)) return matches(error, expected.substr(kRegex.size())).value_or(false);
  if (expected.starts_with(kNotRegex)) return !matches(error, expected.substr(kNotRegex.size())).value_or(true);
  return error.find(expected) != std::string::npos;
}

}  // namespace headrace::slt
