#include "runtime/dense_index.h"

#include <algorithm>

namespace headrace {

namespace {

constexpr uint64_t kSlotsPerRow = 8;
constexpr uint64_t kSlotsMin = 1024;  // a short array is always worth it

// Calls visit with a value of the C++ type of the column; false: it is no integer or date.
template <class Visit>
bool with_integer(TypeId type, Visit&& visit) {
  switch (type) {
    case TypeId::kInt8: visit(int8_t{}); return true;
    case TypeId::kInt16: visit(int16_t{}); return true;
    case TypeId::kInt32:
    case TypeId::kDate: visit(int32_t{}); return true;
    case TypeId::kInt64: visit(int64_t{}); return true;
    case TypeId::kUInt8: visit(uint8_t{}); return true;
    case TypeId::kUInt16: visit(uint16_t{}); return true;
    case TypeId::kUInt32: visit(uint32_t{}); return true;
    default: return false;
  }
}

template <class T>
void widen(const Vector& column, uint32_t rows, std::optional<ValueRange>& range) {
  const T* values = column.as<T>();
  T low = 0, high = 0;
  bool found = range.has_value();
  if (found) {
    low = static_cast<T>(range->low);
    high = static_cast<T>(range->high);
  }
  for (uint32_t row = 0; row < rows; ++row) {
    if (!column.is_valid(row)) continue;
    const T value = values[column.index_of(row)];
    low = found ? std::min(low, value) : value;
    high = found ? std::max(high, value) : value;
    found = true;
  }
  if (found) range = ValueRange{static_cast<int64_t>(low), static_cast<int64_t>(high)};
}

}  // namespace

std::optional<ValueRange> DenseIndex::range_for(const Schema& schema, const std::vector<RowSegment>& segments,
                                                uint64_t rows) {
  std::optional<ValueRange> range;
  const TypeId type = schema[0].type.id;
  if (!with_integer(type, [](auto) {})) return std::nullopt;
  const uint64_t size_max = std::max(kSlotsMin, rows * kSlotsPerRow);
  const auto fits = [&] {
    return !range || static_cast<uint64_t>(range->high) - static_cast<uint64_t>(range->low) < size_max;
  };
  for (const RowSegment& segment : segments) {
    const Status done = segment.for_each_piece([&](uint32_t chunk, uint32_t first, uint32_t count) -> Status {
      const Batch batch = segment.store->slice(chunk, first, count);
      with_integer(type, [&](auto value) { widen<decltype(value)>(batch.columns[0], count, range); });
      return kDone;
    });
    if (!done.ok() || !fits()) return std::nullopt;
  }
  return range;
}

Result<DenseIndex> DenseIndex::make(Type type, ValueRange range, MemoryBudget& budget, const std::string& consumer) {
  const uint64_t size = static_cast<uint64_t>(range.high) - static_cast<uint64_t>(range.low) + 1;
  TRY(heads, Buffer::allocate(budget, consumer, size * sizeof(uint32_t)));
  std::fill_n(static_cast<uint32_t*>(heads->data()), size, kNone);
  return DenseIndex(type, range, std::move(heads), size);
}

void DenseIndex::find(const Vector& keys, const uint16_t* selection, uint32_t selected, uint32_t* heads) const {
  const auto* own = static_cast<const uint32_t*>(heads_->data());
  const auto low = static_cast<uint64_t>(low_);
  with_integer(type_.id, [&](auto type) {
    using T = decltype(type);
    const T* values = keys.as<T>();
    const auto head_of = [&](uint32_t index) {
      const uint64_t slot = static_cast<uint64_t>(static_cast<int64_t>(values[index])) - low;
      return slot < size_ ? own[slot] : kNone;
    };
    if (keys.encoding == Encoding::kFlat && selection == nullptr) {
      for (uint32_t i = 0; i < selected; ++i) heads[i] = head_of(i);
    } else {
      for (uint32_t i = 0; i < selected; ++i)
        heads[i] = head_of(keys.index_of(selection != nullptr ? selection[i] : i));
    }
  });
  if (keys.validity == nullptr) return;
  for (uint32_t i = 0; i < selected; ++i)
    if (!keys.is_valid(selection != nullptr ? selection[i] : i)) heads[i] = kNone;
}

uint64_t DenseIndex::push_front(const Vector& keys, uint64_t first, uint32_t rows, uint32_t* next) {
  auto* own = static_cast<uint32_t*>(heads_->data());
  uint64_t fresh = 0;
  with_integer(type_.id, [&](auto type) {
    using T = decltype(type);
    const T* values = keys.as<T>();
    for (uint32_t row = rows; row-- > 0;) {
      next[first + row] = kNone;
      if (!keys.is_valid(row)) continue;
      uint32_t& head =
          own[static_cast<uint64_t>(static_cast<int64_t>(values[keys.index_of(row)])) - static_cast<uint64_t>(low_)];
      fresh += head == kNone ? 1 : 0;
      next[first + row] = head;
      head = static_cast<uint32_t>(first + row);
    }
  });
  return fresh;
}

}  // namespace headrace
