// runtime/join_table.h — the build side of a hash join: all rows, and per key the chain of its rows in build order.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "runtime/dense_index.h"
#include "runtime/operators/kept_rows.h"
#include "state/group_table.h"

namespace headrace {

// Immutable once built, but for the marks of rows that matched: probed by many workers at once.
class JoinTable {
 public:
  struct Options {
    uint32_t key_columns;
    std::vector<bool> nulls_equal = {};  // by key column; empty: none
    bool gives_unmatched = false;
    bool null_keys_dropped = false;  // rows with a null key were left out of what is given to build()
  };

  static constexpr uint64_t kNoMatch = StoredRows::kNoRow;

  // Where a worker stands in the batch it probes. One per worker and Probe step, reused from batch to batch.
  class ProbeState {
   public:
    ProbeState(const JoinTable& table, MemoryBudget& budget)
        : reservation_(budget, "join probe"), keys_(table.layout_.keys, reservation_) {}
    // All pairs of the batch have been written: the next call of probe() begins a new batch.
    bool finished() const { return !started_; }
    // The last pair written was the last of its row.
    bool row_complete() const { return chain_ == kEnd; }
    // Goes on behind the row whose pairs were not all written.
    void skip_row() {
      if (chain_ == kEnd) return;
      chain_ = kEnd;
      ++next_;
    }
    // Forgets the rest of the batch.
    void reset() { started_ = false; }

   private:
    friend class JoinTable;
    Reservation reservation_;
    KeyBatch keys_;
    std::vector<char*> groups_;    // of the hash table, by selected row: its group's row, or nullptr
    std::vector<uint32_t> heads_;  // by selected row: the first row of its key, or kEnd
    // Of the dictionary that the only key had codes of: where the chain of each entry begins.
    std::vector<uint32_t> entry_heads_;
    const void* dictionary_ = nullptr;
    std::shared_ptr<const void> dictionary_owner_;  // so that no other dictionary comes to lie there
    uint32_t next_ = 0;          // index into the selected rows
    uint32_t chain_ = kEnd;      // the row at which the chain of next_ goes on; kEnd: at its head
    bool started_ = false;
  };

  // Keys are the first columns. A row with a null in one whose nulls are not equal matches nothing. Joins rows in order of
  // their ordinals, whoever kept them. kLimit when the index does not fit, or for 2^32 rows and more.
  static Result<std::unique_ptr<JoinTable>> build(const Schema& schema, Options options,
                                                  std::vector<std::unique_ptr<KeptRows>> kept, MemoryBudget& budget,
                                                  const CancelToken& cancel);

  // Writes pairs (row of the batch, build row) in order of (row, build order), at most `capacity`, and returns how many;
  // goes on where it stopped in the next call with the same batch, until state.finished().
  //   keys       [key columns], any encoding, of the build keys' types; a null matches nothing, unless nulls are equal
  //   selection  [selected] rows to look up; nullptr: rows 0 … selected-1
  //   capacity   > 0
  //   keeps_rows a row without a match is written once, with kNoMatch
  //   build_rows out
  Result<uint32_t> probe(ProbeState& state, const Vector* keys, const uint16_t* selection, uint32_t selected,
                         bool keeps_rows, uint32_t capacity, uint16_t* probe_rows, uint64_t* build_rows) const;

  // Whether each row has a match, as probe() looks it up. `state` has no batch in progress.
  //   found  [selected] out: SQL's IN; with several keys none may be null
  enum class Found : uint8_t { kFalse, kTrue, kNull };
  Status find(ProbeState& state, const Vector* keys, const uint16_t* selection, uint32_t selected, Found* found) const;

  // Begins a batch as probe() does, and leaves out the rows without a match: those that are left go on to probe().
  //   kept  [selected] out: rows of the selection that have a match
  Result<uint32_t> keep_found(ProbeState& state, const Vector* keys, const uint16_t* selection, uint32_t selected,
                              uint16_t* kept) const;

  // Remembers that the rows matched; kNoMatch is skipped. Requires Options::gives_unmatched. Thread-safe.
  void remember(const uint64_t* build_rows, uint32_t count) const;
  // The rows that were never remembered, in build order. Lives as long as the table. kLimit.
  Result<std::unique_ptr<Source>> unmatched(MemoryBudget& budget, const CancelToken& cancel) const;

  // The values of build rows, kNoMatch giving null. The first form writes values [count] and, unless nullptr, validity
  // [count]; strings point into the table. The second makes a vector that shares the table's rows; kLimit.
  void gather(uint32_t column, const uint64_t* build_rows, uint32_t count, void* values, uint8_t* validity) const {
    rows_->gather(column, build_rows, count, values, validity);
  }
  Result<Vector> gather(uint32_t column, const uint64_t* build_rows, uint32_t count, MemoryBudget& budget) const {
    return rows_->gather(column, build_rows, count, budget, "join probe");
  }
  bool has_nulls(uint32_t column) const { return rows_->has_nulls(column); }
  uint64_t rows() const { return row_count_; }
  Type key_type(uint32_t key) const { return layout_.keys.fields[key].type; }
  bool matches_null(uint32_t key) const { return !options_.nulls_equal.empty() && options_.nulls_equal[key]; }
  // All rows, in build order; those without a match too.
  const std::vector<RowSegment>& segments() const { return segments_; }
  uint64_t keys() const { return key_count_; }

 private:
  static constexpr uint32_t kEnd = ~uint32_t{0};
  // The state of a group: its first and last row.
  struct Chain {
    uint32_t head, tail;
  };

  JoinTable(const Schema& schema, Options options, MemoryBudget& budget);
  static GroupLayout layout_of(const Schema& schema, const Options& options);
  void link(char* const* groups, uint64_t id, const uint16_t* selection, uint32_t rows, uint32_t* next);
  Status index(MemoryBudget& budget, const CancelToken& cancel);
  Status index_dense(const CancelToken& cancel, uint32_t* next);
  Status index_hashed(const CancelToken& cancel, uint32_t* next);
  Chain chain_of(const char* group) const {
    Chain chain;
    std::memcpy(&chain, group + layout_.state_offsets[0], sizeof chain);
    return chain;
  }
  Status begin(ProbeState& state, const Vector* keys, const uint16_t* selection, uint32_t selected) const;
  Status find_heads(ProbeState& state, const Vector* keys, const uint16_t* selection, uint32_t selected) const;
  Status find_by_code(ProbeState& state, const Vector& key, const uint16_t* selection, uint32_t selected) const;

  const Options options_;
  const GroupLayout layout_;
  Reservation reservation_;
  std::shared_ptr<StoredRows> rows_;
  std::vector<RowSegment> segments_;  // in build order
  std::optional<DenseIndex> dense_;  // else the hash table has the index
  GroupTable table_;
  std::shared_ptr<Buffer> next_;  // uint32_t by row id: the next row of its key, or kEnd
  std::shared_ptr<Buffer> matched_;  // uint8_t by row id; gives_unmatched only
  uint64_t row_count_ = 0;
  uint64_t id_count_ = 0;
  uint64_t key_count_ = 0;
  uint64_t indexed_ = 0;  // rows that have a key
};

}  // namespace headrace
