// runtime/test_context.h — for tests: a query's context with state files in memory, and readers of sources.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "runtime/operator.h"
#include "state/column_store.h"
#include "state/test_rows.h"

namespace headrace {

// State files as copies in memory, outside the query's budget.
class MemoryStateFiles final : public StateFiles {
 public:
  Result<std::unique_ptr<StateWriter>> create(const Schema& schema, std::string& path) override {
    std::lock_guard lock(mutex_);
    if (path.empty()) path = "spill" + std::to_string(++created_);
    auto& file = files_[path];
    file = std::make_shared<File>(schema, budget_);
    return std::make_unique<Writer>(file);
  }
  Result<std::unique_ptr<StateReader>> open(const Schema& schema, const std::string& path) override {
    std::lock_guard lock(mutex_);
    const auto file = files_.find(path);
    if (file == files_.end() || !file->second->closed) {
      return Error{ErrorCode::kIo, "no complete state file '" + path + "'", "", ""};
    }
    CHECK(file->second->store->schema() == schema);
    return std::make_unique<Reader>(file->second);
  }
  Status remove(const std::string& path) override {
    std::lock_guard lock(mutex_);
    files_.erase(path);
    return kDone;
  }
  uint64_t created() const { return created_; }
  uint64_t files() const { return files_.size(); }

 private:
  struct File {
    std::shared_ptr<ColumnStore> store;
    bool closed = false;
    File(const Schema& schema, MemoryBudget& budget)
        : store(std::make_shared<ColumnStore>(schema, budget, "state file")) {}
  };
  class Writer final : public StateWriter {
   public:
    explicit Writer(std::shared_ptr<File> file) : file_(std::move(file)) {}
    Status write(const Batch& batch) override {
      CHECK(!file_->closed);
      return file_->store->append(batch);
    }
    Status close() override {
      file_->closed = true;
      return kDone;
    }

   private:
    std::shared_ptr<File> file_;
  };
  class Reader final : public StateReader {
   public:
    explicit Reader(std::shared_ptr<File> file) : file_(std::move(file)) {}
    Result<bool> read(Batch& out) override {
      if (chunk_ == file_->store->chunks() || file_->store->chunk_rows(chunk_) == 0) return false;
      out = file_->store->slice(chunk_, 0, file_->store->chunk_rows(chunk_));
      ++chunk_;
      return true;
    }

   private:
    std::shared_ptr<File> file_;
    uint32_t chunk_ = 0;
  };

  MemoryBudget budget_{uint64_t{8} << 30};
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<File>> files_;
  uint64_t created_ = 0;
};

struct TestContext {
  MemoryBudget budget;
  CancelToken cancel;
  Settings settings;
  MemoryStateFiles files;
  QueryContext context;

  explicit TestContext(uint64_t budget_bytes = uint64_t{1} << 30, uint32_t threads = 2)
      : budget(budget_bytes), context{real_world(), budget, cancel, settings, files, {}} {
    settings.threads = threads;
  }
};

// All rows of one pass, in order of (morsel, sequence) as they come.
inline Result<std::vector<Row>> read_all(Source& source, uint32_t rows_max = limits::kVectorRowsMax) {
  std::vector<Row> rows;
  for (;;) {
    TRY(claim, source.claim());
    if (std::holds_alternative<End>(claim)) return std::move(rows);
    auto& reader = std::get<std::unique_ptr<MorselReader>>(claim);
    uint64_t sequence = 0;
    for (bool first = true;; first = false) {
      Batch batch;
      TRY(more, reader->next(rows_max, batch));
      if (!more) break;
      CHECK(batch.rows > 0 && batch.rows <= rows_max && batch.morsel == reader->morsel());
      CHECK(first || batch.sequence > sequence);
      sequence = batch.sequence;
      for (Row& row : rows_of(batch)) rows.push_back(std::move(row));
    }
  }
}

inline Result<std::vector<Row>> read_all(Sink& sink, uint32_t rows_max = limits::kVectorRowsMax) {
  TRY(source, sink.output());
  return read_all(*source, rows_max);
}

// The rows cut into morsels and batches of random sizes, with their ordinals.
inline std::vector<Batch> cut_into_batches(const Schema& schema, const std::vector<Row>& rows, Random& random,
                                           uint64_t batch_rows_max = 300) {
  std::vector<Batch> batches;
  uint64_t morsel = 0, sequence = 0;
  for (uint64_t done = 0; done < rows.size();) {
    const uint64_t count = std::min<uint64_t>(rows.size() - done, 1 + random() % batch_rows_max);
    const Encoding encoding = random() % 3 == 0 ? Encoding::kDictionary : Encoding::kFlat;
    const auto first = rows.begin() + static_cast<ptrdiff_t>(done);
    batches.push_back(make_batch(schema, std::vector<Row>(first, first + static_cast<ptrdiff_t>(count)), encoding));
    batches.back().morsel = morsel;
    batches.back().sequence = sequence;
    sequence += count;
    done += count;
    if (random() % 4 == 0) {
      ++morsel;
      sequence = 0;
    }
  }
  return batches;
}

// Gives the batches to `workers` locals, a morsel to one of them, morsels in random order, and merges them in random order.
inline Status run_sink(Sink& sink, const std::vector<Batch>& batches, uint32_t workers, Random& random,
                       uint32_t input = 0) {
  std::map<uint64_t, std::vector<const Batch*>> morsels;
  for (const Batch& batch : batches) morsels[batch.morsel].push_back(&batch);
  std::vector<uint64_t> order;
  for (const auto& [morsel, parts] : morsels) order.push_back(morsel);
  std::shuffle(order.begin(), order.end(), random);
  std::vector<std::unique_ptr<Local>> locals;
  for (uint32_t i = 0; i < workers; ++i) locals.push_back(sink.local());
  for (const uint64_t morsel : order) {
    Local& local = *locals[random() % workers];
    for (const Batch* batch : morsels[morsel]) TRY_STATUS(sink.consume(input, *batch, local));
    TRY_STATUS(sink.morsel_done(input, morsel));
  }
  std::shuffle(locals.begin(), locals.end(), random);
  for (auto& local : locals) {
    TRY_STATUS(sink.prepare(*local));
    TRY_STATUS(sink.merge(std::move(local)));
  }
  return sink.input_done(input);
}

}  // namespace headrace
