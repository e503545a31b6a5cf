#include "plan/declared_tables.h"

#include <fmt/format.h>

#include "base/nearest_name.h"
#include "expr/parse.h"
#include "types/parse_value.h"

namespace headrace {

namespace {

class DeclaredTable final : public Table {
 public:
  using Ranges = std::vector<std::optional<ValueRange>>;  // by column

  DeclaredTable(std::string name, Schema schema, Ranges ranges, std::optional<uint64_t> rows, bool late)
      : name_(std::move(name)), schema_(std::move(schema)), ranges_(std::move(ranges)), rows_(rows), late_(late) {}
  const Schema& schema() const override { return schema_; }
  std::optional<uint64_t> row_count() const override { return rows_; }
  bool ordered() const override { return true; }
  bool decodes_late() const override { return late_; }
  std::optional<ValueRange> value_range(uint32_t column) const override { return ranges_[column]; }
  std::string describe() const override { return name_; }

 private:
  std::string name_;
  Schema schema_;
  Ranges ranges_;
  std::optional<uint64_t> rows_;
  bool late_;
};

Result<std::pair<std::string, TablePtr>> parse_declaration(std::string_view line) {
  TRY(cursor, TokenCursor::over(line));
  TRY_STATUS(cursor.expect_word("table"));
  TRY(name, cursor.take_name("a table's name"));
  TRY_STATUS(cursor.expect_symbol("["));
  Schema schema;
  DeclaredTable::Ranges ranges;
  do {
    TRY(column, cursor.take_name("a column's name"));
    TRY_STATUS(cursor.expect_symbol(":"));
    TRY(type, parse_type(cursor));
    const bool nullable = cursor.accept_symbol("?");
    schema.push_back({column, type, nullable});
    ranges.emplace_back();
    if (cursor.accept_word("below")) {
      const std::optional<int64_t> bound = parse_int64(cursor.peek().text);
      if (!bound || *bound < 1) return cursor.expected("a number above 0");
      ranges.back() = ValueRange{0, *bound - 1};
      cursor.take();
    }
  } while (cursor.accept_symbol(","));
  TRY_STATUS(cursor.expect_symbol("]"));
  std::optional<uint64_t> rows;
  if (cursor.accept_word("rows")) {
    const std::optional<int64_t> number = parse_int64(cursor.peek().text);
    if (!number) return cursor.expected("a number of rows");
    rows = static_cast<uint64_t>(*number);
    cursor.take();
  }
  const bool late = cursor.accept_word("late");
  TRY_STATUS(cursor.expect_end());
  TablePtr table = std::make_shared<const DeclaredTable>(name, std::move(schema), std::move(ranges), rows, late);
  return std::pair<std::string, TablePtr>{name, std::move(table)};
}

}  // namespace

Status DeclaredTables::declare(std::string_view lines) {
  while (!lines.empty()) {
    const size_t end = lines.find('\n');
    const std::string_view line = lines.substr(0, end);
    lines = end == std::string_view::npos ? "" : lines.substr(end + 1);
    if (line.find_first_not_of(' ') == std::string_view::npos) continue;
    TRY(declared, parse_declaration(line));
    tables_[declared.first] = declared.second;
  }
  return kDone;
}

Result<TablePtr> DeclaredTables::open_file(const FileRef& file) {
  const std::string name = file.path.substr(0, file.path.find('.'));
  if (const TablePtr table = find_table(name)) return table;
  return Error{ErrorCode::kIo, fmt::format("no such file: {}", file.path), file.path, did_you_mean(name, names())};
}

TablePtr DeclaredTables::find_table(const std::string& name) {
  const auto found = tables_.find(name);
  return found == tables_.end() ? nullptr : found->second;
}

PlanPtr DeclaredTables::find_view(const std::string& name) {
  const auto found = views_.find(name);
  return found == views_.end() ? nullptr : found->second;
}

std::vector<std::string> DeclaredTables::names() const {
  std::vector<std::string> result;
  for (const auto& [name, table] : tables_) result.push_back(name);
  for (const auto& [name, view] : views_) result.push_back(name);
  return result;
}

}  // namespace headrace
