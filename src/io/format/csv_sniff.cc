#include "io/format/csv_sniff.h"

#include <algorithm>

#include <fmt/format.h>

#include "execute/constants.h"
#include "io/format/csv_file.h"
#include "io/format/option_text.h"
#include "io/memory_table.h"
#include "types/nested_type.h"
#include "types/nested_value.h"

namespace headrace {
namespace {

std::string shown(char c) { return c == '\0' ? "(empty)" : std::string(1, c); }

// Which line ends the data has, as DuckDB names them.
std::string line_ends_of(const CsvFile& file) {
  if (file.dialect.lone_returns.value_or(false)) return "\\r";
  return file.returns_end_lines ? "\\r\\n" : "\\n";
}

// As its options would be written; empty without such a column.
std::string format_of(const CsvFile& file, std::initializer_list<Type> types, const std::string& given,
                      const std::string& usual) {
  const bool any = std::ranges::any_of(
      file.schema, [&](const Column& column) { return std::ranges::find(types, column.type) != types.end(); });
  return !any ? "" : given.empty() ? usual : given;
}

std::string prompt_of(const CsvFile& file, const std::string& date_format, const std::string& timestamp_format) {
  const CsvDialect& dialect = file.dialect;
  const auto character = [](char c) { return quoted_option(c == '\0' ? "" : std::string_view(&c, 1)); };
  std::string text = fmt::format("FROM read_csv({}, delim={}, quote={}, escape={}, new_line='{}', comment={}, skip={}",
                                 quoted_option(file.path), character(dialect.delimiter), character(dialect.quote),
                                 character(dialect.quote == '\0' ? '\0' : file.escape()), line_ends_of(file),
                                 character(dialect.comment), dialect.skip_lines);
  text += fmt::format(", header={}", file.has_header);
  std::vector<std::pair<std::string, Type>> types;
  for (const Column& column : file.schema) types.emplace_back(column.name, column.type);
  text += fmt::format(", columns={}", csv_types_option(types));
  if (!date_format.empty() && !dialect.date_format.empty())
    text += fmt::format(", dateformat={}", quoted_option(date_format));
  if (!timestamp_format.empty() && !dialect.timestamp_format.empty())
    text += fmt::format(", timestampformat={}", quoted_option(timestamp_format));
  if (dialect.decimal_point != '.') text += fmt::format(", decimal_separator='{}'", dialect.decimal_point);
  return text + ")";
}

Value columns_value(const CsvFile& file) {
  const Type one = struct_of({{"name", kUtf8}, {"type", kUtf8}});
  const Type all = list_of(one);
  std::vector<Value> columns;
  for (const Column& column : file.schema)
    columns.push_back({one, nested_bytes(one, {{kUtf8, column.name}, {kUtf8, to_text(column.type)}})});
  return {all, nested_bytes(all, columns)};
}

std::shared_ptr<const ScannableTable> table_of_row(std::string name,
                                                   const std::vector<std::pair<std::string, Value>>& row) {
  Stage literals;
  for (const auto& [column, value] : row) literals.constants.push_back({value, false});
  const auto pool = std::make_shared<const ConstantPool>(literals);
  static constexpr uint8_t kNull = 0;
  Schema schema;
  Batch batch{.rows = 1, .columns = {}};
  for (uint32_t i = 0; i < row.size(); ++i) {
    const Type type = row[i].second.type;
    schema.push_back({row[i].first, type, true});
    batch.columns.push_back(
        {.type = type, .data = pool->value(i), .validity = pool->is_null(i) ? &kNull : nullptr, .owner = pool});
  }
  return make_memory_table(std::move(name), std::move(schema), {&batch, 1});
}

}  // namespace

Result<std::shared_ptr<const ScannableTable>> sniff_csv(World& world, MemoryBudget& budget, const std::string& path,
                                                        const Options& options) {
  TRY(opened, open_csv_file(world, budget, path, options));
  const CsvFile& file = *opened;
  const CsvDialect& dialect = file.dialect;
  const std::string date_format = format_of(file, {kDate}, dialect.date_format, "%Y-%m-%d");
  const std::string timestamp_format =
      format_of(file, {kTimestamp, kTimestampTz}, dialect.timestamp_format, "%Y-%m-%d %H:%M:%S.%f");
  std::string arguments;
  for (const auto& [name, value] : options)
    if (name != "format")
      arguments += fmt::format("{}{}={}", arguments.empty() ? "" : ", ", name, quoted_option(value));
  const auto text = [](const std::string& value) { return Value{kUtf8, value}; };
  const auto text_or_null = [](const std::string& value) {
    return value.empty() ? null_value(kUtf8) : Value{kUtf8, value};
  };
  return table_of_row(fmt::format("sniff_csv('{}')", path),
                      {{"Delimiter", text(shown(dialect.delimiter))},
                       {"Quote", text(shown(dialect.quote))},
                       {"Escape", text(shown(dialect.quote == '\0' ? '\0' : file.escape()))},
                       {"NewLineDelimiter", text(line_ends_of(file))},
                       {"Comment", text(shown(dialect.comment))},
                       {"SkipRows", {kInt64, static_cast<int64_t>(dialect.skip_lines)}},
                       {"HasHeader", {kBool, file.has_header}},
                       {"Columns", columns_value(file)},
                       {"DateFormat", text_or_null(date_format)},
                       {"TimestampFormat", text_or_null(timestamp_format)},
                       {"UserArguments", text(arguments)},
                       {"Prompt", text(prompt_of(file, date_format, timestamp_format))}});
}

}  // namespace headrace
