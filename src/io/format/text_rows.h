// io/format/text_rows.h — what the text formats share: workers make the text of their rows, files get it in large pieces.
#pragma once

#include <memory>
#include <string>

#include "io/output_files.h"
#include "runtime/row_writer.h"

namespace headrace {

// Appends the value as to_display would print it. Requires a non-null row and a type other than utf8.
void append_display(const Vector& vector, uint32_t row, std::string& out);

// How a format writes a row. For several threads.
class TextFormat {
 public:
  virtual ~TextFormat() = default;
  virtual std::string header() const { return ""; }  // of each file
  // Appends the text of row `row`; `scratch` is the caller's, for reuse. kBadInput: the format cannot hold it.
  virtual Status append_row(const Batch& batch, uint32_t row, std::string& scratch, std::string& out) const = 0;
};

// A file is ended behind the first piece that brings it to files.file_bytes_max. Errors of rows name them by their number.
std::unique_ptr<RowWriter> make_text_writer(std::unique_ptr<const TextFormat> format, std::string path,
                                            OutputFiles files, MemoryBudget& budget);

}  // namespace headrace
