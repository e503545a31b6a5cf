// io/format/text_entries.h — the distinct texts of a column that has few of them: what a text format writes for each, what it stands for,
// and its code. One worker looks texts up at a time and takes what it knows from one piece of the file to the next, so that a text is
// read, checked and copied once, and later ones cost a look at a table.
//
// Two codes may stand for the same text, where it is written in two ways. Entries never change and never move while a vector refers to
// them: room for more is other memory, and what vectors have keeps theirs.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include "state/accounted_array.h"
#include "state/arena.h"
#include "types/string_ref.h"
#include "types/vector.h"

namespace headrace {

class TextEntries {
 public:
  enum class Kind : uint8_t { kText, kNull, kBad };
  static constexpr uint32_t kEntriesMax = 16'384;
  static constexpr uint32_t kNoCode = UINT32_MAX;

  static constexpr uint32_t kHeadBytes = 24;
  // Of a text as it is written: its first bytes, zeros behind the last, and its size. Two that are no longer than that are the same
  // when their heads are.
  struct Head {
    uint64_t words[3], size;
  };
  // With its hash. `raw` has kHeadBytes that may be read.
  struct Key {
    Head head;
    uint64_t hash;
    const char* raw;
  };
  static Key key_of(const char* raw, uint32_t size);

  explicit TextEntries(MemoryBudget& budget);

  // kNoCode: it is not there.
  uint32_t find(const Key& key) const;
  // codes[i]: of the text of sizes[i] bytes at text + begins[i], or kNoCode; how many are kNoCode.
  //   begins, sizes, codes  [count], count <= kFindMax
  static constexpr uint32_t kFindMax = 64;
  uint32_t find_all(const char* text, const uint32_t* begins, const uint32_t* sizes, uint32_t count,
                    uint32_t* codes) const;
  // Requires that it is not there. `text` is what it stands for, valid while the caller's text is; of a null or bad one it is empty.
  // kNoCode: there are too many, or no memory; then is_useful() is over.
  uint32_t add(const Key& key, std::string_view text, Kind kind);

  // The column has few texts, as far as anybody can tell. Once it has not, it stays so.
  bool is_useful() const { return is_useful_; }
  // How many were looked up since the last call.
  void count_rows(uint64_t rows);

  Kind kind(uint32_t code) const { return kinds_[code]; }
  bool any_special() const { return any_special_; }  // entries that are null or bad
  uint32_t size() const { return static_cast<uint32_t>(heads_.size()); }
  // A dictionary vector without codes.
  Vector entries() const;

 private:
  struct Raw {
    const char* data;
  };
  // What vectors refer to.
  struct Kept {
    explicit Kept(MemoryBudget& budget) : reservation(budget, "text entries"), arena(&reservation) {}
    Reservation reservation;
    Arena arena;
  };
  static constexpr uint16_t kEmpty = UINT16_MAX;
  static_assert(kEntriesMax < kEmpty);

  static bool same(const Head& a, const Head& b) {
    return ((a.words[0] ^ b.words[0]) | (a.words[1] ^ b.words[1]) | (a.words[2] ^ b.words[2]) | (a.size ^ b.size)) == 0;
  }
  bool same(uint32_t code, const Key& key) const {
    return same(heads_[code], key.head) &&
           (key.head.size <= kHeadBytes ||
            std::memcmp(raws_[code].data + kHeadBytes, key.raw + kHeadBytes, key.head.size - kHeadBytes) == 0);
  }
  bool make_room();
  bool grow_slots();

  Reservation reservation_;
  std::shared_ptr<Kept> kept_;
  AccountedArray<Head> heads_;
  AccountedArray<Raw> raws_;  // in the arena
  AccountedArray<Kind> kinds_;
  AccountedArray<uint16_t> slots_;  // a power of two of them: codes
  StringRef* texts_ = nullptr;  // in the arena
  uint32_t texts_max_ = 0;
  uint64_t rows_ = 0;
  bool is_useful_ = true, any_special_ = false;
};

inline uint32_t TextEntries::find(const Key& key) const {
  const uint64_t mask = slots_.size() - 1;
  for (uint64_t slot = key.hash & mask;; slot = (slot + 1) & mask) {
    const uint16_t code = slots_[slot];
    if (code == kEmpty) return kNoCode;
    if (same(code, key)) return code;
  }
}

}  // namespace headrace
