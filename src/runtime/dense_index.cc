#include "runtime/dense_index.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace headrace {

namespace {

constexpr uint64_t kValuesPerRow = 256;  // a value costs two bits
constexpr uint64_t kValuesMin = 4096;    // a short map is always worth it

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
  const uint64_t size_max = std::max(kValuesMin, rows * kValuesPerRow);
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

Result<DenseIndex> DenseIndex::make(Type type, ValueRange range, const std::vector<RowSegment>& segments,
                                    MemoryBudget& budget, const std::string& consumer) {
  DenseIndex index(type, range);
  TRY(words, Buffer::allocate(budget, consumer, index.words() * sizeof(Word)));
  index.words_ = std::move(words);
  auto* own = static_cast<Word*>(index.words_->data());
  std::memset(own, 0, index.words() * sizeof(Word));
  for (const RowSegment& segment : segments)
    TRY_STATUS(segment.for_each_piece([&](uint32_t chunk, uint32_t first, uint32_t count) -> Status {
      index.set_present(segment.store->slice(chunk, first, count).columns[0], count);
      return kDone;
    }));
  for (uint64_t word = 0; word < index.words(); ++word) {
    own[word].keys_before = index.keys_;
    index.keys_ += static_cast<uint64_t>(std::popcount(own[word].present));
  }
  TRY(heads, Buffer::allocate(budget, consumer, std::max<uint64_t>(index.keys_, 1) * sizeof(uint32_t)));
  index.heads_ = std::move(heads);
  std::fill_n(static_cast<uint32_t*>(index.heads_->data()), index.keys_, kNone);
  return index;
}

void DenseIndex::set_present(const Vector& keys, uint32_t rows) {
  auto* own = static_cast<Word*>(words_->data());
  with_integer(type_.id, [&](auto type) {
    const auto* values = keys.as<decltype(type)>();
    for (uint32_t row = 0; row < rows; ++row) {
      if (!keys.is_valid(row)) continue;
      const uint64_t value = static_cast<uint64_t>(static_cast<int64_t>(values[keys.index_of(row)])) - low_;
      own[value / 64].present |= uint64_t{1} << value % 64;
    }
  });
}

void DenseIndex::find(const Vector& keys, const uint16_t* selection, uint32_t selected, uint32_t* heads) const {
  const auto* words = static_cast<const Word*>(words_->data());
  const auto* own = static_cast<const uint32_t*>(heads_->data());
  with_integer(type_.id, [&](auto type) {
    const auto* values = keys.as<decltype(type)>();
    const auto head_of = [&](uint32_t index) {
      const uint64_t value = static_cast<uint64_t>(static_cast<int64_t>(values[index])) - low_;
      if (value >= size_) return kNone;
      const Word word = words[value / 64];
      if ((word.present >> value % 64 & 1) == 0) return kNone;
      const uint64_t below = word.present & ((uint64_t{1} << value % 64) - 1);
      return own[word.keys_before + static_cast<uint64_t>(std::popcount(below))];
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

void DenseIndex::push_front(const Vector& keys, uint64_t first, uint32_t rows, uint32_t* next) {
  const auto* words = static_cast<const Word*>(words_->data());
  auto* own = static_cast<uint32_t*>(heads_->data());
  with_integer(type_.id, [&](auto type) {
    const auto* values = keys.as<decltype(type)>();
    for (uint32_t row = rows; row-- > 0;) {
      next[first + row] = kNone;
      if (!keys.is_valid(row)) continue;
      const uint64_t value = static_cast<uint64_t>(static_cast<int64_t>(values[keys.index_of(row)])) - low_;
      const uint64_t below = words[value / 64].present & ((uint64_t{1} << value % 64) - 1);
      uint32_t& head = own[words[value / 64].keys_before + static_cast<uint64_t>(std::popcount(below))];
      next[first + row] = head;
      head = static_cast<uint32_t>(first + row);
    }
  });
}

}  // namespace headrace
