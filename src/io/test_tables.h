// io/test_tables.h — what the tests of this folder share: a directory of their own, a query to scan for, rows as text.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <unistd.h>

#include "base/check.h"
#include "base/world.h"
#include "runtime/scannable.h"
#include "types/value.h"

namespace headrace {

// Empty at first, removed with its files at the end.
class TestDirectory {
 public:
  TestDirectory() {
    static int count = 0;
    path_ = real_world().temporary_directory() + "/headrace-io-test-" + std::to_string(::getpid()) + "-" +
            std::to_string(count++);
    CHECK(real_world().make_directory(path_).ok());
  }
  ~TestDirectory() {
    for (const std::string& name : names()) CHECK(real_world().remove(path_ + "/" + name).ok());
    CHECK(real_world().remove(path_).ok());
  }
  TestDirectory(const TestDirectory&) = delete;
  TestDirectory& operator=(const TestDirectory&) = delete;

  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  std::vector<std::string> names() const { return real_world().list(path_).value(); }
  // Writes a file and returns its path.
  std::string put(const std::string& name, std::string_view content) const {
    auto file = real_world().create(*this / name);
    CHECK(file.ok() && file.value()->append({content.data(), content.size()}).ok() && file.value()->close().ok());
    return *this / name;
  }

 private:
  std::string path_;
};

class NoStateFiles final : public StateFiles {
 public:
  Result<std::unique_ptr<StateWriter>> create(const Schema&, std::string&) override { return refuse(); }
  Result<std::unique_ptr<StateReader>> open(const Schema&, const std::string&) override { return refuse(); }
  Status remove(const std::string&) override { return kDone; }

 private:
  static Error refuse() { return {ErrorCode::kUnsupported, "no state files in this test", "", ""}; }
};

// A query's surroundings.
struct TestQuery {
  explicit TestQuery(World& the_world = real_world(), uint64_t bytes_max = uint64_t{1} << 30)
      : budget(bytes_max), context{the_world, budget, cancel, settings, files} {}
  MemoryBudget budget;
  CancelToken cancel;
  Settings settings;
  NoStateFiles files;
  QueryContext context;
};

inline std::vector<uint32_t> all_columns(const Table& table) {
  std::vector<uint32_t> columns;
  for (uint32_t index = 0; index < table.schema().size(); ++index) columns.push_back(index);
  return columns;
}

inline std::string row_text(const Batch& batch, uint32_t row) {
  std::string text;
  for (const Vector& column : batch.columns) text += (text.empty() ? "" : "|") + to_display(value_at(column, row));
  return text;
}

using Rows = std::vector<std::string>;  // columns as displayed, joined with '|'

// All rows, morsel after morsel, checking the ordinals that batches carry.
inline Result<Rows> read_rows(const ScannableTable& table, const ScanRequest& request, QueryContext& context,
                              uint32_t rows_max = limits::kVectorRowsMax) {
  TRY(source, table.scan(request, context));
  Rows rows;
  while (true) {
    TRY(claim, source->claim());
    if (std::holds_alternative<End>(claim)) return rows;
    MorselReader& reader = *std::get<std::unique_ptr<MorselReader>>(claim);
    uint64_t sequence = 0;
    Batch batch;
    while (true) {
      TRY(more, reader.next(rows_max, batch));
      if (!more) break;
      CHECK(batch.morsel == reader.morsel());
      CHECK(batch.sequence >= sequence);  // rows may have been passed over
      CHECK(batch.rows > 0 && batch.rows <= rows_max);
      sequence = batch.sequence + batch.rows;
      for (uint32_t row = 0; row < batch.rows; ++row) rows.push_back(row_text(batch, row));
    }
  }
}

inline Result<Rows> read_rows(const ScannableTable& table) {
  TestQuery query;
  return read_rows(table, {all_columns(table), {}}, query.context);
}

// The text of the error that a Result must hold.
template <class T>
std::string error_text(const Result<T>& result) {
  if (result.ok()) return "no error";
  return to_text(result.error());
}

}  // namespace headrace
