#include "io/catalog.h"

#include <algorithm>

#include "io/file_names.h"
#include "io/file_set.h"
#include "io/format/formats.h"

namespace headrace {
namespace {

std::string folded(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return name;
}

}  // namespace

FileCatalog::Remembered::Remembered(FileCatalog& catalog) : catalog_(catalog) {
  const std::lock_guard lock(catalog_.mutex_);
  ++catalog_.remembering_;
}

FileCatalog::Remembered::~Remembered() {
  const std::lock_guard lock(catalog_.mutex_);
  if (--catalog_.remembering_ == 0) catalog_.opened_.clear();
}

Result<TablePtr> FileCatalog::open_file(const FileRef& file) {
  std::vector<std::string> key = {file.path, file.format};
  for (const auto& [name, value] : file.options) {
    key.push_back(name);
    key.push_back(value);
  }
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = opened_.find(key); known != opened_.end()) return known->second;
  }
  TRY(table, open_anew(file));
  const std::lock_guard lock(mutex_);
  if (remembering_ > 0) opened_.emplace(std::move(key), table);
  return std::move(table);
}

Result<TablePtr> FileCatalog::open_anew(const FileRef& file) {
  FileRef one = file;
  TRY(options, take_file_set_options(one));
  TRY(paths, file_names(world_, file.path));
  one.path = paths[0];
  // A missing file is the better news than an ending that we do not know.
  if (file.format.empty() && world_.kind(one.path) != FileKind::kRegular) {
    const auto opened = world_.open(one.path);
    if (!opened.ok()) return opened.error();
  }
  TRY(format, find_read_format(one));
  one.format = format->name;
  TRY(path_columns, find_path_columns(paths, options.path));
  const bool one_file = paths.size() == 1 && paths[0] == file.path && path_columns.schema.empty();
  if (one_file) {
    TRY(table, format->open({world_, budget_, footers_}, one, nullptr));
    return TablePtr(table);
  }
  // The set opens files while it is scanned, too.
  const OpenFile open = [this, format](const FileRef& ref, const ScannableTable* like) {
    return format->open({file_sets_, budget_, footers_}, ref, like);
  };
  TRY(table, open_file_set(file.path, one, paths, std::move(path_columns), options, world_, open));
  return TablePtr(table);
}

const FileCatalog::Entry* FileCatalog::find(const std::string& name) const {
  const auto found = entries_.find(folded(name));
  return found == entries_.end() ? nullptr : &found->second;
}

TablePtr FileCatalog::find_table(const std::string& name) {
  const std::lock_guard lock(mutex_);
  const Entry* entry = find(name);
  if (entry == nullptr) return nullptr;
  if (entry->session_table != nullptr) return entry->session_table->snapshot();
  return entry->table;
}

PlanPtr FileCatalog::find_view(const std::string& name) {
  const std::lock_guard lock(mutex_);
  const Entry* entry = find(name);
  return entry == nullptr ? nullptr : entry->view;
}

std::vector<std::string> FileCatalog::names() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  for (const auto& [key, entry] : entries_) names.push_back(entry.name);
  std::sort(names.begin(), names.end());
  return names;
}

void FileCatalog::put(Entry entry) {
  const std::lock_guard lock(mutex_);
  std::string key = folded(entry.name);
  entries_.insert_or_assign(std::move(key), std::move(entry));
}

void FileCatalog::register_table(const std::string& name, std::shared_ptr<const ScannableTable> table) {
  put({.name = name, .table = std::move(table)});
}

void FileCatalog::register_view(const std::string& name, PlanPtr written) {
  put({.name = name, .view = std::move(written)});
}

void FileCatalog::register_session_table(std::shared_ptr<SessionTable> table) {
  put({.name = table->name(), .session_table = table});
}

std::shared_ptr<SessionTable> FileCatalog::find_session_table(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const Entry* entry = find(name);
  return entry == nullptr ? nullptr : entry->session_table;
}

std::vector<std::shared_ptr<SessionTable>> FileCatalog::session_tables() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<SessionTable>> tables;
  for (const auto& [key, entry] : entries_)
    if (entry.session_table != nullptr) tables.push_back(entry.session_table);
  return tables;
}

bool FileCatalog::drop(const std::string& name) {
  const std::lock_guard lock(mutex_);
  return entries_.erase(folded(name)) > 0;
}

}  // namespace headrace
