#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <vector>

#include "base/error.h"
#include "reference/cast.h"
#include "reference/tables.h"

namespace headrace::reference {
namespace {

using Field = std::optional<std::string>;  // nothing: null

std::vector<Field> take_record(std::string_view& text, char delimiter) {
  std::vector<Field> fields(1);
  bool quoted = false, was_quoted = false;
  const auto close = [&] {
    if (!was_quoted && fields.back() == "") fields.back() = std::nullopt;
    was_quoted = false;
  };
  fields.back() = "";
  while (!text.empty()) {
    const char letter = text.front();
    text.remove_prefix(1);
    if (quoted && letter == '"' && text.starts_with('"')) {
      *fields.back() += '"';
      text.remove_prefix(1);
    } else if (letter == '"') {
      quoted = !quoted;
      was_quoted = true;
    } else if (!quoted && letter == delimiter) {
      close();
      fields.emplace_back("");
    } else if (!quoted && letter == '\n') {
      break;
    } else if (quoted || letter != '\r') {
      *fields.back() += letter;
    }
  }
  close();
  return fields;
}

bool is_bool(const std::string& text) { return text == "true" || text == "false"; }

// The type of numbers that are not all int64: float64, unless it would print one with another digit than it is written with.
Type number_type(const std::vector<std::vector<Field>>& records, size_t column) {
  bool whole = true, plain = true, changed = false;
  size_t before_max = 0, behind_max = 0;
  for (const auto& record : records) {
    if (!record[column]) continue;
    const std::string text = record[column]->substr(record[column]->starts_with('-') ? 1 : 0);
    const size_t before = std::min(text.find('.'), text.size());
    std::string behind = before < text.size() ? text.substr(before + 1) : "";
    whole = whole && before == text.size();
    if (text.find_first_not_of("0123456789.") != std::string::npos) {
      plain = false;
      continue;
    }
    while (behind.ends_with('0')) behind.pop_back();
    before_max = std::max(before_max, before);
    behind_max = std::max(behind_max, behind.size());
    if (before <= 12) continue;
    const auto printed = fmt::format("{:.{}f}", std::strtod(text.c_str(), nullptr), behind.size());
    changed = changed || printed != text.substr(0, before) + (behind.empty() ? "" : "." + behind);
  }
  if (!changed && !(whole && plain)) return kFloat64;
  if (!plain || before_max + behind_max > 38) return kUtf8;
  return decimal(38, static_cast<uint8_t>(behind_max));
}

Type type_of(const std::vector<std::vector<Field>>& records, size_t column) {
  const auto all = [&](auto&& fits_type) {
    bool any = false;
    for (const auto& record : records) {
      if (!record[column]) continue;
      if (!fits_type(*record[column])) return false;
      any = true;
    }
    return any;
  };
  if (all(is_bool)) return kBool;
  const auto is_integer_text = [](const std::string& text) {
    return text.find_first_not_of("0123456789", text[0] == '-' ? 1 : 0) == std::string::npos &&
           !cast({text}, kUtf8, kInt64).is_fault();
  };
  if (all(is_integer_text)) return kInt64;
  for (const Type type : {kFloat64, kDate, kTimestamp}) {
    const auto reads = [&](const std::string& text) {
      const bool date_only = text.size() <= 10;
      return !cast({text}, kUtf8, type).is_fault() && (type != kDate || date_only);
    };
    if (all(reads)) return type == kFloat64 ? number_type(records, column) : type;
  }
  return kUtf8;
}

}  // namespace

std::shared_ptr<const Table> read_csv(const std::string& text, const ColumnTypes& types) {
  std::string_view rest = text;
  const std::vector<Field> header = take_record(rest, ',');
  std::vector<std::vector<Field>> records;
  while (!rest.empty()) {
    records.push_back(take_record(rest, ','));
    if (header.size() > 1 && records.back().size() == 1 && !records.back()[0])
      records.pop_back();  // an empty line
    else if (records.back().size() != header.size())
      refuse("CSV: a record of another length");
  }
  auto table = std::make_shared<Table>();
  table->rows.resize(records.size());
  for (size_t column = 0; column < header.size(); ++column) {
    const auto declared = types.find(header[column].value_or(""));
    const Type type = declared != types.end() ? declared->second : type_of(records, column);
    table->scope.push_back({"", header[column].value_or(""), type});
    for (size_t row = 0; row < records.size(); ++row) {
      const Field& field = records[row][column];
      table->rows[row].push_back(field ? cast({*field}, kUtf8, type) : null());
      if (table->rows[row].back().is_fault()) refuse("CSV: not " + to_text(type) + ": " + *field);
    }
  }
  return table;
}

}  // namespace headrace::reference
