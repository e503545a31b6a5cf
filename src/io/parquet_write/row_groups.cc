#include "io/parquet_write/row_groups.h"

#include <algorithm>

#include "base/check.h"
#include "types/nested_type.h"

namespace headrace {
namespace {

constexpr const char* kConsumer = "parquet writer";

int leaves_below(const parquet::schema::Node& node) {
  if (node.is_primitive()) return 1;
  const auto& group = static_cast<const parquet::schema::GroupNode&>(node);
  int leaves = 0;
  for (int i = 0; i < group.field_count(); ++i) leaves += leaves_below(*group.field(i));
  return leaves;
}

}  // namespace

ParquetPiece::ParquetPiece(const Schema& schema, uint64_t bytes_max, MemoryBudget& budget)
    : bytes_max_(bytes_max), reservation_(budget, kConsumer), texts_(&reservation_) {
  for (const Column& column : schema)
    columns_.push_back(std::make_unique<PieceColumn>(column.type, reservation_, texts_));
}

Status ParquetPiece::add(const Batch& batch) {
  for (size_t i = 0; i < columns_.size(); ++i) TRY_STATUS(columns_[i]->append(batch.columns[i], batch.rows));
  rows_ += batch.rows;
  return kDone;
}

void ParquetPiece::end() {
  for (const auto& column : columns_) column->end();
}

bool ParquetPiece::full() const { return rows_ >= limits::kMorselRowsTarget || bytes() >= bytes_max_; }

ParquetRowWriter::ParquetRowWriter(const WriteRequest& request,
                                   std::shared_ptr<parquet::SchemaDescriptor> parquet_schema, ParquetStyle style,
                                   RowGroupLimits row_group_limits, std::shared_ptr<BudgetMemoryPool> pool,
                                   OutputFiles files, MemoryBudget& budget)
    : schema_(request.schema),
      path_(request.path),
      parquet_schema_(std::move(parquet_schema)),
      pool_(std::move(pool)),
      style_(std::move(style)),
      limits_(row_group_limits),
      files_(std::move(files)),
      budget_(budget) {
  int leaf = 0;
  for (size_t column = 0; column < schema_.size(); ++column) {
    first_leaf_.push_back(leaf);
    leaf += leaves_below(*parquet_schema_->group_node()->field(static_cast<int>(column)));
  }
  first_leaf_.push_back(leaf);
  CHECK(leaf == parquet_schema_->num_columns());
}

ParquetRowWriter::~ParquetRowWriter() { ParquetRowWriter::abandon(); }

void ParquetRowWriter::abandon() {
  if (file_ != nullptr) file_->output().abandon();
}

template <class Work>
Status ParquetRowWriter::guarded(Work&& work) const {
  return guard_writing(path_, file_ == nullptr ? nullptr : &file_->stream(), std::forward<Work>(work));
}

std::unique_ptr<RowPiece> ParquetRowWriter::piece() {
  return std::make_unique<ParquetPiece>(schema_, limits_.piece_bytes, budget_);
}

Status ParquetRowWriter::append(std::unique_ptr<RowPiece> piece, WriteJobs& jobs) {
  static_cast<ParquetPiece&>(*piece).end();
  const std::shared_ptr<const ParquetPiece> shared(static_cast<ParquetPiece*>(piece.release()));
  for (uint64_t from = 0; from < shared->rows();) {
    if (collecting_ == nullptr) collecting_ = std::make_shared<RowGroup>();
    const uint64_t rows = std::min(shared->rows() - from, limits_.rows - collecting_->rows);
    collecting_->parts.push_back({shared, from, from + rows});
    collecting_->rows += rows;
    collecting_->bytes += shared->bytes() * rows / shared->rows();
    from += rows;
    if (collecting_->rows == limits_.rows) close_group(false, jobs);
  }
  if (collecting_ != nullptr && collecting_->bytes >= limits_.bytes) close_group(false, jobs);
  return kDone;
}

Status ParquetRowWriter::flush(bool end_file, WriteJobs& jobs) {
  if (collecting_ != nullptr || (end_file && has_file_)) close_group(end_file, jobs);
  return kDone;
}

void ParquetRowWriter::close_group(bool ends_file, WriteJobs& jobs) {
  auto group = collecting_ == nullptr ? std::make_shared<RowGroup>() : std::move(collecting_);
  collecting_.reset();
  group->ordinal = groups_++;
  group->ends_file = ends_file;
  has_file_ = !ends_file;
  group->chunks.resize(static_cast<size_t>(first_leaf_.back()));
  if (group->rows == 0) {  // only the end of a file
    jobs.push_back([this, group] { return put_in_order(group); });
    return;
  }
  group->columns_left = schema_.size();
  for (size_t column = 0; column < schema_.size(); ++column)
    jobs.push_back([this, group, column] { return run_job(group, column); });
}

Status ParquetRowWriter::run_job(const std::shared_ptr<RowGroup>& group, size_t column) {
  TRY_STATUS(guard_writing(path_, nullptr, [&] { return encode_column(*group, column); }));
  if (group->columns_left.fetch_sub(1, std::memory_order_acq_rel) > 1) return kDone;
  group->parts.clear();
  return put_in_order(group);
}

Status ParquetRowWriter::encode_column(RowGroup& group, size_t column) const {
  Reservation reservation(budget_, kConsumer);
  std::vector<ColumnRows> rows;
  for (const PieceRows& part : group.parts) rows.push_back({&part.piece->column(column), part.from, part.to});
  const auto first = static_cast<size_t>(first_leaf_[column]);
  const size_t count = static_cast<size_t>(first_leaf_[column + 1]) - first;
  Arena texts(&reservation);
  std::vector<std::unique_ptr<LeafValues>> leaves;
  for (size_t i = 0; i < count; ++i)
    leaves.push_back(std::make_unique<LeafValues>(*parquet_schema_->Column(static_cast<int>(first + i)), reservation));
  const Type type = schema_[column].type;
  if (is_nested(type.id)) {
    const auto& node = *parquet_schema_->group_node()->field(static_cast<int>(column));
    TRY_STATUS(gather_nested(rows, node, leaves, texts, reservation));
  } else {
    TRY_STATUS(gather_leaf(rows, *leaves[0]));
    if (is_text_layout(type))
      return encode_text_chunk(rows, *leaves[0], style_.blooms[first], style_, *pool_, reservation,
                               group.chunks[first]);
  }
  for (size_t i = 0; i < count; ++i) {
    TRY_STATUS(
        encode_chunk(*leaves[i], style_.blooms[first + i], style_, *pool_, reservation, group.chunks[first + i]));
    leaves[i].reset();
  }
  return kDone;
}

Status ParquetRowWriter::put_in_order(std::shared_ptr<RowGroup> group) {
  const uint64_t ordinal = group->ordinal;
  return encoded_.put(ordinal, std::move(group),
                      [&](const std::shared_ptr<RowGroup>& next) { return write_group(*next); });
}

Status ParquetRowWriter::write_group(RowGroup& group) {
  if (group.rows > 0) {
    if (file_ == nullptr) TRY_STATUS(open_file());
    TRY_STATUS(guarded([&] { return from_writing(file_->add(group.rows, std::move(group.chunks)), path_); }));
  }
  if (file_ != nullptr && (group.ends_file || file_->bytes() >= files_.file_bytes_max)) return close_file();
  return kDone;
}

Status ParquetRowWriter::open_file() {
  TRY(output, files_.next());
  ++files_opened_;
  return guarded([&, to = std::move(output)]() mutable -> Status {
    file_ = std::make_unique<ParquetFileBuilder>(*parquet_schema_, style_, std::move(to));
    return kDone;
  });
}

Status ParquetRowWriter::close_file() {
  TRY_STATUS(guarded([&] { return from_writing(file_->finish(), path_); }));
  TRY_STATUS(file_->output().commit());
  file_.reset();
  return kDone;
}

// A table without rows is a file with a schema.
Status ParquetRowWriter::finish_pieces() {
  WriteJobs jobs;
  TRY_STATUS(flush(false, jobs));
  for (const WriteJob& job : jobs) TRY_STATUS(job());
  CHECK(encoded_.empty());
  if (files_opened_ == 0) TRY_STATUS(open_file());
  return file_ == nullptr ? kDone : close_file();
}

}  // namespace headrace
