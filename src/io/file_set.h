// io/file_set.h — several files of one format as one table, in the order of their names.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "io/path_columns.h"
#include "runtime/scannable.h"

namespace headrace {

// What a scan of files may be asked for beyond the options of their format.
struct FileSetOptions {
  PathOptions path;
  bool union_by_name = false;  // columns are found by name, and those that a file does not have are null there
};

// filename (true, false or a column's name), union_by_name, hive_partitioning, hive_types, hive_types_autocast; takes them out of the file's
// options. kInvalidPlan.
Result<FileSetOptions> take_file_set_options(FileRef& file);

// `like`: the first table of the set, whose guessed types hold for the others; nullptr: this is it.
using OpenFile =
    std::function<Result<std::shared_ptr<const ScannableTable>>(const FileRef& file, const ScannableTable* like)>;

// `name` is what the whole is called in plans. `file`: format and options of each of `paths`. A column of the files that has the name of one of
// a path is left out for it, but no file may have one of the name of `filename`. Where there are columns of paths, files other than the first are opened when
// they are read, so that those that no row can pass of never are: predicates over such columns alone are evaluated.
// kBadInput names the first file whose columns or types are not those of the first one.
Result<std::shared_ptr<const ScannableTable>> open_file_set(std::string name, const FileRef& file,
                                                            const std::vector<std::string>& paths,
                                                            PathColumns path_columns, const FileSetOptions& options,
                                                            World& world, OpenFile open);

}  // namespace headrace
