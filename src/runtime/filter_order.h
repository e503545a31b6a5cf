// runtime/filter_order.h — in which order a worker runs filters that may run in any: by what each of them was measured to cost
// and to keep. Another order gives the same rows.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace headrace {

enum class FilterOrderMode : uint8_t {
  kMeasured,
  kPlanned,
  kRotated,  // another order for each batch; for tests
};

// Shares and costs are moving means over batches. Filters are taken to keep their rows independently of one another; where that
// misleads, the new order measures worse than the old, which comes back and stays for longer each time.
class FilterOrder {
 public:
  static constexpr uint32_t kBatchesBetween = 16;  // two looks at the order
  static constexpr double kGainMin = 0.1;  // of the cost: what another order must promise

  // Filters 0 … filters-1, planned in that order; at least two.
  FilterOrder(uint32_t filters, FilterOrderMode mode);

  // The order for the batch that begins.
  std::span<const uint32_t> begin_batch();
  // What one filter did in this batch; rows_in > 0.
  void note(uint32_t filter, uint32_t rows_in, uint32_t rows_out, uint64_t ns);

  uint32_t changes() const { return changes_; }

 private:
  struct Measured {
    double ns_per_row = 0, share = 1;
    bool known = false;
  };
  double cost_of(std::span<const uint32_t> order) const;
  void look();
  void change_to(std::vector<uint32_t> order);

  const FilterOrderMode mode_;
  std::vector<uint32_t> order_, order_before_;
  std::vector<Measured> measured_;
  uint32_t batches_ = 0;  // since the last look
  uint32_t batches_wanted_ = kBatchesBetween;  // between looks; a trial lasts kBatchesBetween
  uint32_t changes_ = 0;
  uint64_t rows_ = 0, ns_ = 0;  // of whole batches, since the last look
  double ns_per_row_before_ = 0;  // in the order before; 0: the order is not on trial
};

}  // namespace headrace
