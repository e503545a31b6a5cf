#include "runtime/operators/sorted_runs.h"

#include <algorithm>
#include <atomic>

namespace headrace {

SortedRuns::SortedRuns(std::vector<std::unique_ptr<SortRun>> runs, const Schema& schema, uint64_t offset,
                       uint64_t kept_max)
    : runs_(std::move(runs)), rows_(schema) {
  uint64_t total = 0;
  for (const auto& run : runs_) {
    bases_.push_back(rows_.add(run->store()));
    total += run->rows();
  }
  end_ = std::min(total, kept_max);
  first_ = std::min(offset, end_);
}

// Narrows [low, high) of each run by what its middle entry's rank says, always of the widest. Equal entries count by run.
std::vector<uint64_t> SortedRuns::split(uint64_t rank) const {
  std::vector<uint64_t> low(runs_.size(), 0);
  std::vector<uint64_t> high;
  for (const auto& run : runs_) high.push_back(std::min(run->rows(), rank));
  std::vector<uint64_t> before(runs_.size());
  for (;;) {
    size_t widest = 0;
    for (size_t i = 1; i < runs_.size(); ++i)
      if (high[i] - low[i] > high[widest] - low[widest]) widest = i;
    if (runs_.empty() || high[widest] == low[widest]) return low;
    const uint64_t middle = low[widest] + (high[widest] - low[widest]) / 2;
    const SortEntry& pivot = entries(widest)[middle];
    uint64_t smaller = 0;
    for (size_t i = 0; i < runs_.size(); ++i) {
      const SortEntry* const begin = entries(i).begin();
      const SortEntry* const end = entries(i).end();
      before[i] =
          i == widest
              ? middle
              : static_cast<uint64_t>(
                    (i < widest ? std::upper_bound(begin, end, pivot) : std::lower_bound(begin, end, pivot)) - begin);
      smaller += before[i];
    }
    const bool among = smaller < rank;  // the pivot is one of the first `rank`
    for (size_t i = 0; i < runs_.size(); ++i) {
      if (among) {
        low[i] = std::max(low[i], before[i] + (i == widest ? 1 : 0));
      } else {
        high[i] = std::min(high[i], before[i]);
      }
    }
  }
}

namespace {

class MergedReader final : public MorselReader {
 public:
  MergedReader(std::shared_ptr<const SortedRuns> runs, uint64_t begin, uint64_t end, uint64_t morsel,
               QueryContext& context)
      : runs_(std::move(runs)), left_(end - begin), morsel_(morsel), context_(context) {
    const std::vector<uint64_t> places = runs_->split(begin);
    for (size_t run = 0; run < runs_->count(); ++run) {
      const AccountedArray<SortEntry>& entries = runs_->entries(run);
      if (places[run] < entries.size())
        heads_.push_back({entries.begin() + places[run], entries.end(), runs_->base(run)});
    }
    std::make_heap(heads_.begin(), heads_.end(), later);
  }

  uint64_t morsel() const override { return morsel_; }

  Result<bool> next(uint32_t rows_max, Batch& out) override {
    TRY_STATUS(context_.cancel.check());
    uint64_t ids[limits::kVectorRowsMax];
    Batch batch;
    batch.rows = static_cast<uint32_t>(std::min<uint64_t>(rows_max, left_));
    if (batch.rows == 0) return false;
    take(ids, batch.rows);
    for (uint32_t column = 0; column < runs_->rows().schema().size(); ++column) {
      TRY(vector, runs_->rows().gather(column, ids, batch.rows, context_.budget, "result"));
      batch.columns.push_back(std::move(vector));
    }
    batch.morsel = morsel_;
    batch.sequence = sequence_;
    sequence_ += batch.rows;
    left_ -= batch.rows;
    out = std::move(batch);
    return true;
  }

 private:
  struct Head {
    const SortEntry* next;
    const SortEntry* end;
    uint64_t base;
  };
  static bool later(const Head& left, const Head& right) { return *right.next < *left.next; }

  void take(uint64_t* ids, uint32_t count) {
    if (heads_.size() == 2) return take_of_two(ids, count);
    for (uint32_t i = 0; i < count; ++i) {
      if (heads_.size() == 1) {
        ids[i] = heads_[0].base + heads_[0].next++->row;
        continue;
      }
      std::pop_heap(heads_.begin(), heads_.end(), later);
      Head& first = heads_.back();
      ids[i] = first.base + first.next->row;
      if (++first.next == first.end) {
        heads_.pop_back();
      } else {
        std::push_heap(heads_.begin(), heads_.end(), later);
      }
    }
  }

  void take_of_two(uint64_t* ids, uint32_t count) {
    Head one = heads_[0];
    Head other = heads_[1];
    uint32_t i = 0;
    while (i < count && one.next != one.end && other.next != other.end) {
      Head& first = *other.next < *one.next ? other : one;
      ids[i++] = first.base + first.next++->row;
    }
    Head& rest = one.next != one.end ? one : other;
    for (; i < count; ++i) ids[i] = rest.base + rest.next++->row;
    heads_ = {one, other};
  }

  const std::shared_ptr<const SortedRuns> runs_;
  uint64_t left_;
  const uint64_t morsel_;
  QueryContext& context_;
  std::vector<Head> heads_;
  uint64_t sequence_ = 0;
};

class SortedRunsSource final : public Source {
 public:
  SortedRunsSource(std::shared_ptr<const SortedRuns> runs, QueryContext& context)
      : runs_(std::move(runs)), context_(context) {}

  Result<Claim> claim() override {
    const uint64_t morsel = next_.fetch_add(1, std::memory_order_relaxed);
    const uint64_t begin = runs_->first() + morsel * limits::kMorselRowsTarget;
    if (begin >= runs_->end()) return Claim(End{});
    const uint64_t end = std::min<uint64_t>(begin + limits::kMorselRowsTarget, runs_->end());
    return Claim(std::make_unique<MergedReader>(runs_, begin, end, morsel, context_));
  }
  bool ordered() const override { return true; }
  std::string locate(uint64_t, uint64_t) const override { return "a row of a sorted result"; }

 private:
  const std::shared_ptr<const SortedRuns> runs_;
  QueryContext& context_;
  std::atomic<uint64_t> next_{0};
};

}  // namespace

std::unique_ptr<Source> sorted_runs_source(std::shared_ptr<const SortedRuns> runs, QueryContext& context) {
  return std::make_unique<SortedRunsSource>(std::move(runs), context);
}

}  // namespace headrace
