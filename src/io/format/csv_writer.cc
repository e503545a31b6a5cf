#include "io/format/csv_writer.h"

#include "io/format/csv_dialect.h"
#include "io/format/text_rows.h"
#include "types/string_ref.h"

namespace headrace {
namespace {

class CsvWriter final : public TextWriter {
 public:
  CsvWriter(const Schema& schema, CsvDialect dialect, std::unique_ptr<ByteOutput> output)
      : TextWriter(std::move(output)), dialect_(std::move(dialect)) {
    if (!dialect_.header) return;
    for (size_t column = 0; column < schema.size(); ++column) {
      if (column > 0) text_ += dialect_.delimiter;
      append_text(schema[column].name);
    }
    text_ += '\n';
  }

 private:
  void append_row(const Batch& batch, uint32_t row) override {
    for (size_t column = 0; column < batch.columns.size(); ++column) {
      if (column > 0) text_ += dialect_.delimiter;
      const Vector& vector = batch.columns[column];
      if (!vector.is_valid(row))
        text_ += dialect_.nulls.front();
      else if (vector.type.id == TypeId::kUtf8)
        append_text(vector.as<StringRef>()[vector.index_of(row)].view());
      else
        append_display(vector, row, text_);
    }
    text_ += '\n';
  }

  void append_text(std::string_view text) {
    if (!needs_quotes(text)) {
      text_ += text;
      return;
    }
    text_ += dialect_.quote;
    for (const char c : text) {
      if (c == dialect_.quote) text_ += c;
      text_ += c;
    }
    text_ += dialect_.quote;
  }
  // Also what would read back as a null.
  bool needs_quotes(std::string_view text) const {
    if (dialect_.quote == '\0') return false;
    if (text.empty() || dialect_.is_null(text)) return true;
    for (const char c : text)
      if (c == dialect_.delimiter || c == dialect_.quote || c == '\n' || c == '\r') return true;
    return false;
  }

  const CsvDialect dialect_;
};

}  // namespace

Result<std::unique_ptr<RowWriter>> make_csv_writer(const WriteRequest& request, std::unique_ptr<ByteOutput> output,
                                                   MemoryBudget&) {
  TRY(dialect, parse_csv_dialect(request.options));
  if (!dialect.delimiter_given && request.path.ends_with(".tsv")) dialect.delimiter = '\t';
  if (dialect.nulls.empty() || !dialect.types.empty())
    return Error{ErrorCode::kInvalidPlan, "writing CSV takes one nullstr and no types", request.path, ""};
  return std::make_unique<CsvWriter>(request.schema, std::move(dialect), std::move(output));
}

}  // namespace headrace
