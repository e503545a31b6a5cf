// io/arrow_file.h — Arrow reads and writes files through our World; its statuses and exceptions become our errors.
#pragma once

#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include <arrow/io/interfaces.h>
#include <arrow/result.h>
#include <arrow/status.h>
#include <parquet/exception.h>

#include "base/error.h"
#include "base/world.h"
#include "io/byte_output.h"

namespace headrace {

// Reads are positioned and safe for concurrent use; the file is closed with the last reference.
class WorldInputFile final : public arrow::io::RandomAccessFile {
 public:
  // `pool` holds the bytes of reads; it must outlive them.
  WorldInputFile(std::shared_ptr<ReadableFile> file, arrow::MemoryPool* pool) : file_(std::move(file)), pool_(pool) {}

  arrow::Status Close() override;
  bool closed() const override { return closed_; }
  arrow::Result<int64_t> Tell() const override { return position_; }
  arrow::Status Seek(int64_t position) override;
  arrow::Result<int64_t> GetSize() override { return static_cast<int64_t>(file_->size_bytes()); }
  arrow::Result<int64_t> Read(int64_t nbytes, void* out) override;
  arrow::Result<std::shared_ptr<arrow::Buffer>> Read(int64_t nbytes) override;
  using arrow::io::RandomAccessFile::ReadAt;
  arrow::Result<int64_t> ReadAt(int64_t position, int64_t nbytes, void* out) override;
  arrow::Result<std::shared_ptr<arrow::Buffer>> ReadAt(int64_t position, int64_t nbytes) override;
  // Read at once: threads of Arrow's own would let go of the bytes when our pool may be gone.
  using arrow::io::RandomAccessFile::ReadAsync;
  arrow::Future<std::shared_ptr<arrow::Buffer>> ReadAsync(const arrow::io::IOContext& context, int64_t position,
                                                          int64_t nbytes, bool allow_short_read) override;
  arrow::Future<std::shared_ptr<arrow::Buffer>> ReadAsync(const arrow::io::IOContext& context, int64_t position,
                                                          int64_t nbytes) override;

 private:
  const std::shared_ptr<ReadableFile> file_;
  arrow::MemoryPool* pool_;
  int64_t position_ = 0;
  bool closed_ = false;
};

// Appends to a ByteOutput, which the caller commits or abandons. `failure` keeps the first error, since Arrow's statuses
// carry only text.
class WorldOutputStream final : public arrow::io::OutputStream {
 public:
  explicit WorldOutputStream(ByteOutput& output) : output_(output) {}
  arrow::Status Close() override;
  bool closed() const override { return closed_; }
  arrow::Result<int64_t> Tell() const override { return position_; }
  using arrow::io::OutputStream::Write;
  arrow::Status Write(const void* data, int64_t nbytes) override;

  const std::optional<Error>& failure() const { return failure_; }

 private:
  ByteOutput& output_;
  std::optional<Error> failure_;
  int64_t position_ = 0;
  bool closed_ = false;
};

// An error that goes through Arrow's calls; from_arrow gives it back as it was.
arrow::Status to_arrow(const Error& error);

// kLimit for OutOfMemory, kIo for IOError that came from the disk, kBadInput otherwise: files are what is usually wrong.
Error from_arrow(const arrow::Status& status, std::string what, const std::string& where);

// Runs `work`, which returns an arrow::Status, and turns what it returns or throws into ours. Nothing escapes.
template <class Work>
Status guard_arrow(const std::string& what, const std::string& where, Work&& work) {
  try {
    const arrow::Status status = std::forward<Work>(work)();
    if (status.ok()) return kDone;
    return from_arrow(status, what, where);
  } catch (const parquet::ParquetStatusException& thrown) {
    return from_arrow(thrown.status(), what, where);
  } catch (const std::bad_alloc&) {
    return from_arrow(arrow::Status::OutOfMemory("the operating system has no memory left"), what, where);
  } catch (const std::exception& thrown) {
    return from_arrow(arrow::Status::Invalid(thrown.what()), what, where);
  }
}

// The same for `work` that writes an output: it returns our Status, or throws as the library does. An error of the
// disk that `stream` met goes before what the library made of it; nullptr: there is none.
template <class Work>
Status guard_writing(const std::string& path, const WorldOutputStream* stream, Work&& work) {
  std::optional<Error> failure;
  const Status status = guard_arrow("cannot write the file", path, [&] {
    const Status done = std::forward<Work>(work)();
    if (!done.ok()) failure = done.error();
    return arrow::Status::OK();
  });
  if (stream != nullptr && stream->failure()) return *stream->failure();
  if (!failure && status.ok()) return kDone;
  Error error = failure ? *failure : status.error();
  if (error.where.empty()) error.where = path;
  if (!failure && error.code == ErrorCode::kBadInput) error = {ErrorCode::kIo, error.message, error.where, ""};
  return error;
}
// For calls of the library inside such work.
Status from_writing(const arrow::Status& status, const std::string& path);

}  // namespace headrace
