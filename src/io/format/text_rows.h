// io/format/text_rows.h — what the text formats share: values into a buffer that is handed on in large pieces.
#pragma once

#include <memory>
#include <string>

#include "io/byte_output.h"
#include "runtime/row_writer.h"

namespace headrace {

// Appends the value as to_display would print it. Requires a non-null row and a type other than utf8.
void append_display(const Vector& vector, uint32_t row, std::string& out);

// A RowWriter whose format turns each batch into text.
class TextWriter : public RowWriter {
 public:
  explicit TextWriter(std::unique_ptr<ByteOutput> output) : output_(std::move(output)) {}
  Status write(const Batch& batch) final;
  Status finish() final;
  void abandon() final { output_->abandon(); }

 protected:
  // Appends the text of row `row` to text_. kBadInput: the format cannot hold it.
  virtual Status append_row(const Batch& batch, uint32_t row) = 0;
  std::string text_;  // a header may be put here before the first batch

 private:
  Status flush();
  const std::unique_ptr<ByteOutput> output_;
};

}  // namespace headrace
