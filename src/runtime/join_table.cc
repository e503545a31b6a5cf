#include "runtime/join_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>

#include "base/check.h"
#include "runtime/operators/stored_source.h"
#include "state/exhausted.h"

namespace headrace {

namespace {

constexpr const char* kConsumer = "join build side";

}  // namespace

// Rows with a null key are not in the index, unless nulls are equal.
GroupLayout JoinTable::layout_of(const Schema& schema, const Options& options) {
  Schema keys(schema.begin(), schema.begin() + options.key_columns);
  for (uint32_t key = 0; key < options.key_columns; ++key)
    keys[key].nullable = !options.nulls_equal.empty() && options.nulls_equal[key];
  GroupLayout layout(keys, {{sizeof(Chain), alignof(Chain)}});
  const Chain empty{kEnd, kEnd};
  std::memcpy(layout.initial.data() + layout.state_offsets[0], &empty, sizeof empty);
  return layout;
}

JoinTable::JoinTable(const Schema& schema, Options options, MemoryBudget& budget)
    : options_(std::move(options)),
      layout_(layout_of(schema, options_)),
      reservation_(budget, kConsumer),
      rows_(std::make_shared<StoredRows>(schema)),
      table_(layout_, reservation_, /*copy_strings=*/false) {}

Result<std::unique_ptr<JoinTable>> JoinTable::build(const Schema& schema, Options options,
                                                    std::vector<std::unique_ptr<KeptRows>> kept, MemoryBudget& budget,
                                                    const CancelToken& cancel) {
  CHECK(options.key_columns > 0);
  std::unique_ptr<JoinTable> table(new JoinTable(schema, std::move(options), budget));
  table->segments_ = in_order(kept, *table->rows_);
  for (const RowSegment& segment : table->segments_) {
    table->row_count_ += segment.rows;
    table->id_count_ = std::max(table->id_count_, segment.base + segment.first + segment.rows);
  }
  if (table->id_count_ >= kEnd) {
    return Error{ErrorCode::kLimit,
                 fmt::format("the build side of a join holds at most 2^32 rows, found {}", table->row_count_), "",
                 "filter the smaller input of the join first"};
  }
  TRY_STATUS(table->index(budget, cancel));
  return table;
}

namespace {

// Of rows 0 … rows-1 those without a null in the keys that `drops` says; nullptr when they are all.
template <class Drops>
const uint16_t* without_nulls(const std::vector<Vector>& columns, uint32_t key_columns, const Drops& drops,
                              uint32_t rows, uint16_t* selection, uint32_t& selected) {
  selected = rows;
  const uint16_t* result = nullptr;
  for (uint32_t key = 0; key < key_columns; ++key) {
    if (columns[key].validity == nullptr || !drops(key)) continue;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < selected; ++i) {
      const auto row = static_cast<uint16_t>(result != nullptr ? result[i] : i);
      selection[kept] = row;
      kept += columns[key].is_valid(row) ? 1 : 0;
    }
    if (kept == selected) continue;
    selected = kept;
    result = selection;
  }
  return result;
}

}  // namespace

Status JoinTable::index(MemoryBudget& budget, const CancelToken& cancel) {
  TRY(next_buffer, Buffer::allocate(budget, kConsumer, id_count_ * sizeof(uint32_t)));
  next_ = std::move(next_buffer);
  auto* next = static_cast<uint32_t*>(next_->data());
  if (options_.gives_unmatched) {
    TRY(matched, Buffer::allocate(budget, kConsumer, id_count_));
    matched_ = std::move(matched);
    std::memset(matched_->data(), 0, id_count_);
  }
  if (options_.key_columns == 1 && !matches_null(0)) {
    if (const auto range = DenseIndex::range_for(rows_->schema(), segments_, row_count_)) {
      auto dense = DenseIndex::make(rows_->schema()[0].type, *range, segments_, budget, kConsumer);
      if (dense.ok()) {
        dense_ = std::move(dense.value());
        return index_dense(cancel, next);
      }
      if (dense.error().code != ErrorCode::kLimit) return dense.error();  // the hash table may be smaller
    }
  }
  return index_hashed(cancel, next);
}

Status JoinTable::index_dense(const CancelToken& cancel, uint32_t* next) {
  key_count_ = dense_->keys();
  for (auto segment = segments_.rbegin(); segment != segments_.rend(); ++segment) {
    for (uint64_t end = segment->first + segment->rows; end > segment->first;) {
      TRY_STATUS(cancel.check());
      const uint64_t begin = std::max(segment->first, (end - 1) / limits::kVectorRowsMax * limits::kVectorRowsMax);
      const auto rows = static_cast<uint32_t>(end - begin);
      const Batch batch = segment->store->slice(static_cast<uint32_t>(begin / limits::kVectorRowsMax),
                                                static_cast<uint32_t>(begin % limits::kVectorRowsMax), rows);
      dense_->push_front(batch.columns[0], segment->base + begin, rows, next);
      indexed_ += rows;
      end = begin;
    }
  }
  return kDone;
}

Status JoinTable::index_hashed(const CancelToken& cancel, uint32_t* next) {
  KeyBatch keys(layout_.keys, reservation_);
  std::vector<char*> groups(limits::kVectorRowsMax);
  const auto drops = [&](uint32_t key) { return !matches_null(key); };
  uint16_t selection[limits::kVectorRowsMax];
  for (const RowSegment& segment : segments_) {
    TRY_STATUS(segment.for_each_piece([&](uint32_t chunk, uint32_t first, uint32_t rows) -> Status {
      TRY_STATUS(cancel.check());
      const Batch batch = segment.store->slice(chunk, first, rows);
      uint32_t selected = rows;
      const uint16_t* valid = without_nulls(batch.columns, options_.key_columns, drops, rows, selection, selected);
      TRY_STATUS(keys.pack(batch.columns.data(), selected, valid));
      const uint32_t done = table_.find_or_insert(keys, 0, groups.data());
      if (done < selected)
        return exhausted(reservation_, "raise memory_limit, or make the smaller input the second one of the join");
      link(groups.data(), segment.base + uint64_t{chunk} * limits::kVectorRowsMax + first, valid, selected, next);
      indexed_ += selected;
      return kDone;
    }));
  }
  key_count_ = table_.size();
  return kDone;
}

// Appends rows first + selection[i] (first + i when nullptr) to the chains of their groups.
void JoinTable::link(char* const* groups, uint64_t first, const uint16_t* selection, uint32_t rows, uint32_t* next) {
  for (uint32_t i = 0; i < rows; ++i) {
    const uint64_t id = first + (selection != nullptr ? selection[i] : i);
    Chain chain = chain_of(groups[i]);
    next[id] = kEnd;
    if (chain.head == kEnd) {
      chain.head = static_cast<uint32_t>(id);
    } else {
      next[chain.tail] = static_cast<uint32_t>(id);
    }
    chain.tail = static_cast<uint32_t>(id);
    std::memcpy(groups[i] + layout_.state_offsets[0], &chain, sizeof chain);
  }
}

Status JoinTable::begin(ProbeState& state, const Vector* keys, const uint16_t* selection, uint32_t selected) const {
  state.heads_.resize(limits::kVectorRowsMax);
  state.next_ = 0;
  state.chain_ = kEnd;
  state.started_ = true;
  const bool by_code = options_.key_columns == 1 && keys[0].encoding == Encoding::kDictionary &&
                       keys[0].dictionary_rows <= limits::kVectorRowsMax && !matches_null(0);
  return by_code ? find_by_code(state, keys[0], selection, selected) : find_heads(state, keys, selection, selected);
}

// Each entry of the dictionary is looked up once.
Status JoinTable::find_by_code(ProbeState& state, const Vector& key, const uint16_t* selection,
                               uint32_t selected) const {
  if (state.dictionary_ != key.data || state.entry_heads_.size() < key.dictionary_rows) {
    const Vector entries{.type = key.type, .data = key.data, .owner = key.owner};
    state.dictionary_ = nullptr;
    TRY_STATUS(find_heads(state, &entries, nullptr, key.dictionary_rows));
    state.entry_heads_.assign(state.heads_.begin(), state.heads_.begin() + key.dictionary_rows);
    state.dictionary_ = key.data;
    state.dictionary_owner_ = key.owner;
  }
  for (uint32_t i = 0; i < selected; ++i) {
    const uint32_t row = selection != nullptr ? selection[i] : i;
    state.heads_[i] = key.is_valid(row) ? state.entry_heads_[key.codes[row]] : kEnd;
  }
  return kDone;
}

// heads_[i] of row selection[i], for i < selected.
Status JoinTable::find_heads(ProbeState& state, const Vector* keys, const uint16_t* selection,
                             uint32_t selected) const {
  if (dense_.has_value()) {
    dense_->find(keys[0], selection, selected, state.heads_.data());
    return kDone;
  }
  TRY_STATUS(state.keys_.pack(keys, selected, selection));
  state.groups_.resize(limits::kVectorRowsMax);
  table_.find(state.keys_, state.groups_.data());
  for (uint32_t i = 0; i < selected; ++i)
    state.heads_[i] = state.groups_[i] != nullptr ? chain_of(state.groups_[i]).head : kEnd;
  for (uint32_t column = 0; column < options_.key_columns; ++column) {
    if (keys[column].validity == nullptr || matches_null(column)) continue;
    for (uint32_t i = 0; i < selected; ++i) {
      if (!keys[column].is_valid(selection != nullptr ? selection[i] : i)) state.heads_[i] = kEnd;
    }
  }
  return kDone;
}

Result<uint32_t> JoinTable::probe(ProbeState& state, const Vector* keys, const uint16_t* selection, uint32_t selected,
                                  bool keeps_rows, uint32_t capacity, uint16_t* probe_rows,
                                  uint64_t* build_rows) const {
  CHECK(capacity > 0 && selected <= limits::kVectorRowsMax);
  if (!state.started_) TRY_STATUS(begin(state, keys, selection, selected));
  const auto* next = static_cast<const uint32_t*>(next_->data());
  const bool unique = key_count_ == indexed_;  // no key has a second row: `next` need not be read
  uint32_t count = 0;
  while (state.next_ < selected) {
    if (count == capacity) return count;
    const auto row = static_cast<uint16_t>(selection != nullptr ? selection[state.next_] : state.next_);
    uint32_t at = state.chain_ == kEnd ? state.heads_[state.next_] : state.chain_;
    probe_rows[count] = row;
    if (at == kEnd || unique) {
      build_rows[count] = at == kEnd ? kNoMatch : at;
      count += at != kEnd || keeps_rows ? 1 : 0;
      ++state.next_;
      continue;
    }
    for (;;) {
      probe_rows[count] = row;
      build_rows[count++] = at;
      at = next[at];
      if (at == kEnd || count == capacity) break;
    }
    state.chain_ = at;
    if (at == kEnd) ++state.next_;
  }
  state.started_ = false;
  return count;
}

Result<uint32_t> JoinTable::keep_found(ProbeState& state, const Vector* keys, const uint16_t* selection,
                                       uint32_t selected, uint16_t* kept) const {
  CHECK(selected <= limits::kVectorRowsMax && !state.started_);
  TRY_STATUS(begin(state, keys, selection, selected));
  uint32_t count = 0;
  for (uint32_t i = 0; i < selected; ++i) {
    const uint32_t head = state.heads_[i];
    kept[count] = static_cast<uint16_t>(selection != nullptr ? selection[i] : i);
    state.heads_[count] = head;
    count += head != kEnd ? 1 : 0;
  }
  return count;
}

Status JoinTable::find(ProbeState& state, const Vector* keys, const uint16_t* selection, uint32_t selected,
                       Found* found) const {
  CHECK(selected <= limits::kVectorRowsMax && !state.started_);
  TRY_STATUS(begin(state, keys, selection, selected));
  state.started_ = false;
  const bool has_rows = row_count_ > 0 || options_.null_keys_dropped;
  const Found without = options_.null_keys_dropped ? Found::kNull : Found::kFalse;
  for (uint32_t i = 0; i < selected; ++i) found[i] = state.heads_[i] != kEnd ? Found::kTrue : without;
  if (!has_rows) return kDone;
  for (uint32_t column = 0; column < options_.key_columns; ++column) {
    if (keys[column].validity == nullptr || matches_null(column)) continue;
    for (uint32_t i = 0; i < selected; ++i)
      if (!keys[column].is_valid(selection != nullptr ? selection[i] : i)) found[i] = Found::kNull;
  }
  return kDone;
}

void JoinTable::remember(const uint64_t* build_rows, uint32_t count) const {
  auto* matched = static_cast<uint8_t*>(matched_->data());
  for (uint32_t i = 0; i < count; ++i) {
    if (build_rows[i] == kNoMatch) continue;
    const std::atomic_ref<uint8_t> flag(matched[build_rows[i]]);
    if (flag.load(std::memory_order_relaxed) == 0) flag.store(1, std::memory_order_relaxed);
  }
}

Result<std::unique_ptr<Source>> JoinTable::unmatched(MemoryBudget& budget, const CancelToken& cancel) const {
  CHECK(options_.gives_unmatched);
  const auto* matched = static_cast<const uint8_t*>(matched_->data());
  const auto for_each = [&](auto&& visit) -> Status {
    for (const RowSegment& segment : segments_)
      TRY_STATUS(segment.for_each_piece([&](uint32_t chunk, uint32_t first, uint32_t rows) -> Status {
        TRY_STATUS(cancel.check());
        const uint64_t begin = segment.base + uint64_t{chunk} * limits::kVectorRowsMax + first;
        for (uint64_t id = begin; id < begin + rows; ++id)
          if (matched[id] == 0) visit(id);
        return kDone;
      }));
    return kDone;
  };
  uint64_t count = 0;
  TRY_STATUS(for_each([&](uint64_t) { ++count; }));
  TRY(ids, Buffer::allocate(budget, kConsumer, std::max<uint64_t>(count, 1) * sizeof(uint64_t)));
  auto* next = static_cast<uint64_t*>(ids->data());
  TRY_STATUS(for_each([&](uint64_t id) { *next++ = id; }));
  return picked_source({rows_, std::move(ids), 0, count}, budget, "a row of a join's right side");
}

}  // namespace headrace
