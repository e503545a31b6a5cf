#include "io/state_files.h"

#include <cstring>
#include <random>
#include <string_view>

#include <arrow/array/array_base.h>
#include <arrow/buffer.h>
#include <arrow/c/bridge.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/dictionary.h>
#include <arrow/ipc/reader.h>
#include <arrow/ipc/writer.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>
#include <fmt/format.h>

#include "base/check.h"
#include "base/hash.h"
#include "io/arrow_file.h"
#include "io/arrow_memory.h"
#include "io/format/arrow_batches.h"

namespace headrace {
namespace {

constexpr std::string_view kMagic = "HRSTATE1";
constexpr const char* kVersionKey = "headrace.state_version";
constexpr size_t kWriteBytes = limits::kSmallAllocationBytes;  // small frames are gathered up to this

enum class FrameKind : uint32_t { kSchema = 1, kBatch = 2, kEnd = 3 };

struct FrameHeader {
  uint32_t kind;
  uint32_t reserved;
  uint64_t bytes;
  uint64_t checksum;
};
static_assert(sizeof(FrameHeader) == 24);

uint64_t checksum_of(FrameKind kind, uint64_t index, std::string_view payload) {
  return combine_hashes(combine_hashes(static_cast<uint64_t>(kind), index), hash_bytes(payload.data(), payload.size()));
}

class ArrowStateWriter final : public StateWriter {
 public:
  ArrowStateWriter(Schema schema, std::string path, bool durable, std::unique_ptr<WritableFile> file,
                   MemoryBudget& budget, const CancelToken* cancel)
      : schema_(std::move(schema)),
        path_(std::move(path)),
        durable_(durable),
        file_(std::move(file)),
        cancel_(cancel),
        pool_(budget, "state file writer"),
        allocate_(budget_allocator(budget, "state file writer")) {
    options_.memory_pool = &pool_;
    options_.use_threads = false;
  }

  Status begin() {
    gathered_ = kMagic;
    std::shared_ptr<arrow::Buffer> message;
    TRY_STATUS(guarded([&]() -> arrow::Status {
      ARROW_ASSIGN_OR_RAISE(arrow_schema_, arrow_schema(schema_, ArrowForm::kState));
      const auto versioned =
          arrow_schema_->WithMetadata(arrow::key_value_metadata({kVersionKey}, {std::to_string(kStateVersion)}));
      ARROW_ASSIGN_OR_RAISE(message, arrow::ipc::SerializeSchema(*versioned, &pool_));
      return arrow::Status::OK();
    }));
    return append_frame(FrameKind::kSchema, std::string_view(*message));
  }

  Status write(const Batch& batch) override {
    CHECK(batch.rows <= limits::kVectorRowsMax && batch.columns.size() == schema_.size());
    if (batch.rows == 0) return kDone;
    if (cancel_ != nullptr) TRY_STATUS(cancel_->check());
    std::shared_ptr<arrow::Buffer> message;
    std::optional<Error> failure;
    const Status status = guarded([&]() -> arrow::Status {
      ARROW_ASSIGN_OR_RAISE(const auto record_batch,
                            arrow_batch(schema_, arrow_schema_, {&batch, 1}, allocate_, failure, ArrowForm::kState));
      ARROW_ASSIGN_OR_RAISE(message, arrow::ipc::SerializeRecordBatch(*record_batch, options_));
      return arrow::Status::OK();
    });
    if (failure) return *failure;
    TRY_STATUS(status);
    ++batches_;
    return append_frame(FrameKind::kBatch, std::string_view(*message));
  }

  Status close() override {
    TRY_STATUS(append_frame(FrameKind::kEnd, {reinterpret_cast<const char*>(&batches_), sizeof(batches_)}));
    TRY_STATUS(flush());
    if (durable_) TRY_STATUS(file_->sync());
    return file_->close();
  }

 private:
  template <class Work>
  Status guarded(Work&& work) {
    return guard_arrow("cannot write the state file", path_, std::forward<Work>(work));
  }
  Status append_frame(FrameKind kind, std::string_view payload) {
    const FrameHeader header{static_cast<uint32_t>(kind), 0, payload.size(), checksum_of(kind, frames_++, payload)};
    gathered_.append(reinterpret_cast<const char*>(&header), sizeof(header));
    if (gathered_.size() + payload.size() <= kWriteBytes) {
      gathered_ += payload;
      return kDone;
    }
    TRY_STATUS(flush());
    return file_->append({payload.data(), payload.size()});
  }
  Status flush() {
    const Status status = file_->append(gathered_);
    gathered_.clear();
    return status;
  }

  const Schema schema_;
  const std::string path_;
  const bool durable_;
  const std::unique_ptr<WritableFile> file_;
  const CancelToken* const cancel_;
  BudgetMemoryPool pool_;
  const AllocateBytes allocate_;
  arrow::ipc::IpcWriteOptions options_ = arrow::ipc::IpcWriteOptions::Defaults();
  std::shared_ptr<arrow::Schema> arrow_schema_;
  std::string gathered_;
  uint64_t frames_ = 0;
  uint64_t batches_ = 0;
};

class ArrowStateReader final : public StateReader {
 public:
  ArrowStateReader(Schema schema, std::string path, std::unique_ptr<ReadableFile> file, MemoryBudget& budget,
                   const CancelToken* cancel)
      : schema_(std::move(schema)),
        path_(std::move(path)),
        file_(std::move(file)),
        cancel_(cancel),
        pool_(std::make_shared<BudgetMemoryPool>(budget, "state file reader")),
        allocate_(budget_allocator(budget, "state file reader")) {}

  // Checks magic, version and schema.
  Status begin() {
    std::string magic(kMagic.size(), '\0');
    TRY(got, file_->read_at(0, magic));
    if (got != magic.size() || magic != kMagic) return damaged("it does not begin as a state file");
    offset_ = kMagic.size();
    TRY(payload, read_frame(FrameKind::kSchema));
    std::string version;
    TRY_STATUS(guarded([&]() -> arrow::Status {
      arrow::io::BufferReader reader(payload);
      ARROW_ASSIGN_OR_RAISE(const auto found, arrow::ipc::ReadSchema(&reader, &dictionaries_));
      version = found->metadata() == nullptr ? "" : found->metadata()->Get(kVersionKey).ValueOr("");
      ARROW_ASSIGN_OR_RAISE(arrow_schema_, arrow_schema(schema_, ArrowForm::kState));
      if (version == std::to_string(kStateVersion) && !found->Equals(*arrow_schema_, /*check_metadata=*/false))
        return arrow::Status::Invalid("expected the columns ", arrow_schema_->ToString(), ", found ",
                                      found->ToString());
      return arrow::Status::OK();
    }));
    if (version != std::to_string(kStateVersion))
      return Error{ErrorCode::kBadInput,
                   fmt::format("expected a state file of version {}, found version \"{}\"", kStateVersion, version),
                   path_, "it was written by another version of Headrace; begin again without it"};
    return kDone;
  }

  Result<bool> read(Batch& out) override {
    if (ended_) return false;
    if (cancel_ != nullptr) TRY_STATUS(cancel_->check());
    TRY(kind, peek_kind());
    if (kind == FrameKind::kEnd) return read_end();
    TRY(payload, read_frame(FrameKind::kBatch));
    ArrowArray array{};
    ArrowSchema schema{};
    TRY_STATUS(guarded([&]() -> arrow::Status {
      arrow::io::BufferReader reader(payload);
      arrow::ipc::IpcReadOptions options;
      options.memory_pool = pool_.get();
      options.use_threads = false;
      ARROW_ASSIGN_OR_RAISE(const auto batch,
                            arrow::ipc::ReadRecordBatch(arrow_schema_, &dictionaries_, options, &reader));
      ARROW_RETURN_NOT_OK(batch->ValidateFull());
      if (batch->num_rows() < 1 || batch->num_rows() > limits::kVectorRowsMax)
        return arrow::Status::Invalid("a batch of ", batch->num_rows(), " rows");
      for (int i = 0; i < batch->num_columns(); ++i) {
        if (!schema_[static_cast<size_t>(i)].nullable && batch->column(i)->null_count() > 0)
          return arrow::Status::Invalid("column ", arrow_schema_->field(i)->name(), " has nulls, expected none");
      }
      return arrow::ExportRecordBatch(*batch, &array, &schema);
    }));
    ArrowImport import{.allocate = allocate_, .check_utf8 = false, .keep = pool_, .state = &schema_};
    Result<Chunk> chunk = import_chunk(&array, schema, import);
    schema.release(&schema);
    if (!chunk.ok()) return chunk.error();
    ++batches_;
    cut(chunk.value(), 0, static_cast<uint32_t>(chunk.value().rows), out);
    return true;
  }

 private:
  template <class Work>
  Status guarded(Work&& work) {
    return guard_arrow("cannot read the state file", path_, std::forward<Work>(work));
  }
  Error damaged(std::string_view how) const {
    return {ErrorCode::kBadInput, fmt::format("the state file is damaged: {}", how), path_, "begin again without it"};
  }
  Result<FrameHeader> read_header() {
    FrameHeader header;
    TRY(got, file_->read_at(offset_, {reinterpret_cast<char*>(&header), sizeof(header)}));
    if (got != sizeof(header)) return damaged("it ends too early");
    return header;
  }
  Result<FrameKind> peek_kind() {
    TRY(header, read_header());
    return static_cast<FrameKind>(header.kind);
  }
  // The payload of the next frame, which must be of `kind`, checked.
  Result<std::shared_ptr<arrow::Buffer>> read_frame(FrameKind kind) {
    TRY(header, read_header());
    const uint64_t left = file_->size_bytes() - offset_ - sizeof(FrameHeader);
    if (static_cast<FrameKind>(header.kind) != kind || header.reserved != 0)
      return damaged(fmt::format("a frame of kind {} at byte {}", header.kind, offset_));
    if (header.bytes > left) return damaged("it ends too early");
    std::shared_ptr<arrow::Buffer> payload;
    TRY_STATUS(guarded([&]() -> arrow::Status {
      ARROW_ASSIGN_OR_RAISE(payload, arrow::AllocateBuffer(static_cast<int64_t>(header.bytes), pool_.get()));
      return arrow::Status::OK();
    }));
    TRY(got, file_->read_at(offset_ + sizeof(FrameHeader),
                            {reinterpret_cast<char*>(payload->mutable_data()), header.bytes}));
    if (got != header.bytes) return damaged("it ends too early");
    if (checksum_of(kind, frames_, std::string_view(*payload)) != header.checksum)
      return damaged(fmt::format("the checksum of the frame at byte {} does not match", offset_));
    ++frames_;
    offset_ += sizeof(FrameHeader) + header.bytes;
    return payload;
  }
  Result<bool> read_end() {
    TRY(payload, read_frame(FrameKind::kEnd));
    uint64_t batches = 0;
    if (payload->size() != sizeof(batches)) return damaged("its end does not say how many batches there are");
    std::memcpy(&batches, payload->data(), sizeof(batches));
    if (batches != batches_ || offset_ != file_->size_bytes()) return damaged("it does not end where it says");
    ended_ = true;
    return false;
  }

  const Schema schema_;
  const std::string path_;
  const std::unique_ptr<ReadableFile> file_;
  const CancelToken* const cancel_;
  const std::shared_ptr<BudgetMemoryPool> pool_;
  const AllocateBytes allocate_;
  std::shared_ptr<arrow::Schema> arrow_schema_;
  arrow::ipc::DictionaryMemo dictionaries_;
  uint64_t offset_ = 0;
  uint64_t frames_ = 0;
  uint64_t batches_ = 0;
  bool ended_ = false;
};

}  // namespace

ArrowStateFiles::~ArrowStateFiles() {
  if (directory_.empty()) return;
  // What cannot be removed here is in the temporary directory, which the system clears.
  if (const auto names = world_.list(directory_); names.ok())
    for (const std::string& name : names.value()) (void)world_.remove(directory_ + "/" + name).ok();
  (void)world_.remove(directory_).ok();
}

Result<std::string> ArrowStateFiles::spill_path() {
  const std::lock_guard lock(mutex_);
  if (directory_.empty()) {
    // Nobody can make a directory of this name beforehand, or guess it.
    std::random_device random;
    const std::string directory = fmt::format("{}/headrace-{:08x}{:08x}{:08x}{:08x}", world_.temporary_directory(),
                                              random(), random(), random(), random());
    TRY_STATUS(world_.make_directory(directory));
    directory_ = directory;
  }
  return fmt::format("{}/{}.state", directory_, files_++);
}

Result<std::unique_ptr<StateWriter>> ArrowStateFiles::create(const Schema& schema, std::string& path) {
  const bool durable = !path.empty();
  if (!durable) {
    TRY(fresh, spill_path());
    path = fresh;
  }
  TRY(file, world_.create(path));
  auto writer = std::make_unique<ArrowStateWriter>(schema, path, durable, std::move(file), budget_, cancel_);
  TRY_STATUS(writer->begin());
  return std::unique_ptr<StateWriter>(std::move(writer));
}

Result<std::unique_ptr<StateReader>> ArrowStateFiles::open(const Schema& schema, const std::string& path) {
  TRY(file, world_.open(path));
  auto reader = std::make_unique<ArrowStateReader>(schema, path, std::move(file), budget_, cancel_);
  TRY_STATUS(reader->begin());
  return std::unique_ptr<StateReader>(std::move(reader));
}

}  // namespace headrace
