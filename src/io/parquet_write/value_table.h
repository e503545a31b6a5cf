// io/parquet_write/value_table.h — distinct fixed-width values, numbered in the order in which they first came. Floats are
// told apart by their bits.
#pragma once

#include <algorithm>
#include <span>

#include "base/hash.h"
#include "state/accounted_array.h"
#include "types/type.h"

namespace headrace {

template <class T>
class ValueTable {
 public:
  explicit ValueTable(Reservation& reservation) : slots_(reservation), entries_(reservation), by_value_(reservation) {}

  // Numbers all values into `codes`, which has room for them. False: more than `entries_max` are distinct, or too many of those
  // looked at so far; then nothing of it is of use.
  Result<bool> number(std::span<const T> values, uint64_t entries_max, AccountedArray<uint32_t, 16>& codes) {
    if constexpr (std::is_integral_v<T>) {
      const auto [least, most] = std::minmax_element(values.begin(), values.end());
      const auto range = static_cast<uint64_t>(*most) - static_cast<uint64_t>(*least);
      if (range < kRangeMax) return number_by_value(values, *least, range, codes);
    }
    for (uint64_t at = 0; at < values.size(); at += kValuesBetweenLooks) {
      const uint64_t end = std::min<uint64_t>(values.size(), at + kValuesBetweenLooks);
      TRY_STATUS(entries_.reserve(entries_.size() + end - at));
      if (2 * (entries_.size() + end - at) > slots_.size()) TRY_STATUS(grow());
      for (uint64_t i = at; i < end; ++i) codes.push(find_or_add(values[i]));
      if (entries_.size() > entries_max || (end >= kFirstLook && entries_.size() > end / 4 * 3)) return false;
    }
    return true;
  }
  std::span<const T> entries() const { return {entries_.begin(), entries_.size()}; }

 private:
  static constexpr uint64_t kRangeMax = 1 << 15;
  static constexpr uint64_t kValuesBetweenLooks = 1'024, kFirstLook = 4'096;
  static constexpr uint32_t kNone = ~uint32_t{0};

  static uint64_t hash_of(const T& value) {
    uint64_t words[2] = {};
    std::memcpy(words, &value, sizeof value);
    if constexpr (sizeof(T) > 8) words[0] ^= mix64(words[1]);
    const auto product = static_cast<unsigned __int128>(words[0] ^ 0xd6e8feb86659fd93ULL) * 0x9e3779b97f4a7c15ULL;
    return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
  }
  static bool same(const T& left, const T& right) { return std::memcmp(&left, &right, sizeof left) == 0; }

  Result<bool> number_by_value(std::span<const T> values, T least, uint64_t range,
                               AccountedArray<uint32_t, 16>& codes) {
    TRY_STATUS(by_value_.reserve(range + 1));
    for (uint64_t i = 0; i <= range; ++i) by_value_.push(kNone);
    TRY_STATUS(entries_.reserve(std::min<uint64_t>(range + 1, values.size())));
    for (const T value : values) {
      uint32_t& code = by_value_[static_cast<uint64_t>(value) - static_cast<uint64_t>(least)];
      if (code == kNone) {
        code = static_cast<uint32_t>(entries_.size());
        entries_.push(value);
      }
      codes.push(code);
    }
    return true;
  }

  uint32_t find_or_add(const T& value) {
    const uint64_t mask = slots_.size() - 1;
    for (uint64_t slot = hash_of(value) & mask;; slot = (slot + 1) & mask) {
      const uint32_t entry = slots_[slot];
      if (entry == kNone) {
        slots_[slot] = static_cast<uint32_t>(entries_.size());
        entries_.push(value);
        return slots_[slot];
      }
      if (same(entries_[entry], value)) return entry;
    }
  }

  Status grow() {
    const uint64_t size = std::max<uint64_t>(4 * kValuesBetweenLooks, slots_.size() * 4);
    slots_.resize_down(0);
    TRY_STATUS(slots_.reserve(size));
    for (uint64_t slot = 0; slot < size; ++slot) slots_.push(kNone);
    for (uint32_t entry = 0; entry < entries_.size(); ++entry) {
      uint64_t slot = hash_of(entries_[entry]) & (size - 1);
      while (slots_[slot] != kNone) slot = (slot + 1) & (size - 1);
      slots_[slot] = entry;
    }
    return kDone;
  }

  AccountedArray<uint32_t, 16> slots_;  // a power of two of them
  AccountedArray<T, 16> entries_;
  AccountedArray<uint32_t, 16> by_value_;  // by distance from the least value, where values lie close together
};

}  // namespace headrace
