#include "io/arrow_file.h"

#include <algorithm>

#include <arrow/buffer.h>
#include <arrow/memory_pool.h>
#include <arrow/util/future.h>
#include <fmt/format.h>

namespace headrace {
namespace {

std::string text_of(const Error& error) {
  return error.where.empty() ? error.message : fmt::format("{} ({})", error.message, error.where);
}

constexpr const char* kOurError = "headrace::Error";

class ErrorDetail final : public arrow::StatusDetail {
 public:
  explicit ErrorDetail(Error given) : error(std::move(given)) {}
  const char* type_id() const override { return kOurError; }
  std::string ToString() const override { return error.hint; }

  const Error error;
};

}  // namespace

arrow::Status to_arrow(const Error& error) {
  const auto code = error.code == ErrorCode::kLimit ? arrow::StatusCode::OutOfMemory : arrow::StatusCode::IOError;
  return {code, text_of(error), std::make_shared<ErrorDetail>(error)};
}

arrow::Status WorldInputFile::Close() {
  closed_ = true;
  return arrow::Status::OK();
}

arrow::Status WorldInputFile::Seek(int64_t position) {
  if (position < 0) return arrow::Status::Invalid("seek to a negative position");
  position_ = position;
  return arrow::Status::OK();
}

arrow::Result<int64_t> WorldInputFile::ReadAt(int64_t position, int64_t nbytes, void* out) {
  if (position < 0 || nbytes < 0) return arrow::Status::Invalid("the file asks for bytes at a negative position");
  Result<uint64_t> got =
      file_->read_at(static_cast<uint64_t>(position), {static_cast<char*>(out), static_cast<size_t>(nbytes)});
  if (!got.ok()) return to_arrow(got.error());
  return static_cast<int64_t>(got.value());
}

// What a damaged file asks for is not allocated beyond the file's own size.
arrow::Result<std::shared_ptr<arrow::Buffer>> WorldInputFile::ReadAt(int64_t position, int64_t nbytes) {
  const auto size = static_cast<int64_t>(file_->size_bytes());
  if (position < 0 || nbytes < 0) return arrow::Status::Invalid("the file asks for bytes at a negative position");
  nbytes = std::min(nbytes, std::max<int64_t>(size - position, 0));
  ARROW_ASSIGN_OR_RAISE(auto buffer, arrow::AllocateResizableBuffer(nbytes, pool_));
  ARROW_ASSIGN_OR_RAISE(const int64_t got, ReadAt(position, nbytes, buffer->mutable_data()));
  ARROW_RETURN_NOT_OK(buffer->Resize(got));
  return std::shared_ptr<arrow::Buffer>(std::move(buffer));
}

arrow::Future<std::shared_ptr<arrow::Buffer>> WorldInputFile::ReadAsync(const arrow::io::IOContext&, int64_t position,
                                                                        int64_t nbytes, bool allow_short_read) {
  return arrow::Future<std::shared_ptr<arrow::Buffer>>::MakeFinished(ReadAt(position, nbytes, allow_short_read));
}

arrow::Future<std::shared_ptr<arrow::Buffer>> WorldInputFile::ReadAsync(const arrow::io::IOContext& context,
                                                                        int64_t position, int64_t nbytes) {
  return ReadAsync(context, position, nbytes, /*allow_short_read=*/true);
}

arrow::Result<int64_t> WorldInputFile::Read(int64_t nbytes, void* out) {
  ARROW_ASSIGN_OR_RAISE(const int64_t got, ReadAt(position_, nbytes, out));
  position_ += got;
  return got;
}

arrow::Result<std::shared_ptr<arrow::Buffer>> WorldInputFile::Read(int64_t nbytes) {
  ARROW_ASSIGN_OR_RAISE(auto buffer, ReadAt(position_, nbytes));
  position_ += buffer->size();
  return buffer;
}

arrow::Status WorldOutputStream::Close() {
  closed_ = true;
  return arrow::Status::OK();
}

arrow::Status WorldOutputStream::Write(const void* data, int64_t nbytes) {
  if (failure_) return arrow::Status::IOError(failure_->message);
  const Status status =
      output_.append(std::span<const char>(static_cast<const char*>(data), static_cast<size_t>(nbytes)));
  if (!status.ok()) {
    failure_ = status.error();
    return arrow::Status::IOError(text_of(*failure_));
  }
  position_ += nbytes;
  return arrow::Status::OK();
}

Status from_writing(const arrow::Status& status, const std::string& path) {
  if (status.ok()) return kDone;
  Error error = from_arrow(status, "cannot write the file", path);
  if (error.code == ErrorCode::kBadInput) error = {ErrorCode::kIo, error.message, error.where, ""};
  return error;
}

Error from_arrow(const arrow::Status& status, std::string what, const std::string& where) {
  if (status.detail() != nullptr && status.detail()->type_id() == kOurError) {
    Error error = static_cast<const ErrorDetail&>(*status.detail()).error;
    if (error.where.empty()) error.where = where;
    return error;
  }
  std::string message = status.message();
  while (!message.empty() && (message.back() == '\n' || message.back() == ' ')) message.pop_back();
  if (status.IsOutOfMemory())
    return {ErrorCode::kLimit, fmt::format("{}: {}", what, message), where,
            "raise memory_limit, read fewer columns, or write the file with smaller pages"};
  if (status.IsNotImplemented()) return {ErrorCode::kUnsupported, fmt::format("{}: {}", what, message), where, ""};
  // The World says "cannot …" first; everything else with this code is a short or damaged file.
  if (status.IsIOError() && message.starts_with("cannot ")) return {ErrorCode::kIo, message, where, ""};
  return {ErrorCode::kBadInput, fmt::format("{}: {}", what, message), where,
          "the file is damaged or incomplete; write or copy it again"};
}

}  // namespace headrace
