#include "execute/slot.h"

#include <array>
#include <cstdlib>
#include <cstring>

#include "base/check.h"
#include "base/work_part.h"

namespace headrace {

namespace {

constexpr uint32_t kRows = limits::kVectorRowsMax;

// For each byte of eight flags: the positions of its set bits, in order.
struct PositionTable {
  std::array<std::array<uint16_t, 8>, 256> positions{};
  constexpr PositionTable() {
    for (uint32_t flags = 0; flags < 256; ++flags) {
      uint32_t count = 0;
      for (uint16_t bit = 0; bit < 8; ++bit)
        if ((flags >> bit & 1) != 0) positions[flags][count++] = bit;
    }
  }
};
constexpr PositionTable kPositions;

template <class T>
void gather_as(const void* from, const uint16_t* selection, uint32_t selected, void* to) {
  const T* __restrict source = static_cast<const T*>(from);
  T* __restrict target = static_cast<T*>(to);
  for (uint32_t i = 0; i < selected; ++i) target[i] = source[selection[i]];
}

struct Sixteen {
  uint64_t low, high;
};

}  // namespace

ScratchColumn::ScratchColumn(TypeId type) {
  const uint64_t value_bytes = uint64_t{width_bytes(type)} * kRows;
  bytes = value_bytes + kRows;
  data = std::aligned_alloc(64, bytes);
  CHECK(data != nullptr);
  note_allocated(bytes);
  std::memset(data, 0, bytes);
  validity = static_cast<uint8_t*>(data) + value_bytes;
}

ScratchColumn::~ScratchColumn() { std::free(data); }

void gather_values(const void* from, uint32_t width, const uint16_t* selection, uint32_t selected, void* to) {
  switch (width) {
    case 1: return gather_as<uint8_t>(from, selection, selected, to);
    case 2: return gather_as<uint16_t>(from, selection, selected, to);
    case 4: return gather_as<uint32_t>(from, selection, selected, to);
    case 8: return gather_as<uint64_t>(from, selection, selected, to);
    case 16: return gather_as<Sixteen>(from, selection, selected, to);
    default: CHECK(!"values are 1, 4, 8 or 16 bytes wide");
  }
}

uint32_t select_active(const uint8_t* active, uint32_t rows, const uint16_t* among, uint32_t among_count,
                       uint16_t* selection) {
  uint32_t count = 0;
  if (among != nullptr) {
    for (uint32_t i = 0; i < among_count; ++i) {
      selection[count] = among[i];
      count += active[among[i]] != 0 ? 1 : 0;
    }
    return count;
  }
  uint32_t row = 0;
  for (; row + 8 <= rows; row += 8) {
    uint64_t flags;
    std::memcpy(&flags, active + row, 8);
    // Gathers the low bit of each byte into one byte.
    const auto packed = static_cast<uint32_t>((flags & 0x0101010101010101ULL) * 0x0102040810204080ULL >> 56);
    const auto& positions = kPositions.positions[packed];
    for (uint32_t i = 0; i < 8; ++i) selection[count + i] = static_cast<uint16_t>(positions[i] + row);
    count += static_cast<uint32_t>(__builtin_popcount(packed));
  }
  for (; row < rows; ++row) {
    selection[count] = static_cast<uint16_t>(row);
    count += active[row] != 0 ? 1 : 0;
  }
  return count;
}

}  // namespace headrace
