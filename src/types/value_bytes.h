// types/value_bytes.h — a Value to the bytes of its vector layout, and back.
#pragma once

#include "types/value.h"

namespace headrace {

// Writes width_bytes of the type; padding aside. Requires a value that is neither null nor of text layout.
void write_value_bytes(const Value& value, void* to);

// The value of a type that lies at `from` as in a flat vector; text is copied.
Value value_of_bytes(Type type, const void* from);

}  // namespace headrace
