// state/test_rows.h — for tests: rows of values to batches in any encoding and back, and random rows with awkward values.
#pragma once

#include <cmath>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "base/check.h"
#include "base/limits.h"
#include "types/batch.h"
#include "types/nested_type.h"
#include "types/nested_value.h"
#include "types/schema.h"
#include "types/string_ref.h"
#include "types/value_bytes.h"

namespace headrace {

using Row = std::vector<Value>;

struct OwnedColumn {
  std::vector<int128> values;  // room for any type
  std::vector<uint8_t> validity;
  std::vector<uint32_t> codes;
  std::vector<std::unique_ptr<std::string>> texts;
};

inline void put_value(const Value& value, uint64_t index, OwnedColumn& to) {
  char* data = reinterpret_cast<char*>(to.values.data()) + index * width_bytes(value.type.id);
  const bool text = is_text_layout(value.type);
  if (value.is_null()) {
    if (text) new (data) StringRef();
    return;
  }
  if (!text) return write_value_bytes(value, data);
  to.texts.push_back(std::make_unique<std::string>(std::get<std::string>(value.data)));
  new (data) StringRef(*to.texts.back());
}

// Column `column` of the rows. kConstant takes the first row's value for all.
inline Vector make_vector(Type type, const std::vector<Row>& rows, uint32_t column,
                          Encoding encoding = Encoding::kFlat) {
  auto owned = std::make_shared<OwnedColumn>();
  const uint64_t count = encoding == Encoding::kConstant ? 1 : rows.size();
  owned->values.resize(std::max<uint64_t>(count, 1));
  bool nulls = false;
  for (uint64_t i = 0; i < count; ++i) {
    // A dictionary holds the values in reverse.
    put_value(rows[i][column], encoding == Encoding::kDictionary ? count - 1 - i : i, *owned);
    owned->codes.push_back(static_cast<uint32_t>(count - 1 - i));
    owned->validity.push_back(rows[i][column].is_null() ? 0 : 1);
    nulls |= rows[i][column].is_null();
  }
  Vector vector;
  vector.type = type;
  vector.encoding = encoding;
  vector.data = owned->values.data();
  vector.validity = nulls ? owned->validity.data() : nullptr;
  if (encoding == Encoding::kDictionary) {
    vector.codes = owned->codes.data();
    vector.dictionary_rows = static_cast<uint32_t>(count);
  }
  vector.owner = std::move(owned);
  return vector;
}

inline Batch make_batch(const Schema& schema, const std::vector<Row>& rows, Encoding encoding = Encoding::kFlat) {
  CHECK(rows.size() <= limits::kVectorRowsMax);
  Batch batch;
  batch.rows = static_cast<uint32_t>(rows.size());
  for (uint32_t column = 0; column < schema.size(); ++column) {
    batch.columns.push_back(make_vector(schema[column].type, rows, column, encoding));
  }
  return batch;
}

inline std::vector<Row> rows_of(const Batch& batch) {
  std::vector<Row> rows(batch.rows);
  for (uint32_t row = 0; row < batch.rows; ++row) {
    for (const Vector& column : batch.columns) rows[row].push_back(value_at(column, row));
  }
  return rows;
}

// One text per distinct row; as a key, -0 is 0 and every NaN the same.
inline std::string row_text(const Row& row) {
  std::string text;
  for (Value value : row) {
    if (auto* number = std::get_if<double>(&value.data); number != nullptr && *number == 0) *number = 0.0;
    text += to_literal(value) + "|";
  }
  return text;
}

using Random = std::mt19937_64;

// Few distinct values, many of them awkward, so that keys repeat.
inline Value random_value(Type type, bool nullable, uint64_t distinct, Random& random) {
  const uint64_t choice = random() % distinct;
  if (nullable && random() % 8 == 0) return null_value(type);
  switch (type.id) {
    case TypeId::kBool: return {type, choice % 2 == 0};
    case TypeId::kInt8:
    case TypeId::kInt16:
    case TypeId::kInt32:
    case TypeId::kDate: return {type, static_cast<int32_t>(choice) - static_cast<int32_t>(distinct / 2)};
    case TypeId::kUInt8:
    case TypeId::kUInt16: return {type, static_cast<int32_t>(choice)};
    case TypeId::kUInt32: return {type, static_cast<int64_t>(choice) + 0x7fffffff};
    case TypeId::kUInt64: return {type, (int128{1} << 63) + static_cast<int64_t>(choice)};
    case TypeId::kTime: return {type, static_cast<int64_t>(choice) * 1'000'001};
    case TypeId::kInterval:
      return {type, Interval{static_cast<int32_t>(choice % 3), static_cast<int32_t>(choice) * 30 - 60, 1'000'000}};
    case TypeId::kEnum: return {type, static_cast<int64_t>(choice % fields_of(type).size())};
    case TypeId::kInt64:
    case TypeId::kTimestamp:
    case TypeId::kTimestampNs:
    case TypeId::kTimestampTz: {
      if (choice == 0) return {type, std::numeric_limits<int64_t>::min()};
      return {type, static_cast<int64_t>(choice * 1'000'003) - static_cast<int64_t>(distinct * 500'000)};
    }
    case TypeId::kFloat32:
    case TypeId::kFloat64: {
      constexpr double kAwkward[] = {0.0,
                                     -0.0,
                                     std::numeric_limits<double>::quiet_NaN(),
                                     std::numeric_limits<double>::infinity(),
                                     -std::numeric_limits<double>::infinity(),
                                     -5e-324};
      if (choice < 6) return {type, kAwkward[choice]};
      return {type, std::copysign(static_cast<double>(choice) * 0.375, choice % 2 == 0 ? -1.0 : 1.0)};
    }
    case TypeId::kDecimal64: return {type, int128{static_cast<int64_t>(choice)} - static_cast<int64_t>(distinct / 2)};
    case TypeId::kDecimal128:
      return {type, (static_cast<int128>(choice) << 66) - (static_cast<int128>(distinct) << 65)};
    case TypeId::kUtf8:
    case TypeId::kBinary: {
      std::string text = "k" + std::to_string(choice);
      if (choice % 3 == 0) text += std::string("\0\x01 with a tail too long for twelve bytes", 40) + text;
      if (choice % 7 == 0) text.clear();
      return {type, text};
    }
    case TypeId::kList:
    case TypeId::kStruct:
    case TypeId::kMap: {
      std::vector<Value> fields;
      const size_t count = type.id == TypeId::kStruct ? 1 : choice % 3;
      for (size_t i = 0; i < count; ++i)
        for (const NestedField& field : fields_of(type))
          fields.push_back(random_value(field.type, type.id != TypeId::kMap, distinct, random));
      return {type, nested_bytes(type, fields)};
    }
    case TypeId::kNull: break;
  }
  CHECK(false);
}

inline std::vector<Row> random_rows(const Schema& schema, uint64_t count, uint64_t distinct, Random& random) {
  std::vector<Row> rows(count);
  for (Row& row : rows) {
    for (const Column& column : schema) row.push_back(random_value(column.type, column.nullable, distinct, random));
  }
  return rows;
}

}  // namespace headrace
