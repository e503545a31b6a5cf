#include "io/path_columns.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <string_view>

#include <fmt/format.h>

#include "base/nearest_name.h"
#include "expr/coerce.h"
#include "expr/lexer.h"
#include "io/format/csv_values.h"
#include "io/format/option_text.h"
#include "io/format/partition_keys.h"
#include "io/percent_text.h"
#include "types/utf8.h"

namespace headrace {
namespace {

// A key and its text as it stands in the path.
using Folders = std::vector<std::pair<std::string, std::string_view>>;

Folders folders_of(std::string_view path) {
  Folders folders;
  for (size_t begin = 0, end; (end = path.find('/', begin)) != std::string_view::npos; begin = end + 1) {
    const std::string_view name = path.substr(begin, end - begin);
    const size_t equals = name.find('=');
    if (equals == 0 || equals == std::string_view::npos || name.find('=', equals + 1) != std::string_view::npos)
      continue;
    const std::string key = percent_decoded(name.substr(0, equals));
    const auto known = [&](const auto& folder) { return equal_words(folder.first, key); };
    if (is_utf8(key) && std::ranges::none_of(folders, known)) folders.emplace_back(key, name.substr(equals + 1));
  }
  std::ranges::sort(folders, {}, [](const auto& folder) { return lower_word(folder.first); });
  return folders;
}

bool same_keys(const Folders& left, const Folders& right) {
  return std::ranges::equal(left, right, [](const auto& l, const auto& r) { return equal_words(l.first, r.first); });
}

bool is_null_word(std::string_view text) { return lower_word(text) == "null"; }

// Digits that a number would lose (007, +5) make it a text.
bool is_whole_number(std::string_view text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  return error == std::errc() && end == text.data() + text.size() && (digits == "0" || !digits.starts_with('0'));
}

Type guessed_type(const std::vector<Folders>& paths, size_t key) {
  const CsvDialect iso;
  bool any = false, number = true, date = true, timestamp = true;
  for (const Folders& folders : paths) {
    const std::string_view text = trimmed(folders[key].second);
    if (text == kHiveNull || is_null_word(text)) continue;
    any = true;
    number = number && is_whole_number(text);
    date = date && parse_csv_date(text, iso).has_value();
    timestamp = timestamp && parse_csv_timestamp(text, iso).has_value();
  }
  if (!any) return kUtf8;
  return number ? kInt64 : date ? kDate : timestamp ? kTimestamp : kUtf8;
}

Result<Value> value_of(const std::string& path, const std::string& key, std::string_view raw, Type type) {
  if (raw == kHiveNull || (type != kUtf8 && is_null_word(trimmed(raw)))) return null_value(type);
  const std::string text = percent_decoded(raw);
  std::optional<Value> value;
  if (type == kUtf8) {
    if (is_utf8(text)) return Value{type, text};
  } else {
    value = value_of_text(trimmed(text), type);
  }
  if (value.has_value() && !value->is_null()) return *value;
  return Error{ErrorCode::kBadInput,
               fmt::format("the folder of key '{}' expects {}, found \"{}\"", key, to_text(type), text), path,
               fmt::format("hive_types = {{'{}': 'varchar'}} reads its values as text", key)};
}

Error keys_differ(const std::string& first, const std::string& other) {
  return {ErrorCode::kInvalidPlan,
          "files of one scan with hive_partitioning have folders of the same keys, these differ",
          fmt::format("{}, {}", first, other), "hive_partitioning = false leaves the folders aside"};
}

Result<Type> type_of_key(const PathOptions& options, const std::vector<Folders>& paths, size_t key) {
  for (const auto& [name, type] : options.hive_types) {
    if (!equal_words(name, paths.front()[key].first)) continue;
    if (!is_nested(type.id) && type.id != TypeId::kEnum && type.id != TypeId::kBinary) return type;
    return Error{ErrorCode::kUnsupported, fmt::format("hive_types: a folder's text does not become {}", to_text(type)),
                 name, "read it as varchar, and cast it"};
  }
  return options.hive_autocast ? guessed_type(paths, key) : kUtf8;
}

Status add_hive_columns(const std::vector<std::string>& paths, const PathOptions& options, PathColumns& to) {
  std::vector<Folders> folders;
  for (const std::string& path : paths) {
    folders.push_back(folders_of(path));
    if (same_keys(folders.front(), folders.back())) continue;
    if (options.hive == true || !options.hive_types.empty()) return keys_differ(paths.front(), path);
    return kDone;
  }
  std::vector<std::string> keys;
  for (const auto& [key, text] : folders.front()) keys.push_back(key);
  for (const auto& [name, type] : options.hive_types)
    if (std::ranges::none_of(keys, [&](const std::string& key) { return equal_words(key, name); }))
      return Error{ErrorCode::kInvalidPlan,
                   fmt::format("hive_types names '{}', which no folder of the path has as its key", name),
                   paths.front(), did_you_mean(name, std::span<const std::string>(keys))};
  for (size_t key = 0; key < keys.size(); ++key) {
    TRY(type, type_of_key(options, folders, key));
    bool nullable = false;
    for (size_t path = 0; path < paths.size(); ++path) {
      TRY(value, value_of(paths[path], keys[key], folders[path][key].second, type));
      nullable = nullable || value.is_null();
      to.values[path].push_back(std::move(value));
    }
    to.schema.push_back({keys[key], type, nullable});
  }
  return kDone;
}

}  // namespace

Result<PathColumns> find_path_columns(const std::vector<std::string>& paths, const PathOptions& options) {
  PathColumns columns;
  columns.values.resize(paths.size());
  if (options.filename.has_value()) {
    columns.schema.push_back({*options.filename, kUtf8, false});
    for (size_t path = 0; path < paths.size(); ++path) columns.values[path].push_back({kUtf8, paths[path]});
  }
  if (options.hive == false && !options.hive_types.empty())
    return Error{ErrorCode::kInvalidPlan, "hive_types needs hive_partitioning, which is false", "",
                 "leave one of them out"};
  if (options.hive != false) TRY_STATUS(add_hive_columns(paths, options, columns));
  return columns;
}

}  // namespace headrace
