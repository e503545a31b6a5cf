#include "io/catalog.h"

#include <algorithm>

#include "io/format/formats.h"

namespace headrace {
namespace {

std::string folded(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return name;
}

}  // namespace

Result<TablePtr> FileCatalog::open_file(const FileRef& file) {
  // A missing file is the better news than an ending that we do not know.
  if (file.format.empty() && world_.kind(file.path) != FileKind::kRegular) {
    const auto opened = world_.open(file.path);
    if (!opened.ok()) return opened.error();
  }
  TRY(format, find_read_format(file));
  TRY(table, format->open(world_, budget_, file));
  return TablePtr(table);
}

TablePtr FileCatalog::find_table(const std::string& name) {
  const std::lock_guard lock(mutex_);
  const auto found = tables_.find(folded(name));
  return found == tables_.end() ? nullptr : found->second;
}

PlanPtr FileCatalog::find_view(const std::string& name) {
  const std::lock_guard lock(mutex_);
  const auto found = views_.find(folded(name));
  return found == views_.end() ? nullptr : found->second;
}

std::vector<std::string> FileCatalog::names() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  for (const auto& [name, table] : tables_) names.push_back(name);
  for (const auto& [name, view] : views_) names.push_back(name);
  return names;
}

void FileCatalog::register_table(const std::string& name, std::shared_ptr<const ScannableTable> table) {
  const std::lock_guard lock(mutex_);
  views_.erase(folded(name));
  tables_[folded(name)] = std::move(table);
}

void FileCatalog::register_view(const std::string& name, PlanPtr written) {
  const std::lock_guard lock(mutex_);
  tables_.erase(folded(name));
  views_[folded(name)] = std::move(written);
}

bool FileCatalog::drop(const std::string& name) {
  const std::lock_guard lock(mutex_);
  return tables_.erase(folded(name)) + views_.erase(folded(name)) > 0;
}

}  // namespace headrace
