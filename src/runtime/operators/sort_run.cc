#include "runtime/operators/sort_run.h"

#include <algorithm>
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
constexpr ptrdiff_t kUnpolledRows = 1 << 15;  // sorted without looking at the cancel token: a few milliseconds

const SortEntry& median(const SortEntry& a, const SortEntry& b, const SortEntry& c) {
  if (a < b) return b < c ? b : (a < c ? c : a);
  return a < c ? a : (b < c ? c : b);
}

// Moves entries so that none in front of the place that is returned is greater than any behind it; both sides have some.
// nullptr when it was cancelled.
SortEntry* split(SortEntry* first, SortEntry* last, const CancelToken& cancel) {
  const SortEntry pivot = median(*first, first[(last - first) / 2], last[-1]);
  SortEntry* left = first;
  SortEntry* right = last - 1;
  for (uint64_t swaps = 1;; ++swaps, ++left, --right) {
    while (*left < pivot) ++left;
    while (pivot < *right) --right;
    if (left >= right) return right + 1;
    std::swap(*left, *right);
    if (swaps % kPollSwaps == 0 && cancel.cancelled()) return nullptr;
  }
}

// std::sort and std::nth_element, of entries of which there may be millions. False when they were cancelled.
bool sort_entries(SortEntry* first, SortEntry* last, const CancelToken& cancel) {
  // After that many splits the pieces are bad ones, and std::sort, which cannot be slow, takes over.
  for (int splits = 0; last - first > kUnpolledRows && splits < 64; ++splits) {
    if (cancel.cancelled()) return false;
    SortEntry* middle = split(first, last, cancel);
    if (middle == nullptr) return false;
    const bool left_smaller = middle - first < last - middle;
    if (!(left_smaller ? sort_entries(first, middle, cancel) : sort_entries(middle, last, cancel))) return false;
    (left_smaller ? first : last) = middle;
  }
  std::sort(first, last);
  return true;
}
bool select_entry(SortEntry* first, SortEntry* nth, SortEntry* last, const CancelToken& cancel) {
  for (int splits = 0; last - first > kUnpolledRows && splits < 64; ++splits) {
    SortEntry* middle = split(first, last, cancel);
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
  if (!sort_entries(entries_.begin(), entries_.end(), cancel_)) return cancel_.check();
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
