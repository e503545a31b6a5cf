// types/nested_type.h — what is inside a list, struct, map or enum.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "types/type.h"

namespace headrace {

struct NestedField {
  std::string name;  // struct: the field's; enum: the value; list "element", map "key" and "value"
  Type type;         // enum: kNullType
  friend bool operator==(const NestedField&, const NestedField&) = default;
};

// list: one field. map: two. struct: one or more, names distinct in any case. enum: its values in order, distinct.
// A field of kNullType is an untyped NULL in every value: it takes the type of what it meets.
// Interned: equal types are the same object, which lives for the process.
struct NestedType {
  TypeId id;
  std::vector<NestedField> fields;
};

Type list_of(Type element);
Type map_of(Type key, Type value);
Type struct_of(std::vector<NestedField> fields);
Type enum_of(std::vector<std::string> values);

// Each requires such a type.
inline Type element_type(Type list) { return list.nested->fields[0].type; }
inline Type key_type(Type map) { return map.nested->fields[0].type; }
inline Type mapped_type(Type map) { return map.nested->fields[1].type; }
inline std::span<const NestedField> fields_of(Type type) { return type.nested->fields; }

// The type with `instead` where it is kNullType or has it inside, at any depth.
Type with_nulls_as(Type type, Type instead);
// Whether every value of `from` is one of `to` in the same bytes: `to` has a type where `from` has kNullType.
bool fills_nulls(Type from, Type to);

}  // namespace headrace
