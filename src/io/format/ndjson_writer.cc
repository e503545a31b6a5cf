#include "io/format/ndjson_writer.h"

#include <cmath>

#include <fmt/format.h>

#include "io/format/text_rows.h"
#include "types/string_ref.h"

namespace headrace {
namespace {

class NdjsonWriter final : public TextWriter {
 public:
  NdjsonWriter(const Schema& schema, std::unique_ptr<ByteOutput> output) : TextWriter(std::move(output)) {
    for (const Column& column : schema) {
      std::string key;
      append_json_string(column.name, key);
      keys_.push_back(key + ":");
    }
  }

 private:
  Status append_row(const Batch& batch, uint32_t row) override {
    text_ += '{';
    for (size_t column = 0; column < batch.columns.size(); ++column) {
      if (column > 0) text_ += ',';
      text_ += keys_[column];
      append_value(batch.columns[column], row);
    }
    text_ += "}\n";
    return kDone;
  }
  void append_value(const Vector& vector, uint32_t row) {
    if (!vector.is_valid(row)) {
      text_ += "null";
      return;
    }
    const TypeId id = vector.type.id;
    if (id == TypeId::kUtf8) return append_json_string(vector.as<StringRef>()[vector.index_of(row)].view(), text_);
    if (id == TypeId::kFloat64 && !std::isfinite(vector.as<double>()[vector.index_of(row)])) {
      text_ += "null";
      return;
    }
    const bool quoted = id == TypeId::kDate || id == TypeId::kTimestamp;
    if (quoted) text_ += '"';
    append_display(vector, row, text_);
    if (quoted) text_ += '"';
  }

  std::vector<std::string> keys_;
};

}  // namespace

void append_json_string(std::string_view text, std::string& out) {
  out += '"';
  for (const char c : text) {
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20)
          out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        else
          out += c;
    }
  }
  out += '"';
}

Result<std::unique_ptr<RowWriter>> make_ndjson_writer(const WriteRequest& request, std::unique_ptr<ByteOutput> output,
                                                      MemoryBudget&) {
  for (const auto& [name, value] : request.options)
    if (name != "format")
      return Error{ErrorCode::kInvalidPlan, fmt::format("ndjson has no option '{}'", name), request.path, ""};
  return std::make_unique<NdjsonWriter>(request.schema, std::move(output));
}

}  // namespace headrace
