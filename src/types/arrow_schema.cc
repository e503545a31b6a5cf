// Arrow format strings ↔ types. See types/arrow_c.h.
#include <charconv>
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/check.h"
#include "types/arrow_c.h"
#include "types/nested_type.h"

namespace headrace {
namespace {

// "d:15,2" or "d:15,2,128".
Result<Type> import_decimal(std::string_view format) {
  const char* end = format.data() + format.size();
  int precision = 0, scale = 0, bits = 128;
  auto read = std::from_chars(format.data() + 2, end, precision);
  if (read.ec == std::errc{} && read.ptr != end) read = std::from_chars(read.ptr + 1, end, scale);
  if (read.ec == std::errc{} && read.ptr != end) read = std::from_chars(read.ptr + 1, end, bits);
  if (read.ec != std::errc{} || precision < 1 || precision > 38 || scale < 0 || scale > precision || bits > 128)
    return Error{
        ErrorCode::kUnsupported,
        fmt::format("Arrow type \"{}\" is not read: decimals have 1 to 38 digits and a scale of 0 to that", format), "",
        ""};
  return decimal(static_cast<uint8_t>(precision), static_cast<uint8_t>(scale));
}

const char* kind_of(std::string_view format) {
  if (format.starts_with("+vl") || format.starts_with("+vL")) return "a list view";
  if (format.starts_with("+r")) return "run-end encoded";
  if (format.starts_with("+u")) return "a union";
  return "of an unknown kind";
}

std::string state_format_of(Type type) {
  if (is_text_layout(type)) return "z";
  if (type.id == TypeId::kEnum) return "I";
  if (type.id == TypeId::kInterval) return "w:16";
  return "";
}

std::string format_of(Type type, ArrowForm form) {
  if (form == ArrowForm::kState && !state_format_of(type).empty()) return state_format_of(type);
  switch (type.id) {
    case TypeId::kNull: return "n";
    case TypeId::kBool: return "b";
    case TypeId::kInt8: return "c";
    case TypeId::kInt16: return "s";
    case TypeId::kInt32: return "i";
    case TypeId::kInt64: return "l";
    case TypeId::kUInt8: return "C";
    case TypeId::kUInt16: return "S";
    case TypeId::kUInt32: return "I";
    case TypeId::kUInt64: return "L";
    case TypeId::kFloat32: return "f";
    case TypeId::kFloat64: return "g";
    case TypeId::kDecimal64:
      return fmt::format("d:{},{}{}", type.precision, type.scale, form == ArrowForm::kState ? ",64" : "");
    case TypeId::kDecimal128: return fmt::format("d:{},{}", type.precision, type.scale);
    case TypeId::kDate: return "tdD";
    case TypeId::kTime: return "ttu";
    case TypeId::kTimestamp: return "tsu:";
    case TypeId::kTimestampNs: return "tsn:";
    case TypeId::kTimestampTz: return "tsu:UTC";
    case TypeId::kInterval: return "tin";
    case TypeId::kUtf8:
    case TypeId::kEnum: return "u";
    case TypeId::kBinary: return "z";
    case TypeId::kList: return "+l";
    case TypeId::kStruct: return "+s";
    case TypeId::kMap: return "+m";
  }
  CHECK(false);
}

struct SchemaStorage {
  std::string format, name;
  std::vector<ArrowSchema> children;
  std::vector<ArrowSchema*> pointers;
};

void release_schema(ArrowSchema* schema) {
  for (int64_t child = 0; child < schema->n_children; ++child)
    if (schema->children[child]->release != nullptr) schema->children[child]->release(schema->children[child]);
  delete static_cast<SchemaStorage*>(schema->private_data);
  schema->release = nullptr;
}

void fill(ArrowSchema* out, std::string format, std::string name, bool nullable) {
  auto* storage = new SchemaStorage{std::move(format), std::move(name), {}, {}};
  *out = {};
  out->format = storage->format.c_str();
  out->name = storage->name.c_str();
  out->flags = nullable ? ARROW_FLAG_NULLABLE : 0;
  out->release = release_schema;
  out->private_data = storage;
}

}  // namespace

namespace {

Result<Type> import_nested(const ArrowSchema& field) {
  const std::string_view format = field.format;
  if (format == "+s") {
    std::vector<NestedField> fields;
    for (int64_t child = 0; child < field.n_children; ++child) {
      TRY(type, import_type(*field.children[child]));
      const char* name = field.children[child]->name;
      fields.push_back({name == nullptr ? "" : name, type});
    }
    if (!fields.empty()) return struct_of(std::move(fields));
    return Error{ErrorCode::kUnsupported, "a struct without fields is not read", "", ""};
  }
  if (format == "+m" && field.n_children == 1 && field.children[0]->n_children == 2) {
    TRY(key, import_type(*field.children[0]->children[0]));
    TRY(value, import_type(*field.children[0]->children[1]));
    return map_of(key, value);
  }
  if (field.n_children != 1) return Error{ErrorCode::kBadInput, "a list needs one child", "", ""};
  TRY(element, import_type(*field.children[0]));
  return list_of(element);
}

std::optional<Type> plain_type(char format) {
  switch (format) {
    case 'n': return kInt32;
    case 'b': return kBool;
    case 'c': return kInt8;
    case 'C': return kUInt8;
    case 's': return kInt16;
    case 'S': return kUInt16;
    case 'i': return kInt32;
    case 'I': return kUInt32;
    case 'l': return kInt64;
    case 'L': return kUInt64;
    case 'e':
    case 'f': return kFloat32;
    case 'g': return kFloat64;
    case 'u':
    case 'U': return kUtf8;
    case 'z':
    case 'Z': return kBinary;
    default: return std::nullopt;
  }
}

}  // namespace

Result<Type> import_type(const ArrowSchema& field) {
  if (field.dictionary != nullptr) return import_type(*field.dictionary);
  const std::string_view format = field.format;
  if (format.size() == 1)
    if (const auto type = plain_type(format[0])) return *type;
  if (format == "vu") return kUtf8;
  if (format == "vz" || format.starts_with("w:")) return kBinary;
  if (format.starts_with("d:")) return import_decimal(format);
  if (format == "tdD" || format == "tdm") return kDate;
  if (format == "tts" || format == "ttm" || format == "ttu" || format == "ttn") return kTime;
  if (format.size() == 3 && format.starts_with("tD") && std::strchr("smun", format[2]) != nullptr) return kInterval;
  if (format == "tiM" || format == "tiD" || format == "tin") return kInterval;
  if (format.size() >= 4 && format.starts_with("ts") && std::strchr("smun", format[2]) != nullptr) {
    if (format.size() > 4) return kTimestampTz;
    return format[2] == 'n' ? kTimestampNs : kTimestamp;
  }
  if (format == "+l" || format == "+L" || format.starts_with("+w:") || format == "+s" || format == "+m")
    return import_nested(field);
  return Error{ErrorCode::kUnsupported, fmt::format("its Arrow type \"{}\" ({}) is not read", format, kind_of(format)),
               "", ""};
}

Result<Schema> import_schema(const ArrowSchema& schema) {
  if (std::string_view(schema.format) != "+s")
    return Error{ErrorCode::kBadInput,
                 fmt::format("expected record batches, found an Arrow array of format \"{}\"", schema.format), "", ""};
  Schema columns;
  for (int64_t child = 0; child < schema.n_children; ++child) {
    const ArrowSchema& field = *schema.children[child];
    TRY(type, import_type(field));
    columns.push_back({field.name == nullptr ? "" : field.name, type, (field.flags & ARROW_FLAG_NULLABLE) != 0});
  }
  return columns;
}

namespace {

void add_children(ArrowSchema* out, const Schema& fields);

void fill_type(ArrowSchema* out, const Column& column, ArrowForm form) {
  fill(out, format_of(column.type, form), column.name, column.nullable);
  if (form == ArrowForm::kState || !is_nested(column.type.id)) return;
  Schema children;
  if (column.type.id == TypeId::kMap) {
    children.push_back(
        {"entries", struct_of({{"key", key_type(column.type)}, {"value", mapped_type(column.type)}}), false});
  } else {
    for (const NestedField& field : fields_of(column.type)) children.push_back({field.name, field.type, true});
  }
  add_children(out, children);
  if (column.type.id == TypeId::kMap)
    const_cast<ArrowSchema*>(out->children[0]->children[0])->flags &= ~int64_t{ARROW_FLAG_NULLABLE};
}

void add_children(ArrowSchema* out, const Schema& fields) {
  auto* storage = static_cast<SchemaStorage*>(out->private_data);
  storage->children.resize(fields.size());
  for (size_t i = 0; i < fields.size(); ++i) {
    fill_type(&storage->children[i], fields[i], ArrowForm::kPublic);
    storage->pointers.push_back(&storage->children[i]);
  }
  out->n_children = static_cast<int64_t>(fields.size());
  out->children = storage->pointers.data();
}

}  // namespace

void export_schema(const Schema& schema, ArrowSchema* out, ArrowForm form) {
  fill(out, "+s", "", false);
  auto* storage = static_cast<SchemaStorage*>(out->private_data);
  storage->children.resize(schema.size());
  for (size_t column = 0; column < schema.size(); ++column) {
    fill_type(&storage->children[column], schema[column], form);
    storage->pointers.push_back(&storage->children[column]);
  }
  out->n_children = static_cast<int64_t>(schema.size());
  out->children = storage->pointers.data();
}

}  // namespace headrace
