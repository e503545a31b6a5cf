// Arrow format strings ↔ types. See types/arrow_c.h.
#include <charconv>
#include <cstring>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/check.h"
#include "types/arrow_c.h"

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
  if (format.starts_with("+l") || format.starts_with("+L") || format.starts_with("+v") || format.starts_with("+w"))
    return "a list";
  if (format == "+s") return "a struct";
  if (format == "+m") return "a map";
  if (format.starts_with("+u")) return "a union";
  if (format.starts_with("tt")) return "a time of day";
  if (format.starts_with("tD")) return "a duration";
  if (format.starts_with("ti")) return "an interval";
  if (format.starts_with("w:")) return "fixed-size binary";
  if (format == "e") return "a 16-bit float";
  return "of an unknown kind";
}

std::string format_of(Type type, bool binary) {
  switch (type.id) {
    case TypeId::kNull: return "n";
    case TypeId::kBool: return "b";
    case TypeId::kInt32: return "i";
    case TypeId::kInt64: return "l";
    case TypeId::kFloat64: return "g";
    case TypeId::kDecimal: return fmt::format("d:{},{}", type.precision, type.scale);
    case TypeId::kDate: return "tdD";
    case TypeId::kTimestamp: return "tsu:";
    case TypeId::kUtf8: return binary ? "z" : "u";
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

Result<Type> import_type(const ArrowSchema& field) {
  if (field.dictionary != nullptr) return import_type(*field.dictionary);
  const std::string_view format = field.format;
  if (format.size() == 1) switch (format[0]) {
      case 'n': return kInt32;
      case 'b': return kBool;
      case 'c':
      case 'C':
      case 's':
      case 'S':
      case 'i': return kInt32;
      case 'I':
      case 'l': return kInt64;
      case 'L': return decimal(20, 0);
      case 'f':
      case 'g': return kFloat64;
      case 'u':
      case 'U':
      case 'z':
      case 'Z': return kUtf8;
      default: break;
    }
  if (format == "vu" || format == "vz") return kUtf8;
  if (format.starts_with("d:")) return import_decimal(format);
  if (format == "tdD" || format == "tdm") return kDate;
  if (format.size() >= 4 && format.starts_with("ts") && std::strchr("smun", format[2]) != nullptr) return kTimestamp;
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

void export_schema(const Schema& schema, ArrowSchema* out, bool binary) {
  fill(out, "+s", "", false);
  auto* storage = static_cast<SchemaStorage*>(out->private_data);
  storage->children.resize(schema.size());
  for (size_t column = 0; column < schema.size(); ++column) {
    fill(&storage->children[column], format_of(schema[column].type, binary), schema[column].name,
         schema[column].nullable);
    storage->pointers.push_back(&storage->children[column]);
  }
  out->n_children = static_cast<int64_t>(schema.size());
  out->children = storage->pointers.data();
}

}  // namespace headrace
