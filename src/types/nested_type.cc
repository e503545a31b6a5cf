#include "types/nested_type.h"

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>

namespace headrace {
namespace {

struct Interned {
  std::mutex mutex;
  std::map<std::string, std::unique_ptr<const NestedType>> by_text;
};

Type intern(TypeId id, std::vector<NestedField> fields) {
  static Interned* const interned = new Interned;  // never destroyed: types are pointed to until exit
  auto candidate = std::make_unique<const NestedType>(NestedType{id, std::move(fields)});
  std::string text = to_text(Type{.id = id, .nested = candidate.get()});
  const std::lock_guard lock(interned->mutex);
  const auto at = interned->by_text.try_emplace(std::move(text), std::move(candidate)).first;
  return {.id = id, .nested = at->second.get()};
}

}  // namespace

Type list_of(Type element) { return intern(TypeId::kList, {{"element", element}}); }
Type map_of(Type key, Type value) { return intern(TypeId::kMap, {{"key", key}, {"value", value}}); }
Type struct_of(std::vector<NestedField> fields) { return intern(TypeId::kStruct, std::move(fields)); }
Type enum_of(std::vector<std::string> values) {
  std::vector<NestedField> fields;
  for (std::string& value : values) fields.push_back({std::move(value), kNullType});
  return intern(TypeId::kEnum, std::move(fields));
}

Type with_nulls_as(Type type, Type instead) {
  if (type == kNullType) return instead;
  if (!is_nested(type.id)) return type;
  std::vector<NestedField> fields = type.nested->fields;
  for (NestedField& field : fields) field.type = with_nulls_as(field.type, instead);
  return fields == type.nested->fields ? type : intern(type.id, std::move(fields));
}

bool fills_nulls(Type from, Type to) {
  if (from == to || from == kNullType) return true;
  if (!is_nested(from.id) || from.id != to.id) return false;
  return std::ranges::equal(fields_of(from), fields_of(to), [](const NestedField& one, const NestedField& other) {
    return one.name == other.name && fills_nulls(one.type, other.type);
  });
}

}  // namespace headrace
