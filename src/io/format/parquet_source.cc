#include "io/format/parquet_source.h"

#include <algorithm>
#include <functional>
#include <mutex>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "io/format/file_table.h"
#include "io/format/parquet_pruning.h"
#include "io/format/parquet_row_group.h"
#include "io/parquet/describe_leaf.h"
#include "io/parquet/flat_column.h"
#include "plan/column_claims.h"

namespace headrace {
namespace {

// One piece, read by one worker.
class PieceReader final : public MorselReader {
 public:
  PieceReader(std::shared_ptr<const ParquetScan> scan, std::shared_ptr<ParquetRowGroup> group, uint64_t piece,
              uint64_t morsel, std::function<void()> done)
      : scan_(std::move(scan)),
        group_(std::move(group)),
        piece_(piece),
        morsel_(morsel),
        rows_(group_->piece_rows(piece)),
        done_(std::move(done)),
        runs_(scan_->leaves.size()),
        by_leaf_(scan_->leaves.size()) {
    for (uint32_t leaf = 0; leaf < runs_.size(); ++leaf)
      if (group_->pages(leaf) != nullptr)
        runs_[leaf].flat = std::make_unique<parquet_in::FlatColumn>(group_->pages(leaf));
  }

  ~PieceReader() override {
    group_->drop(piece_);
    finish();
  }

  uint64_t morsel() const override { return morsel_; }

  Result<bool> next(uint32_t rows_max, Batch& out) override {
    CHECK(rows_max > 0);
    if (row_ == rows_) {
      finish();
      return false;
    }
    TRY_STATUS(scan_->cancel->check());
    uint64_t rows = std::min<uint64_t>(rows_max, rows_ - row_);
    // Readers of neighbouring pieces begin with different columns, so that they seldom wait for each other.
    const size_t leaves = runs_.size();
    for (size_t i = 0; i < leaves; ++i) {
      const auto leaf = static_cast<uint32_t>((i + piece_ * ((leaves + 1) / 2)) % leaves);
      Run& run = runs_[leaf];
      if (run.flat != nullptr) continue;
      if (run.first == run.decoded.rows) {
        TRY(decoded, group_->take(leaf, piece_));
        run = {std::move(decoded), 0, nullptr};
      }
      rows = std::min(rows, run.decoded.rows - run.first);
    }
    out.rows = static_cast<uint32_t>(rows);
    out.columns.clear();
    batch_row_ = row_;
    batch_rows_ = out.rows;
    std::fill(by_leaf_.begin(), by_leaf_.end(), Vector{});
    for (size_t column = 0; column < scan_->positions.size(); ++column) {
      const uint32_t leaf = scan_->positions[column];
      if (!scan_->late[column] && by_leaf_[leaf].data == nullptr) {
        TRY(vector, read(runs_[leaf], {}));
        by_leaf_[leaf] = std::move(vector);
      }
      out.columns.push_back(by_leaf_[leaf]);
    }
    out.morsel = morsel_;
    out.sequence = row_;
    row_ += rows;
    return true;
  }

  Result<Vector> decode_column(uint32_t column, const uint16_t* selection, uint32_t selected) override {
    Vector& vector = by_leaf_[scan_->positions[column]];
    if (vector.data == nullptr) {
      TRY(decoded, read(runs_[scan_->positions[column]], {selection, selected}));
      vector = std::move(decoded);
    }
    return vector;
  }

 private:
  struct Run {
    DecodedRun decoded;
    uint64_t first = 0;  // rows of it that were given out
    std::unique_ptr<parquet_in::FlatColumn> flat;  // of a column that we decode
  };

  // The batch's rows in one column.
  Result<Vector> read(Run& run, parquet_in::WantedRows wanted) {
    if (run.flat != nullptr)
      return run.flat->read(piece_ * limits::kMorselRowsTarget + batch_row_, batch_rows_, wanted);
    Vector vector = slice(run.decoded.vector, run.first);
    run.first += batch_rows_;
    return vector;
  }

  void finish() {
    if (done_ != nullptr) std::exchange(done_, nullptr)();
  }

  const std::shared_ptr<const ParquetScan> scan_;
  const std::shared_ptr<ParquetRowGroup> group_;
  const uint64_t piece_;
  const uint64_t morsel_;
  const uint64_t rows_;
  std::function<void()> done_;
  uint64_t row_ = 0;  // rows given out
  std::vector<Run> runs_;  // by leaf
  // The batch that was given out last.
  uint64_t batch_row_ = 0;
  uint32_t batch_rows_ = 0;
  std::vector<Vector> by_leaf_;  // those that were decoded
};

// Which pieces are read by whom. Morsels are pieces, numbered without gaps in the order of the file's rows.
class PieceClaims {
 public:
  PieceClaims(const ParquetFile& file, const std::vector<int>& groups) {
    for (const int group : groups) {
      const auto rows = static_cast<uint64_t>(file.metadata->RowGroup(group)->num_rows());
      const uint64_t pieces = rows / limits::kMorselRowsTarget + (rows % limits::kMorselRowsTarget > 0 ? 1 : 0);
      if (pieces == 0) continue;
      groups_.push_back({group, morsels_, pieces, 0, 0, nullptr});
      morsels_ += pieces;
    }
  }

  struct Piece {
    std::shared_ptr<ParquetRowGroup> group;
    uint64_t piece, morsel;
    size_t index;  // what done() takes
  };

  // A row group that nobody reads at the moment goes on first, then a new one begins; so each worker has a row group to
  // itself as long as there are enough. Else workers share the first one that has pieces left.
  std::optional<Piece> claim(const std::shared_ptr<const ParquetScan>& scan) {
    std::lock_guard lock(mutex_);
    while (first_ < opened_ && groups_[first_].next == groups_[first_].pieces) ++first_;
    size_t chosen = groups_.size();
    for (size_t i = first_; i < opened_ && chosen == groups_.size(); ++i)
      if (groups_[i].next < groups_[i].pieces && groups_[i].readers == 0) chosen = i;
    if (chosen == groups_.size() && opened_ < groups_.size()) {
      chosen = opened_++;
      groups_[chosen].rows = std::make_shared<ParquetRowGroup>(scan, groups_[chosen].group);
    }
    for (size_t i = first_; i < opened_ && chosen == groups_.size(); ++i)
      if (groups_[i].next < groups_[i].pieces) chosen = i;
    if (chosen == groups_.size()) return std::nullopt;
    Group& group = groups_[chosen];
    ++group.readers;
    const uint64_t piece = group.next++;
    Piece claimed{group.rows, piece, group.first_morsel + piece, chosen};
    if (group.next == group.pieces) group.rows.reset();
    return claimed;
  }

  void done(size_t index) {
    std::lock_guard lock(mutex_);
    --groups_[index].readers;
  }

  // The row of the file.
  uint64_t row_of(const ParquetFile& file, uint64_t morsel, uint64_t row) const {
    const auto after = std::upper_bound(groups_.begin(), groups_.end(), morsel,
                                        [](uint64_t wanted, const Group& g) { return wanted < g.first_morsel; });
    CHECK(after != groups_.begin());
    const Group& group = *std::prev(after);
    return file.first_rows[static_cast<size_t>(group.group)] +
           (morsel - group.first_morsel) * limits::kMorselRowsTarget + row;
  }

 private:
  struct Group {
    int group;
    uint64_t first_morsel, pieces, next;
    uint32_t readers;
    std::shared_ptr<ParquetRowGroup> rows;  // from its first claim to its last
  };

  std::mutex mutex_;
  std::vector<Group> groups_;
  uint64_t morsels_ = 0;
  size_t first_ = 0, opened_ = 0;  // groups_[0, first_) are claimed, those from opened_ on untouched
};

class ParquetSource final : public Source {
 public:
  ParquetSource(std::shared_ptr<const ParquetScan> scan, const std::vector<int>& groups)
      : scan_(std::move(scan)), claims_(std::make_shared<PieceClaims>(*scan_->file, groups)) {}

  Result<Claim> claim() override {
    const auto piece = claims_->claim(scan_);
    if (!piece.has_value()) return Claim(End{});
    return Claim(std::make_unique<PieceReader>(scan_, piece->group, piece->piece, piece->morsel,
                                               [claims = claims_, index = piece->index] { claims->done(index); }));
  }
  bool ordered() const override { return true; }
  bool claims_in_order() const override { return false; }
  std::string locate(uint64_t morsel, uint64_t row) const override {
    return parquet_row_text(*scan_->file, claims_->row_of(*scan_->file, morsel, row));
  }

 private:
  const std::shared_ptr<const ParquetScan> scan_;
  const std::shared_ptr<PieceClaims> claims_;
};

class ParquetTable final : public FileTable<ParquetFile>, public ColumnClaims {
 public:
  using FileTable::FileTable;
  std::optional<uint64_t> row_count() const override { return file_->rows; }
  bool decodes_late() const override { return true; }
  std::optional<ValueRange> claimed_range(uint32_t column) const override {
    return headrace::claimed_range(*file_, column);
  }
  ScanReport report(const ScanRequest& request) const override { return prune_row_groups(*file_, request).report; }

  Result<std::unique_ptr<Source>> scan(const ScanRequest& request, QueryContext& context) const override {
    auto scan = std::make_shared<ParquetScan>();
    scan->file = file_;
    scan->columns = request.columns;
    scan->allocate = budget_allocator(context.budget, "parquet reader");
    scan->cancel = &context.cancel;
    for (const uint32_t column : request.columns) {
      const ParquetColumn& place = file_->columns[column];
      if (!place.refused.empty()) return unreadable_column(file_->schema[column].name, place.refused, file_->path);
      scan->leaves.push_back(place.first_leaf);
    }
    sort_once(scan->leaves);
    scan->budget = &context.budget;
    scan->flat.resize(scan->leaves.size());
    for (const uint32_t column : request.columns) {
      const auto at = std::lower_bound(scan->leaves.begin(), scan->leaves.end(), file_->columns[column].first_leaf);
      const auto position = static_cast<uint32_t>(at - scan->leaves.begin());
      scan->positions.push_back(position);
      scan->flat[position] = flat_column(column);
    }
    // Those that Arrow decodes come at once.
    scan->late.assign(request.columns.size(), false);
    for (const uint32_t column : request.late) scan->late[column] = scan->flat[scan->positions[column]].has_value();
    return std::make_unique<ParquetSource>(std::move(scan), prune_row_groups(*file_, request).kept);
  }

 private:
  std::optional<ParquetFlat> flat_column(uint32_t column) const {
    const ParquetColumn& place = file_->columns[column];
    if (place.leaf < 0) return std::nullopt;
    const auto leaf = parquet_in::describe_leaf(*file_->metadata->schema()->Column(place.leaf), file_->schema[column]);
    if (!leaf.has_value()) return std::nullopt;
    const auto conversion = parquet_in::find_conversion(*leaf);
    if (!conversion.has_value()) return std::nullopt;
    return ParquetFlat{*leaf, *conversion};
  }
};

}  // namespace

Result<std::shared_ptr<const ScannableTable>> open_parquet(World& world, MemoryBudget& budget,
                                                           const std::string& path) {
  return table_over<ParquetTable>(open_parquet_file(world, budget, path));
}

}  // namespace headrace
