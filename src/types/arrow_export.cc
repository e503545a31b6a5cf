// Vectors → Arrow arrays. See types/arrow_c.h.
#include <cstring>
#include <limits>
#include <vector>

#include <fmt/format.h>

#include "base/check.h"
#include "types/arrow_c.h"
#include "types/string_ref.h"

namespace headrace {
namespace {

struct ArrayStorage {
  std::vector<const void*> buffers;
  std::vector<std::shared_ptr<const void>> owners;
  std::vector<ArrowArray> children;
  std::vector<ArrowArray*> pointers;
};

void release_array(ArrowArray* array) {
  for (int64_t child = 0; child < array->n_children; ++child)
    if (array->children[child]->release != nullptr) array->children[child]->release(array->children[child]);
  delete static_cast<ArrayStorage*>(array->private_data);
  array->release = nullptr;
}

ArrayStorage& start(ArrowArray* out, uint64_t rows) {
  auto* storage = new ArrayStorage;
  *out = {};
  out->length = static_cast<int64_t>(rows);
  out->release = release_array;
  out->private_data = storage;
  return *storage;
}

// Column `index` of the batches.
struct Column {
  std::span<const Batch> batches;
  size_t index;
  uint64_t rows;
  Type type;
  const AllocateBytes& allocate;
  ArrayStorage& storage;

  template <class T>
  Result<T*> make(uint64_t bytes) {
    TRY(memory, allocate(std::max<uint64_t>(bytes, 64)));
    storage.owners.push_back(memory);
    return static_cast<T*>(memory.get());
  }
  // Calls each(vector, row within its batch, row of the array).
  template <class Each>
  void for_each(Each&& each) const {
    uint64_t at = 0;
    for (const Batch& batch : batches)
      for (uint32_t row = 0; row < batch.rows; ++row) each(batch.columns[index], row, at++);
  }
};

// The bitmap, or nullptr without nulls; sets null_count.
Result<const void*> export_validity(Column& column, int64_t& null_count) {
  null_count = 0;
  bool any = false;
  for (const Batch& batch : column.batches) any |= batch.columns[column.index].validity != nullptr;
  if (!any) return static_cast<const void*>(nullptr);
  column.for_each([&](const Vector& vector, uint32_t row, uint64_t) { null_count += vector.is_valid(row) ? 0 : 1; });
  if (null_count == 0) return static_cast<const void*>(nullptr);
  TRY(bits, column.make<uint8_t>((column.rows + 7) / 8));
  std::memset(bits, 0, (column.rows + 7) / 8);
  column.for_each([&, to = bits](const Vector& vector, uint32_t row, uint64_t at) {
    to[at / 8] = static_cast<uint8_t>(to[at / 8] | (vector.is_valid(row) ? 1U << (at % 8) : 0U));
  });
  return static_cast<const void*>(bits);
}

Result<const void*> export_bools(Column& column) {
  TRY(bits, column.make<uint8_t>((column.rows + 7) / 8));
  std::memset(bits, 0, (column.rows + 7) / 8);
  column.for_each([&, to = bits](const Vector& vector, uint32_t row, uint64_t at) {
    to[at / 8] =
        static_cast<uint8_t>(to[at / 8] | (vector.as<uint8_t>()[vector.index_of(row)] != 0 ? 1U << (at % 8) : 0U));
  });
  return static_cast<const void*>(bits);
}

template <class T>
Result<const void*> export_fixed(Column& column) {
  if (column.batches.size() == 1 && column.batches[0].columns[column.index].encoding == Encoding::kFlat) {
    const Vector& vector = column.batches[0].columns[column.index];
    column.storage.owners.push_back(vector.owner);
    return vector.data;
  }
  TRY(values, column.make<T>(column.rows * sizeof(T)));
  T* to = values;
  for (const Batch& batch : column.batches) {
    const Vector& vector = batch.columns[column.index];
    if (vector.encoding == Encoding::kFlat && batch.rows > 0)
      std::memcpy(to, vector.data, batch.rows * sizeof(T));
    else
      for (uint32_t row = 0; row < batch.rows; ++row) to[row] = vector.as<T>()[vector.index_of(row)];
    to += batch.rows;
  }
  return static_cast<const void*>(values);
}

// Pushes offsets and bytes.
Status export_strings(Column& column, const std::string& name) {
  uint64_t bytes = 0;
  column.for_each([&](const Vector& vector, uint32_t row, uint64_t) {
    if (vector.is_valid(row)) bytes += vector.as<StringRef>()[vector.index_of(row)].size;
  });
  if (bytes > static_cast<uint64_t>(std::numeric_limits<int32_t>::max()))
    return Error{ErrorCode::kLimit,
                 fmt::format("column '{}' holds {} bytes of strings in {} rows, an Arrow array at most 2 GiB", name,
                             bytes, column.rows),
                 "", ""};
  TRY(offsets, column.make<int32_t>((column.rows + 1) * sizeof(int32_t)));
  TRY(text, column.make<char>(bytes));
  int32_t end = 0;
  column.for_each([&, starts = offsets, to = text](const Vector& vector, uint32_t row, uint64_t at) {
    starts[at] = end;
    if (!vector.is_valid(row)) return;
    const StringRef& string = vector.as<StringRef>()[vector.index_of(row)];
    if (string.size > 0) std::memcpy(to + end, string.data(), string.size);
    end += static_cast<int32_t>(string.size);
  });
  offsets[column.rows] = end;
  column.storage.buffers.push_back(offsets);
  column.storage.buffers.push_back(text);
  return kDone;
}

Status export_column(Column column, const std::string& name, ArrowArray* out) {
  if (column.type.id == TypeId::kNull) {
    out->null_count = out->length;
    return kDone;
  }
  TRY(validity, export_validity(column, out->null_count));
  column.storage.buffers.push_back(validity);
  if (column.type.id == TypeId::kUtf8) {
    TRY_STATUS(export_strings(column, name));
  } else {
    Result<const void*> values = column.type.id == TypeId::kBool    ? export_bools(column)
                                 : width_bytes(column.type.id) == 4 ? export_fixed<int32_t>(column)
                                 : width_bytes(column.type.id) == 8 ? export_fixed<int64_t>(column)
                                                                    : export_fixed<int128>(column);
    if (!values.ok()) return values.error();
    column.storage.buffers.push_back(values.value());
  }
  out->n_buffers = static_cast<int64_t>(column.storage.buffers.size());
  out->buffers = column.storage.buffers.data();
  return kDone;
}

}  // namespace

Status export_batches(const Schema& schema, std::span<const Batch> batches, const AllocateBytes& allocate,
                      ArrowArray* out) {
  uint64_t rows = 0;
  for (const Batch& batch : batches) rows += batch.rows;
  ArrowArray array;
  ArrayStorage& storage = start(&array, rows);
  storage.buffers.push_back(nullptr);
  array.n_buffers = 1;
  array.buffers = storage.buffers.data();
  storage.children.resize(schema.size());
  for (size_t index = 0; index < schema.size(); ++index) {
    ArrayStorage& child = start(&storage.children[index], rows);
    storage.pointers.push_back(&storage.children[index]);
    array.n_children = static_cast<int64_t>(index + 1);
    array.children = storage.pointers.data();
    const Status status = export_column({batches, index, rows, schema[index].type, allocate, child}, schema[index].name,
                                        &storage.children[index]);
    if (!status.ok()) {
      array.release(&array);
      return status.error();
    }
  }
  *out = array;
  return kDone;
}

}  // namespace headrace
