// Vectors → Arrow arrays. See types/arrow_c.h.
#include <cstring>
#include <limits>
#include <vector>

#include <fmt/format.h>

#include "base/check.h"
#include "base/limits.h"
#include "types/arrow_c.h"
#include "types/nested_type.h"
#include "types/nested_value.h"
#include "types/string_ref.h"
#include "types/value_bytes.h"
#include "types/with_layout.h"

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

// Decimals of 64 bits as the 128 that every reader of Arrow knows.
Result<const void*> export_wide_decimals(Column& column) {
  TRY(values, column.make<int128>(column.rows * sizeof(int128)));
  column.for_each([&, to = values](const Vector& vector, uint32_t row, uint64_t at) {
    to[at] = vector.as<int64_t>()[vector.index_of(row)];
  });
  return static_cast<const void*>(values);
}

struct ArrowMonthDayNano {
  int32_t months, days;
  int64_t ns;
};

Result<const void*> export_intervals(Column& column, const std::string& name) {
  TRY(values, column.make<ArrowMonthDayNano>(column.rows * sizeof(ArrowMonthDayNano)));
  bool fits = true;
  column.for_each([&, to = values](const Vector& vector, uint32_t row, uint64_t at) {
    const Interval interval = vector.is_valid(row) ? vector.as<Interval>()[vector.index_of(row)] : Interval{};
    to[at] = {interval.months, interval.days, 0};
    fits &= !__builtin_mul_overflow(interval.us, int64_t{1'000}, &to[at].ns);
  });
  if (fits) return static_cast<const void*>(values);
  return Error{ErrorCode::kUnsupported,
               fmt::format("column '{}' holds an interval of more than 292 years in µs, which Arrow keeps in ns", name),
               "", "cast it to utf8"};
}

Status export_column(Column column, const std::string& name, ArrowForm form, ArrowArray* out);

// The children of a nested column: one value a field or element, as vectors of their own.
class NestedChildren {
 public:
  NestedChildren(Column& column, ArrowArray* out) : column_(column), out_(out), fields_(fields_of(column.type)) {}

  Status write(const std::string& name) {
    values_.resize(fields_.size());
    const bool offsets = column_.type.id != TypeId::kStruct;
    int32_t* ends = nullptr;
    if (offsets) {
      TRY(room, column_.make<int32_t>((column_.rows + 1) * sizeof(int32_t)));
      ends = room;
      ends[0] = 0;
      column_.storage.buffers.push_back(ends);
    }
    column_.for_each([&](const Vector& vector, uint32_t row, uint64_t at) {
      if (vector.is_valid(row)) {
        add(nested_fields(column_.type, vector.as<StringRef>()[vector.index_of(row)].view()));
      } else if (!offsets) {
        for (size_t i = 0; i < fields_.size(); ++i) values_[i].push_back(null_value(fields_[i].type));
      }
      if (offsets) ends[at + 1] = static_cast<int32_t>(values_[0].size());
    });
    if (values_[0].size() > static_cast<size_t>(std::numeric_limits<int32_t>::max()))
      return Error{ErrorCode::kLimit, fmt::format("column '{}' holds more elements than one Arrow array", name), "",
                   ""};
    if (column_.type.id != TypeId::kMap) return write_children(name, column_.storage, out_);
    ArrayStorage& storage = column_.storage;
    storage.children.resize(1);
    ArrayStorage& entries = start(&storage.children[0], values_[0].size());
    storage.pointers.push_back(&storage.children[0]);
    out_->n_children = 1;
    out_->children = storage.pointers.data();
    entries.buffers.push_back(nullptr);
    storage.children[0].n_buffers = 1;
    storage.children[0].buffers = entries.buffers.data();
    return write_children(name, entries, &storage.children[0]);
  }

 private:
  void add(const std::vector<Value>& row) {
    for (size_t i = 0; i < row.size(); ++i) values_[i % fields_.size()].push_back(row[i]);
  }

  Status write_children(const std::string& name, ArrayStorage& storage, ArrowArray* parent) {
    storage.children.resize(fields_.size());
    for (size_t i = 0; i < fields_.size(); ++i) {
      ArrayStorage& child = start(&storage.children[i], values_[i].size());
      storage.pointers.push_back(&storage.children[i]);
      parent->n_children = static_cast<int64_t>(i + 1);
      parent->children = storage.pointers.data();
      TRY(batches, batches_of(fields_[i].type, values_[i]));
      const Column column{batches, 0, values_[i].size(), fields_[i].type, column_.allocate, child};
      TRY_STATUS(export_column(column, name + "." + fields_[i].name, ArrowForm::kPublic, &storage.children[i]));
    }
    return kDone;
  }

  // Flat vectors of at most kVectorRowsMax rows; text points into `values`.
  Result<std::vector<Batch>> batches_of(Type type, const std::vector<Value>& values) {
    std::vector<Batch> batches;
    for (size_t first = 0; first < values.size(); first += limits::kVectorRowsMax) {
      const auto rows = static_cast<uint32_t>(std::min<size_t>(values.size() - first, limits::kVectorRowsMax));
      const uint32_t width = width_bytes(type.id);
      TRY(memory, column_.allocate(uint64_t{rows} * (width + 1)));
      auto* data = static_cast<char*>(memory.get());
      auto* validity = reinterpret_cast<uint8_t*>(data + uint64_t{rows} * width);
      std::memset(data, 0, uint64_t{rows} * width);
      for (uint32_t row = 0; row < rows; ++row) {
        const Value& value = values[first + row];
        validity[row] = value.is_null() ? 0 : 1;
        if (value.is_null()) continue;
        if (const auto* text = std::get_if<std::string>(&value.data)) {
          const StringRef ref{std::string_view(*text)};
          std::memcpy(data + uint64_t{row} * width, &ref, sizeof ref);
        } else {
          write_value_bytes(value, data + uint64_t{row} * width);
        }
      }
      Vector vector{.type = type, .data = data, .validity = validity, .owner = memory};
      batches.push_back({rows, {std::move(vector)}, 0, batches.size()});
    }
    return batches;
  }

  Column& column_;
  ArrowArray* out_;
  const std::span<const NestedField> fields_;
  std::vector<std::vector<Value>> values_;  // by field
};

// Enum values as their text.
Status export_enum(Column& column, const std::string& name) {
  std::vector<Batch> batches;
  const auto labels = fields_of(column.type);
  for (const Batch& batch : column.batches) {
    const Vector& from = batch.columns[column.index];
    TRY(memory, column.allocate(std::max<uint64_t>(batch.rows * sizeof(StringRef), 64)));
    auto* to = static_cast<StringRef*>(memory.get());
    for (uint32_t row = 0; row < batch.rows; ++row) {
      const uint32_t code = from.is_valid(row) ? from.as<uint32_t>()[from.index_of(row)] : 0;
      new (&to[row]) StringRef(std::string_view(labels[code].name));
    }
    Vector text = from;  // its validity and encoding, dictionaries aside
    text.type = kUtf8;
    text.data = to;
    if (from.encoding == Encoding::kDictionary) text.encoding = Encoding::kFlat;
    column.storage.owners.push_back(memory);
    batches.push_back({batch.rows, {std::move(text)}, batch.morsel, batch.sequence});
  }
  Column texts{batches, 0, column.rows, kUtf8, column.allocate, column.storage};
  return export_strings(texts, name);
}

Result<const void*> export_values(Column& column, const std::string& name, ArrowForm form) {
  if (column.type == kBool) return export_bools(column);
  if (form == ArrowForm::kPublic && column.type.id == TypeId::kDecimal64) return export_wide_decimals(column);
  if (form == ArrowForm::kPublic && column.type == kInterval) return export_intervals(column, name);
  return with_width(column.type.id, [&](auto model) { return export_fixed<decltype(model)>(column); });
}

Status export_column(Column column, const std::string& name, ArrowForm form, ArrowArray* out) {
  if (column.type.id == TypeId::kNull) {
    out->null_count = out->length;
    return kDone;
  }
  TRY(validity, export_validity(column, out->null_count));
  column.storage.buffers.push_back(validity);
  if (form == ArrowForm::kPublic && is_nested(column.type.id)) {
    TRY_STATUS(NestedChildren(column, out).write(name));
  } else if (is_text_layout(column.type)) {
    TRY_STATUS(export_strings(column, name));
  } else if (form == ArrowForm::kPublic && column.type.id == TypeId::kEnum) {
    TRY_STATUS(export_enum(column, name));
  } else {
    TRY(values, export_values(column, name, form));
    column.storage.buffers.push_back(values);
  }
  out->n_buffers = static_cast<int64_t>(column.storage.buffers.size());
  out->buffers = column.storage.buffers.data();
  return kDone;
}

}  // namespace

Status export_batches(const Schema& schema, std::span<const Batch> batches, const AllocateBytes& allocate,
                      ArrowArray* out, ArrowForm form) {
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
                                        form, &storage.children[index]);
    if (!status.ok()) {
      array.release(&array);
      return status.error();
    }
  }
  *out = array;
  return kDone;
}

}  // namespace headrace
