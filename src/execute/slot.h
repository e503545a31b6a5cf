// execute/slot.h — where the values of a stage lie while a worker runs a batch.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "base/poison.h"
#include "base/work_part.h"
#include "state/arena.h"
#include "types/type.h"

namespace headrace {

// One value of the stage for all rows of the current row domain; `constant`: index 0 stands for every row.
struct Slot {
  const void* data = nullptr;
  const uint8_t* validity = nullptr;  // nullptr: no nulls
  const uint8_t* faults = nullptr;    // Faults bits by row; nullptr: none
  bool constant = false;
  std::shared_ptr<const void> owner;  // of data and validity; empty: the worker's scratch (valid for this batch only)
};

// Room for one value of a stage: limits::kVectorRowsMax rows. Consumers may keep what was handed out; then the next batch
// gets fresh room.
struct ScratchColumn {
  explicit ScratchColumn(TypeId type);
  ScratchColumn(const ScratchColumn&) = delete;
  ScratchColumn& operator=(const ScratchColumn&) = delete;
  ~ScratchColumn();

  void* data;
  uint8_t* validity;
  uint64_t bytes;  // of both, one behind the other
};

// A pool of one: get() returns the same object until somebody else holds it too.
template <class T>
class Reused {
 public:
  // `make` builds a fresh one.
  template <class Make>
  const std::shared_ptr<T>& get(Make&& make) {
    if (held_ == nullptr && replaces_) {
      // In place of what would have been used again: nothing that the query allocates.
      WorkPart* const part = std::exchange(current_part, nullptr);
      held_ = make();
      current_part = part;
    } else if (held_ == nullptr || held_.use_count() > 1) {
      held_ = make();
    } else {
      std::atomic_thread_fence(std::memory_order_acquire);  // after the last other holder's release
    }
    replaces_ = false;
    return held_;
  }
  void forget() {
    held_.reset();
    replaces_ = false;
  }
  // Nobody reads what get() gave last any more, but those who hold it.
  void end() {
    if constexpr (kPoisonsMemory) {
      if (held_ == nullptr || held_.use_count() > 1) return;
      T& ended = *held_;
      bury(std::move(held_), ended.data, ended.bytes);
      replaces_ = true;
    }
  }
  const std::shared_ptr<T>& held() const { return held_; }  // what get() gave last

 private:
  std::shared_ptr<T> held_;
  bool replaces_ = false;  // end() has taken the last one away
};

// Keeps the rows of `selection` (ascending): to[i] = from[selection[i]]. Values are `width` bytes.
void gather_values(const void* from, uint32_t width, const uint16_t* selection, uint32_t selected, void* to);

// Rows where active[i] != 0, of all rows or of those in `among`. Returns how many. `selection` has room for 8 more than rows.
uint32_t select_active(const uint8_t* active, uint32_t rows, const uint16_t* among, uint32_t among_count,
                       uint16_t* selection);

}  // namespace headrace
