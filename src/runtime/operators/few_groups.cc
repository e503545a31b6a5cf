#include "runtime/operators/few_groups.h"

#include <algorithm>
#include <cstring>

namespace headrace {

bool FewGroups::assign(char* const* groups, const uint16_t* selection, uint32_t first, uint32_t last) {
  constexpr uint32_t kSlots = 128;
  constexpr uint8_t kEmpty = 0xff;
  uint8_t slots[kSlots];
  std::memset(slots, kEmpty, sizeof slots);
  uint32_t counts[kGroupsMax] = {};
  count_ = 0;
  for (uint32_t i = first; i < last; ++i) {
    char* group = groups[i];
    auto slot = static_cast<uint32_t>(reinterpret_cast<uint64_t>(group) * 0x9e3779b97f4a7c15ULL >> 57);
    while (slots[slot] != kEmpty && groups_[slots[slot]] != group) slot = (slot + 1) % kSlots;
    if (slots[slot] == kEmpty) {
      if (count_ == kGroupsMax) return false;
      slots[slot] = static_cast<uint8_t>(count_);
      groups_[count_++] = group;
    }
    index_[i] = slots[slot];
    ++counts[slots[slot]];
  }
  begins_[0] = 0;
  for (uint32_t at = 0; at < count_; ++at) begins_[at + 1] = begins_[at] + counts[at];
  uint32_t next[kGroupsMax];
  std::copy_n(begins_, count_, next);
  for (uint32_t i = first; i < last; ++i)
    rows_[next[index_[i]]++] = selection != nullptr ? selection[i] : static_cast<uint16_t>(i);
  return true;
}

}  // namespace headrace
