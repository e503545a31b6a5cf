#include "execute/constants.h"

#include <cstring>

#include "base/overloaded.h"

namespace headrace {

ConstantPool::ConstantPool(const Stage& stage) : cells_(stage.constants.size()), texts_(stage.constants.size()) {
  for (size_t i = 0; i < cells_.size(); ++i) {
    Cell& cell = cells_[i];
    const auto store = [&](const auto& value) { std::memcpy(cell.bytes, &value, sizeof value); };
    std::visit(Overloaded{[&](std::monostate) { cell.null = true; },
                          [&](const std::string& text) {
                            texts_[i] = text;
                            const StringRef ref{std::string_view(texts_[i])};
                            store(ref);
                          },
                          [&](const auto& value) { store(value); }},
               stage.constants[i].value.data);
    pointers_.push_back(cell.bytes);
  }
}

}  // namespace headrace
