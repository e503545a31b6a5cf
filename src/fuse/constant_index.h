// fuse/constant_index.h — a stage's constants, each once: equal are the same bits of the same type in the same role.
#pragma once

#include <cstdint>
#include <unordered_map>

#include "fuse/stage.h"

namespace headrace {

class ConstantIndex {
 public:
  // The operand of the constant among `constants`, after appending it where it is new. All calls are with one list, which
  // only they append to.
  Operand operand(const Value& value, bool structural, std::vector<StageConstant>& constants);

 private:
  std::unordered_multimap<uint64_t, uint32_t> by_hash_;  // to indices into `constants`
};

}  // namespace headrace
