#include "runtime/operators/sort_run.h"

#include <algorithm>
#include <functional>
#include <limits>

#include "types/string_ref.h"

namespace headrace {

namespace {

constexpr uint32_t kRunBatchRows = 512;

SortEntry entry_of(const char* key, uint32_t size, uint32_t row) {
  char padded[16] = {};
  std::memcpy(padded, key, std::min(size, 16u));
  SortEntry entry{{0, 0}, key, size, row};
  std::memcpy(entry.prefix, padded, sizeof padded);
  entry.prefix[0] = __builtin_bswap64(entry.prefix[0]);
  entry.prefix[1] = __builtin_bswap64(entry.prefix[1]);
  return entry;
}

constexpr uint64_t kPollSwaps = 4096;
constexpr uint64_t kBucketedRows = 1 << 14;  // from here on sorting by buckets pays
constexpr uint32_t kBucketBits = 12;
constexpr ptrdiff_t kUnpolledRows = 1 << 15;  // sorted without looking at the cancel token: a few milliseconds

template <class Entry, class Before>
const Entry& median(const Entry& a, const Entry& b, const Entry& c, const Before& before) {
  if (before(a, b)) return before(b, c) ? b : (before(a, c) ? c : a);
  return before(a, c) ? a : (before(b, c) ? c : b);
}

// Moves entries so that none in front of the place that is returned is greater than any behind it; both sides have some.
// nullptr when it was cancelled.
template <class Entry, class Before>
Entry* split(Entry* first, Entry* last, const Before& before, const CancelToken& cancel) {
  const Entry pivot = median(*first, first[(last - first) / 2], last[-1], before);
  Entry* left = first;
  Entry* right = last - 1;
  for (uint64_t swaps = 1;; ++swaps, ++left, --right) {
    while (before(*left, pivot)) ++left;
    while (before(pivot, *right)) --right;
    if (left >= right) return right + 1;
    std::swap(*left, *right);
    if (swaps % kPollSwaps == 0 && cancel.cancelled()) return nullptr;
  }
}

// std::sort, of entries of which there may be millions. False when it was cancelled.
template <class Entry, class Before>
bool sort_large(Entry* first, Entry* last, const Before& before, const CancelToken& cancel) {
  // After that many splits the pieces are bad ones, and std::sort, which cannot be slow, takes over.
  for (int splits = 0; last - first > kUnpolledRows && splits < 64; ++splits) {
    if (cancel.cancelled()) return false;
    Entry* middle = split(first, last, before, cancel);
    if (middle == nullptr) return false;
    const bool left_smaller = middle - first < last - middle;
    if (!(left_smaller ? sort_large(first, middle, before, cancel) : sort_large(middle, last, before, cancel)))
      return false;
    (left_smaller ? first : last) = middle;
  }
  std::sort(first, last, before);
  return true;
}

// An entry as it is sorted: the first 16 bytes of its key that are not the same in all keys, and where it stands.
struct ShortEntry {
  uint64_t prefix[2];
  uint64_t place;
};

// Which bytes of the keys decide: of the positions that every key has, at most kLooked, the first 16 at which some differ.
struct DecidingBytes {
  static constexpr uint32_t kLooked = 48;
  uint8_t positions[16];
  uint32_t count = 0;
  bool all = false;  // there are no others: keys that agree in them are equal

  explicit DecidingBytes(const AccountedArray<SortEntry>& entries) {
    uint32_t shortest = ~uint32_t{0};
    uint32_t longest = 0;
    for (const SortEntry& entry : entries) {
      shortest = std::min(shortest, entry.size);
      longest = std::max(longest, entry.size);
    }
    const uint32_t looked = std::min(shortest, kLooked);
    uint8_t differ[kLooked] = {};
    const char* first = entries[0].key;
    for (const SortEntry& entry : entries)
      for (uint32_t i = 0; i < looked; ++i) differ[i] |= static_cast<uint8_t>(entry.key[i] ^ first[i]);
    all = shortest == longest && looked == longest;
    for (uint32_t i = 0; i < looked; ++i) {
      if (differ[i] == 0) continue;
      if (count == sizeof positions) {
        all = false;
        break;
      }
      positions[count++] = static_cast<uint8_t>(i);
    }
  }

  ShortEntry of(const SortEntry& entry, uint64_t place) const {
    ShortEntry result{{0, 0}, place};
    for (uint32_t i = 0; i < count; ++i) {
      uint64_t& prefix = result.prefix[i / 8];
      prefix |= uint64_t{static_cast<uint8_t>(entry.key[positions[i]])} << (56 - 8 * (i % 8));
    }
    return result;
  }
};

constexpr uint64_t kPolledBuckets = 64;

// Scatters the entries to buckets by the leading bits in which their short prefixes differ, sorts each, which fits the cache, and
// then moves the entries.
//   scratch, sorted  [entries.size()]
//   returns          false when it was cancelled; then the entries are as before
bool sort_by_buckets(AccountedArray<SortEntry>& entries, ShortEntry* scratch, SortEntry* sorted,
                     const CancelToken& cancel) {
  const DecidingBytes deciding(entries);
  auto* shorts = reinterpret_cast<ShortEntry*>(sorted);  // its room, until the entries move there
  static_assert(sizeof(ShortEntry) <= sizeof(SortEntry));
  uint64_t least = ~uint64_t{0};
  uint64_t greatest = 0;
  for (uint64_t i = 0; i < entries.size(); ++i) {
    shorts[i] = deciding.of(entries[i], i);
    least = std::min(least, shorts[i].prefix[0]);
    greatest = std::max(greatest, shorts[i].prefix[0]);
  }
  if (cancel.cancelled()) return false;
  const auto width = greatest == least ? 0 : static_cast<uint32_t>(64 - __builtin_clzll(greatest - least));
  const uint32_t shift = width > kBucketBits ? width - kBucketBits : 0;
  const auto bucket_of = [&](const ShortEntry& entry) { return (entry.prefix[0] - least) >> shift; };
  std::vector<uint64_t> begins((uint64_t{1} << kBucketBits) + 1);
  for (uint64_t i = 0; i < entries.size(); ++i) ++begins[bucket_of(shorts[i]) + 1];
  for (size_t bucket = 1; bucket < begins.size(); ++bucket) begins[bucket] += begins[bucket - 1];
  std::vector<uint64_t> next(begins.begin(), begins.end() - 1);
  for (uint64_t i = 0; i < entries.size(); ++i) scratch[next[bucket_of(shorts[i])]++] = shorts[i];
  const auto before = [&](const ShortEntry& left, const ShortEntry& right) {
    if (left.prefix[0] != right.prefix[0]) return left.prefix[0] < right.prefix[0];
    if (left.prefix[1] != right.prefix[1]) return left.prefix[1] < right.prefix[1];
    return !deciding.all && entries[left.place] < entries[right.place];
  };
  for (size_t bucket = 0; bucket + 1 < begins.size(); ++bucket) {
    if (bucket % kPolledBuckets == 0 && cancel.cancelled()) return false;
    if (begins[bucket + 1] - begins[bucket] > static_cast<uint64_t>(kUnpolledRows)) {
      if (!sort_large(scratch + begins[bucket], scratch + begins[bucket + 1], before, cancel)) return false;
    } else {
      std::sort(scratch + begins[bucket], scratch + begins[bucket + 1], before);
    }
  }
  for (uint64_t i = 0; i < entries.size(); ++i) sorted[i] = entries[scratch[i].place];
  std::copy(sorted, sorted + entries.size(), entries.begin());
  return true;
}

bool select_entry(SortEntry* first, SortEntry* nth, SortEntry* last, const CancelToken& cancel) {
  for (int splits = 0; last - first > kUnpolledRows && splits < 64; ++splits) {
    SortEntry* middle = split(first, last, std::less<SortEntry>(), cancel);
    if (middle == nullptr) return false;
    (nth < middle ? last : first) = middle;
  }
  std::nth_element(first, nth, last);
  return true;
}

// Values and validity of the columns of a few picked rows, in memory of their own.
struct PickedColumns {
  std::vector<std::vector<char>> values;
  std::vector<std::vector<uint8_t>> validity;

  Vector column(const StoredRows& rows, uint32_t column, const uint64_t* ids, uint32_t count) {
    Vector vector;
    vector.type = rows.schema()[column].type;
    values[column].resize(uint64_t{count} * width_bytes(vector.type.id));
    validity[column].resize(count);
    rows.gather(column, ids, count, values[column].data(), validity[column].data());
    vector.data = values[column].data();
    vector.validity = rows.has_nulls(column) ? validity[column].data() : nullptr;
    return vector;
  }
};

}  // namespace

SortShape::SortShape(Schema rows, std::vector<SortKeyPart> keys, bool ordinal, uint64_t kept_max)
    : schema(std::move(rows)), parts(std::move(keys)), by_ordinal(ordinal), rows_kept_max(kept_max) {
  run_schema.push_back({"key", kUtf8, false});
  run_schema.insert(run_schema.end(), schema.begin(), schema.end());
  if (by_ordinal) return;
  std::vector<bool> used(schema.size());
  for (const SortKeyPart& part : parts) used[part.column] = true;
  for (uint32_t column = 0; column < schema.size(); ++column) {
    if (!used[column]) parts.push_back({column, false, false});
  }
}

SortRun::SortRun(std::shared_ptr<const SortShape> shape, QueryContext& context)
    : shape_(std::move(shape)),
      budget_(context.budget),
      cancel_(context.cancel),
      reservation_(budget_, "sort"),
      encoder_(shape_->schema, shape_->parts, shape_->by_ordinal),
      entries_(reservation_),
      store_(std::make_shared<ColumnStore>(shape_->schema, budget_, "sort")) {
  keys_ = std::make_unique<Arena>(&reservation_);
}

Status SortRun::append(uint32_t input, const Batch& batch) {
  encoder_.encode(input, batch);
  uint16_t selection[limits::kVectorRowsMax];
  uint32_t selected = 0;
  uint64_t key_bytes = 0;
  for (uint32_t row = 0; row < batch.rows; ++row) {
    const std::string_view key(encoder_.key(row), encoder_.size(row));
    if (!cutoff_.empty() && key >= cutoff_) continue;
    selection[selected++] = static_cast<uint16_t>(row);
    key_bytes += key.size();
  }
  if (selected == 0 || shape_->rows_kept_max == 0) return kDone;
  TRY_STATUS(entries_.reserve(entries_.size() + selected));
  char* keys = keys_->allocate(key_bytes);
  if (keys == nullptr) return exhausted(reservation_);
  const uint64_t first = store_->rows();
  if (first + selected > std::numeric_limits<uint32_t>::max()) {
    return Error{ErrorCode::kLimit, "one worker sorts at most 2^32 rows in memory", "",
                 "lower memory_limit, so that sorted runs are spilled"};
  }
  TRY_STATUS(store_->append(batch, selected == batch.rows ? nullptr : selection, selected));
  sorted_ = false;
  for (uint32_t i = 0; i < selected; ++i) {
    const uint32_t size = encoder_.size(selection[i]);
    std::memcpy(keys, encoder_.key(selection[i]), size);
    entries_.push(entry_of(keys, size, static_cast<uint32_t>(first + i)));
    keys += size;
  }
  if (entries_.size() / 2 >= shape_->rows_kept_max && entries_.size() >= 2 * limits::kVectorRowsMax) return cut();
  return kDone;
}

Status SortRun::sort() {
  if (sorted_) return kDone;
  bool done = false;
  if (entries_.size() >= kBucketedRows) {
    AccountedArray<ShortEntry> scratch(reservation_);
    AccountedArray<SortEntry> sorted(reservation_);
    if (scratch.reserve(entries_.size()).ok() && sorted.reserve(entries_.size()).ok())
      done = sort_by_buckets(entries_, scratch.begin(), sorted.begin(), cancel_);
  }
  if (!done && !cancel_.cancelled())
    done = sort_large(entries_.begin(), entries_.end(), std::less<SortEntry>(), cancel_);
  if (!done) return cancel_.check();
  sorted_ = true;
  return kDone;
}

// Keeps the first rows_kept_max rows and forgets the others. Without memory for their copy everything stays.
Status SortRun::cut() {
  const uint64_t kept = shape_->rows_kept_max;
  if (!select_entry(entries_.begin(), entries_.begin() + kept - 1, entries_.end(), cancel_)) return cancel_.check();
  cutoff_.assign(entries_[kept - 1].key, entries_[kept - 1].size);
  entries_.resize_down(kept);
  StoredRows rows(shape_->schema);
  rows.add(store_);
  auto store = std::make_shared<ColumnStore>(shape_->schema, budget_, "sort");
  PickedColumns picked{std::vector<std::vector<char>>(shape_->schema.size()),
                       std::vector<std::vector<uint8_t>>(shape_->schema.size())};
  uint64_t ids[kRunBatchRows];
  uint64_t key_bytes = 0;
  for (uint64_t done = 0; done < kept; done += kRunBatchRows) {
    TRY_STATUS(cancel_.check());
    Batch batch;
    batch.rows = static_cast<uint32_t>(std::min<uint64_t>(kept - done, kRunBatchRows));
    for (uint32_t i = 0; i < batch.rows; ++i) {
      ids[i] = entries_[done + i].row;
      key_bytes += entries_[done + i].size;
    }
    for (uint32_t column = 0; column < shape_->schema.size(); ++column) {
      batch.columns.push_back(picked.column(rows, column, ids, batch.rows));
    }
    if (!store->append(batch).ok()) return kDone;
  }
  auto keys = std::make_unique<Arena>(&reservation_);
  char* to = keys->allocate(key_bytes);
  if (to == nullptr) return kDone;
  for (uint64_t i = 0; i < kept; ++i) {
    SortEntry& entry = entries_[i];
    std::memcpy(to, entry.key, entry.size);
    entry.key = to;
    entry.row = static_cast<uint32_t>(i);
    to += entry.size;
  }
  keys_ = std::move(keys);
  store_ = std::move(store);
  return kDone;
}

Status SortRun::write(StateWriter& to) {
  const uint64_t count = std::min(entries_.size(), shape_->rows_kept_max);
  StoredRows rows(shape_->schema);
  rows.add(store_);
  PickedColumns picked{std::vector<std::vector<char>>(shape_->schema.size()),
                       std::vector<std::vector<uint8_t>>(shape_->schema.size())};
  uint64_t ids[kRunBatchRows];
  std::vector<StringRef> keys(kRunBatchRows);
  for (uint64_t done = 0; done < count; done += kRunBatchRows) {
    Batch batch;
    batch.rows = static_cast<uint32_t>(std::min<uint64_t>(count - done, kRunBatchRows));
    for (uint32_t i = 0; i < batch.rows; ++i) {
      ids[i] = entries_[done + i].row;
      keys[i] = StringRef(entries_[done + i].key, entries_[done + i].size);
    }
    Vector key;
    key.type = kUtf8;
    key.data = keys.data();
    batch.columns.push_back(std::move(key));
    for (uint32_t column = 0; column < shape_->schema.size(); ++column) {
      batch.columns.push_back(picked.column(rows, column, ids, batch.rows));
    }
    TRY_STATUS(to.write(batch));
  }
  clear();
  return kDone;
}

void SortRun::clear() {
  entries_.clear();
  sorted_ = true;
  keys_ = std::make_unique<Arena>(&reservation_);
  store_ = std::make_shared<ColumnStore>(shape_->schema, budget_, "sort");
}

}  // namespace headrace
