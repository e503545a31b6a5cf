#include "runtime/operators/group_result.h"

#include <algorithm>
#include <bit>
#include <mutex>
#include <optional>
#include <span>

#include "base/check.h"
#include "state/exhausted.h"

namespace headrace {

namespace {

// --- one table

class PagesCursor final : public GroupCursor {
 public:
  PagesCursor(std::shared_ptr<Groups> groups, uint32_t page, uint32_t page_end)
      : groups_(std::move(groups)), page_(page), page_end_(page_end) {}

  Result<uint32_t> next(char** rows, std::shared_ptr<const void>& keep) override {
    const RowPages& pages = groups_->table.pages();
    uint32_t count = 0;
    while (count < limits::kVectorRowsMax && page_ < page_end_) {
      if (row_ == pages.page_rows(page_)) {
        ++page_;
        row_ = 0;
        continue;
      }
      rows[count++] = pages.row_at(page_, row_++);
    }
    keep = groups_;
    return count;
  }

 private:
  std::shared_ptr<Groups> groups_;
  uint32_t page_, row_ = 0;
  const uint32_t page_end_;
};

class TableResult final : public GroupResult {
 public:
  explicit TableResult(std::shared_ptr<Groups> groups) : groups_(std::move(groups)) {
    const RowPages& pages = groups_->table.pages();
    uint64_t rows = 0;
    for (uint32_t page = 0; page < pages.pages(); ++page) {
      rows += pages.page_rows(page);
      if (rows < limits::kMorselRowsTarget && page + 1 < pages.pages()) continue;
      page_ends_.push_back(page + 1);
      rows = 0;
    }
  }
  uint64_t morsels() const override { return page_ends_.size(); }
  Result<std::unique_ptr<GroupCursor>> open(uint64_t morsel) override {
    return std::make_unique<PagesCursor>(groups_, morsel == 0 ? 0 : page_ends_[morsel - 1], page_ends_[morsel]);
  }

 private:
  std::shared_ptr<Groups> groups_;
  std::vector<uint32_t> page_ends_;
};

// --- several tables

class ListCursor final : public GroupCursor {
 public:
  ListCursor(char* const* rows, uint64_t count, std::shared_ptr<const void> keep)
      : rows_(rows), count_(count), keep_(std::move(keep)) {}

  Result<uint32_t> next(char** rows, std::shared_ptr<const void>& keep) override {
    const auto count = static_cast<uint32_t>(std::min<uint64_t>(count_ - next_, limits::kVectorRowsMax));
    std::copy_n(rows_ + next_, count, rows);
    next_ += count;
    keep = keep_;
    return count;
  }

 private:
  char* const* const rows_;
  const uint64_t count_;
  uint64_t next_ = 0;
  std::shared_ptr<const void> keep_;
};

class MergedResult final : public GroupResult, public std::enable_shared_from_this<MergedResult> {
 public:
  MergedResult(std::vector<std::shared_ptr<Groups>> tables, MemoryBudget& budget, const CancelToken& cancel)
      : tables_(std::move(tables)), budget_(budget), cancel_(cancel) {
    uint64_t rows = 0;
    for (const auto& groups : tables_) rows += groups->table.size();
    const uint64_t wanted = std::clamp<uint64_t>(rows / limits::kMorselRowsTarget, 1, 256);
    const auto bits = static_cast<uint32_t>(std::bit_width(std::bit_ceil(wanted)) - 1);
    for (uint64_t i = 0; i < uint64_t{1} << bits; ++i) partitions_.push_back(std::make_unique<Partition>());
    std::vector<uint64_t> begins;
    for (const auto& groups : tables_) {
      char** first = groups->table.partition_rows(bits, begins, cancel_);
      if (first == nullptr) return;  // open() fails then
      for (size_t i = 0; i < partitions_.size(); ++i) {
        partitions_[i]->parts.push_back({first + begins[i], begins[i + 1] - begins[i]});
      }
    }
  }

  uint64_t morsels() const override { return partitions_.size() * tables_.size(); }

  // Morsel m is what partition m / tables keeps of table m % tables.
  Result<std::unique_ptr<GroupCursor>> open(uint64_t morsel) override {
    TRY_STATUS(cancel_.check());
    Partition& partition = *partitions_[morsel / tables_.size()];
    std::lock_guard lock(partition.mutex);
    if (partition.merged == nullptr) {
      partition.merged = std::make_shared<Groups>(tables_[0]->shape, budget_);
      if (const Status status = merge(partition); !status.ok()) partition.failed = status.error();
    }
    if (partition.failed.has_value()) return *partition.failed;
    const Part& part = partition.parts[morsel % tables_.size()];
    return std::make_unique<ListCursor>(part.rows, part.count, shared_from_this());
  }

 private:
  struct Part {
    char** rows;  // in the slots of the table; what is left after merging stands first
    uint64_t count;
  };
  struct Partition {
    std::mutex mutex;
    std::vector<Part> parts;  // by table
    std::shared_ptr<Groups> merged;
    std::optional<Error> failed;  // of the merge, which cannot be repeated
  };

  static constexpr uint64_t kAhead = 16;  // rows whose memory is fetched in advance

  // As many slots as if most keys were in one part alone, where memory allows: a table that grows looks at all its rows again, which lie
  // anywhere.
  static Status reserve_slots(GroupTable& table, std::span<const Part> parts) {
    uint64_t all = 0, most = 0;
    for (const Part& part : parts) {
      all += part.count;
      most = std::max(most, part.count);
    }
    return table.reserve(std::min(all, 2 * most)).ok() ? kDone : table.reserve(most);
  }

  // The first row of a key takes up the states of the others, where it lies. What states grow by lies in `merged`, whose
  // arena says whether all of it found room. kLimit leaves rows that were merged beside rows that were not.
  static Status merge(Partition& partition) {
    Groups& merged = *partition.merged;
    TRY_STATUS(reserve_slots(merged.table, partition.parts));
    for (Part& part : partition.parts) {
      uint64_t kept = 0;
      for (uint64_t i = 0; i < part.count; ++i) {
        if (i + 2 * kAhead < part.count) __builtin_prefetch(part.rows[i + 2 * kAhead]);
        if (i + kAhead < part.count) merged.table.prefetch_slot(part.rows[i + kAhead]);
        char* row = merged.table.find_or_adopt(part.rows[i]);
        if (row == nullptr) return exhausted(merged.reservation);
        if (row == part.rows[i]) {
          part.rows[kept++] = row;
        } else {
          merged.merge_states(row, part.rows[i]);
        }
      }
      part.count = kept;
    }
    return merged.table.arena().exhausted() ? Status(exhausted(merged.reservation)) : kDone;
  }

  std::vector<std::shared_ptr<Groups>> tables_;
  MemoryBudget& budget_;
  const CancelToken& cancel_;
  std::vector<std::unique_ptr<Partition>> partitions_;
};

// --- files

struct SpilledGroups {
  std::shared_ptr<const GroupShape> shape;
  std::shared_ptr<GroupFiles> files;
  StateFiles& state_files;
  MemoryBudget& budget;
  const uint64_t bytes_max;
};

class FilesCursor final : public GroupCursor {
 public:
  FilesCursor(std::shared_ptr<SpilledGroups> spilled, uint32_t partition)
      : spilled_(std::move(spilled)), files_(spilled_->files), partition_(partition), partition_end_(partition + 1) {}

  Result<uint32_t> next(char** rows, std::shared_ptr<const void>& keep) override {
    for (;;) {
      if (loaded_ != nullptr) {
        TRY(count, loaded_->next(rows, keep));
        if (count > 0) return count;
        loaded_.reset();
      }
      keep.reset();
      if (split_ != nullptr) {
        TRY(count, split_->next(rows, keep));
        if (count > 0) return count;
        split_.reset();
      }
      if (partition_ == partition_end_) return 0u;
      const std::string& path = files_->path(partition_++);
      if (!path.empty()) TRY_STATUS(load(path));
    }
  }

 private:
  FilesCursor(std::shared_ptr<SpilledGroups> spilled, std::shared_ptr<GroupFiles> files)
      : spilled_(std::move(spilled)),
        files_(std::move(files)),
        partition_(0),
        partition_end_(GroupFiles::kPartitions) {}

  // Sets loaded_, or split_ when the groups do not fit, or leave the reader no memory.
  Status load(const std::string& path) {
    auto groups = std::make_shared<Groups>(spilled_->shape, spilled_->budget);
    {
      StateMerger merger(*groups);
      TRY(reader, spilled_->state_files.open(spilled_->shape->state_schema, path));
      Batch batch;
      for (;;) {
        const auto read = reader->read(batch);
        if (read.ok() && !read.value()) break;
        const bool starves = !read.ok() && read.error().code == ErrorCode::kLimit && groups->table.size() > 0;
        if (!read.ok() && !starves) return read.error();
        bool fits = false;
        if (!starves) {
          TRY(merged, merger.merge(batch));
          fits = merged;
        }
        if (!fits || groups->table.bytes() > spilled_->bytes_max) {
          if (files_->depth() + 2 * GroupFiles::kBits > GroupFiles::kDepthMax) {
            return Error{ErrorCode::kLimit,
                         "aggregate: some groups do not fit the memory limit, however often they are split", "",
                         "raise memory_limit"};
          }
          groups->table.clear();
          break;
        }
      }
      if (groups->table.size() == 0) return split(path);
    }
    loaded_ = std::make_unique<PagesCursor>(groups, 0, groups->table.pages().pages());
    return kDone;
  }

  Status split(const std::string& path) {
    auto parts =
        std::make_shared<GroupFiles>(spilled_->shape, spilled_->state_files, files_->depth() + GroupFiles::kBits);
    TRY(reader, spilled_->state_files.open(spilled_->shape->state_schema, path));
    Batch batch;
    for (;;) {
      TRY(more, reader->read(batch));
      if (!more) break;
      TRY_STATUS(parts->route(batch));
    }
    TRY_STATUS(parts->close());
    split_.reset(new FilesCursor(spilled_, std::move(parts)));
    return kDone;
  }

  std::shared_ptr<SpilledGroups> spilled_;
  std::shared_ptr<GroupFiles> files_;
  uint32_t partition_;
  const uint32_t partition_end_;
  std::unique_ptr<GroupCursor> loaded_;
  std::unique_ptr<FilesCursor> split_;
};

class FilesResult final : public GroupResult {
 public:
  explicit FilesResult(std::shared_ptr<SpilledGroups> spilled) : spilled_(std::move(spilled)) {}
  uint64_t morsels() const override { return GroupFiles::kPartitions; }
  Result<std::unique_ptr<GroupCursor>> open(uint64_t morsel) override {
    return std::make_unique<FilesCursor>(spilled_, static_cast<uint32_t>(morsel));
  }

 private:
  std::shared_ptr<SpilledGroups> spilled_;
};

// --- source

class GroupReader final : public MorselReader {
 public:
  GroupReader(std::shared_ptr<const GroupShape> shape, std::shared_ptr<GroupResult> result, uint64_t morsel,
              MemoryBudget& budget)
      : shape_(std::move(shape)),
        result_(std::move(result)),
        morsel_(morsel),
        budget_(budget),
        rows_(limits::kVectorRowsMax) {}

  uint64_t morsel() const override { return morsel_; }

  Result<bool> next(uint32_t rows_max, Batch& out) override {
    if (cursor_ == nullptr) {
      TRY(cursor, result_->open(morsel_));
      cursor_ = std::move(cursor);
    }
    if (begin_ == end_) {
      TRY(count, cursor_->next(rows_.data(), keep_));
      begin_ = 0;
      end_ = count;
    }
    if (begin_ == end_) return false;
    const uint32_t count = std::min(rows_max, end_ - begin_);
    TRY(batch, result_batch(*shape_, rows_.data() + begin_, count, budget_, keep_));
    out = std::move(batch);
    out.morsel = morsel_;
    out.sequence = sequence_;
    begin_ += count;
    sequence_ += count;
    return true;
  }

 private:
  const std::shared_ptr<const GroupShape> shape_;
  const std::shared_ptr<GroupResult> result_;
  const uint64_t morsel_;
  MemoryBudget& budget_;
  std::unique_ptr<GroupCursor> cursor_;
  std::shared_ptr<const void> keep_;
  std::vector<char*> rows_;
  uint32_t begin_ = 0, end_ = 0;  // of rows_, what was not given out yet
  uint64_t sequence_ = 0;
};

class GroupSource final : public Source {
 public:
  GroupSource(std::shared_ptr<const GroupShape> shape, std::shared_ptr<GroupResult> result, MemoryBudget& budget)
      : shape_(std::move(shape)), result_(std::move(result)), budget_(budget) {}

  Result<Claim> claim() override {
    const uint64_t morsel = next_.fetch_add(1, std::memory_order_relaxed);
    if (morsel >= result_->morsels()) return Claim(End{});
    return Claim(std::make_unique<GroupReader>(shape_, result_, morsel, budget_));
  }
  bool ordered() const override { return false; }
  std::string locate(uint64_t, uint64_t) const override { return "a group of an aggregation"; }

 private:
  const std::shared_ptr<const GroupShape> shape_;
  const std::shared_ptr<GroupResult> result_;
  MemoryBudget& budget_;
  std::atomic<uint64_t> next_{0};
};

}  // namespace

std::shared_ptr<GroupResult> table_result(std::shared_ptr<Groups> groups) {
  return std::make_shared<TableResult>(std::move(groups));
}

std::shared_ptr<GroupResult> merged_result(std::vector<std::shared_ptr<Groups>> tables, MemoryBudget& budget,
                                           const CancelToken& cancel) {
  CHECK(!tables.empty());
  return std::make_shared<MergedResult>(std::move(tables), budget, cancel);
}

std::shared_ptr<GroupResult> spilled_result(std::shared_ptr<const GroupShape> shape, std::shared_ptr<GroupFiles> files,
                                            StateFiles& state_files, MemoryBudget& budget, uint64_t bytes_max) {
  return std::make_shared<FilesResult>(std::shared_ptr<SpilledGroups>(
      new SpilledGroups{std::move(shape), std::move(files), state_files, budget, bytes_max}));
}

std::unique_ptr<Source> group_source(std::shared_ptr<const GroupShape> shape, std::shared_ptr<GroupResult> result,
                                     MemoryBudget& budget) {
  return std::make_unique<GroupSource>(std::move(shape), std::move(result), budget);
}

}  // namespace headrace
