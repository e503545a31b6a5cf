#include "state/column_store.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "base/limits.h"
#include "types/string_ref.h"

namespace headrace {

namespace {

constexpr uint64_t kChunkRows = limits::kVectorRowsMax;
constexpr uint64_t kStringBlockBytesMin = uint64_t{4} << 10;
constexpr uint64_t kStringBlockBytesMax = uint64_t{1} << 20;

uint64_t align64(uint64_t bytes) { return (bytes + 63) & ~uint64_t{63}; }

template <class T>
void copy_rows(const void* from, const uint16_t* selection, uint32_t rows, void* to) {
  const T* source = static_cast<const T*>(from);
  T* target = static_cast<T*>(to);
  if (selection == nullptr) {
    std::memcpy(to, from, uint64_t{rows} * sizeof(T));
    return;
  }
  for (uint32_t i = 0; i < rows; ++i) target[i] = source[selection[i]];
}

void copy_rows_of_width(uint32_t width, const void* from, const uint16_t* selection, uint32_t rows, void* to) {
  switch (width) {
    case 1: return copy_rows<uint8_t>(from, selection, rows, to);
    case 2: return copy_rows<uint16_t>(from, selection, rows, to);
    case 4: return copy_rows<uint32_t>(from, selection, rows, to);
    case 8: return copy_rows<uint64_t>(from, selection, rows, to);
    default: return copy_rows<int128>(from, selection, rows, to);
  }
}

// Bytes of the strings that are not inline.
uint64_t long_bytes(const StringRef* texts, const uint16_t* selection, uint32_t rows) {
  uint64_t bytes = 0;
  for (uint32_t i = 0; i < rows; ++i) {
    const StringRef& text = texts[selection != nullptr ? selection[i] : i];
    bytes += text.is_inline() ? 0 : text.size;
  }
  return bytes;
}

}  // namespace

ColumnStore::ColumnStore(Schema schema, MemoryBudget& budget, std::string consumer)
    : schema_(std::move(schema)), budget_(budget), consumer_(std::move(consumer)) {
  for (const Column& column : schema_) {
    value_offsets_.push_back(chunk_bytes_);
    chunk_bytes_ += align64(kChunkRows * width_bytes(column.type.id));
    validity_offsets_.push_back(chunk_bytes_);
    chunk_bytes_ += kChunkRows;
  }
}

void* ColumnStore::values_of(uint32_t chunk, uint32_t column) const {
  return static_cast<char*>(chunks_[chunk].values->data()) + value_offsets_[column];
}

uint8_t* ColumnStore::validity_of(uint32_t chunk, uint32_t column) const {
  return static_cast<uint8_t*>(chunks_[chunk].values->data()) + validity_offsets_[column];
}

uint32_t ColumnStore::chunk_rows(uint32_t chunk) const {
  return static_cast<uint32_t>(std::min(kChunkRows, rows_ - std::min(rows_, chunk * kChunkRows)));
}

Status ColumnStore::reserve(uint64_t rows) {
  while (chunks_.size() * kChunkRows < rows_ + rows) {
    TRY(values, Buffer::allocate(budget_, consumer_, chunk_bytes_));
    chunks_.push_back({std::move(values), std::vector<bool>(schema_.size())});
    bytes_ += chunk_bytes_;
  }
  return kDone;
}

Result<char*> ColumnStore::string_room(uint64_t bytes) {
  if (bytes > static_cast<uint64_t>(string_end_ - string_next_)) {
    const uint64_t doubled =
        strings_.empty() ? kStringBlockBytesMin : std::min(strings_.back()->bytes() * 2, kStringBlockBytesMax);
    TRY(block, Buffer::allocate(budget_, consumer_, std::max(bytes, doubled)));
    bytes_ += block->bytes();
    string_next_ = static_cast<char*>(block->data());
    string_end_ = string_next_ + block->bytes();
    strings_.push_back(std::move(block));
  }
  char* room = string_next_;
  string_next_ += bytes;
  return room;
}

// Appends one column behind rows_; the chunks have room.
Status ColumnStore::copy_column(const Batch& batch, uint32_t column, const uint16_t* selection, uint32_t rows) {
  const uint32_t width = width_bytes(schema_[column].type.id);
  const FlatColumn from = flattener_.flatten(batch.columns[column], batch.rows);
  uint32_t done = 0;
  while (done < rows) {
    const uint32_t chunk = static_cast<uint32_t>((rows_ + done) / kChunkRows);
    const uint32_t at = static_cast<uint32_t>((rows_ + done) % kChunkRows);
    const uint32_t count = std::min(rows - done, static_cast<uint32_t>(kChunkRows) - at);
    const uint16_t* part = selection != nullptr ? selection + done : nullptr;
    const char* values = static_cast<const char*>(from.values) + (selection != nullptr ? 0 : uint64_t{done} * width);
    char* target = static_cast<char*>(values_of(chunk, column)) + uint64_t{at} * width;
    copy_rows_of_width(width, values, part, count, target);
    uint8_t* validity = validity_of(chunk, column) + at;
    if (from.validity == nullptr) {
      std::memset(validity, 1, count);
    } else {
      copy_rows<uint8_t>(from.validity + (selection != nullptr ? 0 : done), part, count, validity);
      if (std::memchr(validity, 0, count) != nullptr) chunks_[chunk].has_nulls[column] = true;
    }
    if (is_text_layout(schema_[column].type)) {
      auto* texts = reinterpret_cast<StringRef*>(target);
      TRY(room, string_room(long_bytes(texts, nullptr, count)));
      for (uint32_t i = 0; i < count; ++i) {
        if (texts[i].is_inline()) continue;
        std::memcpy(room, texts[i].pointer, texts[i].size);
        texts[i].pointer = room;
        room += texts[i].size;
      }
    }
    done += count;
  }
  return kDone;
}

Status ColumnStore::append(const Batch& batch, const uint16_t* selection, uint32_t selected) {
  const uint32_t rows = selection != nullptr ? selected : batch.rows;
  CHECK(batch.columns.size() == schema_.size());
  TRY_STATUS(reserve(rows));
  for (uint32_t column = 0; column < schema_.size(); ++column) {
    TRY_STATUS(copy_column(batch, column, selection, rows));
  }
  rows_ += rows;
  return kDone;
}

FlatColumn ColumnStore::chunk_column(uint32_t chunk, uint32_t column) const {
  return {values_of(chunk, column), chunks_[chunk].has_nulls[column] ? validity_of(chunk, column) : nullptr};
}

Batch ColumnStore::slice(uint32_t chunk, uint32_t first, uint32_t rows) const {
  CHECK(first + rows <= chunk_rows(chunk));
  Batch batch;
  batch.rows = rows;
  for (uint32_t column = 0; column < schema_.size(); ++column) {
    const FlatColumn from = chunk_column(chunk, column);
    Vector vector;
    vector.type = schema_[column].type;
    vector.data = static_cast<const char*>(from.values) + uint64_t{first} * width_bytes(vector.type.id);
    vector.validity = from.validity != nullptr ? from.validity + first : nullptr;
    vector.owner = shared_from_this();
    batch.columns.push_back(std::move(vector));
  }
  return batch;
}

uint64_t StoredRows::add(std::shared_ptr<const ColumnStore> store) {
  CHECK(store->schema().size() == schema_.size());
  const uint64_t first = columns_.empty() ? 0 : columns_[0].chunks.size() * kChunkRows;
  for (uint32_t column = 0; column < schema_.size(); ++column) {
    for (uint32_t chunk = 0; chunk < store->chunks(); ++chunk) {
      const FlatColumn arrays = store->chunk_column(chunk, column);
      columns_[column].chunks.push_back(arrays);
      columns_[column].has_nulls |= arrays.validity != nullptr;
    }
  }
  stores_->push_back(std::move(store));
  return first;
}

namespace {

template <class T>
void gather_values(const std::vector<FlatColumn>& chunks, const uint64_t* ids, uint32_t count, T* values) {
  for (uint32_t i = 0; i < count; ++i) {
    if (ids[i] == StoredRows::kNoRow) {
      values[i] = T{};
      continue;
    }
    values[i] = static_cast<const T*>(chunks[ids[i] / kChunkRows].values)[ids[i] % kChunkRows];
  }
}

void gather_validity(const std::vector<FlatColumn>& chunks, const uint64_t* ids, uint32_t count, uint8_t* validity) {
  for (uint32_t i = 0; i < count; ++i) {
    if (ids[i] == StoredRows::kNoRow) {
      validity[i] = 0;
      continue;
    }
    const uint8_t* from = chunks[ids[i] / kChunkRows].validity;
    validity[i] = from == nullptr ? 1 : from[ids[i] % kChunkRows];
  }
}

}  // namespace

void StoredRows::gather(uint32_t column, const uint64_t* ids, uint32_t count, void* values, uint8_t* validity) const {
  const std::vector<FlatColumn>& chunks = columns_[column].chunks;
  switch (width_bytes(schema_[column].type.id)) {
    case 1: gather_values(chunks, ids, count, static_cast<uint8_t*>(values)); break;
    case 2: gather_values(chunks, ids, count, static_cast<uint16_t*>(values)); break;
    case 4: gather_values(chunks, ids, count, static_cast<uint32_t*>(values)); break;
    case 8: gather_values(chunks, ids, count, static_cast<uint64_t*>(values)); break;
    default: gather_values(chunks, ids, count, static_cast<int128*>(values)); break;
  }
  if (validity != nullptr) gather_validity(chunks, ids, count, validity);
}

Result<Vector> StoredRows::gather(uint32_t column, const uint64_t* ids, uint32_t count, MemoryBudget& budget,
                                  const std::string& consumer) const {
  struct Owner {
    std::shared_ptr<Buffer> values;
    std::shared_ptr<const void> stores;
  };
  Vector vector;
  vector.type = schema_[column].type;
  const uint64_t values_bytes = align64(uint64_t{count} * width_bytes(vector.type.id));
  const bool nulls = has_nulls(column) || std::find(ids, ids + count, kNoRow) != ids + count;
  TRY(buffer, Buffer::allocate(budget, consumer, values_bytes + (nulls ? count : 0)));
  uint8_t* validity = nulls ? static_cast<uint8_t*>(buffer->data()) + values_bytes : nullptr;
  gather(column, ids, count, buffer->data(), validity);
  vector.data = buffer->data();
  vector.validity = validity;
  vector.owner = std::make_shared<Owner>(std::move(buffer), stores_);
  return vector;
}

}  // namespace headrace
