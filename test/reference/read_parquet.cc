// Parquet files through Arrow's own reader, value by value.
#include <fstream>
#include <map>
#include <sstream>

#include <arrow/io/api.h>
#include <parquet/arrow/reader.h>

#include "base/error.h"
#include "reference/arrow_values.h"
#include "reference/tables.h"

namespace headrace::reference {
namespace {

template <class T>
T opened(arrow::Result<T> result) {
  if (!result.ok()) throw Error{ErrorCode::kIo, result.status().ToString(), "", ""};
  return std::move(result).ValueOrDie();
}

std::shared_ptr<const Table> read_parquet(const std::string& path) {
  const auto file = opened(arrow::io::ReadableFile::Open(path));
  const auto reader = opened(parquet::arrow::OpenFile(file, arrow::default_memory_pool()));
  const std::shared_ptr<arrow::Table> arrow_table = opened(reader->ReadTable());
  auto table = std::make_shared<Table>();
  table->rows.resize(static_cast<size_t>(arrow_table->num_rows()));
  for (int i = 0; i < arrow_table->num_columns(); ++i) {
    table->scope.push_back({"", arrow_table->field(i)->name(), type_of(*arrow_table->field(i)->type())});
    size_t row = 0;
    for (const auto& chunk : arrow_table->column(i)->chunks())
      for (int64_t at = 0; at < chunk->length(); ++at) table->rows[row++].push_back(value_at(*chunk, at));
  }
  return table;
}

std::string text_of_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw Error{ErrorCode::kIo, "cannot open the file", path, ""};
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// {'x': 'int32', 'y': 'decimal(12,2)'}: what stands in quotes, by twos.
std::vector<std::pair<std::string, Type>> declared_types(const std::string& text) {
  std::vector<std::pair<std::string, Type>> types;
  std::vector<std::string> quoted;
  for (size_t at = text.find('\''); at != std::string::npos; at = text.find('\'', at + 1)) {
    const size_t end = text.find('\'', at + 1);
    if (end == std::string::npos) refuse("types: a quote is not closed");
    quoted.push_back(text.substr(at + 1, end - at - 1));
    at = end;
  }
  for (size_t i = 0; i + 1 < quoted.size(); i += 2) {
    const auto type = parse_type(quoted[i + 1]);
    if (!type.ok()) throw type.error();
    types.emplace_back(quoted[i], type.value());
  }
  return types;
}

}  // namespace

std::shared_ptr<const Table> read_file(const FileRef& file) {
  static std::map<std::string, std::shared_ptr<const Table>> known;
  const bool json = file.path.ends_with(".ndjson");
  std::vector<std::pair<std::string, Type>> types;
  std::string name = file.path;
  for (const auto& [option, value] : file.options) {
    if (option == "on_error" && value == "null" && json) continue;
    if (option != (json ? "columns" : "types")) refuse("the reference takes no option " + option);
    types = declared_types(value);
    name += value;
  }
  auto& table = known[name];
  if (table != nullptr) return table;
  if (file.path.ends_with(".parquet"))
    table = read_parquet(file.path);
  else if (json)
    table = read_json(text_of_file(file.path), types);
  else
    table = read_csv(text_of_file(file.path), ColumnTypes(types.begin(), types.end()));
  return table;
}

}  // namespace headrace::reference
