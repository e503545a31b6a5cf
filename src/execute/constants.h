// execute/constants.h — a stage's literals in vector layout, ready for loops.
#pragma once

#include <vector>

#include "fuse/stage.h"
#include "types/string_ref.h"

namespace headrace {

// Immovable: slots point into it.
class ConstantPool {
 public:
  explicit ConstantPool(const Stage& stage);
  ConstantPool(const ConstantPool&) = delete;
  ConstantPool& operator=(const ConstantPool&) = delete;

  const void* value(uint32_t index) const { return &cells_[index].bytes; }
  bool is_null(uint32_t index) const { return cells_[index].null; }
  const void* const* values() const { return pointers_.data(); }  // by index, as LoopFrame::constants

 private:
  struct Cell {
    alignas(16) char bytes[16] = {};
    bool null = false;
  };
  std::vector<Cell> cells_;
  std::vector<const void*> pointers_;
  std::vector<std::string> texts_;  // bytes behind long StringRefs
};

}  // namespace headrace
