// plan/catalog.h — what a plan must know of tables and files; io/ and engine/ implement it.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "expr/expr.h"
#include "types/schema.h"
#include "types/value_range.h"

namespace headrace {

struct FileRef {
  std::string path;
  std::string format;                                        // "parquet", "csv"; empty: by the name's ending
  std::vector<std::pair<std::string, std::string>> options;  // csv: delimiter, header, null …
  TextPosition where;

  // The same name, read in the same way.
  bool reads_as(const FileRef& other) const {
    return path == other.path && format == other.format && options == other.options;
  }
};

// A relation that can be scanned. Immutable. io/ derives from it and knows how to open a Source for it (runtime/source.h);
// plan, optimize and fuse see only this.
class Table {
 public:
  virtual ~Table() = default;
  virtual const Schema& schema() const = 0;
  virtual std::optional<uint64_t> row_count() const = 0;  // exact, when known without reading the data
  // Of the columns' pages, decompressed; nothing: it is not known without reading the data.
  virtual std::optional<uint64_t> page_bytes(std::span<const uint32_t> columns) const {
    static_cast<void>(columns);
    return std::nullopt;
  }
  virtual bool ordered() const = 0;  // rows have a stable order that scans keep
  virtual bool unbounded() const { return false; }
  // Gives columns of a row that were asked for late one by one, for the rows that are wanted by then.
  virtual bool decodes_late() const { return false; }
  // A scan of no columns gives its rows, and reads no values for it.
  virtual bool counts_rows() const { return false; }
  // Texts become values as they are read, so that a scan must say which columns count (ScanFile::checked).
  virtual bool checks_values() const { return false; }
  // Holds for every row; nothing: not known. Only what we have seen ourselves: checks are left out on the strength of it, so
  // statistics that a file claims do not count. May read the column once.
  virtual std::optional<ValueRange> value_range(uint32_t column) const {
    static_cast<void>(column);
    return std::nullopt;
  }
  virtual std::string describe() const = 0;  // "orders.parquet", for plans and errors
};
using TablePtr = std::shared_ptr<const Table>;

class Catalog {
 public:
  virtual ~Catalog() = default;
  // kIo / kBadInput with the path as `where`; kUnsupported for a format that we do not read.
  virtual Result<TablePtr> open_file(const FileRef& file) = 0;
  // An in-memory table; nullptr when there is none of that name.
  virtual TablePtr find_table(const std::string& name) = 0;
  // The written plan of a view; nullptr when there is none.
  virtual std::shared_ptr<const struct Plan> find_view(const std::string& name) = 0;
  virtual std::vector<std::string> names() const = 0;  // tables and views, for "did you mean"
};

}  // namespace headrace
