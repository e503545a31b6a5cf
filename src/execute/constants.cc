#include "execute/constants.h"

#include <cstring>

#include "types/value_bytes.h"

namespace headrace {

ConstantPool::ConstantPool(const Stage& stage) : cells_(stage.constants.size()), texts_(stage.constants.size()) {
  for (size_t i = 0; i < cells_.size(); ++i) {
    Cell& cell = cells_[i];
    const Value& value = stage.constants[i].value;
    if (value.is_null()) {
      cell.null = true;
    } else if (const auto* text = std::get_if<std::string>(&value.data)) {
      texts_[i] = *text;
      const StringRef ref{std::string_view(texts_[i])};
      std::memcpy(cell.bytes, &ref, sizeof ref);
    } else {
      write_value_bytes(value, cell.bytes);
    }
    pointers_.push_back(cell.bytes);
  }
}

}  // namespace headrace
