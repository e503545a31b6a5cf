// runtime/operators/group_row_list.h — the rows of one group that an aggregate wants in an order of its own, or rid of repeats:
// kept as bytes in the group's arena until the group is complete, then sorted and given to the aggregate's state.
//
//   record  [key bytes: uint32][value bytes: uint32][key][values]
//   key     the call's ORDER BY, then the row's ordinal, or without an order of the input all columns, so that first(a) and first(b) agree
//           on the row; with DISTINCT, and for sorted values, the arguments (state/sort_key.h)
//   values  per argument: 1, then the value (utf8: uint32 size and the bytes); 0 for null
//
// Of first and last only the best record is kept. With DISTINCT, repeats are removed whenever a list has doubled since. A
// group's list must fit in memory when its result is made.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fuse/stage.h"
#include "kernel/loops.h"
#include "state/flatten.h"
#include "state/sort_key.h"
#include "types/batch.h"

namespace headrace {

// A group's state; plain bytes that may be moved.
struct RowListState {
  struct Chunk {
    Chunk* next;
    uint32_t used, room;  // bytes behind this header
    char* bytes() { return reinterpret_cast<char*>(this + 1); }
    const char* bytes() const { return reinterpret_cast<const char*>(this + 1); }
  };
  Chunk* first;
  Chunk* last;
  uint64_t rows;
  uint64_t bytes;
  uint64_t tidy_at;  // with DISTINCT: how many bytes the list may have before repeats are removed
};

class GroupRowList {
 public:
  // A worker's scratch.
  class Encoder;

  // `input` is the schema of the batches.
  GroupRowList(const GroupAggregate& aggregate, const Schema& input);

  void init(void* state) const { *static_cast<RowListState*>(state) = RowListState{nullptr, nullptr, 0, 0, kTidyMin}; }
  std::unique_ptr<Encoder> encoder() const;
  // Adds row i of the batch to the list at rows[i] + offset, for i in [first, last); with a selection, row selection[i]. When
  // memory ends, the arena says so.
  void update(uint32_t input, const Batch& batch, const uint16_t* selection, uint32_t first, uint32_t last,
              char* const* rows, uint32_t offset, Encoder& encoder, Arena& arena) const;
  void merge(void* state, const void* other, Arena& arena) const;
  // The result over the sorted rows, as AggregateFunctions::finish. What it points to lies in the list or in `arena`. kLimit.
  Result<bool> finish(const void* state, void* out, uint32_t& fault_bits, int32_t scale, Reservation& reservation,
                      Arena& arena) const;

  void serialize(const void* state, std::string& to) const;
  bool deserialize(void* state, std::string_view from, Arena& arena) const;  // false: damaged, or no memory

 private:
  static constexpr uint64_t kTidyMin = 4'096;
  struct Argument {
    uint32_t column;
    Type type;
  };
  bool keeps_one() const { return overload_->order == StateOrder::kFirst || overload_->order == StateOrder::kLast; }
  bool add(RowListState& list, const char* record, uint32_t bytes, Arena& arena) const;
  bool replace(RowListState& list, const char* record, uint32_t bytes, Arena& arena) const;
  bool tidy(RowListState& list, Arena& arena) const;
  uint32_t decode(const char* const* records, uint32_t count, std::vector<std::vector<char>>& values,
                  std::vector<std::vector<uint8_t>>& validity) const;
  bool well_formed(std::string_view record) const;

  const AggregateOverload* overload_;
  const AggregateFunctions* functions_;
  const Schema input_;
  std::vector<Argument> arguments_;
  std::vector<SortKeyPart> parts_;
  std::optional<uint32_t> filter_;
  bool distinct_, by_input_;
};

// What encodes a batch's rows: keys of all of them, and the arguments' flat columns.
class GroupRowList::Encoder {
 public:
  explicit Encoder(const GroupRowList& list);

 private:
  friend class GroupRowList;
  SortKeyEncoder keys_;
  std::vector<Flattener> flatteners_;
  std::vector<FlatColumn> columns_;
  std::string record_;
};

}  // namespace headrace
