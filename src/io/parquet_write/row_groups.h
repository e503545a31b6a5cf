// io/parquet_write/row_groups.h — pieces collected into row groups, which jobs encode column by column, and files that take
// the row groups in order.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "io/arrow_memory.h"
#include "io/in_order.h"
#include "io/output_files.h"
#include "io/parquet_write/file_builder.h"
#include "runtime/row_writer.h"

namespace headrace {

class ParquetPiece final : public RowPiece {
 public:
  ParquetPiece(const Schema& schema, uint64_t bytes_max, MemoryBudget& budget);
  Status add(const Batch& batch) override;
  bool full() const override;
  void end();  // nothing more is added
  uint64_t bytes() const override { return reservation_.bytes(); }
  uint64_t rows() const { return rows_; }
  const PieceColumn& column(size_t index) const { return *columns_[index]; }

 private:
  const uint64_t bytes_max_;
  Reservation reservation_;
  Arena texts_;
  std::vector<std::unique_ptr<PieceColumn>> columns_;
  uint64_t rows_ = 0;
};

struct RowGroupLimits {
  uint64_t rows = 122'880;  // as DuckDB
  uint64_t bytes = uint64_t{128} << 20;  // of its rows in memory
  uint64_t piece_bytes = uint64_t{16} << 20;
};

class ParquetRowWriter final : public PieceWriter {
 public:
  ParquetRowWriter(const WriteRequest& request, std::shared_ptr<parquet::SchemaDescriptor> parquet_schema,
                   ParquetStyle style, RowGroupLimits limits, std::shared_ptr<BudgetMemoryPool> pool, OutputFiles files,
                   MemoryBudget& budget);
  ~ParquetRowWriter() override;

  std::unique_ptr<RowPiece> piece() override;
  Status append(std::unique_ptr<RowPiece> piece, WriteJobs& jobs) override;
  Status flush(bool end_file, WriteJobs& jobs) override;
  uint64_t bytes_held() const override { return collecting_ == nullptr ? 0 : collecting_->bytes; }
  bool has_file() const override { return has_file_; }
  void abandon() override;

 private:
  struct PieceRows {
    std::shared_ptr<const ParquetPiece> piece;
    uint64_t from, to;
  };
  struct RowGroup {
    std::vector<PieceRows> parts;
    uint64_t rows = 0, bytes = 0;
    uint64_t ordinal = 0;
    bool ends_file = false;
    std::vector<EncodedChunk> chunks;  // by leaf
    std::atomic<size_t> columns_left{0};
  };

  Status finish_pieces() override;
  void close_group(bool ends_file, WriteJobs& jobs);
  Status encode_column(RowGroup& group, size_t column) const;
  Status run_job(const std::shared_ptr<RowGroup>& group, size_t column);
  Status put_in_order(std::shared_ptr<RowGroup> group);
  Status write_group(RowGroup& group);
  Status open_file();
  Status close_file();
  template <class Work>
  Status guarded(Work&& work) const;

  const Schema schema_;
  const std::string path_;
  const std::shared_ptr<parquet::SchemaDescriptor> parquet_schema_;
  const std::shared_ptr<BudgetMemoryPool> pool_;
  const ParquetStyle style_;
  const RowGroupLimits limits_;
  const OutputFiles files_;
  MemoryBudget& budget_;
  std::vector<int> first_leaf_;  // by column, and one behind the last
  std::shared_ptr<RowGroup> collecting_;
  uint64_t groups_ = 0;
  bool has_file_ = false;

  InOrder<std::shared_ptr<RowGroup>> encoded_;
  // Used by one thread at a time: what takes row groups in order, then what ends the output.
  uint64_t files_opened_ = 0;
  std::unique_ptr<ParquetFileBuilder> file_;
};

}  // namespace headrace
