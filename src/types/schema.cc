#include "types/schema.h"

namespace headrace {

std::string to_text(const Schema& schema) {
  std::string text = "[";
  for (const Column& column : schema) {
    if (text.size() > 1) text += ", ";
    text += column.name + ": " + to_text(column.type);
    if (column.nullable) text += '?';
  }
  return text + "]";
}

}  // namespace headrace
