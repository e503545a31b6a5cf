// io/format/table_printer.h — rows for people: aligned columns, types below the names, the middle left out when it is long.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "io/byte_output.h"
#include "runtime/row_writer.h"

namespace headrace {

struct TableStyle {
  uint32_t rows_max = 40;  // shown; more: the first and last half of them
  uint32_t text_width_max = 60;  // terminal columns of a value; longer ones end in …
  uint32_t width_max =
      0;  // of a line: wide texts are cut, then columns in the middle left out; 0: as wide as the rows are
};

// Prints at finish(). Memory: rows_max rows of text, however many are written.
class TablePrinter final : public RowWriter {
 public:
  TablePrinter(Schema schema, TableStyle style, Output output)
      : schema_(std::move(schema)), style_(style), output_(std::move(output)) {}

  Status write(const Batch& batch) override;
  Status finish() override;
  void abandon() override {}

 private:
  using Row = std::vector<std::string>;
  // Which columns are shown, and how wide; a column of nullopt stands for those left out.
  struct Layout {
    std::vector<std::optional<size_t>> columns;
    std::vector<size_t> widths;  // by column of the schema
  };
  Row text_of(const Batch& batch, uint32_t row) const;
  std::vector<size_t> natural_widths() const;
  Layout layout() const;
  std::string print() const;

  const Schema schema_;
  const TableStyle style_;
  const Output output_;
  std::vector<Row> head_;
  std::deque<Row> tail_;  // the last rows behind head_
  uint64_t rows_ = 0;
};

}  // namespace headrace
