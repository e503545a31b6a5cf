#include "io/format/text_rows.h"

#include <optional>

#include <fmt/format.h>

#include "types/number_text.h"
#include "types/string_ref.h"

namespace headrace {
namespace {

constexpr size_t kPieceBytesMax = 256 << 10, kFlushBytes = 64 << 10;
constexpr const char* kConsumer = "text writer";

// Text inside the budget: what a string holds is reserved once it has grown.
class AccountedText {
 public:
  explicit AccountedText(MemoryBudget& budget) : reservation_(budget, kConsumer) {}
  Status account() {
    return text.capacity() > reservation_.bytes() ? reservation_.grow(text.capacity() - reservation_.bytes()) : kDone;
  }
  uint64_t bytes() const { return reservation_.bytes(); }
  std::string text;

 private:
  Reservation reservation_;
};

class TextPiece final : public RowPiece {
 public:
  TextPiece(const TextFormat& format, MemoryBudget& budget) : format_(format), text_(budget) {}

  Status add(const Batch& batch) override {
    for (uint32_t row = 0; row < batch.rows && !failure_; ++row) {
      const Status status = format_.append_row(batch, row, scratch_, text_.text);
      if (!status.ok())
        failure_ = status.error();
      else
        ++rows_;
    }
    return text_.account();
  }
  bool full() const override { return text_.text.size() >= kPieceBytesMax; }
  uint64_t bytes() const override { return text_.bytes(); }

  const std::string& text() const { return text_.text; }
  uint64_t rows() const { return rows_; }
  const std::optional<Error>& failure() const { return failure_; }  // of the row behind those

 private:
  const TextFormat& format_;
  AccountedText text_;
  std::string scratch_;
  uint64_t rows_ = 0;
  std::optional<Error> failure_;
};

class TextWriter final : public PieceWriter {
 public:
  TextWriter(std::unique_ptr<const TextFormat> format, std::string path, OutputFiles files, MemoryBudget& budget)
      : format_(std::move(format)), path_(std::move(path)), files_(std::move(files)), budget_(budget), held_(budget) {}
  ~TextWriter() override { TextWriter::abandon(); }

  std::unique_ptr<RowPiece> piece() override { return std::make_unique<TextPiece>(*format_, budget_); }

  Status append(std::unique_ptr<RowPiece> piece, WriteJobs& jobs) override {
    const auto& given = static_cast<const TextPiece&>(*piece);
    if (given.failure()) {
      Error error = *given.failure();
      error.where = fmt::format("{}row {}", path_.empty() ? "" : path_ + ", ", rows_ + given.rows() + 1);
      return error;
    }
    rows_ += given.rows();
    if (held_.text.size() + given.text().size() < kFlushBytes) {  // small pieces of many partitions
      held_.text += given.text();
      return held_.account();
    }
    TRY_STATUS(flush(false, jobs));
    TRY_STATUS(write_text(given.text()));
    return file_bytes_ >= files_.file_bytes_max ? end_file() : kDone;
  }
  Status flush(bool ends_file, WriteJobs&) override {
    if (!held_.text.empty()) TRY_STATUS(write_text(held_.text));
    held_.text.clear();
    return ends_file || file_bytes_ >= files_.file_bytes_max ? end_file() : kDone;
  }
  uint64_t bytes_held() const override { return held_.text.size(); }
  bool has_file() const override { return file_ != nullptr; }
  void abandon() override {
    if (file_ != nullptr) file_->abandon();
  }

 private:
  Status finish_pieces() override {
    WriteJobs none;
    TRY_STATUS(flush(false, none));
    if (!any_file_) TRY_STATUS(write_text(""));
    return end_file();
  }
  Status write_text(std::string_view text) {
    if (file_ == nullptr) {
      TRY(file, files_.next());
      file_ = std::move(file);
      file_bytes_ = 0;
      any_file_ = true;
      const std::string header = format_->header();
      if (!header.empty()) TRY_STATUS(file_->append(header));
    }
    file_bytes_ += text.size();
    return text.empty() ? kDone : file_->append(text);
  }
  Status end_file() {
    file_bytes_ = 0;
    if (file_ == nullptr) return kDone;
    TRY_STATUS(file_->commit());
    file_.reset();
    return kDone;
  }

  const std::unique_ptr<const TextFormat> format_;
  const std::string path_;
  const OutputFiles files_;
  MemoryBudget& budget_;
  AccountedText held_;
  uint64_t rows_ = 0, file_bytes_ = 0;
  bool any_file_ = false;
  std::unique_ptr<ByteOutput> file_;
};

}  // namespace

std::unique_ptr<RowWriter> make_text_writer(std::unique_ptr<const TextFormat> format, std::string path,
                                            OutputFiles files, MemoryBudget& budget) {
  return std::make_unique<TextWriter>(std::move(format), std::move(path), std::move(files), budget);
}

void append_display(const Vector& vector, uint32_t row, std::string& out) {
  const uint32_t at = vector.index_of(row);
  char text[kNumberTextBytesMax];
  char* end = text;
  switch (vector.type.id) {
    case TypeId::kBool: out += vector.as<uint8_t>()[at] != 0 ? "true" : "false"; return;
    case TypeId::kInt32: end = write_int64(vector.as<int32_t>()[at], text); break;
    case TypeId::kInt64: end = write_int64(vector.as<int64_t>()[at], text); break;
    case TypeId::kFloat64: end = write_double(vector.as<double>()[at], text); break;
    case TypeId::kDecimal64: end = write_decimal(vector.as<int64_t>()[at], vector.type.scale, text); break;
    case TypeId::kDecimal128: end = write_decimal(vector.as<int128>()[at], vector.type.scale, text); break;
    case TypeId::kDate: end = write_date(vector.as<int32_t>()[at], text); break;
    case TypeId::kTimestamp: end = write_timestamp(vector.as<int64_t>()[at], text); break;
    case TypeId::kUtf8: out += vector.as<StringRef>()[at].view(); return;
    default: out += to_display(value_at(vector, row)); return;
  }
  out.append(text, end);
}

}  // namespace headrace
