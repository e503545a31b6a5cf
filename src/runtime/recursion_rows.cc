#include "runtime/recursion_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <utility>

#include "runtime/operators/group_rows.h"
#include "state/exhausted.h"
#include "types/chunk.h"

namespace headrace {

namespace {

class BatchesReader final : public MorselReader {
 public:
  BatchesReader(std::vector<Batch> batches, uint64_t morsel) : batches_(std::move(batches)), morsel_(morsel) {}
  uint64_t morsel() const override { return morsel_; }

  Result<bool> next(uint32_t rows_max, Batch& out) override {
    while (at_ < batches_.size() && row_ == batches_[at_].rows) {
      ++at_;
      row_ = 0;
    }
    if (at_ == batches_.size()) return false;
    const Batch& batch = batches_[at_];
    out.rows = std::min(rows_max, batch.rows - row_);
    out.columns.clear();
    for (const Vector& column : batch.columns) out.columns.push_back(slice(column, row_));
    out.morsel = morsel_;
    out.sequence = sequence_;
    row_ += out.rows;
    sequence_ += out.rows;
    return true;
  }

 private:
  const std::vector<Batch> batches_;
  const uint64_t morsel_;
  size_t at_ = 0;
  uint32_t row_ = 0;
  uint64_t sequence_ = 0;
};

class WorkingRun final : public Source {
 public:
  explicit WorkingRun(const WorkingRound& round) : round_(round) {
    uint64_t rows = 0;
    for (size_t at = 0; at < round.rows.size(); ++at) {
      if (at % kBatchesPerMorsel == 0) begins_.push_back(rows);
      rows += round.rows[at].rows;
    }
  }

  Result<Claim> claim() override {
    const uint64_t morsel = next_.fetch_add(1, std::memory_order_relaxed);
    if (morsel >= begins_.size()) return Claim(End{});
    const auto first = round_.rows.begin() + static_cast<ptrdiff_t>(morsel * kBatchesPerMorsel);
    const auto last = first + std::min<ptrdiff_t>(kBatchesPerMorsel, round_.rows.end() - first);
    return Claim(make_batches_reader({first, last}, morsel));
  }
  bool ordered() const override { return true; }
  std::string locate(uint64_t morsel, uint64_t row) const override {
    return fmt::format("row {} of round {} of a recursive query", begins_[morsel] + row + 1, round_.round);
  }

 private:
  const WorkingRound& round_;
  std::vector<uint64_t> begins_;  // by morsel: the number of its first row
  std::atomic<uint64_t> next_{0};
};

struct AggregateSink keys_alone(const Schema& columns) {
  struct AggregateSink spec;
  spec.key_columns = static_cast<uint32_t>(columns.size());
  return spec;
}

}  // namespace

std::unique_ptr<Source> make_working_source(const WorkingRound& round) { return std::make_unique<WorkingRun>(round); }

std::unique_ptr<MorselReader> make_batches_reader(std::vector<Batch> batches, uint64_t morsel) {
  return std::make_unique<BatchesReader>(std::move(batches), morsel);
}

struct DistinctRows::State {
  State(const Schema& columns, MemoryBudget& budget)
      : shape(std::make_shared<GroupShape>(keys_alone(columns), columns, columns)),
        groups(std::make_shared<Groups>(shape, budget)),
        reservation(budget, "recursion"),
        keys(shape->layout.keys, reservation) {}

  const std::shared_ptr<const GroupShape> shape;
  const std::shared_ptr<Groups> groups;
  Reservation reservation;
  KeyBatch keys;
  // The first row of the table's pages that was not given yet: they keep rows in the order in which they were added.
  uint32_t page = 0, row = 0;
};

DistinctRows::DistinctRows(const Schema& columns, MemoryBudget& budget)
    : budget_(budget), state_(std::make_unique<State>(columns, budget)) {}
DistinctRows::~DistinctRows() = default;

Result<std::vector<Batch>> DistinctRows::added(const std::vector<Batch>& rows) {
  State& state = *state_;
  GroupTable& table = state.groups->table;
  std::vector<char*> found(limits::kVectorRowsMax);
  for (const Batch& batch : rows) {
    TRY_STATUS(state.keys.pack(batch.columns.data(), batch.rows));
    if (table.find_or_insert(state.keys, 0, found.data()) < batch.rows)
      return exhausted(state.groups->reservation, "raise memory_limit, or let the recursion find fewer rows");
  }
  const RowPages& pages = table.pages();
  std::vector<Batch> fresh;
  std::vector<const char*> group;
  const auto give = [&]() -> Status {
    TRY(batch, result_batch(*state.shape, group.data(), static_cast<uint32_t>(group.size()), budget_, state.groups));
    fresh.push_back(std::move(batch));
    group.clear();
    return kDone;
  };
  for (; state.page < pages.pages(); ++state.page, state.row = 0) {
    for (; state.row < pages.page_rows(state.page); ++state.row) {
      group.push_back(pages.row_at(state.page, state.row));
      if (group.size() == limits::kVectorRowsMax) TRY_STATUS(give());
    }
    if (state.page + 1 == pages.pages()) break;  // it may still grow
  }
  if (!group.empty()) TRY_STATUS(give());
  return fresh;
}

}  // namespace headrace
