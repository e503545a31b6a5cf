// io/parquet_write/text_table.h — distinct texts, numbered in the order in which they first came. Does not own their bytes.
#pragma once

#include "base/hash.h"
#include "state/accounted_array.h"
#include "types/string_ref.h"

namespace headrace {

// Two multiplications for sixteen bytes. Never stored.
inline uint64_t quick_hash(const StringRef& text) {
  const auto fold = [](uint64_t a, uint64_t b) {
    const auto product = static_cast<unsigned __int128>(a) * b;
    return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
  };
  constexpr uint64_t kFirst = 0x9e3779b97f4a7c15ULL, kSecond = 0xd6e8feb86659fd93ULL;
  uint64_t words[2];
  std::memcpy(words, &text, 16);
  if (text.is_inline()) return fold(words[0] ^ kFirst, words[1] ^ kSecond);
  uint64_t hash = text.size;
  const char* at = text.pointer;
  for (uint64_t left = text.size; left > 16; left -= 16, at += 16) {
    std::memcpy(words, at, 16);
    hash = fold(words[0] ^ kFirst ^ hash, words[1] ^ kSecond);
  }
  const char* const end = text.pointer + text.size;
  std::memcpy(&words[0], text.size < 16 ? text.pointer : end - 16, 8);  // longer than kInlineBytesMax, so than 8
  std::memcpy(&words[1], end - 8, 8);
  return fold(words[0] ^ kFirst ^ hash, words[1] ^ kSecond);
}

class TextTable {
 public:
  explicit TextTable(Reservation& reservation)
      : reservation_(reservation), slots_(reservation), entries_(reservation) {}

  // Makes room for `count` more texts.
  Status prepare(uint64_t count) {
    if (looks_ && 2 * (entries_.size() + count) > slots_.size()) TRY_STATUS(grow(2 * (entries_.size() + count)));
    return entries_.reserve(entries_.size() + count);
  }
  // The text's number; requires room, and that stop_looking() was not called. A text that is new is kept as `keep(text)` gives it.
  template <class Keep>
  uint32_t find_or_add(const StringRef& text, Keep&& keep) {
    const auto hash = static_cast<uint32_t>(quick_hash(text) >> 32);
    const uint64_t mask = slots_.size() - 1;
    for (uint64_t slot = hash & mask;; slot = (slot + 1) & mask) {
      const Slot& there = slots_[slot];
      if (there.entry == kNone) {
        slots_[slot] = {hash, static_cast<uint32_t>(entries_.size())};
        entries_.push(keep(text));
        return static_cast<uint32_t>(entries_.size() - 1);
      }
      if (there.hash == hash && entries_[there.entry] == text) return there.entry;
    }
  }
  // As a new one, wherever it may have been before; requires room.
  uint32_t add(const StringRef& text) {
    entries_.push(text);
    return static_cast<uint32_t>(entries_.size() - 1);
  }
  void stop_looking() {
    looks_ = false;
    slots_.clear();
  }

  const StringRef* entries() const { return entries_.begin(); }
  uint32_t size() const { return static_cast<uint32_t>(entries_.size()); }

 private:
  static constexpr uint32_t kNone = ~uint32_t{0};
  struct Slot {
    uint32_t hash, entry;
  };

  Status grow(uint64_t wanted) {
    uint64_t size = slots_.size() == 0 ? 32 : slots_.size() * 2;
    while (size < wanted) size *= 2;
    AccountedArray<uint32_t, 16> hashes(reservation_);  // by entry
    TRY_STATUS(hashes.reserve(entries_.size()));
    hashes.extend(entries_.size());
    for (const Slot& known : slots_)
      if (known.entry != kNone) hashes[known.entry] = known.hash;
    slots_.resize_down(0);
    TRY_STATUS(slots_.reserve(size));
    for (uint64_t slot = 0; slot < size; ++slot) slots_.push({0, kNone});
    for (uint32_t entry = 0; entry < entries_.size(); ++entry) {
      uint64_t slot = hashes[entry] & (size - 1);
      while (slots_[slot].entry != kNone) slot = (slot + 1) & (size - 1);
      slots_[slot] = {hashes[entry], entry};
    }
    return kDone;
  }

  Reservation& reservation_;
  bool looks_ = true;
  AccountedArray<Slot, 16> slots_;  // a power of two of them
  AccountedArray<StringRef, 16> entries_;
};

}  // namespace headrace
