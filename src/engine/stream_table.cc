#include "engine/stream_table.h"

#include <fmt/format.h>

#include <cstring>

#include "base/check.h"

namespace headrace {

namespace {

// The first null row; batch.rows: none.
uint32_t first_null(const Vector& vector, uint32_t rows) {
  if (vector.validity == nullptr) return rows;
  if (vector.encoding == Encoding::kConstant) return vector.validity[0] != 0 ? rows : 0;
  const void* found = std::memchr(vector.validity, 0, rows);
  return found == nullptr ? rows : static_cast<uint32_t>(static_cast<const uint8_t*>(found) - vector.validity);
}

// Shared by a source and its readers.
struct Checked {
  std::unique_ptr<Source> source;
  Schema columns;  // as the scan gives them
};

class CheckedReader final : public MorselReader {
 public:
  CheckedReader(std::shared_ptr<const Checked> checked, std::unique_ptr<MorselReader> reader)
      : checked_(std::move(checked)), reader_(std::move(reader)) {}

  uint64_t morsel() const override { return reader_->morsel(); }
  Result<bool> next(uint32_t rows_max, Batch& out) override {
    TRY(more, reader_->next(rows_max, out));
    if (!more) return false;
    const Schema& columns = checked_->columns;
    for (size_t i = 0; i < columns.size(); ++i) {
      if (columns[i].nullable || out.rows == 0) continue;
      const uint32_t row = first_null(out.columns[i], out.rows);
      if (row == out.rows) continue;
      return Error{
          ErrorCode::kBadInput,
          fmt::format("column {} ('{}'): expected {} without nulls, which the stage was compiled for, found NULL", i,
                      columns[i].name, to_text(columns[i].type)),
          checked_->source->locate(out.morsel, out.sequence + row),
          "send rows without nulls there, or make the stage again from a column that may have them"};
    }
    return true;
  }

 private:
  const std::shared_ptr<const Checked> checked_;
  const std::unique_ptr<MorselReader> reader_;
};

class CheckedSource final : public Source {
 public:
  explicit CheckedSource(Checked checked) : checked_(std::make_shared<const Checked>(std::move(checked))) {}

  Result<Claim> claim() override {
    TRY(claim, checked_->source->claim());
    auto* reader = std::get_if<std::unique_ptr<MorselReader>>(&claim);
    if (reader == nullptr) return std::move(claim);
    return Claim(std::make_unique<CheckedReader>(checked_, std::move(*reader)));
  }
  bool ordered() const override { return checked_->source->ordered(); }
  bool end_behind(uint64_t morsel) override { return checked_->source->end_behind(morsel); }
  std::string locate(uint64_t morsel, uint64_t row) const override { return checked_->source->locate(morsel, row); }

 private:
  const std::shared_ptr<const Checked> checked_;
};

class StreamTable final : public ScannableTable {
 public:
  StreamTable(std::shared_ptr<const ScannableTable> table, Schema declared)
      : table_(std::move(table)), declared_(std::move(declared)) {
    CHECK(table_->schema().size() == declared_.size());
  }

  const Schema& schema() const override { return declared_; }
  std::optional<uint64_t> row_count() const override { return table_->row_count(); }
  bool ordered() const override { return table_->ordered(); }
  bool unbounded() const override { return table_->unbounded(); }
  std::optional<ValueRange> value_range(uint32_t column) const override { return table_->value_range(column); }
  std::string describe() const override { return table_->describe(); }
  Result<std::unique_ptr<Source>> scan(const ScanRequest& request, QueryContext& context) const override {
    TRY(source, table_->scan(request, context));
    Checked checked{std::move(source), {}};
    for (const uint32_t column : request.columns) checked.columns.push_back(declared_[column]);
    return std::make_unique<CheckedSource>(std::move(checked));
  }
  ScanReport report(const ScanRequest& request) const override { return table_->report(request); }

 private:
  const std::shared_ptr<const ScannableTable> table_;
  const Schema declared_;
};

}  // namespace

std::shared_ptr<const ScannableTable> make_stream_table(std::shared_ptr<const ScannableTable> table, Schema declared) {
  return std::make_shared<const StreamTable>(std::move(table), std::move(declared));
}

}  // namespace headrace
