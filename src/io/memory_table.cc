#include "io/memory_table.h"

#include <algorithm>
#include <atomic>

#include <fmt/format.h>

#include "base/check.h"
#include "io/column_range.h"

namespace headrace {
namespace {

// Begins in one chunk and may run on into the next ones.
struct Piece {
  uint64_t chunk;
  uint64_t first;  // row of the chunk
  uint32_t rows;
  uint64_t first_of_table;
};

struct MemoryScan {
  std::shared_ptr<const std::vector<Chunk>> chunks;
  std::vector<uint32_t> columns;
  std::vector<Piece> pieces;
  std::string name;
};

class MemoryMorselReader final : public MorselReader {
 public:
  MemoryMorselReader(std::shared_ptr<const MemoryScan> scan, uint64_t morsel)
      : scan_(std::move(scan)),
        morsel_(morsel),
        chunk_(scan_->pieces[morsel].chunk),
        row_in_chunk_(scan_->pieces[morsel].first) {}

  uint64_t morsel() const override { return morsel_; }
  Result<bool> next(uint32_t rows_max, Batch& out) override {
    CHECK(rows_max > 0);
    const Piece& piece = scan_->pieces[morsel_];
    if (row_ == piece.rows) return false;
    while (row_in_chunk_ == (*scan_->chunks)[chunk_].rows) {
      ++chunk_;
      row_in_chunk_ = 0;
    }
    const Chunk& chunk = (*scan_->chunks)[chunk_];
    out.rows =
        static_cast<uint32_t>(std::min<uint64_t>(std::min(rows_max, piece.rows - row_), chunk.rows - row_in_chunk_));
    out.columns.clear();
    for (const uint32_t column : scan_->columns) out.columns.push_back(slice(chunk.columns[column], row_in_chunk_));
    out.morsel = morsel_;
    out.sequence = row_;
    row_ += out.rows;
    row_in_chunk_ += out.rows;
    return true;
  }

 private:
  const std::shared_ptr<const MemoryScan> scan_;
  const uint64_t morsel_;
  uint64_t chunk_, row_in_chunk_;
  uint32_t row_ = 0;
};

std::vector<Piece> cut_pieces(const std::vector<Chunk>& chunks) {
  std::vector<Piece> pieces;
  uint64_t first_of_table = 0;
  for (uint64_t chunk = 0; chunk < chunks.size(); ++chunk)
    for (uint64_t first = 0; first < chunks[chunk].rows;) {
      if (pieces.empty() || pieces.back().rows == limits::kMorselRowsTarget)
        pieces.push_back({chunk, first, 0, first_of_table});
      const auto rows = static_cast<uint32_t>(
          std::min<uint64_t>(limits::kMorselRowsTarget - pieces.back().rows, chunks[chunk].rows - first));
      pieces.back().rows += rows;
      first += rows;
      first_of_table += rows;
    }
  return pieces;
}

class MemorySource final : public Source {
 public:
  explicit MemorySource(std::shared_ptr<const MemoryScan> scan) : scan_(std::move(scan)) {}
  Result<Claim> claim() override {
    const uint64_t morsel = next_.fetch_add(1, std::memory_order_relaxed);
    if (morsel >= scan_->pieces.size()) return Claim(End{});
    return Claim(std::make_unique<MemoryMorselReader>(scan_, morsel));
  }
  bool ordered() const override { return true; }
  std::string locate(uint64_t morsel, uint64_t row) const override {
    return fmt::format("{}, row {}", scan_->name, scan_->pieces[morsel].first_of_table + row + 1);
  }

 private:
  const std::shared_ptr<const MemoryScan> scan_;
  std::atomic<uint64_t> next_{0};
};

}  // namespace

MemoryTable::MemoryTable(std::string name, Schema schema, std::vector<Chunk> chunks)
    : name_(std::move(name)),
      schema_(std::move(schema)),
      chunks_(std::make_shared<const std::vector<Chunk>>(std::move(chunks))) {
  for (const Chunk& chunk : *chunks_) {
    CHECK(chunk.columns.size() == schema_.size());
    rows_ += chunk.rows;
  }
}

std::optional<ValueRange> MemoryTable::value_range(uint32_t column) const {
  const std::lock_guard lock(mutex_);
  const auto known = ranges_.find(column);
  if (known != ranges_.end()) return known->second;
  return ranges_.emplace(column, range_of_column(*chunks_, column, schema_[column].type)).first->second;
}

Result<std::unique_ptr<Source>> MemoryTable::scan(const ScanRequest& request, QueryContext&) const {
  auto scan = std::make_shared<MemoryScan>();
  scan->chunks = chunks_;
  scan->columns = request.columns;
  scan->name = name_;
  scan->pieces = cut_pieces(*chunks_);
  return std::make_unique<MemorySource>(std::move(scan));
}

ScanReport MemoryTable::report(const ScanRequest& request) const {
  ScanReport report;
  report.rungs.push_back({"chunks", chunks_->size()});
  for (const ExprPtr& conjunct : request.pruning)
    report.predicates.push_back({to_text(*conjunct), 0, "tables in memory keep no statistics of their chunks"});
  return report;
}

std::shared_ptr<const MemoryTable> make_memory_table(std::string name, Schema schema, std::span<const Batch> batches) {
  std::vector<Chunk> chunks;
  for (const Batch& batch : batches)
    if (batch.rows > 0) chunks.push_back({batch.rows, batch.columns});
  return std::make_shared<const MemoryTable>(std::move(name), std::move(schema), std::move(chunks));
}

}  // namespace headrace
