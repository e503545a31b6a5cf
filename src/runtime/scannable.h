// runtime/scannable.h — a table that can open a Source; io/ derives from it, the runtime calls it without knowing formats.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "plan/catalog.h"
#include "plan/field_path.h"
#include "runtime/operator.h"
#include "runtime/scan_report.h"

namespace headrace {

class BadRows;

// What one scan reads.
struct ScanRequest {
  std::vector<uint32_t> columns;  // of the table's schema, in output order; may be empty (rows are still counted)
  std::vector<ExprPtr>
      pruning;  // resolved conjuncts over the output schema; they may skip rows, the caller still filters
  // Of the table's schema: where a text that is no value makes its record a bad one; nothing: those of `columns`. A text that is no
  // value in another column is null.
  std::optional<std::vector<uint32_t>> checked = {};
  // Of the table's schema: of a column with paths here only what lies behind them is read and checked, all else in it may be null.
  std::vector<FieldPath> fields = {};
  // Of `columns`, ascending: those that batches may leave out until MorselReader::decode_column asks for them.
  std::vector<uint32_t> late = {};
  // Of the whole that this scan is a part of, which also commits it; nullptr: the scan is all of it.
  std::shared_ptr<BadRows> bad_rows = {};
};

class ScannableTable : public Table {
 public:
  // A fresh pass over the table; several may run at once. The source keeps what it needs of the table alive.
  // kUnsupported when a requested column has a type that we do not read; kIo when the file is gone.
  virtual Result<std::unique_ptr<Source>> scan(const ScanRequest& request, QueryContext& context) const = 0;
  // What pruning can do for a scan, from metadata alone. For explain.
  virtual ScanReport report(const ScanRequest& request) const = 0;
  // For a scan of several tables that go on one another, such as files of a set: what takes the bad records of all of them. nullptr: the
  // format has no such records.
  virtual Result<std::shared_ptr<BadRows>> make_bad_rows(QueryContext& /*context*/) const {
    return std::shared_ptr<BadRows>();
  }
  // The file that a scan writes its bad records to, in one spelling of its path; empty: there is none.
  virtual std::string rejects_path() const { return {}; }
};

}  // namespace headrace
