// state/group_table.h — a hash table of rows: key → state. Rows lie packed in accounted pages, so that a row can be moved,
// merged and spilled without its table.
//
//   row    [hash: uint64][key: KeyLayout][states, each aligned]
//   slots  open addressing; a slot is a 16-bit tag of the hash over a 48-bit row pointer, 0 when empty
//
// The slot comes from the low bits of the hash, the tag from the middle, the key group from the top: the three are
// independent. Source of the tagged slots: Leis et al., "Morsel-Driven Parallelism", SIGMOD 2014, section 4.2.
#pragma once

#include <cstdlib>
#include <memory>
#include <optional>
#include <vector>

#include "base/cancel.h"
#include "state/arena.h"
#include "state/key_layout.h"

namespace headrace {

struct StateSlot {
  uint32_t bytes, alignment;  // alignment <= 16
};

struct GroupLayout {
  KeyLayout keys;
  std::vector<uint32_t> state_offsets;  // from the start of a row
  uint32_t row_bytes = 0;  // a multiple of 8, and of 16 when a state needs it
  std::vector<char> initial;  // [row_bytes]: the states of a new row; hash and key are not used

  GroupLayout(const Schema& key_columns, const std::vector<StateSlot>& states);

  static uint64_t hash_of(const char* row) {
    uint64_t hash;
    std::memcpy(&hash, row, sizeof hash);
    return hash;
  }
  static const char* key_of(const char* row) { return row + sizeof(uint64_t); }
};

// Accounted pages of rows. Rows keep their address until clear().
class RowPages {
 public:
  RowPages(uint32_t row_bytes, Reservation& reservation) : row_bytes_(row_bytes), reservation_(reservation) {}
  ~RowPages() { clear(); }
  RowPages(const RowPages&) = delete;
  RowPages& operator=(const RowPages&) = delete;

  // Room for one row, aligned as row_bytes is (at most 16), uninitialised; nullptr when the reservation is exhausted.
  char* add();
  void remove_last();  // undoes the last add()
  uint64_t rows() const { return rows_; }
  uint64_t bytes() const { return bytes_; }
  void clear();
  // Calls visit(char* row) in order of insertion.
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (uint32_t page = 0; page < pages(); ++page)
      for (uint32_t row = 0; row < page_rows(page); ++row) visit(row_at(page, row));
  }
  uint32_t pages() const { return static_cast<uint32_t>(pages_.size()); }
  uint32_t page_rows(uint32_t page) const { return pages_[page].rows; }
  char* row_at(uint32_t page, uint32_t row) const { return pages_[page].data.get() + uint64_t{row} * row_bytes_; }

 private:
  struct Free {
    void operator()(char* data) const { std::free(data); }
  };
  struct Page {
    std::unique_ptr<char, Free> data;
    uint32_t rows, rows_max;
  };
  const uint32_t row_bytes_;
  Reservation& reservation_;
  std::vector<Page> pages_;
  uint64_t rows_ = 0, bytes_ = 0;
};

class GroupTable {
 public:
  // Both outlive the table. Without copy_strings the table's keys point into the batches given to it.
  GroupTable(const GroupLayout& layout, Reservation& reservation, bool copy_strings = true)
      : layout_(layout),
        reservation_(reservation),
        copy_strings_(copy_strings),
        pages_(layout.row_bytes, reservation),
        strings_(&reservation) {}
  ~GroupTable() { clear(); }
  GroupTable(const GroupTable&) = delete;
  GroupTable& operator=(const GroupTable&) = delete;

  // groups[i] = the row of key i, new ones made with the layout's initial states, for i in [first, keys.rows()). Returns
  // the first key that was not done because memory is out; keys.rows() when all are.
  uint32_t find_or_insert(const KeyBatch& keys, uint32_t first, char** groups);
  // groups[i] = the row of key i, or nullptr, for i < keys.rows().
  void find(const KeyBatch& keys, char** groups) const;

  // The row with the same key as `row`, which may be `row` itself: then it is part of the table from now on, and stays
  // where it is, owned by the caller. nullptr when memory is out.
  char* find_or_adopt(char* row);
  // Fetches what find_or_adopt of a row will look at. Requires a table with slots: after reserve().
  void prefetch_slot(const char* row) const {
    __builtin_prefetch(&slots_.get()[GroupLayout::hash_of(row) & (slot_count_ - 1)]);
  }
  // The row with the same key as `row` of another table: a new one with the layout's initial states and strings of its own
  // when there was none. nullptr when memory is out.
  char* find_or_insert_key_of(const char* row);

  // Room in the slots for `rows` more rows, so that adopting them cannot fail. kLimit.
  Status reserve(uint64_t rows);

  uint64_t size() const { return size_; }  // rows, adopted ones included
  uint64_t bytes() const { return pages_.bytes() + strings_->bytes() + slot_count_ * sizeof(uint64_t); }
  const RowPages& pages() const { return pages_; }  // not the adopted rows
  // Every row, adopted ones included, in no order.
  template <class Visit>
  void for_each_slot(Visit&& visit) const {
    for (uint64_t slot = 0; slot < slot_count_; ++slot)
      if (slots_.get()[slot] != 0) visit(row_of(slots_.get()[slot]));
  }
  // Where states keep bytes that outgrow a row. Freed with the table.
  Arena& arena() { return *strings_; }
  void clear();
  // Turns the slots into a list of the rows ordered by the top `bits` of their hashes, and sets `begins` to where each
  // of the 2^bits partitions begins. The table cannot be searched any more, only cleared. Needs no memory.
  // Polls `cancel`.
  //   returns  [size()] row pointers, valid until clear(); nullptr when it was cancelled
  //   begins   out, [2^bits + 1]
  char** partition_rows(uint32_t bits, std::vector<uint64_t>& begins, const CancelToken& cancel);

 private:
  struct Free {
    void operator()(uint64_t* slots) const { std::free(slots); }
  };
  struct Lookup;

  static char* row_of(uint64_t slot) { return reinterpret_cast<char*>(slot & ((uint64_t{1} << 48) - 1)); }
  static uint64_t slot_for(uint64_t hash, const char* row) {
    return (((hash >> 32) & 0xffff) << 48) | reinterpret_cast<uint64_t>(row);
  }
  // The slot that holds the key of `row`, or the empty slot where it belongs; nullptr when memory is out.
  uint64_t* slot_of_key(const char* row);
  bool has_room() const { return (size_ + 1) * 8 <= slot_count_ * 5; }  // load at most 5/8
  bool same_key(const char* left, const char* right) const;
  template <uint32_t kKeyBytes>
  bool same_key(const char* left, const char* right) const;
  bool own_strings(char* key);
  bool grow_slots(uint64_t slot_count);
  void free_slots();
  char* insert(uint64_t slot, uint64_t hash, const char* key);
  char** partition_pages(uint32_t bits, std::vector<uint64_t>& begins, const CancelToken& cancel);
  void prefetch(const KeyBatch& keys, uint32_t block) const;
  template <uint32_t kKeyBytes, bool kInsert>
  uint32_t look_up(const KeyBatch& keys, uint32_t first, char** groups);
  template <bool kInsert>
  uint32_t look_up_any(const KeyBatch& keys, uint32_t first, char** groups);

  const GroupLayout& layout_;
  Reservation& reservation_;
  const bool copy_strings_;
  RowPages pages_;
  std::optional<Arena> strings_;
  std::unique_ptr<uint64_t, Free> slots_;
  uint64_t slot_count_ = 0;  // a power of two, or 0
  uint64_t size_ = 0;
};

}  // namespace headrace
