#include "state/group_table.h"

#include <algorithm>
#include <bit>

#include <sys/mman.h>

#include "base/check.h"

namespace headrace {

namespace {
constexpr uint64_t kPageBytesMin = uint64_t{8} << 10;
constexpr uint64_t kPageBytesMax = uint64_t{256} << 10;
constexpr uint64_t kHugeFromBytes = uint64_t{16} << 20;  // from here on rows lie in huge pages
constexpr uint64_t kSlotsMin = 512;
constexpr uint64_t kPollRows = 8192;  // between two looks at a cancel token
constexpr uint64_t kCachedBytes = uint64_t{512} << 10;  // below this a table stays in L2: prefetching only costs
constexpr uint32_t kPrefetchRows = 64;
constexpr uint32_t kLineBytes = 64;  // of cache
constexpr uint32_t kPrefetchedBytesMax = 4 * kLineBytes;  // of a row: its states follow its key

constexpr uint64_t kHugePageBytes = uint64_t{2} << 20;

// Memory in huge pages where that pays: with small ones, random access to a large table misses the TLB at every step.
void* allocate(uint64_t bytes) {
  if (bytes < kHugePageBytes) return std::malloc(bytes);
  void* data = std::aligned_alloc(kHugePageBytes, (bytes + kHugePageBytes - 1) / kHugePageBytes * kHugePageBytes);
  if (data != nullptr) (void)madvise(data, bytes, MADV_HUGEPAGE);  // without it everything works, slower
  return data;
}

uint32_t align(uint32_t offset, uint32_t alignment) { return (offset + alignment - 1) / alignment * alignment; }
}  // namespace

GroupLayout::GroupLayout(const Schema& key_columns, const std::vector<StateSlot>& states) : keys(key_columns) {
  uint32_t next = static_cast<uint32_t>(sizeof(uint64_t)) + keys.bytes;
  uint32_t alignment = 8;
  for (const StateSlot& state : states) {
    alignment = std::max(alignment, state.alignment);
    CHECK(state.alignment <= 16 && std::has_single_bit(state.alignment));
    next = align(next, state.alignment);
    state_offsets.push_back(next);
    next += state.bytes;
  }
  row_bytes = align(next, alignment);
  initial.resize(row_bytes);
}

char* RowPages::add() {
  if (pages_.empty() || pages_.back().rows == pages_.back().rows_max) {
    const uint64_t doubled =
        pages_.empty() ? kPageBytesMin : (bytes_ < kHugeFromBytes ? std::min(bytes_, kPageBytesMax) : kHugePageBytes);
    const uint64_t page_rows = std::max<uint64_t>(doubled / row_bytes_, 1);
    const uint64_t page_bytes = std::max((page_rows * row_bytes_ + 15) / 16 * 16, doubled);
    if (!reservation_.grow(page_bytes).ok()) return nullptr;
    char* data = static_cast<char*>(allocate(page_bytes));
    if (data == nullptr) {
      reservation_.shrink(page_bytes);
      return nullptr;
    }
    pages_.push_back({std::unique_ptr<char, Free>(data), 0, static_cast<uint32_t>(page_rows)});
    bytes_ += page_bytes;
  }
  Page& page = pages_.back();
  ++rows_;
  return page.data.get() + uint64_t{page.rows++} * row_bytes_;
}

void RowPages::remove_last() {
  CHECK(!pages_.empty() && pages_.back().rows > 0);
  --pages_.back().rows;
  --rows_;
}

void RowPages::clear() {
  pages_.clear();
  reservation_.shrink(bytes_);
  rows_ = bytes_ = 0;
}

void GroupTable::clear() {
  free_slots();
  pages_.clear();
  strings_.emplace(&reservation_);
}

void GroupTable::free_slots() {
  slots_.reset();
  reservation_.shrink(slot_count_ * sizeof(uint64_t));
  slot_count_ = size_ = 0;
}

Status GroupTable::reserve(uint64_t rows) {
  const uint64_t needed = std::bit_ceil((size_ + rows + 1) * 8 / 5 + 1);
  if (needed <= slot_count_ || grow_slots(needed)) return kDone;
  return reservation_.grow((needed - slot_count_) * sizeof(uint64_t));  // the same request again, for its error
}

// slot_count: a power of two, or 0 for a first table.
bool GroupTable::grow_slots(uint64_t slot_count) {
  const uint64_t count = std::max(slot_count, kSlotsMin);
  if (!reservation_.grow((count - slot_count_) * sizeof(uint64_t)).ok()) return false;
  auto* grown = static_cast<uint64_t*>(allocate(count * sizeof(uint64_t)));
  if (grown == nullptr) {
    reservation_.shrink((count - slot_count_) * sizeof(uint64_t));
    return false;
  }
  std::memset(grown, 0, count * sizeof(uint64_t));
  const auto place = [&](char* row) {
    const uint64_t hash = GroupLayout::hash_of(row);
    uint64_t slot = hash & (count - 1);
    while (grown[slot] != 0) slot = (slot + 1) & (count - 1);
    grown[slot] = slot_for(hash, row);
  };
  if (size_ == pages_.rows()) {
    pages_.for_each(place);  // reads the rows as they lie: no miss per row
  } else {
    for_each_slot(place);
  }
  slots_.reset(grown);
  slot_count_ = count;
  return true;
}

bool GroupTable::same_key(const char* left, const char* right) const {
  const KeyLayout& keys = layout_.keys;
  if (std::memcmp(left, right, keys.fixed_bytes) != 0) return false;
  for (uint32_t offset = keys.fixed_bytes; offset < keys.bytes; offset += sizeof(StringRef)) {
    StringRef left_text, right_text;
    std::memcpy(static_cast<void*>(&left_text), left + offset, sizeof(StringRef));
    std::memcpy(static_cast<void*>(&right_text), right + offset, sizeof(StringRef));
    if (!(left_text == right_text)) return false;
  }
  return true;
}

// Keys of the same bytes are equal; others may be when they have long strings.
template <uint32_t kKeyBytes>
bool GroupTable::same_key(const char* left, const char* right) const {
  if (std::memcmp(left, right, kKeyBytes > 0 ? kKeyBytes : layout_.keys.bytes) == 0) return true;
  return layout_.keys.string_count > 0 && same_key(left, right);
}

// Copies the long strings of a key into the table's arena; false when memory is out.
bool GroupTable::own_strings(char* key) {
  for (uint32_t offset = layout_.keys.fixed_bytes; offset < layout_.keys.bytes; offset += sizeof(StringRef)) {
    StringRef text;
    std::memcpy(static_cast<void*>(&text), key + offset, sizeof(StringRef));
    if (text.is_inline()) continue;
    char* copy = strings_->allocate(text.size);
    if (copy == nullptr) return false;
    std::memcpy(copy, text.pointer, text.size);
    const StringRef owned(copy, text.size);
    std::memcpy(key + offset, static_cast<const void*>(&owned), sizeof(StringRef));
  }
  return true;
}

// A new row at an empty slot; nullptr when memory is out, and then nothing changed.
char* GroupTable::insert(uint64_t slot, uint64_t hash, const char* key) {
  char* row = pages_.add();
  if (row == nullptr) return nullptr;
  const uint32_t states_begin = static_cast<uint32_t>(sizeof(uint64_t)) + layout_.keys.bytes;
  std::memcpy(row, &hash, sizeof hash);
  std::memcpy(row + sizeof hash, key, layout_.keys.bytes);
  std::memcpy(row + states_begin, layout_.initial.data() + states_begin, layout_.row_bytes - states_begin);
  if (copy_strings_ && layout_.keys.string_count > 0 && !own_strings(row + sizeof hash)) {
    pages_.remove_last();
    return nullptr;
  }
  slots_.get()[slot] = slot_for(hash, row);
  ++size_;
  return row;
}

// Slots are fetched two blocks ahead and the rows behind them one block ahead, so that the misses of many keys overlap.
void GroupTable::prefetch(const KeyBatch& keys, uint32_t block) const {
  const uint64_t mask = slot_count_ - 1;
  const uint32_t rows = keys.rows();
  const uint32_t slots_end = std::min(rows, block + 3 * kPrefetchRows);
  for (uint32_t i = block + 2 * kPrefetchRows; i < slots_end; ++i)
    __builtin_prefetch(&slots_.get()[keys.hash(i) & mask]);
  const uint32_t rows_end = std::min(rows, block + 2 * kPrefetchRows);
  const uint32_t prefetched_bytes = std::min(layout_.row_bytes, kPrefetchedBytesMax);
  for (uint32_t i = block + kPrefetchRows; i < rows_end; ++i) {
    const uint64_t slot = slots_.get()[keys.hash(i) & mask];
    if (slot == 0) continue;
    const char* row = row_of(slot);
    for (uint32_t byte = 0; byte < prefetched_bytes; byte += kLineBytes) __builtin_prefetch(row + byte);
  }
}

// kKeyBytes: size of a key, known to the compiler; 0: any key.
template <uint32_t kKeyBytes, bool kInsert>
uint32_t GroupTable::look_up(const KeyBatch& keys, uint32_t first, char** groups) {
  const uint32_t rows = keys.rows();
  for (uint32_t block = first; block < rows; block += kPrefetchRows) {
    const uint32_t last = std::min(rows, block + kPrefetchRows);
    if (slot_count_ > 0 && bytes() > kCachedBytes) prefetch(keys, block);
    for (uint32_t i = block; i < last; ++i) {
      if (kInsert && !has_room() && !grow_slots(slot_count_ * 2)) return i;
      const uint64_t hash = keys.hash(i);
      const char* key = keys.key(i);
      if (i > first && hash == keys.hash(i - 1) && same_key<kKeyBytes>(keys.key(i - 1), key)) {
        groups[i] = groups[i - 1];  // sorted or clustered input: the group is known
        continue;
      }
      const uint64_t tag = (hash >> 32) & 0xffff;
      uint64_t slot = hash & (slot_count_ - 1);
      char* found = nullptr;
      while (uint64_t content = slot_count_ == 0 ? 0 : slots_.get()[slot]) {
        if (content >> 48 == tag) {
          const char* candidate = GroupLayout::key_of(row_of(content));
          if (same_key<kKeyBytes>(candidate, key)) {
            found = row_of(content);
            break;
          }
        }
        slot = (slot + 1) & (slot_count_ - 1);
      }
      if (kInsert && found == nullptr) {
        found = insert(slot, hash, key);
        if (found == nullptr) return i;
      }
      groups[i] = found;
    }
  }
  return rows;
}

template <bool kInsert>
uint32_t GroupTable::look_up_any(const KeyBatch& keys, uint32_t first, char** groups) {
  switch (layout_.keys.bytes) {
    case 8: return look_up<8, kInsert>(keys, first, groups);
    case 16: return look_up<16, kInsert>(keys, first, groups);
    case 24: return look_up<24, kInsert>(keys, first, groups);
    case 32: return look_up<32, kInsert>(keys, first, groups);
    default: return look_up<0, kInsert>(keys, first, groups);
  }
}

uint32_t GroupTable::find_or_insert(const KeyBatch& keys, uint32_t first, char** groups) {
  return look_up_any<true>(keys, first, groups);
}

void GroupTable::find(const KeyBatch& keys, char** groups) const {
  const_cast<GroupTable*>(this)->look_up_any<false>(keys, 0, groups);  // without kInsert nothing changes
}

uint64_t* GroupTable::slot_of_key(const char* row) {
  if (!has_room() && !grow_slots(slot_count_ * 2)) return nullptr;
  const uint64_t hash = GroupLayout::hash_of(row);
  const uint64_t tag = (hash >> 32) & 0xffff;
  uint64_t slot = hash & (slot_count_ - 1);
  while (const uint64_t content = slots_.get()[slot]) {
    if (content >> 48 == tag && same_key(GroupLayout::key_of(row_of(content)), GroupLayout::key_of(row))) break;
    slot = (slot + 1) & (slot_count_ - 1);
  }
  return &slots_.get()[slot];
}

char* GroupTable::find_or_adopt(char* row) {
  uint64_t* slot = slot_of_key(row);
  if (slot == nullptr) return nullptr;
  if (*slot == 0) {
    *slot = slot_for(GroupLayout::hash_of(row), row);
    ++size_;
  }
  return row_of(*slot);
}

char* GroupTable::find_or_insert_key_of(const char* row) {
  uint64_t* slot = slot_of_key(row);
  if (slot == nullptr) return nullptr;
  if (*slot != 0) return row_of(*slot);
  return insert(static_cast<uint64_t>(slot - slots_.get()), GroupLayout::hash_of(row), GroupLayout::key_of(row));
}

// Rows that all lie in the pages are read there, one behind the other, and nothing needs the slots but the list.
char** GroupTable::partition_pages(uint32_t bits, std::vector<uint64_t>& begins, const CancelToken& cancel) {
  const auto partition_of = [&](const char* row) { return bits == 0 ? 0 : GroupLayout::hash_of(row) >> (64 - bits); };
  begins.assign((uint64_t{1} << bits) + 1, 0);
  pages_.for_each([&](const char* row) { ++begins[partition_of(row) + 1]; });
  for (size_t partition = 1; partition < begins.size(); ++partition) begins[partition] += begins[partition - 1];
  std::vector<uint64_t> next(begins.begin(), begins.end() - 1);
  char** rows = reinterpret_cast<char**>(slots_.get());
  for (uint32_t page = 0; page < pages_.pages(); ++page) {
    if (cancel.cancelled()) return nullptr;
    for (uint32_t i = 0; i < pages_.page_rows(page); ++i) {
      char* row = pages_.row_at(page, i);
      rows[next[partition_of(row)]++] = row;
    }
  }
  return rows;
}

// In place, since memory is short when this is needed: compacts the slots, then swaps every pointer into its partition
// (American flag sort: McIlroy, Bostic & McIlroy, "Engineering Radix Sort", Computing Systems 6(1), 1993).
char** GroupTable::partition_rows(uint32_t bits, std::vector<uint64_t>& begins, const CancelToken& cancel) {
  static_assert(sizeof(char*) == sizeof(uint64_t));
  uint64_t* rows = slots_.get();
  const uint64_t partitions = uint64_t{1} << bits;
  if (size_ == pages_.rows()) return partition_pages(bits, begins, cancel);
  const auto partition_of = [&](uint64_t row) {
    return bits == 0 ? 0 : GroupLayout::hash_of(reinterpret_cast<const char*>(row)) >> (64 - bits);
  };
  begins.assign(partitions + 1, 0);
  uint64_t count = 0;
  for (uint64_t slot = 0; slot < slot_count_; ++slot) {
    if (slot % kPollRows == 0 && cancel.cancelled()) return nullptr;
    if (rows[slot] == 0) continue;
    rows[count] = reinterpret_cast<uint64_t>(row_of(rows[slot]));
    ++begins[partition_of(rows[count++]) + 1];
  }
  for (uint64_t partition = 0; partition < partitions; ++partition) begins[partition + 1] += begins[partition];
  std::vector<uint64_t> next = begins;
  uint64_t moved = 0;
  for (uint64_t partition = 0; partition < partitions; ++partition) {
    while (next[partition] < begins[partition + 1]) {
      uint64_t row = rows[next[partition]];
      for (uint64_t home = partition_of(row); home != partition; home = partition_of(row)) {
        std::swap(row, rows[next[home]++]);
        if (++moved % kPollRows == 0 && cancel.cancelled()) return nullptr;
      }
      rows[next[partition]++] = row;
      if (++moved % kPollRows == 0 && cancel.cancelled()) return nullptr;
    }
  }
  return reinterpret_cast<char**>(rows);
}

}  // namespace headrace
