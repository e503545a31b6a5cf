// io/format/file_table.h — what tables over one open file of any format share.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "runtime/scannable.h"

namespace headrace {

// File: `path` and `schema`; immutable and shared by the table and the scans over it.
template <class File>
class FileTable : public ScannableTable {
 public:
  explicit FileTable(std::shared_ptr<const File> file) : file_(std::move(file)) {}
  const Schema& schema() const override { return file_->schema; }
  bool ordered() const override { return true; }
  std::string describe() const override { return file_->path; }

 protected:
  const std::shared_ptr<const File> file_;
};

// The table over a file, or why the file could not be opened.
template <class FileTableOfFormat, class File>
Result<std::shared_ptr<const ScannableTable>> table_over(Result<std::shared_ptr<const File>> file) {
  if (!file.ok()) return file.error();
  return std::make_shared<const FileTableOfFormat>(std::move(file.value()));
}

// Of a format without statistics: nothing is skipped, for this reason.
inline ScanReport report_unused(const ScanRequest& request, std::string unit, uint64_t units, const char* reason) {
  ScanReport report;
  report.rungs.push_back({std::move(unit), units});
  for (const ExprPtr& conjunct : request.pruning) report.predicates.push_back({to_text(*conjunct), 0, reason});
  return report;
}

inline Error unreadable_column(const std::string& column, const std::string& why, const std::string& path) {
  return {ErrorCode::kUnsupported, fmt::format("column '{}' cannot be read: {}", column, why), path,
          "leave the column out, or convert it when the file is written"};
}

// Each once, ascending.
template <class T>
void sort_once(std::vector<T>& values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

}  // namespace headrace
