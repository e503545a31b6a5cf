#include "runtime/operators/stored_source.h"

#include <algorithm>
#include <atomic>

#include "base/check.h"

namespace headrace {

void add_piece(std::vector<StoredPiece>& pieces, StoredPiece piece) {
  if (piece.rows == 0) return;
  if (!pieces.empty()) {
    StoredPiece& last = pieces.back();
    if (last.store == piece.store && last.chunk == piece.chunk && last.first + last.rows == piece.first) {
      last.rows += piece.rows;
      return;
    }
  }
  pieces.push_back(std::move(piece));
}

namespace {

class PieceReader final : public MorselReader {
 public:
  PieceReader(std::shared_ptr<const std::vector<StoredPiece>> pieces, uint64_t begin, uint64_t end, uint64_t morsel)
      : pieces_(std::move(pieces)), piece_(begin), end_(end), morsel_(morsel) {}

  uint64_t morsel() const override { return morsel_; }

  Result<bool> next(uint32_t rows_max, Batch& out) override {
    if (piece_ == end_) return false;
    const StoredPiece& piece = (*pieces_)[piece_];
    const uint32_t rows = std::min(rows_max, piece.rows - row_);
    out = piece.store->slice(piece.chunk, piece.first + row_, rows);
    out.morsel = morsel_;
    out.sequence = sequence_;
    sequence_ += rows;
    row_ += rows;
    if (row_ == piece.rows) {
      ++piece_;
      row_ = 0;
    }
    return true;
  }

 private:
  const std::shared_ptr<const std::vector<StoredPiece>> pieces_;
  uint64_t piece_;
  const uint64_t end_;
  const uint64_t morsel_;
  uint32_t row_ = 0;
  uint64_t sequence_ = 0;
};

class PieceSource final : public Source {
 public:
  PieceSource(std::shared_ptr<const std::vector<StoredPiece>> pieces, bool ordered, std::string what)
      : pieces_(std::move(pieces)), ordered_(ordered), what_(std::move(what)) {
    uint64_t rows = 0;
    for (uint64_t i = 0; i < pieces_->size(); ++i) {
      rows += (*pieces_)[i].rows;
      if (rows < limits::kMorselRowsTarget && i + 1 < pieces_->size()) continue;
      ends_.push_back(i + 1);
      rows = 0;
    }
  }

  Result<Claim> claim() override {
    const uint64_t morsel = next_.fetch_add(1, std::memory_order_relaxed);
    if (morsel >= ends_.size()) return Claim(End{});
    return Claim(std::make_unique<PieceReader>(pieces_, morsel == 0 ? 0 : ends_[morsel - 1], ends_[morsel], morsel));
  }
  bool ordered() const override { return ordered_; }
  std::string locate(uint64_t, uint64_t) const override { return what_; }

 private:
  const std::shared_ptr<const std::vector<StoredPiece>> pieces_;
  const bool ordered_;
  const std::string what_;
  std::vector<uint64_t> ends_;  // by morsel: the piece behind its last one
  std::atomic<uint64_t> next_{0};
};

class PickedReader final : public MorselReader {
 public:
  PickedReader(PickedRows picked, MemoryBudget& budget, uint64_t morsel)
      : picked_(std::move(picked)), budget_(budget), morsel_(morsel) {}

  uint64_t morsel() const override { return morsel_; }

  Result<bool> next(uint32_t rows_max, Batch& out) override {
    const auto rows = static_cast<uint32_t>(std::min<uint64_t>(rows_max, picked_.count - done_));
    if (rows == 0) return false;
    const uint64_t* ids = static_cast<const uint64_t*>(picked_.ids->data()) + picked_.first + done_;
    Batch batch;
    batch.rows = rows;
    for (uint32_t column = 0; column < picked_.rows->schema().size(); ++column) {
      TRY(vector, picked_.rows->gather(column, ids, rows, budget_, "result"));
      batch.columns.push_back(std::move(vector));
    }
    batch.morsel = morsel_;
    batch.sequence = done_;
    done_ += rows;
    out = std::move(batch);
    return true;
  }

 private:
  const PickedRows picked_;
  MemoryBudget& budget_;
  const uint64_t morsel_;
  uint64_t done_ = 0;
};

class PickedSource final : public Source {
 public:
  PickedSource(PickedRows picked, MemoryBudget& budget, std::string what)
      : picked_(std::move(picked)), budget_(budget), what_(std::move(what)) {}

  Result<Claim> claim() override {
    const uint64_t morsel = next_.fetch_add(1, std::memory_order_relaxed);
    const uint64_t begin = morsel * limits::kMorselRowsTarget;
    if (begin >= picked_.count) return Claim(End{});
    PickedRows part = picked_;
    part.first += begin;
    part.count = std::min<uint64_t>(picked_.count - begin, limits::kMorselRowsTarget);
    return Claim(std::make_unique<PickedReader>(std::move(part), budget_, morsel));
  }
  bool ordered() const override { return true; }
  std::string locate(uint64_t, uint64_t) const override { return what_; }

 private:
  const PickedRows picked_;
  MemoryBudget& budget_;
  const std::string what_;
  std::atomic<uint64_t> next_{0};
};

class BatchReader final : public MorselReader {
 public:
  explicit BatchReader(const Batch& batch) : batch_(batch) {}
  uint64_t morsel() const override { return 0; }
  Result<bool> next(uint32_t rows_max, Batch& out) override {
    CHECK(batch_.rows <= rows_max);  // one row
    if (given_) return false;
    given_ = true;
    out = batch_;
    out.morsel = out.sequence = 0;
    return true;
  }

 private:
  const Batch batch_;
  bool given_ = false;
};

class BatchSource final : public Source {
 public:
  BatchSource(Batch batch, std::string what) : batch_(std::move(batch)), what_(std::move(what)) {}
  Result<Claim> claim() override {
    if (claimed_.exchange(true)) return Claim(End{});
    return Claim(std::make_unique<BatchReader>(batch_));
  }
  bool ordered() const override { return true; }
  std::string locate(uint64_t, uint64_t) const override { return what_; }

 private:
  const Batch batch_;
  const std::string what_;
  std::atomic<bool> claimed_{false};
};

}  // namespace

std::unique_ptr<Source> batch_source(Batch batch, std::string what) {
  return std::make_unique<BatchSource>(std::move(batch), std::move(what));
}

std::unique_ptr<Source> piece_source(std::shared_ptr<const std::vector<StoredPiece>> pieces, bool ordered,
                                     std::string what) {
  return std::make_unique<PieceSource>(std::move(pieces), ordered, std::move(what));
}

std::unique_ptr<Source> picked_source(PickedRows picked, MemoryBudget& budget, std::string what) {
  return std::make_unique<PickedSource>(std::move(picked), budget, std::move(what));
}

}  // namespace headrace
