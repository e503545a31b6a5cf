#include "io/session_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "expr/lexer.h"

namespace headrace {
namespace {

// Row of the first null; rows: none.
uint32_t first_null(const Vector& vector, uint32_t rows) {
  if (vector.validity == nullptr || rows == 0) return rows;
  if (vector.encoding == Encoding::kConstant) return vector.is_valid(0) ? rows : 0;
  const void* found = std::memchr(vector.validity, 0, rows);
  return found == nullptr ? rows : static_cast<uint32_t>(static_cast<const uint8_t*>(found) - vector.validity);
}

Error two_rows_agree(const SessionTable& table, const UniqueKey& key) {
  std::string columns;
  for (const uint32_t column : key.columns) columns += (columns.empty() ? "" : ", ") + table.declared()[column].name;
  return {ErrorCode::kBadInput,
          fmt::format("two rows of table '{}' would have the same ({}), which is unique", table.name(), columns), "",
          fmt::format("find them: SELECT {} … GROUP BY ALL HAVING count(*) > 1", columns)};
}

}  // namespace

SessionTable::SessionTable(std::string name, Schema declared, std::vector<ExprPtr> defaults, MemoryBudget& budget)
    : name_(std::move(name)), declared_(std::move(declared)), defaults_(std::move(defaults)), budget_(budget) {}

Status SessionTable::check_nulls(std::span<const Batch> batches) const {
  uint64_t before = 0;
  for (const Batch& batch : batches) {
    for (size_t column = 0; column < declared_.size(); ++column) {
      if (declared_[column].nullable) continue;
      const uint32_t row = first_null(batch.columns[column], batch.rows);
      if (row < batch.rows)
        return Error{ErrorCode::kBadInput,
                     fmt::format("column '{}' of table '{}' is NOT NULL, but row {} of what is inserted is NULL there",
                                 declared_[column].name, name_, before + row + 1),
                     "", "leave out such rows, or give a value: coalesce(x, …)"};
    }
    before += batch.rows;
  }
  return kDone;
}

Status SessionTable::make_index(const UniqueKey& key, std::unique_ptr<UniqueIndex>& index) const {
  index = std::make_unique<UniqueIndex>(declared_, key.columns, budget_, "keys of table " + name_);
  const auto snapshot_now = snapshot();
  for (const Chunk& chunk : snapshot_now->chunks()) {
    TRY(unique, index->add(Batch{.rows = static_cast<uint32_t>(chunk.rows), .columns = chunk.columns}));
    if (!unique) return two_rows_agree(*this, key);
  }
  return kDone;
}

Status SessionTable::add_key(UniqueKey key) {
  std::unique_ptr<UniqueIndex> index;
  TRY_STATUS(make_index(key, index));
  keys_.push_back(std::move(key));
  unique_.push_back(std::move(index));
  return kDone;
}

bool SessionTable::has_index(std::string_view name) const {
  return std::ranges::any_of(index_names_, [&](const std::string& other) { return equal_words(other, name); });
}

bool SessionTable::drop_index(std::string_view name) {
  if (!has_index(name)) return false;
  std::erase_if(index_names_, [&](const std::string& other) { return equal_words(other, name); });
  for (size_t key = keys_.size(); key-- > 0;)
    if (equal_words(keys_[key].name, name)) {
      keys_.erase(keys_.begin() + static_cast<ptrdiff_t>(key));
      unique_.erase(unique_.begin() + static_cast<ptrdiff_t>(key));
    }
  return true;
}

// Adds the rows to the indexes. After an error they are made again when rows come next.
Status SessionTable::check_keys(std::span<const Batch> batches) {
  for (size_t key = 0; key < keys_.size(); ++key) {
    if (unique_[key] == nullptr) TRY_STATUS(make_index(keys_[key], unique_[key]));
    for (const Batch& batch : batches) {
      const auto unique = unique_[key]->add(batch);
      if (unique.ok() && unique.value()) continue;
      for (auto& index : unique_) index = nullptr;
      return unique.ok() ? two_rows_agree(*this, keys_[key]) : unique.error();
    }
  }
  return kDone;
}

Status SessionTable::append(std::span<const Batch> batches) {
  TRY_STATUS(check_nulls(batches));
  TRY_STATUS(check_keys(batches));
  const Status added = add_rows(batches);
  if (!added.ok())
    for (auto& index : unique_) index = nullptr;
  return added;
}

Status SessionTable::replace(std::span<const Batch> batches) {
  std::vector<Chunk> chunks = std::exchange(chunks_, {});
  std::shared_ptr<ColumnStore> few = std::exchange(few_, nullptr);
  clear();
  const Status status = append(batches);
  if (status.ok()) return kDone;
  clear();
  chunks_ = std::move(chunks);
  few_ = std::move(few);
  return status;
}

Status SessionTable::add_rows(std::span<const Batch> batches) {
  uint64_t rows = 0;
  for (const Batch& batch : batches) rows += batch.rows;
  if (rows == 0) return kDone;
  if (rows < limits::kVectorRowsMax) return append_few(batches);
  if (few_ != nullptr) seal(few_->rows());
  for (const Batch& batch : batches)
    if (batch.rows > 0) chunks_.push_back({batch.rows, batch.columns});
  snapshot_ = nullptr;
  return kDone;
}

void SessionTable::seal(uint64_t rows) {
  for (uint64_t first = 0; first < rows; first += limits::kVectorRowsMax) {
    const auto count = static_cast<uint32_t>(std::min<uint64_t>(limits::kVectorRowsMax, rows - first));
    chunks_.push_back({count, few_->slice(static_cast<uint32_t>(first / limits::kVectorRowsMax), 0, count).columns});
  }
  few_ = nullptr;
}

Status SessionTable::append_few(std::span<const Batch> batches) {
  if (few_ == nullptr) few_ = std::make_shared<ColumnStore>(declared_, budget_, "table " + name_);
  const uint64_t before = few_->rows();
  for (const Batch& batch : batches) {
    if (batch.rows == 0) continue;
    if (const Status status = few_->append(batch); !status.ok()) {
      if (few_->rows() > before) seal(before);  // some of the batches are in behind these
      return status;
    }
  }
  snapshot_ = nullptr;
  return kDone;
}

void SessionTable::clear() {
  chunks_.clear();
  few_ = nullptr;
  snapshot_ = nullptr;
  for (auto& index : unique_) index = nullptr;
}

std::shared_ptr<const MemoryTable> SessionTable::snapshot() const {
  if (snapshot_ != nullptr) return snapshot_;
  std::vector<Chunk> chunks = chunks_;
  if (few_ != nullptr)
    for (uint32_t chunk = 0; chunk < few_->chunks() && few_->chunk_rows(chunk) > 0; ++chunk) {
      const Batch part = few_->slice(chunk, 0, few_->chunk_rows(chunk));
      chunks.push_back({part.rows, part.columns});
    }
  Schema schema = declared_;
  for (size_t column = 0; column < schema.size(); ++column) {
    if (!declared_[column].nullable)
      for (Chunk& chunk : chunks) chunk.columns[column].validity = nullptr;  // check_nulls() has seen that none is null
    schema[column].nullable =
        std::ranges::any_of(chunks, [&](const Chunk& chunk) { return chunk.columns[column].validity != nullptr; });
  }
  snapshot_ = std::make_shared<const MemoryTable>(name_, std::move(schema), std::move(chunks));
  return snapshot_;
}

}  // namespace headrace
