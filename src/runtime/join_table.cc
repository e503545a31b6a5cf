#include "runtime/join_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "state/exhausted.h"

namespace headrace {

namespace {

constexpr const char* kConsumer = "join build side";

}  // namespace

// Rows with a null key are not in the table, so no key is nullable.
GroupLayout JoinTable::layout_of(const Schema& schema, uint32_t key_columns) {
  Schema keys(schema.begin(), schema.begin() + key_columns);
  for (Column& key : keys) key.nullable = false;
  GroupLayout layout(keys, {{sizeof(Chain), alignof(Chain)}});
  const Chain empty{kEnd, kEnd};
  std::memcpy(layout.initial.data() + layout.state_offsets[0], &empty, sizeof empty);
  return layout;
}

JoinTable::JoinTable(const Schema& schema, uint32_t key_columns, MemoryBudget& budget)
    : key_columns_(key_columns),
      layout_(layout_of(schema, key_columns)),
      reservation_(budget, kConsumer),
      rows_(schema),
      table_(layout_, reservation_, /*copy_strings=*/false) {}

Result<std::unique_ptr<JoinTable>> JoinTable::build(const Schema& schema, uint32_t key_columns,
                                                    std::vector<std::unique_ptr<KeptRows>> kept, MemoryBudget& budget,
                                                    const CancelToken& cancel) {
  CHECK(key_columns > 0);
  std::unique_ptr<JoinTable> table(new JoinTable(schema, key_columns, budget));
  const std::vector<RowSegment> segments = in_order(kept, table->rows_);
  for (const RowSegment& segment : segments) {
    table->row_count_ += segment.rows;
    table->id_count_ = std::max(table->id_count_, segment.base + segment.first + segment.rows);
  }
  if (table->id_count_ >= kEnd) {
    return Error{ErrorCode::kLimit,
                 fmt::format("the build side of a join holds at most 2^32 rows, found {}", table->row_count_), "",
                 "filter the smaller input of the join first"};
  }
  TRY_STATUS(table->index(segments, budget, cancel));
  return table;
}

Status JoinTable::index(const std::vector<RowSegment>& segments, MemoryBudget& budget, const CancelToken& cancel) {
  TRY(next_buffer, Buffer::allocate(budget, kConsumer, id_count_ * sizeof(uint32_t)));
  next_ = std::move(next_buffer);
  auto* next = static_cast<uint32_t*>(next_->data());
  KeyBatch keys(layout_.keys, reservation_);
  std::vector<char*> groups(limits::kVectorRowsMax);
  for (const RowSegment& segment : segments) {
    TRY_STATUS(segment.for_each_piece([&](uint32_t chunk, uint32_t first, uint32_t rows) -> Status {
      TRY_STATUS(cancel.check());
      const Batch batch = segment.store->slice(chunk, first, rows);
      TRY_STATUS(keys.pack(batch.columns.data(), rows));
      const uint32_t done = table_.find_or_insert(keys, 0, groups.data());
      if (done < rows)
        return exhausted(reservation_, "raise memory_limit, or make the smaller input the second one of the join");
      link(groups.data(), segment.base + uint64_t{chunk} * limits::kVectorRowsMax + first, rows, next);
      return kDone;
    }));
  }
  return kDone;
}

// Appends rows id … id+rows-1 to the chains of their groups.
void JoinTable::link(char* const* groups, uint64_t id, uint32_t rows, uint32_t* next) {
  for (uint32_t i = 0; i < rows; ++i, ++id) {
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
  TRY_STATUS(state.keys_.pack(keys, selected, selection));
  state.groups_.resize(limits::kVectorRowsMax);
  table_.find(state.keys_, state.groups_.data());
  for (uint32_t column = 0; column < key_columns_; ++column) {
    if (keys[column].validity == nullptr) continue;
    for (uint32_t i = 0; i < selected; ++i) {
      if (!keys[column].is_valid(selection != nullptr ? selection[i] : i)) state.groups_[i] = nullptr;
    }
  }
  state.next_ = 0;
  state.chain_ = kEnd;
  state.started_ = true;
  return kDone;
}

Result<uint32_t> JoinTable::probe(ProbeState& state, const Vector* keys, const uint16_t* selection, uint32_t selected,
                                  JoinKind kind, uint32_t capacity, uint16_t* probe_rows, uint64_t* build_rows) const {
  CHECK(capacity > 0 && selected <= limits::kVectorRowsMax);
  if (!state.started_) TRY_STATUS(begin(state, keys, selection, selected));
  const auto* next = static_cast<const uint32_t*>(next_->data());
  uint32_t count = 0;
  while (state.next_ < selected) {
    if (count == capacity) return count;
    const auto row = static_cast<uint16_t>(selection != nullptr ? selection[state.next_] : state.next_);
    const char* group = state.groups_[state.next_];
    if (group == nullptr) {
      if (kind == JoinKind::kLeft) {
        probe_rows[count] = row;
        build_rows[count++] = kNoMatch;
      }
      ++state.next_;
      continue;
    }
    const Chain chain = chain_of(group);
    uint32_t at = state.chain_ == kEnd ? chain.head : state.chain_;
    for (;;) {
      probe_rows[count] = row;
      build_rows[count++] = at;
      at = at == chain.tail ? kEnd : next[at];
      if (at == kEnd || count == capacity) break;
    }
    state.chain_ = at;
    if (at == kEnd) ++state.next_;
  }
  state.started_ = false;
  return count;
}

}  // namespace headrace
