// kernel/test_cells.h — for tests: values of vectors in a form that compares.
#pragma once

#include <cmath>
#include <cstring>
#include <string>

#include "types/string_ref.h"
#include "types/type.h"

namespace headrace {

// What a kernel said of one row.
struct Cell {
  uint8_t fault = 0;
  bool valid = true;
  std::string bytes;  // of a text, or of a number as it lies in a vector; NaN has one form
  bool operator==(const Cell&) const = default;
};

template <class T>
bool is_nan_at(const char* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return std::isnan(value);
}

inline StringRef text_at(const char* at) {
  StringRef text;
  std::memcpy(static_cast<void*>(&text), at, sizeof text);
  return text;
}

inline std::string bytes_at(TypeId type, const char* at) {
  if (layout_of(type) == TypeId::kUtf8) return std::string(text_at(at).view());
  if ((type == TypeId::kFloat64 && is_nan_at<double>(at)) || (type == TypeId::kFloat32 && is_nan_at<float>(at)))
    return "NaN";
  return {at, width_bytes(type)};
}

}  // namespace headrace
