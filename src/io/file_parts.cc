#include "io/file_parts.h"

#include <algorithm>

#include <fmt/format.h>

#include "expr/lexer.h"
#include "io/format/csv_dialect.h"

namespace headrace {
namespace {

std::optional<uint32_t> find_by_name(const Schema& schema, const std::string& name) {
  for (uint32_t column = 0; column < schema.size(); ++column)
    if (equal_words(schema[column].name, name)) return column;
  return std::nullopt;
}

Error differs(const std::string& path, const std::string& model, std::string message) {
  return {
      ErrorCode::kBadInput, std::move(message), path,
      fmt::format("all files of one scan have the columns of {}; union_by_name = true puts others beside them", model)};
}

// For a text format, whose types are a guess from the first rows of each file.
std::string types_text(const Schema& schema) {
  std::vector<std::pair<std::string, Type>> types;
  for (const Column& column : schema) types.emplace_back(column.name, column.type);
  return csv_types_option(types);
}

}  // namespace

bool FileParts::is_text() const { return file_.format == "csv" || file_.format == "json" || file_.format == "ndjson"; }

// Types of a text file without a record are no guess.
bool FileParts::says_types(const Table& table) const { return !is_text() || table.row_count() != 0; }

bool FileParts::declares_columns() const {
  return std::ranges::any_of(file_.options, [](const auto& option) { return equal_words(option.first, "columns"); });
}

// `like`: the columns of the files so far, empty for the first; guesses of text formats are made again where they are others.
Result<std::shared_ptr<const ScannableTable>> FileParts::open(size_t part, const Schema& like) const {
  FileRef one = file_;
  one.path = paths_[part];
  if (one.format == "csv" && paths_.size() > 1) one.options.emplace_back("may_be_blank", "true");
  const auto first = part == 0 ? nullptr : opened(0);
  const ScannableTable* model = first == nullptr ? nullptr : first->table.get();
  TRY(table, open_(one, model));
  if (!like.empty() && !declares_columns() && table->schema() != like && one.format == "csv") {
    one.options.emplace_back("guessed_types", types_text(like));
    if (auto again = open_(one, model); again.ok()) table = again.value();
  }
  return table;
}

void FileParts::drop(size_t at) {
  const auto place = static_cast<std::ptrdiff_t>(at);
  paths_.erase(paths_.begin() + place);
  parts_.erase(parts_.begin() + place);
  if (!of_paths_.values.empty()) of_paths_.values.erase(of_paths_.values.begin() + place);
}

// nullptr: it has no record, and others say the columns.
Result<std::shared_ptr<const ScannableTable>> FileParts::open_unless_blank(size_t part, const Schema& like) const {
  TRY(table, open(part, like));
  const bool blank = file_.format == "csv" ? table->schema().empty() : is_text() && table->row_count() == 0;
  if (blank && paths_.size() > 1) return std::shared_ptr<const ScannableTable>();
  return std::move(table);
}

// The first file from this place on that is not blank; those before it leave the set. nullptr: there is none.
Result<std::shared_ptr<const ScannableTable>> FileParts::open_next(size_t at, const Schema& like) {
  while (at < paths_.size()) {
    TRY(table, open_unless_blank(at, like));
    if (table != nullptr) return std::move(table);
    drop(at);
  }
  return std::shared_ptr<const ScannableTable>();
}

// Column by column as in the model.
Status FileParts::place_in_order(size_t at, FilePart& part, Schema& schema) const {
  const Schema& given = part.table->schema();
  for (Column& column : schema) {
    const auto place = find_by_name(given, column.name);
    if (!place.has_value())
      return differs(paths_[at], paths_[model_], fmt::format("the file has no column '{}'", column.name));
    if (given[*place].type != column.type)
      return differs(paths_[at], paths_[model_],
                     fmt::format("column '{}' is {} in this file, expected {}", column.name,
                                 to_text(given[*place].type), to_text(column.type)));
    column.nullable = column.nullable || given[*place].nullable;
    part.columns.push_back(place);
  }
  for (const Column& column : given)
    if (!find_by_name(schema, column.name).has_value())
      return differs(paths_[at], paths_[model_], fmt::format("the file has a column '{}' more", column.name));
  return kDone;
}

// Columns of all files, in the order in which they are met; a text file without a record says names, not types.
Status FileParts::find_united_columns() {
  std::vector<std::shared_ptr<FilePart>> parts;
  std::vector<bool> is_typed;  // by column of the set
  for (size_t at = 0; at < paths_.size(); ++at) {
    TRY(table, open_next(at, {}));
    if (table == nullptr) break;
    const bool says = says_types(*table);
    for (const Column& column : table->schema()) {
      const auto known = find_by_name(schema_, column.name);
      if (!known.has_value()) {
        schema_.push_back({column.name, column.type, at > 0 || column.nullable});
        is_typed.push_back(says);
      } else if (says && !is_typed[*known]) {
        schema_[*known].type = column.type;
        is_typed[*known] = true;
      } else if (says && schema_[*known].type != column.type) {
        return Error{ErrorCode::kBadInput,
                     fmt::format("column '{}' is {} in this file, expected {} as in the files before it", column.name,
                                 to_text(column.type), to_text(schema_[*known].type)),
                     paths_[at],
                     fmt::format("a column has one type in all files; of text files, types = {{'{}': '{}'}} says which",
                                 column.name, to_text(kUtf8))};
      }
    }
    parts.push_back(std::make_shared<FilePart>(FilePart{std::move(table), {}}));
    parts_[at] = parts.back();
  }
  for (size_t at = 0; at < parts.size(); ++at) {
    Schema like = parts[at]->table->schema();
    for (Column& column : like) column.type = schema_[*find_by_name(schema_, column.name)].type;
    if (!says_types(*parts[at]->table)) {
      TRY(again, open(at, like));
      parts[at]->table = std::move(again);
    }
    for (Column& column : schema_) {
      parts[at]->columns.push_back(find_by_name(parts[at]->table->schema(), column.name));
      const auto place = parts[at]->columns.back();
      if (!place.has_value() || parts[at]->table->schema()[*place].nullable) column.nullable = true;
    }
  }
  return kDone;
}

Status FileParts::add_path_columns() {
  path_columns_.resize(schema_.size());
  for (uint32_t column = 0; column < of_paths_.schema.size(); ++column) {
    const Column& added = of_paths_.schema[column];
    const auto known = find_by_name(schema_, added.name);
    if (known.has_value() && has_filename_ && column == 0)
      return Error{ErrorCode::kInvalidPlan, fmt::format("the files have a column '{}' already", added.name), paths_[0],
                   "name it otherwise: filename = 'file'"};
    if (known.has_value()) {
      schema_[*known] = {schema_[*known].name, added.type, added.nullable};
      path_columns_[*known] = column;
    } else {
      schema_.push_back(added);
      path_columns_.emplace_back(column);
    }
  }
  return kDone;
}

// Opens text files up to the first one that has a record, whose columns are those of the set. Nothing of other formats.
Status FileParts::find_model(std::vector<std::shared_ptr<const ScannableTable>>& opened) {
  if (!is_text() || declares_columns()) return kDone;
  for (size_t at = 0; at < paths_.size(); ++at) {
    TRY(table, open_next(at, {}));
    if (table == nullptr) break;
    opened.push_back(table);
    if (!says_types(*table)) continue;
    schema_ = table->schema();
    model_ = at;
    return kDone;
  }
  return kDone;
}

Status FileParts::find_columns(bool union_by_name) {
  const bool all = of_paths_.schema.empty();
  if (union_by_name) {
    TRY_STATUS(find_united_columns());
  } else {
    std::vector<std::shared_ptr<const ScannableTable>> opened;
    TRY_STATUS(find_model(opened));
    for (size_t at = 0; at < paths_.size() && (all || at <= model_); ++at) {
      auto part = std::make_shared<FilePart>();
      const bool is_known = at < opened.size() && (schema_.empty() || opened[at]->schema() == schema_);
      TRY(table, is_known ? opened[at] : open_next(at, schema_));
      if (table == nullptr) break;
      part->table = std::move(table);
      if (schema_.empty()) schema_ = part->table->schema();
      TRY_STATUS(place_in_order(at, *part, schema_));
      parts_[at] = std::move(part);
    }
    // A file that is opened later may have nulls.
    if (!all)
      for (Column& column : schema_) column.nullable = true;
  }
  file_schema_ = schema_;
  return add_path_columns();
}

Result<std::shared_ptr<const FilePart>> FileParts::get(size_t at) const {
  if (auto part = opened(at); part != nullptr) return part;
  auto part = std::make_shared<FilePart>();
  TRY(table, open_unless_blank(at, file_schema_));
  if (table == nullptr) return std::shared_ptr<const FilePart>();
  part->table = std::move(table);
  Schema schema = file_schema_;
  TRY_STATUS(place_in_order(at, *part, schema));
  const std::lock_guard lock(mutex_);
  if (parts_[at] == nullptr) parts_[at] = std::move(part);
  return parts_[at];
}

uint64_t FileParts::size_bytes(size_t at) const {
  const auto file = world_.open(paths_[at]);
  return file.ok() ? file.value()->size_bytes() : 0;
}

}  // namespace headrace
