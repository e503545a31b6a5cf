#include "io/format/parquet_source.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <mutex>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "io/arrow_file.h"
#include "io/format/file_table.h"
#include "io/format/index_bytes.h"
#include "io/format/parquet_ahead.h"
#include "io/format/parquet_pruning.h"
#include "io/format/parquet_row_group.h"
#include "io/parquet/flat_column.h"
#include "io/parquet/nested_column.h"
#include "plan/column_claims.h"
#include "types/chunk.h"

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
        columns_(scan_->columns.size()) {
    for (uint32_t column = 0; column < columns_.size(); ++column) {
      const ParquetColumn& place = scan_->file->columns[scan_->columns[column]];
      if (place.leaf >= 0)
        columns_[column].flat = std::make_unique<parquet_in::FlatColumn>(group_->pages(column)[0]);
      else
        columns_[column].nested =
            std::make_unique<parquet_in::NestedColumn>(*scan_->trees[column], group_->pages(column),
                                                       scan_->portions[column][static_cast<size_t>(group_->group())]);
    }
    for (size_t output = 0; output < scan_->positions.size(); ++output)
      if (!scan_->late[output]) columns_[scan_->positions[output]].early = true;
  }

  ~PieceReader() override {
    drop_before(rows_);
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
    TRY(passing, find_rows());
    if (passing == 0) {
      finish();
      return false;
    }
    batch_row_ = row_;
    drop_before(batch_row_);
    batch_rows_ = static_cast<uint32_t>(std::min<uint64_t>(rows_max, passing));
    for (Open& column : columns_) {
      column.vector = {};
      if (!column.early || column.nested == nullptr) continue;
      TRY_STATUS(fill(column, batch_rows_));
      batch_rows_ = std::min(batch_rows_, column.rows - column.given);
    }
    for (Open& column : columns_) {
      if (!column.early) continue;
      if (column.nested != nullptr) {
        column.vector = slice(column.run, column.given);
        column.given += batch_rows_;
      } else {
        TRY(vector, column.flat->read(first_row(), batch_rows_));
        column.vector = std::move(vector);
      }
    }
    out.rows = batch_rows_;
    out.columns.clear();
    for (const uint32_t position : scan_->positions) out.columns.push_back(columns_[position].vector);
    out.morsel = morsel_;
    out.sequence = row_;
    row_ += batch_rows_;
    return true;
  }

  Result<Vector> decode_column(uint32_t column, const uint16_t* selection, uint32_t selected) override {
    Open& open = columns_[scan_->positions[column]];
    if (open.vector.data == nullptr) {
      const parquet_in::WantedRows wanted{selection, selected};
      TRY(decoded, open.flat != nullptr ? open.flat->read(first_row(), batch_rows_, wanted)
                                        : open.nested->read(first_row(), batch_rows_, wanted));
      open.vector = std::move(decoded);
    }
    return open.vector;
  }

 private:
  struct Open {
    std::unique_ptr<parquet_in::FlatColumn> flat;  // one of the two
    std::unique_ptr<parquet_in::NestedColumn> nested;
    bool early = false;  // batches have it
    // Nested and early: rows that were assembled, which may be more than a batch takes.
    Vector run = {};
    uint64_t run_row = 0;  // of the row group, the first of them
    uint32_t rows = 0, given = 0;
    Vector vector = {};  // of the batch that was given out last, if it was decoded
  };

  void drop_before(uint64_t row) {
    group_->drop(piece_, dropped_, row - dropped_);
    dropped_ = row;
  }

  uint64_t first_row() const { return piece_ * limits::kMorselRowsTarget + batch_row_; }

  // Moves to the next row that may pass. How many from there on may be read together; 0: none is left.
  Result<uint64_t> find_rows() {
    const uint64_t first = piece_ * limits::kMorselRowsTarget, end = first + rows_;
    for (uint64_t row = first + row_;;) {
      const RowRange range = group_->rows().from(row);
      if (range.begin == range.end || range.begin >= end) {
        row_ = rows_;
        return uint64_t{0};
      }
      row = range.begin;
      if (row >= checked_) {
        TRY(next, group_->pass_over(row, checked_));
        if (next > row) {
          row = next;
          continue;
        }
      }
      row_ = row - first;
      return std::min({range.end, end, checked_}) - row;
    }
  }

  Status fill(Open& column, uint32_t rows_max) {
    if (first_row() < column.run_row + column.rows) {
      column.given = static_cast<uint32_t>(first_row() - column.run_row);
      return kDone;
    }
    column.run = {};
    column.run_row = first_row();
    TRY(some, column.nested->read_some(first_row(), rows_max));
    column.run = std::move(some.vector);
    column.rows = some.rows;
    column.given = 0;
    return kDone;
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
  uint64_t row_ = 0;  // rows given out or passed over
  uint64_t checked_ = 0;  // of the row group: what headers of pages say was looked at up to here
  uint64_t dropped_ = 0;  // rows whose pages are not held for this reader any more
  std::vector<Open> columns_;  // beside ParquetScan::columns
  // The batch that was given out last.
  uint64_t batch_row_ = 0;
  uint32_t batch_rows_ = 0;
};

// Which pieces are read by whom. Morsels are pieces, numbered without gaps in the order of the file's rows.
class PieceClaims {
 public:
  explicit PieceClaims(const PrunedGroups& groups) {
    for (const std::shared_ptr<ParquetGroupIndex>& group : groups) {
      const uint64_t rows = group->rows();
      const uint64_t pieces = rows / limits::kMorselRowsTarget + (rows % limits::kMorselRowsTarget > 0 ? 1 : 0);
      if (pieces == 0) continue;
      groups_.push_back({.number = group->group(), .index = group, .first_morsel = morsels_, .pieces = pieces});
      morsels_ += pieces;
    }
  }

  struct Piece {
    std::shared_ptr<ParquetRowGroup> group;
    uint64_t piece, morsel;
    size_t index;  // what done() takes
  };

  // A row group that nobody reads at the moment goes on first, then a new one begins; so each worker has a row group to
  // itself as long as there are enough. Else workers share the first one that has pieces left. Of a remote file, only row groups whose bytes are here
  // are read. Nothing: those that have pieces left are not here yet, or `ended` says that there are none.
  std::optional<Piece> claim(const std::shared_ptr<const ParquetScan>& scan, bool& ended) {
    std::lock_guard lock(mutex_);
    ended = is_ended();
    if (ended) {
      let_go(*scan);
      return std::nullopt;
    }
    size_t chosen = find([](const Group& group) { return group.readers == 0; });
    if (chosen == groups_.size() && has_more() && !waits_for_bytes()) {
      open_next(scan);
      if (groups_[opened_ - 1].arriving->is_ready()) chosen = opened_ - 1;
    }
    if (chosen == groups_.size()) chosen = find([](const Group&) { return true; });
    if (scan->file->bytes->is_remote() && any_done_) open_ahead(scan);
    if (chosen == groups_.size()) return std::nullopt;
    Group& group = groups_[chosen];
    ++group.readers;
    const uint64_t piece = group.next++;
    Piece claimed{group.arriving->rows(), piece, group.first_morsel + piece, chosen};
    if (group.next == group.pieces) group.let_go();
    return claimed;
  }

  // As Source::end_behind.
  bool end_behind(uint64_t morsel) {
    std::lock_guard lock(mutex_);
    last_morsel_ = std::min(last_morsel_, morsel);
    return is_ended();
  }

  void done(size_t index) {
    std::lock_guard lock(mutex_);
    --groups_[index].readers;
    any_done_ = true;
  }

  // The row of the file.
  uint64_t row_of(const ParquetFile& file, uint64_t morsel, uint64_t row) const {
    const auto after = std::upper_bound(groups_.begin(), groups_.end(), morsel,
                                        [](uint64_t wanted, const Group& g) { return wanted < g.first_morsel; });
    CHECK(after != groups_.begin());
    const Group& group = *std::prev(after);
    return file.first_rows[static_cast<size_t>(group.number)] +
           (morsel - group.first_morsel) * limits::kMorselRowsTarget + row;
  }

 private:
  struct Group {
    int number;  // in the file
    std::shared_ptr<ParquetGroupIndex> index;  // up to its last claim
    uint64_t first_morsel, pieces;
    uint64_t next = 0;  // piece
    uint32_t readers = 0;
    // From its first claim, or before, to its last.
    std::unique_ptr<ArrivingRowGroup> arriving = {};

    void let_go() {
      index.reset();
      arriving.reset();
    }
  };

  // All of these require mutex_.
  bool has_wanted(const Group& group) const {
    return group.next < group.pieces && group.first_morsel + group.next <= last_morsel_;
  }
  bool has_more() const { return opened_ < groups_.size() && has_wanted(groups_[opened_]); }
  bool is_ended() {
    while (first_ < opened_ && !has_wanted(groups_[first_])) ++first_;
    return first_ == opened_ && !has_more();
  }
  void let_go(const ParquetScan& scan) {
    for (Group& group : groups_) group.let_go();
    if (scan.index_bytes != nullptr) scan.index_bytes->let_go();
  }
  // Among the open ones with pieces left and their bytes here, the first that is wanted; groups_.size(): none.
  template <class Wanted>
  size_t find(const Wanted& wanted) const {
    for (size_t i = first_; i < opened_; ++i)
      if (has_wanted(groups_[i]) && wanted(groups_[i]) && groups_[i].arriving->is_ready()) return i;
    return groups_.size();
  }
  // Some open row group's bytes are under way, and nobody reads it.
  bool waits_for_bytes() const {
    for (size_t i = first_; i < opened_; ++i)
      if (has_wanted(groups_[i]) && groups_[i].readers == 0 && !groups_[i].arriving->is_ready()) return true;
    return false;
  }
  void open_next(const std::shared_ptr<const ParquetScan>& scan) {
    Group& group = groups_[opened_++];
    group.arriving = std::make_unique<ArrivingRowGroup>(scan, group.index);
    if (!scan->file->bytes->is_remote() && opened_ < groups_.size()) expect_row_group(*scan, groups_[opened_].number);
  }
  // Asks for row groups that nobody reads yet, at least one and more where they are short. Not before some rows were used up: a LIMIT may have
  // enough of them.
  void open_ahead(const std::shared_ptr<const ParquetScan>& scan) {
    uint64_t bytes = 0;
    uint32_t untouched = 0, of_bytes = 0;
    const auto count = [&](const Group& group) {
      if (group.next > 0 || !has_wanted(group)) return;
      const uint64_t asked = group.arriving->asked_bytes();
      bytes += asked;
      ++untouched;
      of_bytes += asked > 0 ? 1 : 0;
    };
    for (size_t i = first_; i < opened_; ++i) count(groups_[i]);
    while (has_more() && untouched < kUntouchedMax && of_bytes < kAheadGroupsMax &&
           (of_bytes == 0 || bytes < kAheadBytesMax)) {
      open_next(scan);
      count(groups_[opened_ - 1]);
    }
  }

  static constexpr uint32_t kUntouchedMax = 16;  // with those of which nothing is read

  std::mutex mutex_;
  std::vector<Group> groups_;
  uint64_t morsels_ = 0;
  // groups_[0, first_) are claimed, those from opened_ on untouched
  size_t first_ = 0, opened_ = 0;
  uint64_t last_morsel_ = std::numeric_limits<uint64_t>::max();  // that is wanted
  bool any_done_ = false;  // some piece was read
};

class ParquetSource final : public Source {
 public:
  ParquetSource(std::shared_ptr<const ParquetScan> scan, const PrunedGroups& groups)
      : scan_(std::move(scan)), claims_(std::make_shared<PieceClaims>(groups)) {}

  Result<Claim> claim() override {
    bool ended = false;
    const auto piece = claims_->claim(scan_, ended);
    if (!piece.has_value()) return ended ? Claim(End{}) : Claim(Blocked{});
    return Claim(std::make_unique<PieceReader>(scan_, piece->group, piece->piece, piece->morsel,
                                               [claims = claims_, index = piece->index] { claims->done(index); }));
  }
  bool ordered() const override { return true; }
  bool end_behind(uint64_t morsel) override { return claims_->end_behind(morsel); }
  ReadCounts reads() const override { return scan_->counters->counts(); }
  ScanReport scan_report() const override { return scan_->tally->report(); }
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
  std::optional<uint64_t> page_bytes(std::span<const uint32_t> columns) const override {
    uint64_t bytes = 0;
    for (const uint32_t column : columns) bytes += file_->page_bytes[column];
    return bytes;
  }
  bool decodes_late() const override { return true; }
  bool counts_rows() const override { return true; }
  std::optional<ValueRange> claimed_range(uint32_t column) const override {
    return headrace::claimed_range(*file_, column);
  }
  ScanReport report(const ScanRequest& request) const override {
    const std::vector<PruningCondition> conditions = conditions_of(request);
    PruningTally tally(conditions);
    ParquetScan scan;
    choose_columns(request, scan);
    prune_row_groups(file_, {conditions, request.columns, tally}, scan.chunks);
    return tally.report();
  }

  Result<std::unique_ptr<Source>> scan(const ScanRequest& request, QueryContext& context) const override {
    auto scan = std::make_shared<ParquetScan>();
    // What it reads beside its data counts as well: Bloom filters, page indexes.
    auto file = std::make_shared<ParquetFile>(*file_);
    file->bytes = counted_file(file_->bytes, scan->counters);
    scan->file = file;
    if (file->bytes->is_remote()) {  // what it says beside its data is read together for many row groups
      scan->index_bytes = std::make_shared<IndexBytes>(file->bytes, context.budget);
      file = std::make_shared<ParquetFile>(*file);
      file->bytes = scan->index_bytes;
    }
    scan->budget = &context.budget;
    scan->memory.emplace(context.budget, file_->bytes->size_bytes());
    scan->cancel = &context.cancel;
    choose_columns(request, *scan);
    for (const uint32_t column : request.columns) {
      const ParquetColumn& place = file_->columns[column];
      if (!place.refused.empty()) return unreadable_column(file_->schema[column].name, place.refused, file_->path);
      const auto at = std::lower_bound(scan->columns.begin(), scan->columns.end(), column);
      scan->positions.push_back(static_cast<uint32_t>(at - scan->columns.begin()));
    }
    scan->outputs = request.columns;
    scan->conditions = conditions_of(request);
    scan->tally = std::make_shared<PruningTally>(scan->conditions);
    const PrunedGroups groups =
        prune_row_groups(std::move(file), {scan->conditions, scan->outputs, *scan->tally}, scan->chunks);
    TRY_STATUS(measure(groups, *scan));
    scan->late.assign(request.columns.size(), false);
    for (const uint32_t output : request.late) scan->late[output] = can_be_late(scan->positions[output], groups, *scan);
    scan->io_threads = context.io_threads;
    for (const auto& group : groups) scan->groups.push_back(group->group());
    choose_chunks(*scan);
    return std::make_unique<ParquetSource>(std::move(scan), groups);
  }

 private:
  // Columns that cannot be read have no tree, and no chunks.
  void choose_columns(const ScanRequest& request, ParquetScan& scan) const {
    scan.columns = request.columns;
    sort_once(scan.columns);
    for (const uint32_t column : scan.columns) {
      const ParquetColumn& place = file_->columns[column];
      const std::vector<FieldPath> fields = paths_in_column(request.fields, column);
      scan.trees.push_back(place.tree == nullptr || fields.empty()
                               ? place.tree
                               : std::make_shared<const parquet_in::Tree>(narrowed(*place.tree, fields)));
      if (scan.trees.back() != nullptr) append_chunks(place, *scan.trees.back(), scan.chunks);
    }
  }

  static void choose_chunks(ParquetScan& scan) {
    for (size_t output = 0; output < scan.positions.size(); ++output) {
      const uint32_t position = scan.positions[output];
      append_chunks(scan.file->columns[scan.columns[position]], *scan.trees[position],
                    scan.late[output] ? scan.late_chunks : scan.early_chunks);
    }
    sort_once(scan.early_chunks);
    sort_once(scan.late_chunks);
  }

  // How much is assembled at once of the nested columns.
  Status measure(const PrunedGroups& groups, ParquetScan& scan) const {
    scan.portions.resize(scan.columns.size());
    for (size_t position = 0; position < scan.columns.size(); ++position) {
      const uint32_t column = scan.columns[position];
      if (file_->columns[column].leaf >= 0) continue;
      const std::string where = fmt::format("{}, column '{}'", file_->path, file_->schema[column].name);
      auto& portions = scan.portions[position];
      portions.resize(file_->first_rows.size());
      TRY_STATUS(guard_arrow("cannot read the Parquet file", where, [&] {
        for (const auto& group : groups)
          portions[static_cast<size_t>(group->group())] =
              portion(file_->columns[column], *scan.trees[position], group->group());
        return arrow::Status::OK();
      }));
    }
    return kDone;
  }

  parquet_in::NestedPortion portion(const ParquetColumn& place, const parquet_in::Tree& tree, int group) const {
    const auto rows = file_->metadata->RowGroup(group);
    std::vector<parquet_in::ChunkClaims> claims;
    std::vector<int> chunks;
    append_chunks(place, tree, chunks);
    for (const int leaf : chunks) {
      const auto chunk = rows->ColumnChunk(leaf);
      claims.push_back({static_cast<uint64_t>(std::max<int64_t>(chunk->num_values(), 0)),
                        static_cast<uint64_t>(std::max<int64_t>(chunk->total_uncompressed_size(), 0))});
    }
    return parquet_in::portion_of(claims, static_cast<uint64_t>(rows->num_rows()));
  }

  // A vector of a nested column must be one that can be assembled at once, whoever asks for it; where rows are longer, a portion of them
  // decides how many a batch has.
  bool can_be_late(uint32_t position, const PrunedGroups& groups, const ParquetScan& scan) const {
    const auto& portions = scan.portions[position];
    return portions.empty() || std::all_of(groups.begin(), groups.end(), [&](const auto& group) {
             return portions[static_cast<size_t>(group->group())].has_short_rows;
           });
  }
};

}  // namespace

Result<std::shared_ptr<const ScannableTable>> open_parquet(World& world, MemoryBudget& budget, const std::string& path,
                                                           ParquetFooters* footers) {
  return table_over<ParquetTable>(open_parquet_file(world, budget, path, footers));
}

}  // namespace headrace
