// Merges spilled runs into one ordered stream of batches.
#include <algorithm>
#include <atomic>

#include "runtime/operators/keep.h"
#include "runtime/operators/sort_rows.h"
#include "types/string_ref.h"

namespace headrace {

namespace {

// One run: the batch that is being read, and the next row of it.
struct RunCursor {
  std::unique_ptr<StateReader> reader;
  std::shared_ptr<Batch> batch;
  uint32_t row = 0;

  const StringRef& key() const { return batch->columns[0].as<StringRef>()[batch->columns[0].index_of(row)]; }
  // Moves to the next row; false at the end of the run.
  Result<bool> advance() {
    if (batch != nullptr && ++row < batch->rows) return true;
    do {
      batch = std::make_shared<Batch>();
      row = 0;
      TRY(more, reader->read(*batch));
      if (!more) return false;
    } while (batch->rows == 0);
    return true;
  }
};

class MergeReader final : public MorselReader {
 public:
  // with_keys: the rows of a run, which begin with the key; else the rows of the result.
  MergeReader(std::shared_ptr<const SortShape> shape, std::vector<std::string> paths, uint64_t offset,
              QueryContext& context, bool with_keys = false)
      : shape_(std::move(shape)),
        schema_(with_keys ? shape_->run_schema : shape_->schema),
        column_first_(with_keys ? 0 : 1),
        paths_(std::move(paths)),
        skip_(offset),
        left_(shape_->rows_kept_max),
        context_(context) {}

  uint64_t morsel() const override { return 0; }

  Result<bool> next(uint32_t rows_max, Batch& out) override {
    if (!opened_) TRY_STATUS(open());
    picked_.clear();
    batches_.clear();
    while (picked_.size() < rows_max && !heap_.empty() && left_ > 0) TRY_STATUS(take());
    if (picked_.empty()) return false;
    return gather(out);
  }

 private:
  struct Picked {
    const Batch* batch;
    uint32_t row;
  };

  static bool later(const RunCursor* left, const RunCursor* right) { return compare(right->key(), left->key()) < 0; }

  Status open() {
    opened_ = true;
    cursors_.resize(paths_.size());
    for (size_t i = 0; i < paths_.size(); ++i) {
      TRY(reader, context_.files.open(shape_->run_schema, paths_[i]));
      cursors_[i].reader = std::move(reader);
      TRY(more, cursors_[i].advance());
      if (more) heap_.push_back(&cursors_[i]);
    }
    std::make_heap(heap_.begin(), heap_.end(), later);
    return kDone;
  }

  // Takes the least row of all runs.
  Status take() {
    TRY_STATUS(context_.cancel.check());
    std::pop_heap(heap_.begin(), heap_.end(), later);
    RunCursor& first = *heap_.back();
    --left_;
    if (skip_ > 0) {
      --skip_;
    } else {
      picked_.push_back({first.batch.get(), first.row});
      if (batches_.empty() || batches_.back() != first.batch) batches_.push_back(first.batch);
    }
    TRY(more, first.advance());
    if (more) {
      std::push_heap(heap_.begin(), heap_.end(), later);
    } else {
      heap_.pop_back();
    }
    return kDone;
  }

  template <class T>
  void copy_values(uint32_t column, void* to) const {
    for (size_t i = 0; i < picked_.size(); ++i) {
      const Vector& from = picked_[i].batch->columns[column];
      static_cast<T*>(to)[i] = from.as<T>()[from.index_of(picked_[i].row)];
    }
  }

  Result<bool> gather(Batch& out) {
    Batch batch;
    batch.rows = static_cast<uint32_t>(picked_.size());
    const auto keep = std::make_shared<std::vector<std::shared_ptr<Batch>>>(batches_);
    for (uint32_t i = 0; i < schema_.size(); ++i) {
      Vector vector;
      vector.type = schema_[i].type;
      const uint32_t width = width_bytes(vector.type.id);
      const uint64_t values_bytes = uint64_t{batch.rows} * width;
      TRY(buffer, Buffer::allocate(context_.budget, "sort", values_bytes + batch.rows));
      switch (width) {
        case 1: copy_values<uint8_t>(i + column_first_, buffer->data()); break;
        case 2: copy_values<uint16_t>(i + column_first_, buffer->data()); break;
        case 4: copy_values<uint32_t>(i + column_first_, buffer->data()); break;
        case 8: copy_values<uint64_t>(i + column_first_, buffer->data()); break;
        default: copy_values<int128>(i + column_first_, buffer->data()); break;
      }
      if (schema_[i].nullable) {
        auto* validity = static_cast<uint8_t*>(buffer->data()) + values_bytes;
        for (uint32_t row = 0; row < batch.rows; ++row) {
          validity[row] = picked_[row].batch->columns[i + column_first_].is_valid(picked_[row].row) ? 1 : 0;
        }
        vector.validity = validity;
      }
      vector.data = buffer->data();
      const bool text = vector.type.id == TypeId::kUtf8;
      vector.owner = text ? keep_both(std::move(buffer), keep) : std::shared_ptr<const void>(std::move(buffer));
      batch.columns.push_back(std::move(vector));
    }
    batch.morsel = 0;
    batch.sequence = sequence_;
    sequence_ += batch.rows;
    out = std::move(batch);
    return true;
  }

  const std::shared_ptr<const SortShape> shape_;
  const Schema& schema_;  // of what is given out
  const uint32_t column_first_;  // of it, in a run
  const std::vector<std::string> paths_;
  uint64_t skip_, left_;
  QueryContext& context_;
  bool opened_ = false;
  std::vector<RunCursor> cursors_;
  std::vector<RunCursor*> heap_;
  std::vector<Picked> picked_;                    // rows of the batch being made
  std::vector<std::shared_ptr<Batch>> batches_;   // what they lie in
  uint64_t sequence_ = 0;
};

class MergeSource final : public Source {
 public:
  MergeSource(std::shared_ptr<const SortShape> shape, std::vector<std::string> paths, uint64_t offset,
              QueryContext& context)
      : shape_(std::move(shape)), paths_(std::move(paths)), offset_(offset), context_(context) {}

  Result<Claim> claim() override {
    if (claimed_.exchange(true)) return Claim(End{});
    return Claim(std::make_unique<MergeReader>(shape_, paths_, offset_, context_));
  }
  bool ordered() const override { return true; }
  std::string locate(uint64_t, uint64_t) const override { return "a row of a sorted result"; }

 private:
  const std::shared_ptr<const SortShape> shape_;
  const std::vector<std::string> paths_;
  const uint64_t offset_;
  QueryContext& context_;
  std::atomic<bool> claimed_{false};
};

}  // namespace

Status merge_runs(const std::shared_ptr<const SortShape>& shape, std::vector<std::string>& paths,
                  QueryContext& context) {
  while (paths.size() > kMergeRunsMax) {
    const auto count = static_cast<ptrdiff_t>(std::min<size_t>(kMergeRunsMax, paths.size() - kMergeRunsMax + 1));
    const std::vector<std::string> some(paths.begin(), paths.begin() + count);
    std::string path;
    TRY(writer, context.files.create(shape->run_schema, path));
    paths.push_back(path);  // at the end: runs of few merges are merged first
    MergeReader reader(shape, some, 0, context, /*with_keys=*/true);
    for (Batch batch;;) {
      TRY(more, reader.next(limits::kVectorRowsMax, batch));
      if (!more) break;
      TRY_STATUS(writer->write(batch));
    }
    TRY_STATUS(writer->close());
    paths.erase(paths.begin(), paths.begin() + count);
    for (const std::string& merged : some) TRY_STATUS(context.files.remove(merged));
  }
  return kDone;
}

Result<std::unique_ptr<Source>> merged_runs_source(std::shared_ptr<const SortShape> shape,
                                                   const std::vector<std::string>& paths, uint64_t offset,
                                                   QueryContext& context) {
  return std::make_unique<MergeSource>(std::move(shape), paths, offset, context);
}

}  // namespace headrace
