#include "types/nested_type.h"

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

}  // namespace headrace
