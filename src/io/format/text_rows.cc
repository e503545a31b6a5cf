#include "io/format/text_rows.h"

#include "types/number_text.h"
#include "types/string_ref.h"

namespace headrace {
namespace {

constexpr size_t kFlushBytes = 256 << 10;

}  // namespace

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

Status TextWriter::write(const Batch& batch) {
  for (uint32_t row = 0; row < batch.rows; ++row) {
    TRY_STATUS(append_row(batch, row));
    if (text_.size() >= kFlushBytes) TRY_STATUS(flush());
  }
  return kDone;
}

Status TextWriter::flush() {
  const Status status = output_->append(text_);
  text_.clear();
  return status;
}

Status TextWriter::finish() {
  TRY_STATUS(flush());
  return output_->commit();
}

}  // namespace headrace
