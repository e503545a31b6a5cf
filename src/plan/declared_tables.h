// plan/declared_tables.h — a catalogue of tables that exist only as declarations, for tests of plans:
//   table orders [id: int64 below 1000, total: float64?] rows 1000 late
// "below": the column's values are known to be from 0 to below it. "late": columns may be decoded behind filters (Table::decodes_late).
// Found as a table of that name and as a file "orders.parquet".
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "plan/catalog.h"
#include "plan/plan.h"

namespace headrace {

class DeclaredTables final : public Catalog {
 public:
  // kInvalidPlan when a line is no declaration. Blank lines are skipped. Without "rows" the count is unknown.
  Status declare(std::string_view lines);
  void add_view(const std::string& name, PlanPtr written) { views_[name] = std::move(written); }

  Result<TablePtr> open_file(const FileRef& file) override;
  TablePtr find_table(const std::string& name) override;
  PlanPtr find_view(const std::string& name) override;
  std::vector<std::string> names() const override;

 private:
  std::map<std::string, TablePtr> tables_;
  std::map<std::string, PlanPtr> views_;
};

}  // namespace headrace
