// Parquet files through Arrow's own reader, value by value.
#include <fstream>
#include <map>
#include <sstream>

#include <arrow/api.h>
#include <arrow/io/api.h>
#include <parquet/arrow/reader.h>

#include "base/error.h"
#include "reference/tables.h"

namespace headrace::reference {
namespace {

template <class T>
T opened(arrow::Result<T> result) {
  if (!result.ok()) throw Error{ErrorCode::kIo, result.status().ToString(), "", ""};
  return std::move(result).ValueOrDie();
}

Type type_of(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::BOOL: return kBool;
    case arrow::Type::INT32: return kInt32;
    case arrow::Type::INT64: return kInt64;
    case arrow::Type::DOUBLE: return kFloat64;
    case arrow::Type::DATE32: return kDate;
    case arrow::Type::TIMESTAMP: return kTimestamp;
    case arrow::Type::STRING: return kUtf8;
    case arrow::Type::DECIMAL128: {
      const auto& decimal_type = static_cast<const arrow::Decimal128Type&>(type);
      return decimal(static_cast<uint8_t>(decimal_type.precision()), static_cast<uint8_t>(decimal_type.scale()));
    }
    default: refuse("the reference does not read " + type.ToString());
  }
}

Datum value_at(const arrow::Array& array, int64_t row) {
  if (array.IsNull(row)) return null();
  switch (array.type_id()) {
    case arrow::Type::BOOL: return {static_cast<const arrow::BooleanArray&>(array).Value(row)};
    case arrow::Type::INT32: return {BigInteger(static_cast<const arrow::Int32Array&>(array).Value(row))};
    case arrow::Type::DATE32: return {BigInteger(static_cast<const arrow::Date32Array&>(array).Value(row))};
    case arrow::Type::INT64: return {BigInteger(static_cast<const arrow::Int64Array&>(array).Value(row))};
    case arrow::Type::DOUBLE: return {static_cast<const arrow::DoubleArray&>(array).Value(row)};
    case arrow::Type::STRING: return {static_cast<const arrow::StringArray&>(array).GetString(row)};
    case arrow::Type::TIMESTAMP: {
      const auto unit = static_cast<const arrow::TimestampType&>(*array.type()).unit();
      const int64_t value = static_cast<const arrow::TimestampArray&>(array).Value(row);
      if (unit == arrow::TimeUnit::MICRO) return {BigInteger(value)};
      refuse("the reference reads timestamps in µs only");
    }
    case arrow::Type::DECIMAL128: {
      const arrow::Decimal128 value(static_cast<const arrow::Decimal128Array&>(array).GetValue(row));
      return {BigInteger(
          static_cast<__int128>(static_cast<unsigned __int128>(value.high_bits()) << 64 | value.low_bits()))};
    }
    default: refuse("the reference does not read " + array.type()->ToString());
  }
}

std::shared_ptr<const Table> read_parquet(const std::string& path) {
  const auto file = opened(arrow::io::ReadableFile::Open(path));
  const auto reader = opened(parquet::arrow::OpenFile(file, arrow::default_memory_pool()));
  const std::shared_ptr<arrow::Table> arrow_table = opened(reader->ReadTable());
  auto table = std::make_shared<Table>();
  table->rows.resize(static_cast<size_t>(arrow_table->num_rows()));
  for (int i = 0; i < arrow_table->num_columns(); ++i) {
    table->scope.push_back({"", arrow_table->field(i)->name(), type_of(*arrow_table->field(i)->type())});
    size_t row = 0;
    for (const auto& chunk : arrow_table->column(i)->chunks())
      for (int64_t at = 0; at < chunk->length(); ++at) table->rows[row++].push_back(value_at(*chunk, at));
  }
  return table;
}

std::string text_of_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw Error{ErrorCode::kIo, "cannot open the file", path, ""};
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

std::shared_ptr<const Table> read_file(const FileRef& file) {
  static std::map<std::string, std::shared_ptr<const Table>> known;
  if (!file.options.empty()) refuse("the reference takes no options for files");
  auto& table = known[file.path];
  if (table == nullptr)
    table = file.path.ends_with(".parquet") ? read_parquet(file.path) : read_csv(text_of_file(file.path));
  return table;
}

}  // namespace headrace::reference
