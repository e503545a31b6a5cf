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

class NdjsonFormat final : public TextFormat {
 public:
  explicit NdjsonFormat(const Schema& schema) {
    for (const Column& column : schema) {
      std::string key;
      append_json_string(column.name, key);
      keys_.push_back(key + ":");
    }
  }

  Status append_row(const Batch& batch, uint32_t row, std::string&, std::string& out) const override {
    out += '{';
    for (size_t column = 0; column < batch.columns.size(); ++column) {
      if (column > 0) out += ',';
      out += keys_[column];
      append_value(batch.columns[column], row, out);
    }
    out += "}\n";
    return kDone;
  }

 private:
  static void append_value(const Vector& vector, uint32_t row, std::string& out) {
    if (!vector.is_valid(row)) {
      out += "null";
      return;
    }
    const Type type = vector.type;
    if (type == kUtf8) return append_json_string(vector.as<StringRef>()[vector.index_of(row)].view(), out);
    if ((is_numeric(type) && !is_float(type)) || type == kBool) return append_display(vector, row, out);
    if (type == kFloat64) {
      const bool finite = std::isfinite(vector.as<double>()[vector.index_of(row)]);
      return finite ? append_display(vector, row, out) : void(out += "null");
    }
    if (type == kDate || type == kTimestamp) {
      out += '"';
      append_display(vector, row, out);
      out += '"';
      return;
    }
    append_json_value(value_at(vector, row), out);
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
  size_t plain = 0;  // [plain, at) needs no escape
  for (size_t at = 0; at < text.size(); ++at) {
    const auto c = static_cast<unsigned char>(text[at]);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    out.append(text, plain, at - plain);
    plain = at + 1;
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default: out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    }
  }
  out.append(text, plain, text.size() - plain);
  out += '"';
}

Result<std::unique_ptr<RowWriter>> make_ndjson_writer(const WriteRequest& request, OutputFiles files,
                                                      MemoryBudget& budget) {
  for (const auto& [name, value] : request.options)
    if (name != "format")
      return Error{ErrorCode::kInvalidPlan, fmt::format("ndjson has no option '{}'", name), request.path, ""};
  return make_text_writer(std::make_unique<NdjsonFormat>(request.schema), request.path, std::move(files), budget);
}

}  // namespace headrace
