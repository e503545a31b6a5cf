// io/file_parts.h — the files of a set, and where its columns are in each.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/world.h"
#include "io/file_set.h"

namespace headrace {

// One file, and where the set's columns are in it; nullopt: it has none of that name, or its path says the value.
struct FilePart {
  std::shared_ptr<const ScannableTable> table;
  std::vector<std::optional<uint32_t>> columns;
};

// The files of a set, each opened when it is asked for. Thread-safe.
class FileParts {
 public:
  // `has_filename`: the first of the paths' columns is one of which no file may have the name.
  FileParts(World& world, FileRef file, std::vector<std::string> paths, PathColumns of_paths, bool has_filename,
            OpenFile open)
      : world_(world),
        file_(std::move(file)),
        paths_(std::move(paths)),
        of_paths_(std::move(of_paths)),
        has_filename_(has_filename),
        open_(std::move(open)),
        parts_(paths_.size()) {}

  size_t size() const { return paths_.size(); }
  const Schema& schema() const { return schema_; }
  bool has_path_columns() const { return !of_paths_.schema.empty(); }
  // The value that the paths say of a column of the set; nullptr: it is one of the files.
  const Value* value(size_t part, uint32_t column) const {
    return path_columns_[column].has_value() ? &of_paths_.values[part][*path_columns_[column]] : nullptr;
  }
  // What was opened; nullptr: not yet.
  std::shared_ptr<const FilePart> opened(size_t part) const {
    const std::lock_guard lock(mutex_);
    return parts_[part];
  }
  // nullptr: it is a text file without a record, and has no rows.
  Result<std::shared_ptr<const FilePart>> get(size_t part) const;

  uint64_t size_bytes(size_t part) const;  // 0: it cannot be opened

  // Opens the files that must be open to know the columns. Of CSV files of nothing but line ends, and JSON files without a record, those that are
  // met are left out, unless all are.
  // Once, in front of everything else.
  Status find_columns(bool union_by_name);

 private:
  Result<std::shared_ptr<const ScannableTable>> open(size_t part, const Schema& like) const;
  Result<std::shared_ptr<const ScannableTable>> open_unless_blank(size_t part, const Schema& like) const;
  Result<std::shared_ptr<const ScannableTable>> open_next(size_t at, const Schema& like);
  Status place_in_order(size_t at, FilePart& part, Schema& schema) const;
  void drop(size_t part);
  Status find_model(std::vector<std::shared_ptr<const ScannableTable>>& opened);
  Status find_united_columns();
  Status add_path_columns();
  bool is_text() const;
  bool declares_columns() const;
  bool says_types(const Table& table) const;

  World& world_;
  const FileRef file_;  // without its path
  std::vector<std::string> paths_;
  PathColumns of_paths_;
  const bool has_filename_;
  const OpenFile open_;
  Schema schema_, file_schema_;  // of the set; without what the paths say
  size_t model_ = 0;  // the file whose columns others must have
  std::vector<std::optional<uint32_t>> path_columns_;  // by column of the set: the one of of_paths_ that it is
  mutable std::mutex mutex_;  // guards what follows
  mutable std::vector<std::shared_ptr<const FilePart>> parts_;
};

}  // namespace headrace
