#include "io/format/ndjson_writer.h"

#include <cmath>

#include <fmt/format.h>

#include "io/format/text_rows.h"
#include "types/nested_type.h"
#include "types/nested_value.h"
#include "types/string_ref.h"

namespace headrace {
namespace {

void append_json_nested(Type type, const std::vector<Value>& fields, std::string& out);
void append_json_value(const Value& value, std::string& out);

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
    const Type type = vector.type;
    if (type == kUtf8) return append_json_string(vector.as<StringRef>()[vector.index_of(row)].view(), text_);
    if ((is_numeric(type) && !is_float(type)) || type == kBool) return append_display(vector, row, text_);
    append_json_value(value_at(vector, row), text_);
  }

  std::vector<std::string> keys_;
};

// Numbers and bool as JSON has them, lists as arrays, structs and maps as objects, everything else as text. What JSON has no
// number for (NaN and the infinities) is null.
void append_json_value(const Value& value, std::string& out) {
  const Type type = value.type;
  if (value.is_null()) {
    out += "null";
  } else if (is_float(type)) {
    out += std::isfinite(std::get<double>(value.data)) ? to_display(value) : "null";
  } else if (is_numeric(type) || type == kBool) {
    out += to_display(value);
  } else if (!is_nested(type.id)) {
    append_json_string(to_display(value), out);
  } else {
    append_json_nested(type, nested_fields(type, std::get<std::string>(value.data)), out);
  }
}

void append_json_nested(Type type, const std::vector<Value>& fields, std::string& out) {
  const bool list = type.id == TypeId::kList;
  const size_t step = type.id == TypeId::kMap ? 2 : 1;
  out += list ? '[' : '{';
  for (size_t i = 0; i < fields.size(); i += step) {
    if (i > 0) out += ',';
    if (type.id == TypeId::kStruct) append_json_string(fields_of(type)[i].name, out);
    if (type.id == TypeId::kMap) append_json_string(to_display(fields[i]), out);
    if (!list) out += ':';
    append_json_value(fields[i + step - 1], out);
  }
  out += list ? ']' : '}';
}

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
