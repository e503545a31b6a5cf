// types/nested_value.h — lists, structs and maps as bytes: one value is one byte string whose memcmp order is the value's
// order, so that it is stored, compared, hashed, grouped, joined, sorted and spilled as binary is (docs/adr/0004).
//
//   list    of each element: 01 and its bytes, or 02 when it is null; then 00
//   struct  of each field: 01 and its bytes, or 02
//   map     of each entry: 01, the key's bytes, then the value's as a struct's field; then 00
//   fixed-width values   types/ordered_bytes.h: floats are canonical, so that -0 becomes 0
//   text, binary, nested values inside   bytes, 00 as 00 FF, ended by 00 00
//
// A null inside sorts last. Bytes from outside our own writers are checked by is_nested_value before anything reads them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "types/nested_bytes.h"
#include "types/value.h"
#include "types/vector.h"

namespace headrace {

// How a field lies in the bytes: its number of bytes as '1' '2' '4' '8' 'g' (16) 'i' (24), or 's': ended by 00 00;
// '1' for kNullType, which is always null.
// One letter per field of the type; kernels take them as a literal.
std::string nested_shape(Type type);

// A field of type `type`, with its marker. The value's alternative suits the type (types/value.h).
void append_nested_field(Type type, const Value& value, std::string& to);
void append_nested_field(const Vector& vector, uint64_t row, std::string& to);

// The values in a list, struct or map: elements; fields; keys and values by turns.
std::vector<Value> nested_fields(Type type, std::string_view bytes);
// The other way round.
std::string nested_bytes(Type type, const std::vector<Value>& fields);

// Whether `bytes` are what our writers make for `type`, at any depth.
bool is_nested_value(Type type, std::string_view bytes);

// As DuckDB prints: [1, 2, NULL], {'a': 1, 'b': x}, {k=v}.
std::string nested_to_text(Type type, std::string_view bytes);

}  // namespace headrace
