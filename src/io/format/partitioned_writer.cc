#include "io/format/partitioned_writer.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <unordered_map>

#include <fmt/format.h>

#include "base/check.h"
#include "base/hash.h"
#include "io/format/partition_keys.h"
#include "state/buffer.h"
#include "types/chunk.h"
#include "types/with_layout.h"

namespace headrace {
namespace {

constexpr const char* kConsumer = "partitions";
// Of rows that wait for their row groups, all partitions together: a row group of many partitions is smaller than it would be alone.
constexpr uint64_t kHeldBytesMax = uint64_t{64} << 20;

// As a UUID is written; made of the set's id, so that no other set has it.
std::string unique_name(const std::string& id, uint64_t number) {
  const uint64_t first = combine_hashes(hash_bytes(id.data(), id.size()), number), second = mix64(first ^ number);
  return fmt::format("{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}", first >> 32, (first >> 16) & 0xffff, first & 0xfff,
                     (second >> 48 & 0x3fff) | 0x8000, second & 0xffffffffffff);
}

std::string replaced(std::string text, std::string_view what, const std::string& with) {
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
  return text;
}

// The rows of a batch sorted by partition; rows of a partition keep their order.
class SortedRows {
 public:
  explicit SortedRows(MemoryBudget& budget) : budget_(budget) {}

  // columns: those that are kept. Gives for each partition in `ids` where its rows begin, and one end more.
  Status sort(const Batch& batch, const uint32_t* ids, uint32_t partitions, std::span<const size_t> columns) {
    starts.assign(uint64_t{partitions} + 1, 0);
    for (uint32_t row = 0; row < batch.rows; ++row) ++starts[ids[row] + 1];
    for (uint32_t partition = 0; partition < partitions; ++partition) starts[partition + 1] += starts[partition];
    order_.resize(batch.rows);
    std::vector<uint32_t> next(starts.begin(), starts.end() - 1);
    for (uint32_t row = 0; row < batch.rows; ++row) order_[next[ids[row]]++] = row;
    rows.columns.clear();
    for (const size_t column : columns) {
      TRY(vector, gathered(batch.columns[column], batch.rows, partitions));
      rows.columns.push_back(std::move(vector));
    }
    rows.rows = batch.rows;
    return kDone;
  }

  Batch rows;
  std::vector<uint32_t> starts;

 private:
  struct Owner {
    std::shared_ptr<Buffer> values;
    std::shared_ptr<const void> texts;
  };

  // Each partition's piece looks at the entries of a dictionary once, and holds four bytes for each.
  static constexpr uint32_t kEntriesPerRowMax = 16;  // of all partitions together

  Result<Vector> gathered(const Vector& from, uint32_t count, uint32_t partitions) {
    if (from.encoding == Encoding::kConstant) return from;
    const bool by_codes = from.encoding == Encoding::kDictionary &&
                          uint64_t{from.dictionary_rows} * partitions <= uint64_t{kEntriesPerRowMax} * count;
    const uint32_t width = by_codes ? sizeof(uint32_t) : width_bytes(from.type.id);
    const uint64_t bytes = uint64_t{count} * width;
    TRY(buffer, Buffer::allocate(budget_, kConsumer, bytes + count));
    auto* values = static_cast<char*>(buffer->data());
    Vector vector;
    vector.type = from.type;
    if (by_codes) {
      auto* codes = reinterpret_cast<uint32_t*>(values);
      for (uint32_t i = 0; i < count; ++i) codes[i] = from.codes[order_[i]];
      vector.encoding = Encoding::kDictionary;
      vector.data = from.data;
      vector.codes = codes;
      vector.dictionary_rows = from.dictionary_rows;
    } else {
      with_width(from.type.id, [&](auto model) {
        auto* to = reinterpret_cast<decltype(model)*>(values);
        for (uint32_t i = 0; i < count; ++i) to[i] = from.as<decltype(model)>()[from.index_of(order_[i])];
      });
      vector.data = values;
    }
    if (from.validity != nullptr) {
      auto* validity = reinterpret_cast<uint8_t*>(values + bytes);
      for (uint32_t i = 0; i < count; ++i) validity[i] = from.validity[order_[i]];
      vector.validity = validity;
    }
    vector.owner = std::make_shared<Owner>(Owner{std::move(buffer), from.owner});
    return vector;
  }

  MemoryBudget& budget_;
  std::vector<uint32_t> order_;  // by place: the batch's row
};

struct Layout {
  Schema schema;  // of what is written
  Schema all;  // of the batches
  std::vector<size_t> keys, kept;  // columns of the batches
};

// The rows of each partition as a piece of the format.
class PartitionedPiece final : public RowPiece {
 public:
  PartitionedPiece(const Layout& layout, RowWriter& model, MemoryBudget& budget)
      : layout_(layout), model_(model), keys_(layout.all, layout.keys, budget), sorted_(budget) {}

  Status add(const Batch& batch) override {
    ids_.resize(batch.rows);
    TRY_STATUS(keys_.number(batch, ids_.data()));
    pieces.resize(keys_.directories().size());
    TRY_STATUS(sorted_.sort(batch, ids_.data(), static_cast<uint32_t>(pieces.size()), layout_.kept));
    for (size_t partition = 0; partition < pieces.size(); ++partition) {
      const uint32_t begin = sorted_.starts[partition], rows = sorted_.starts[partition + 1] - begin;
      if (rows == 0) continue;
      Batch part;
      part.rows = rows;
      for (const Vector& column : sorted_.rows.columns) part.columns.push_back(slice(column, begin));
      if (pieces[partition] == nullptr) pieces[partition] = model_.piece();
      const uint64_t before = pieces[partition]->bytes();
      TRY_STATUS(pieces[partition]->add(part));
      bytes_ += pieces[partition]->bytes() - before;
    }
    rows_ += batch.rows;
    return kDone;
  }
  bool full() const override { return rows_ >= limits::kMorselRowsTarget || bytes_ >= kBytesMax; }
  uint64_t bytes() const override { return bytes_; }
  const std::vector<std::string>& directories() const { return keys_.directories(); }

  std::vector<std::unique_ptr<RowPiece>> pieces;  // by partition

 private:
  static constexpr uint64_t kBytesMax = uint64_t{16} << 20;
  const Layout& layout_;
  RowWriter& model_;
  PartitionKeys keys_;
  SortedRows sorted_;
  std::vector<uint32_t> ids_;
  uint64_t rows_ = 0, bytes_ = 0;
};

class DirectoryWriter final : public PieceWriter {
 public:
  DirectoryWriter(const WriteRequest& request, const WriteFormat& format, DirectoryOptions options, Layout layout,
                  std::shared_ptr<OutputSet> set, bool commits, MemoryBudget& budget)
      : request_(request),
        format_(format),
        options_(std::move(options)),
        layout_(std::move(layout)),
        set_(std::move(set)),
        commits_(commits),
        budget_(budget),
        held_max_(std::min(budget.bytes_max() / 4, kHeldBytesMax)) {}

  // Makes what makes pieces, and finds what the format says of its options before any row comes.
  Status open() {
    TRY(made, make_part(""));
    if (layout_.keys.empty())
      parts_.emplace("", std::move(made));
    else
      model_ = std::move(made);
    return kDone;
  }

  std::unique_ptr<RowPiece> piece() override {
    if (layout_.keys.empty()) return parts_.begin()->second->writer->piece();
    return std::make_unique<PartitionedPiece>(layout_, *model_->writer, budget_);
  }

  Status append(std::unique_ptr<RowPiece> piece, WriteJobs& jobs) override {
    if (layout_.keys.empty()) return parts_.begin()->second->writer->append(std::move(piece), jobs);
    auto& given = static_cast<PartitionedPiece&>(*piece);
    for (size_t i = 0; i < given.pieces.size(); ++i) {
      if (given.pieces[i] == nullptr) continue;
      auto& part = parts_[given.directories()[i]];
      if (part == nullptr) {
        TRY(made, make_part(given.directories()[i] + "/"));
        part = std::move(made);
      }
      part->used = ++uses_;
      TRY_STATUS(counted(*part, [&] { return part->writer->append(std::move(given.pieces[i]), jobs); }));
    }
    TRY_STATUS(hold_less(jobs));
    return close_some(jobs);
  }
  // Files may end before the whole does: nobody sees them.
  Status flush(bool, WriteJobs& jobs) override {
    for (auto& [directory, part] : parts_) TRY_STATUS(counted(*part, [&] { return part->writer->flush(true, jobs); }));
    return kDone;
  }
  uint64_t bytes_held() const override { return held_; }
  void abandon() override {
    for (auto& [directory, part] : parts_) part->writer->abandon();
    if (model_ != nullptr) model_->writer->abandon();
    set_->abandon();
  }

 private:
  struct Part {
    std::string directory;  // with its slash
    uint64_t files = 0;  // so far
    uint64_t used = 0;
    std::unique_ptr<RowWriter> writer;
  };

  Result<std::shared_ptr<Part>> make_part(std::string directory) {
    auto part = std::make_shared<Part>();
    part->directory = std::move(directory);
    WriteRequest request = request_;
    request.schema = layout_.schema;
    Part* to = part.get();
    TRY(writer, format_.make(request, {[this, to] { return next_file(*to); }, options_.file_bytes_max}, budget_));
    part->writer = std::move(writer);
    return part;
  }

  // From any thread that ends a part's rows.
  Result<std::unique_ptr<ByteOutput>> next_file(Part& part) {
    std::string name = replaced(options_.pattern, "{i}", std::to_string(part.files++));
    if (name.find("{uuid}") != std::string::npos)
      name = replaced(std::move(name), "{uuid}", unique_name(set_->id(), files_.fetch_add(1)));
    return set_->file(fmt::format("{}{}.{}", part.directory, name, options_.extension));
  }

  // Keeps the books on what all parts hold together.
  template <class Work>
  Status counted(Part& part, Work&& work) {
    held_ -= part.writer->bytes_held();
    open_files_ -= part.writer->has_file() ? 1 : 0;
    const Status status = std::forward<Work>(work)();
    held_ += part.writer->bytes_held();
    open_files_ += part.writer->has_file() ? 1 : 0;
    return status;
  }

  // The partitions that hold most end what they collect, until little is held.
  Status hold_less(WriteJobs& jobs) {
    if (held_ <= held_max_) return kDone;
    std::vector<Part*> most;
    for (auto& [directory, part] : parts_) most.push_back(part.get());
    std::ranges::sort(most, [](const Part* left, const Part* right) {
      const uint64_t left_bytes = left->writer->bytes_held(), right_bytes = right->writer->bytes_held();
      return left_bytes != right_bytes ? left_bytes > right_bytes : left->used < right->used;
    });
    for (Part* part : most) {
      if (held_ <= held_max_ / 2) break;
      TRY_STATUS(counted(*part, [&] { return part->writer->flush(false, jobs); }));
    }
    return kDone;
  }

  // Ends the files of the partitions that were written to longest ago, while too many are open.
  Status close_some(WriteJobs& jobs) {
    if (open_files_ <= options_.open_files_max) return kDone;
    std::vector<Part*> open;
    for (auto& [directory, part] : parts_)
      if (part->writer->has_file()) open.push_back(part.get());
    std::ranges::sort(open, {}, &Part::used);
    const uint64_t kept = options_.open_files_max - options_.open_files_max / 4;
    for (uint64_t i = 0; i + kept < open.size(); ++i)
      TRY_STATUS(counted(*open[i], [&] { return open[i]->writer->flush(true, jobs); }));
    return kDone;
  }

  Status finish_pieces() override {
    for (auto& [directory, part] : parts_) TRY_STATUS(part->writer->finish());
    return commits_ ? set_->commit() : Status(kDone);
  }

  const WriteRequest request_;
  const WriteFormat& format_;
  const DirectoryOptions options_;
  const Layout layout_;
  const std::shared_ptr<OutputSet> set_;
  const bool commits_;  // else a group does
  MemoryBudget& budget_;
  const uint64_t held_max_;
  std::atomic<uint64_t> files_{0};
  uint64_t uses_ = 0, held_ = 0, open_files_ = 0;
  std::shared_ptr<Part> model_;  // writes nothing
  std::map<std::string, std::shared_ptr<Part>> parts_;  // by directory
};

Status check_key(const Column& column) {
  const Type type = column.type;
  if (!is_nested(type.id) && type != kBinary && type != kInterval && type.id != TypeId::kNull) return kDone;
  return Error{ErrorCode::kUnsupported,
               fmt::format("rows are not partitioned by column '{}', which is {}", column.name, to_text(type)), "",
               "cast it to varchar"};
}

Result<Layout> make_layout(const Schema& schema, const DirectoryOptions& options) {
  Layout layout{{}, schema, {}, {}};
  for (const std::string& name : options.partition_by) {
    TRY(column, find_option_column("partition_by", name, schema));
    TRY_STATUS(check_key(schema[column]));
    if (std::ranges::find(layout.keys, column) != layout.keys.end())
      return Error{ErrorCode::kInvalidPlan, fmt::format("option 'partition_by' names column '{}' twice", name), "", ""};
    layout.keys.push_back(column);
  }
  for (size_t column = 0; column < schema.size(); ++column) {
    const bool key = std::ranges::find(layout.keys, column) != layout.keys.end();
    if (key && !options.writes_partition_columns) continue;
    layout.kept.push_back(column);
    layout.schema.push_back(schema[column]);
  }
  if (layout.kept.empty())
    return Error{ErrorCode::kInvalidPlan, "PARTITION_BY names all columns, so that none is left to write", "",
                 "give WRITE_PARTITION_COLUMNS true"};
  return layout;
}

}  // namespace

Result<Schema> schema_of_partitions(const Schema& schema, const DirectoryOptions& options) {
  TRY(layout, make_layout(schema, options));
  return layout.schema;
}

Result<std::unique_ptr<RowWriter>> make_directory_writer(const WriteRequest& request, const WriteFormat& format,
                                                         DirectoryOptions options, OutputGroup* group, World& world,
                                                         MemoryBudget& budget) {
  TRY(layout, make_layout(request.schema, options));
  if (options.extension.empty()) options.extension = format.endings[0].substr(1);
  std::shared_ptr<OutputSet> set;
  if (group != nullptr) {
    TRY(made, group->directory(request.path, options.mode));
    set = std::move(made);
  } else {
    TRY(made, OutputSet::make(world, request.path, options.mode));
    set = std::move(made);
  }
  auto writer = std::make_unique<DirectoryWriter>(request, format, std::move(options), std::move(layout),
                                                  std::move(set), /*commits=*/group == nullptr, budget);
  TRY_STATUS(writer->open());
  return std::unique_ptr<RowWriter>(std::move(writer));
}

}  // namespace headrace
