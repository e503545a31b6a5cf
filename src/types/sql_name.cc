#include "types/sql_name.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <string_view>
#include <utility>

#include "types/nested_type.h"

namespace headrace {
namespace {

constexpr std::pair<TypeId, std::string_view> kNames[] = {{TypeId::kNull, "\"NULL\""},
                                                          {TypeId::kBool, "BOOLEAN"},
                                                          {TypeId::kInt8, "TINYINT"},
                                                          {TypeId::kInt16, "SMALLINT"},
                                                          {TypeId::kInt32, "INTEGER"},
                                                          {TypeId::kInt64, "BIGINT"},
                                                          {TypeId::kUInt8, "UTINYINT"},
                                                          {TypeId::kUInt16, "USMALLINT"},
                                                          {TypeId::kUInt32, "UINTEGER"},
                                                          {TypeId::kUInt64, "UBIGINT"},
                                                          {TypeId::kFloat32, "FLOAT"},
                                                          {TypeId::kFloat64, "DOUBLE"},
                                                          {TypeId::kDate, "DATE"},
                                                          {TypeId::kTime, "TIME"},
                                                          {TypeId::kTimestamp, "TIMESTAMP"},
                                                          {TypeId::kTimestampNs, "TIMESTAMP_NS"},
                                                          {TypeId::kTimestampTz, "TIMESTAMP WITH TIME ZONE"},
                                                          {TypeId::kInterval, "INTERVAL"},
                                                          {TypeId::kUtf8, "VARCHAR"},
                                                          {TypeId::kBinary, "BLOB"}};

// Quoted where a name could not stand.
std::string field_name(const std::string& name) {
  const auto is_letter = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c >= 0x80; };
  if (!name.empty() && std::isdigit(static_cast<unsigned char>(name[0])) == 0 && std::ranges::all_of(name, is_letter))
    return name;
  std::string quoted = "\"";
  for (const char c : name) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + '"';
}

}  // namespace

std::string sql_name(Type type) {
  if (is_decimal(type)) return fmt::format("DECIMAL({},{})", type.precision, type.scale);
  for (const auto& [id, name] : kNames)
    if (id == type.id) return std::string(name);
  if (type.id == TypeId::kEnum) return "ENUM" + to_text(type).substr(std::string_view("enum").size());
  if (type.id == TypeId::kList) return sql_name(element_type(type)) + "[]";
  if (type.id == TypeId::kMap) return fmt::format("MAP({}, {})", sql_name(key_type(type)), sql_name(mapped_type(type)));
  std::string fields;
  for (const NestedField& field : fields_of(type))
    fields += fmt::format("{}{} {}", fields.empty() ? "" : ", ", field_name(field.name), sql_name(field.type));
  return fmt::format("STRUCT({})", fields);
}

}  // namespace headrace
