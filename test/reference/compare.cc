#include "reference/compare.h"

#include <algorithm>
#include <bit>

#include <arrow/api.h>
#include <arrow/c/bridge.h>
#include <fmt/format.h>

#include "reference/arrow_values.h"
#include "reference/text_form.h"

namespace headrace::reference {
namespace {

// Tells values apart whose bits differ: floats carry theirs.
std::string text_of_bits(const Value& value) {
  if (value.is_null()) return "null";
  const std::string text = text_of(from_value(value), value.type);
  if (value.type == kUtf8) return "'" + text + "'";
  if (value.type != kFloat64) return text;
  return fmt::format("{} (0x{:016x})", text, std::bit_cast<uint64_t>(std::get<double>(value.data)));
}

std::vector<std::string> row_texts(const Answer& answer, bool ordered) {
  std::vector<std::string> texts;
  for (const auto& row : answer.rows) {
    std::string text;
    for (const Value& value : row) text += (text.empty() ? "" : ", ") + text_of_bits(value);
    texts.push_back(text);
  }
  if (!ordered) std::sort(texts.begin(), texts.end());
  return texts;
}

std::string schema_text(const Schema& schema) {
  std::string text;
  for (const Column& column : schema)
    text += fmt::format("{}{}: {}", text.empty() ? "" : ", ", column.name, to_text(column.type));
  return text;
}

// As it came: to_value gives every NaN the same bits, and here they are what is compared.
Value value_with_bits(const arrow::Array& array, int64_t at, Type type) {
  if (type == kFloat64 && array.type_id() == arrow::Type::DOUBLE && array.IsValid(at))
    return {type, static_cast<const arrow::DoubleArray&>(array).Value(at)};
  return to_value(value_at(array, at), type);
}

}  // namespace

std::string difference(const Answer& expected, const Answer& found) {
  if (schema_text(expected.schema) != schema_text(found.schema))
    return fmt::format("expected columns [{}]\n   found columns [{}]", schema_text(expected.schema),
                       schema_text(found.schema));
  const std::vector<std::string> left = row_texts(expected, expected.ordered),
                                 right = row_texts(found, expected.ordered);
  if (left == right) return "";
  size_t row = 0;
  while (row < left.size() && row < right.size() && left[row] == right[row]) ++row;
  const auto at = [&](const std::vector<std::string>& rows) { return row < rows.size() ? rows[row] : "(no row)"; };
  return fmt::format("{} row {} of {} and {}:\n  expected {}\n     found {}", expected.ordered ? "" : "sorted", row,
                     left.size(), right.size(), at(left), at(right));
}

Result<Answer> read_stream(ArrowArrayStream* stream) {
  auto reader = arrow::ImportRecordBatchReader(stream);
  if (!reader.ok()) return Error{ErrorCode::kBadInput, reader.status().ToString(), "", ""};
  auto table = (*reader)->ToTable();
  if (!table.ok()) return Error{ErrorCode::kBadInput, table.status().ToString(), "", ""};
  Answer answer;
  answer.ordered = true;
  answer.rows.resize(static_cast<size_t>((*table)->num_rows()));
  try {
    for (int i = 0; i < (*table)->num_columns(); ++i) {
      const Type type = type_of(*(*table)->field(i)->type());
      answer.schema.push_back({(*table)->field(i)->name(), type, true});
      size_t row = 0;
      for (const auto& chunk : (*table)->column(i)->chunks())
        for (int64_t at = 0; at < chunk->length(); ++at)
          answer.rows[row++].push_back(value_with_bits(*chunk, at, type));
    }
  } catch (const Error& error) {
    return error;
  }
  return answer;
}

}  // namespace headrace::reference
