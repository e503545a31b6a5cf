#include "io/format/json_source.h"

#include <algorithm>

#include "base/check.h"
#include "io/arrow_memory.h"
#include "io/format/file_table.h"
#include "io/format/json_reader.h"
#include "io/front_to_back.h"

namespace headrace {
namespace {

// The blocks of a file by number: lines of a plain file in any order, by any number of threads; others front to back, by one.
class JsonBlocks {
 public:
  JsonBlocks(std::shared_ptr<const JsonFile> file, MemoryBudget& budget)
      : file_(std::move(file)),
        budget_(budget),
        text_(text_of_file(*file_, budget)),
        reader_(text_, file_->cut, budget) {}

  bool any_order() const { return !file_->is_front_to_back() && file_->cut.format == JsonFormat::kLines; }
  uint64_t count() const {  // requires any_order()
    return (text_->size_bytes() + file_->cut.block_bytes - 1) / file_->cut.block_bytes;
  }
  Result<JsonBlock> lines(uint64_t index) const {
    return read_json_lines(*text_, text_->size_bytes(), index, file_->cut, budget_);
  }
  Result<bool> next(JsonBlock& block) { return reader_.next(block); }

 private:
  const std::shared_ptr<const JsonFile> file_;
  MemoryBudget& budget_;
  const std::shared_ptr<ReadableFile> text_;
  JsonBlockReader reader_;
};

// Reads its block when it is asked for rows, so that claiming one is cheap.
class JsonLinesReader final : public MorselReader {
 public:
  JsonLinesReader(std::shared_ptr<JsonScan> scan, std::shared_ptr<const JsonBlocks> blocks, uint64_t morsel,
                  std::unique_ptr<MorselBadRows> bad)
      : scan_(std::move(scan)), blocks_(std::move(blocks)), morsel_(morsel), bad_(std::move(bad)) {}
  uint64_t morsel() const override { return morsel_; }
  Result<bool> next(uint32_t rows_max, Batch& out) override {
    if (reader_ == nullptr) {
      TRY(block, blocks_->lines(morsel_));
      reader_ = std::make_unique<JsonMorselReader>(scan_, std::move(block), morsel_, std::move(bad_));
    }
    return reader_->next(rows_max, out);
  }

 private:
  const std::shared_ptr<JsonScan> scan_;
  const std::shared_ptr<const JsonBlocks> blocks_;
  const uint64_t morsel_;
  std::unique_ptr<MorselBadRows> bad_;
  std::unique_ptr<JsonMorselReader> reader_;
};

class JsonSource final : public Source {
 public:
  // `owns`: the bad rows are this scan's alone.
  JsonSource(std::shared_ptr<JsonScan> scan, std::shared_ptr<BadRows> bad_rows, bool owns)
      : scan_(std::move(scan)),
        bad_rows_(std::move(bad_rows)),
        owns_(owns),
        file_(bad_rows_->begin_file(scan_->file->path, 1)),
        blocks_(std::make_shared<JsonBlocks>(scan_->file, *scan_->budget)) {}

  Result<Claim> claim() override {
    const std::lock_guard lock(mutex_);
    if (ended_) return Claim(End{});
    if (blocks_->any_order()) {
      if (claimed_ == blocks_->count()) return end();
      const uint64_t morsel = claimed_++;
      return Claim(std::make_unique<JsonLinesReader>(scan_, blocks_, morsel, morsel_bad_rows(morsel)));
    }
    JsonBlock block;
    TRY(more, blocks_->next(block));
    if (!more) return end();
    const uint64_t morsel = claimed_++;
    return Claim(std::make_unique<JsonMorselReader>(scan_, std::move(block), morsel, morsel_bad_rows(morsel)));
  }
  bool ordered() const override { return true; }

  // Reads the block again: lines are not kept, since hardly any row is ever asked for.
  std::string locate(uint64_t morsel, uint64_t row) const override {
    const JsonFile& file = *scan_->file;
    JsonBlocks blocks(scan_->file, *scan_->budget);
    Result<JsonBlock> block = blocks.any_order() ? blocks.lines(morsel) : JsonBlock{};
    for (uint64_t at = 0; !blocks.any_order() && at <= morsel; ++at) {
      const Result<bool> more = blocks.next(block.value());
      if (!more.ok() || !more.value()) return file.path;
    }
    if (!block.ok()) return file.path;
    uint64_t line = block.value().first_line;
    if (line == 0) {
      const Result<uint64_t> counted = json_line_of(*file.stored, block.value().offset);
      if (!counted.ok()) return file.path;
      line = counted.value();
    }
    JsonMorselReader reader(scan_, std::move(block.value()), morsel, nullptr);
    Batch batch;
    for (uint64_t rows = 0; rows <= row; rows += batch.rows) {
      const Result<bool> more = reader.next(limits::kVectorRowsMax, batch);
      if (!more.ok() || !more.value()) return file.path;
    }
    return file.path + ":" + std::to_string(line + reader.line_in_block(row));
  }

  Status commit() override {
    if (!bad_rows_->keeps()) return kDone;
    if (!is_all_done()) TRY_STATUS(read_the_rest());
    return owns_ ? bad_rows_->commit() : kDone;
  }
  BadRowCounts bad_rows() const override { return owns_ ? bad_rows_->counts() : BadRowCounts{}; }
  ReadCounts reads() const override { return scan_->reads->counts(); }

 private:
  bool is_all_done() {
    const std::lock_guard lock(mutex_);
    for (uint64_t morsel = 0; morsel < claimed_; ++morsel)
      if (!bad_rows_->is_done(file_, morsel)) return false;
    return ended_;
  }
  // What nobody has claimed, or read to its end.
  Status read_the_rest() {
    JsonBlocks blocks(scan_->file, *scan_->budget);
    uint64_t morsel = 0;
    for (;; ++morsel) {
      JsonBlock block;
      if (blocks.any_order() && morsel == blocks.count()) break;
      if (!blocks.any_order()) {
        TRY(more, blocks.next(block));
        if (!more) break;
      }
      if (bad_rows_->is_done(file_, morsel)) continue;
      if (blocks.any_order()) {
        TRY(lines, blocks.lines(morsel));
        block = std::move(lines);
      }
      JsonMorselReader reader(scan_, std::move(block), morsel, morsel_bad_rows(morsel));
      TRY_STATUS(read_to_end(reader));
    }
    return bad_rows_->end_file(file_, morsel);
  }
  Result<Claim> end() {
    TRY_STATUS(bad_rows_->end_file(file_, claimed_));
    ended_ = true;
    // Of many files, finished ones hold nothing.
    blocks_.reset();
    const std::lock_guard lock(scan_->mutex);
    scan_->is_claimed = true;
    scan_->idle.clear();
    return Claim(End{});
  }
  std::unique_ptr<MorselBadRows> morsel_bad_rows(uint64_t morsel) const {
    return std::make_unique<MorselBadRows>(bad_rows_, file_, morsel);
  }
  static Status read_to_end(MorselReader& reader) {
    for (Batch batch;;) {
      TRY(more, reader.next(limits::kVectorRowsMax, batch));
      if (!more) return kDone;
    }
  }

  const std::shared_ptr<JsonScan> scan_;
  const std::shared_ptr<BadRows> bad_rows_;
  const bool owns_;
  const uint32_t file_;  // number in bad_rows_
  std::mutex mutex_;  // guards what follows, and blocks of which one thread at a time reads
  std::shared_ptr<JsonBlocks> blocks_;  // nullptr: all are claimed
  uint64_t claimed_ = 0;
  bool ended_ = false;
};

class JsonTable final : public FileTable<JsonFile> {
 public:
  JsonTable(std::shared_ptr<const JsonFile> file, BadRowOptions bad_rows, std::string rejects_path)
      : FileTable(std::move(file)), bad_rows_(std::move(bad_rows)), rejects_path_(std::move(rejects_path)) {}
  const std::shared_ptr<const JsonFile>& file() const { return file_; }

  std::optional<uint64_t> row_count() const override {
    const bool leaves_out = bad_rows_.policy == BadRowPolicy::kSkip || bad_rows_.policy == BadRowPolicy::kReject;
    return leaves_out && file_->rows != 0 ? std::nullopt : file_->rows;
  }
  bool checks_values() const override { return true; }
  ScanReport report(const ScanRequest& request) const override {
    const uint64_t bytes = file_->is_pipe ? 0 : file_->stored->size_bytes();
    const uint64_t blocks = (bytes + kJsonBlockBytes - 1) / kJsonBlockBytes;
    return report_unused(request, "blocks", blocks, "JSON files have no statistics");
  }
  std::string rejects_path() const override { return rejects_path_; }
  Result<std::shared_ptr<BadRows>> make_bad_rows(QueryContext& context) const override {
    return BadRows::make(bad_rows_, context.world, context.budget, context.outputs);
  }

  Result<std::unique_ptr<Source>> scan(const ScanRequest& request, QueryContext& context) const override {
    std::shared_ptr<BadRows> bad_rows = request.bad_rows;
    if (bad_rows == nullptr) {
      TRY(made, make_bad_rows(context));
      bad_rows = std::move(made);
    }
    auto scan = std::make_shared<JsonScan>();
    auto file = std::make_shared<JsonFile>(*file_);
    file->stored = front_to_back(file_->stored, scan->reads, context);
    scan->file = std::move(file);
    std::vector<uint32_t> checked = request.checked.value_or(request.columns);
    if (bad_rows->all_columns()) checked = all_columns();
    scan->slots = request.columns;
    scan->slots.insert(scan->slots.end(), checked.begin(), checked.end());
    sort_once(scan->slots);
    const auto slot_of = [&](uint32_t column) {
      return static_cast<uint32_t>(std::ranges::lower_bound(scan->slots, column) - scan->slots.begin());
    };
    for (const uint32_t column : scan->slots) {
      const auto fields = bad_rows->all_columns() ? std::vector<FieldPath>() : paths_in_column(request.fields, column);
      scan->shapes.push_back(narrowed(file_->shapes[column], fields));
    }
    scan->checked.assign(scan->slots.size(), 0);
    for (const uint32_t column : checked) scan->checked[slot_of(column)] = 1;
    for (const uint32_t column : request.columns) scan->outputs.push_back(slot_of(column));
    scan->budget = &context.budget;
    scan->allocate = budget_allocator(context.budget, "json reader");
    scan->cancel = &context.cancel;
    scan->policy = bad_rows->policy();
    return std::make_unique<JsonSource>(std::move(scan), bad_rows, request.bad_rows == nullptr);
  }

 private:
  std::vector<uint32_t> all_columns() const {
    std::vector<uint32_t> columns(file_->schema.size());
    for (uint32_t column = 0; column < columns.size(); ++column) columns[column] = column;
    return columns;
  }
  const BadRowOptions bad_rows_;
  const std::string rejects_path_;
};

}  // namespace

Result<std::shared_ptr<const ScannableTable>> open_json(World& world, MemoryBudget& budget, const std::string& path,
                                                        const Options& options, const ScannableTable* like,
                                                        uint64_t block_bytes) {
  CHECK(block_bytes > 0);
  Options others = options;
  TRY(bad_rows, take_bad_row_options(others, "json"));
  TRY(parsed, parse_json_options(others));
  const auto* like_json = dynamic_cast<const JsonTable*>(like);
  TRY(file, open_json_file(world, budget, path, parsed, block_bytes,
                           like_json == nullptr ? nullptr : like_json->file().get()));
  std::string rejects_path = rejects_path_of(bad_rows, world);
  return std::shared_ptr<const ScannableTable>(
      std::make_shared<const JsonTable>(file, std::move(bad_rows), std::move(rejects_path)));
}

}  // namespace headrace
