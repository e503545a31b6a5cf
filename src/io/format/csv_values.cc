#include "io/format/csv_values.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <optional>

#include <fmt/format.h>

#include "base/check.h"
#include "io/format/csv_type_guess.h"
#include "kernel/date/format.h"
#include "types/calendar.h"
#include "types/parse_value.h"
#include "types/string_ref.h"
#include "types/utf8.h"
#include "types/value_bytes.h"
#include "types/with_layout.h"

namespace headrace {
namespace {

constexpr size_t kShownBytesMax = 60;  // of a field's text in an error

bool is_word(std::string_view text, std::string_view word) {
  return text.size() == word.size() &&
         std::equal(text.begin(), text.end(), word.begin(), [](char a, char b) { return (a | 0x20) == b; });
}

std::optional<int32_t> parse_int32(std::string_view text) {
  const std::optional<int64_t> wide = parse_int64(text);
  if (!wide || *wide < std::numeric_limits<int32_t>::min() || *wide > std::numeric_limits<int32_t>::max())
    return std::nullopt;
  return static_cast<int32_t>(*wide);
}

// What people see of a field: cut, and without bytes that would disturb a terminal.
std::string shown(std::string_view text) {
  std::string result;
  for (const char c : text.substr(0, kShownBytesMax)) {
    if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F)
      result.push_back(c);
    else
      result += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
  }
  while (!is_utf8(result)) result.pop_back();
  return text.size() > kShownBytesMax ? result + "..." : result;
}

Error bad_value(const CsvColumn& column, std::string_view text) {
  if (column.guessed && column.type == kFloat64 && parse_float64(text) && !is_padded_number(text))
    return {
        ErrorCode::kBadInput,
        fmt::format("column '{}' was guessed as float64, which would change the digits of {}", column.name,
                    shown(text)),
        "",
        fmt::format("declare it: types = {{'{0}': 'decimal(38, 2)'}} keeps them, types = {{'{0}': 'float64'}} rounds",
                    column.name)};
  return {
      ErrorCode::kBadInput,
      fmt::format("column '{}' expects {}, found \"{}\"", column.name, to_text(column.type), shown(text)), "",
      fmt::format(
          "declare the column as text with types = {{'{}': 'utf8'}}, or give the text as nullstr if it stands for null",
          column.name)};
}

// Room for the values and validity of one column in one allocation.
struct ColumnMemory {
  std::shared_ptr<void> memory;  // [rows] values, then [rows] validity bytes
  void* values;
  uint8_t* validity;
};

Result<ColumnMemory> make_memory(const AllocateBytes& allocate, uint32_t rows, uint32_t width) {
  TRY(memory, allocate(std::max<uint64_t>(uint64_t{rows} * (width + 1), 1)));
  char* bytes = static_cast<char*>(memory.get());
  return ColumnMemory{memory, bytes, reinterpret_cast<uint8_t*>(bytes + uint64_t{rows} * width)};
}

struct Owner {
  std::shared_ptr<const void> text;
  std::shared_ptr<void> memory;
  std::shared_ptr<void> unquoted;  // bytes of fields that had doubled quotes
};

Vector finish(const CsvColumn& column, const ColumnMemory& memory, bool any_null, std::shared_ptr<Owner> owner) {
  owner->memory = memory.memory;
  Vector vector;
  vector.type = column.type;
  vector.data = memory.values;
  vector.validity = any_null ? memory.validity : nullptr;
  vector.owner = std::move(owner);
  return vector;
}

// parse(text) → optional<T>.
template <class T, class Parse>
Result<Vector> convert_fixed(const CsvColumnFields& fields, const CsvColumn& column, const CsvDialect& dialect,
                             const AllocateBytes& allocate, CsvBadField* bad, Parse&& parse) {
  TRY(memory, make_memory(allocate, fields.rows, sizeof(T)));
  T* values = static_cast<T*>(memory.values);
  bool any_null = false;
  for (uint32_t row = 0; row < fields.rows; ++row) {
    const CsvField& field = fields.at(row);
    const std::optional<T> value = parse(field.view());
    memory.validity[row] = 1;
    // Parsing first: most fields are values, and the texts that mean null rarely parse as one.
    if (value && (dialect.nulls.size() == 1 && dialect.nulls[0].empty())) {
      values[row] = *value;
    } else if (is_null_field(field, dialect, /*empty_is_null=*/true)) {
      values[row] = T{};
      memory.validity[row] = 0;
      any_null = true;
    } else if (value) {
      values[row] = *value;
    } else {
      *bad = {row, bad_value(column, field.view())};
      return Vector{};
    }
  }
  return finish(column, memory, any_null, std::make_shared<Owner>());
}

// Copies fields with doubled quotes, once each is made single.
Status undouble_fields(const CsvColumnFields& fields, const CsvDialect& dialect, const AllocateBytes& allocate,
                       StringRef* values, Owner& owner) {
  uint64_t bytes = 0;
  for (uint32_t row = 0; row < fields.rows; ++row) bytes += fields.at(row).doubled ? fields.at(row).size : 0;
  if (bytes == 0) return kDone;
  TRY(memory, allocate(bytes));
  char* to = static_cast<char*>(memory.get());
  for (uint32_t row = 0; row < fields.rows; ++row) {
    if (!fields.at(row).doubled) continue;
    const std::string text = undouble(fields.at(row).view(), dialect.quote);
    std::memcpy(to, text.data(), text.size());
    values[row] = StringRef(to, static_cast<uint32_t>(text.size()));
    to += text.size();
  }
  owner.unquoted = memory;
  return kDone;
}

Result<Vector> convert_text(const CsvColumnFields& fields, const CsvColumn& column, const CsvDialect& dialect,
                            const AllocateBytes& allocate, const std::shared_ptr<const void>& text, CsvBadField* bad) {
  TRY(memory, make_memory(allocate, fields.rows, sizeof(StringRef)));
  StringRef* values = static_cast<StringRef*>(memory.values);
  bool any_null = false;
  for (uint32_t row = 0; row < fields.rows; ++row) {
    const CsvField& field = fields.at(row);
    const bool null = is_null_field(field, dialect, /*empty_is_null=*/false);
    new (&values[row]) StringRef(field.data, null ? 0 : field.size);
    memory.validity[row] = null ? 0 : 1;
    any_null |= null;
    if (!null && !is_utf8(field.view())) {
      *bad = {row,
              {ErrorCode::kBadInput, fmt::format("column '{}' holds bytes that are not UTF-8", column.name), "",
               "convert the file to UTF-8 (iconv -f latin1 -t utf8), or do not read this column"}};
      return Vector{};
    }
  }
  auto owner = std::make_shared<Owner>();
  owner->text = text;
  TRY_STATUS(undouble_fields(fields, dialect, allocate, values, *owner));
  return finish(column, memory, any_null, std::move(owner));
}

// The numbers of a guessed type that keep their digits; a declared type says what is meant.
template <class Parse>
auto kept(const CsvColumn& column, Parse&& parse) {
  return [guessed = column.guessed, parse](std::string_view text) {
    auto value = parse(text);
    if (!guessed || !value) return value;
    bool keeps = !is_padded_number(text);
    if constexpr (std::is_same_v<decltype(value), std::optional<double>>) keeps = keeps && keeps_digits(text, *value);
    if (!keeps) value.reset();
    return value;
  };
}

}  // namespace

bool is_null_field(const CsvField& field, const CsvDialect& dialect, bool empty_is_null) {
  if (field.quoted) return false;
  if (field.size == 0 && empty_is_null) return true;
  return dialect.is_null(field.view());
}

std::optional<uint8_t> parse_csv_bool(std::string_view text) {
  if (is_word(text, "true") || is_word(text, "t") || text == "1") return 1;
  if (is_word(text, "false") || is_word(text, "f") || text == "0") return 0;
  return std::nullopt;
}

std::optional<int32_t> parse_csv_date(std::string_view text, const CsvDialect& dialect) {
  if (dialect.date_format.empty()) return parse_date(text);
  Faults faults;
  const int64_t us = kernel::strptime(StringRef(text), StringRef(dialect.date_format), faults);
  if (faults.bits != 0) return std::nullopt;
  const int64_t days = us / kMicrosecondsPerDay - static_cast<int64_t>(us % kMicrosecondsPerDay < 0);
  return static_cast<int32_t>(days);
}

std::optional<int64_t> parse_csv_timestamp(std::string_view text, const CsvDialect& dialect) {
  if (dialect.timestamp_format.empty()) return parse_timestamp(text);
  Faults faults;
  const int64_t us = kernel::strptime(StringRef(text), StringRef(dialect.timestamp_format), faults);
  if (faults.bits != 0) return std::nullopt;
  return us;
}

std::string_view with_point(std::string_view text, const CsvDialect& dialect, std::string& room) {
  if (dialect.decimal_point == '.') return text;
  room = text;
  for (char& c : room) c = c == dialect.decimal_point ? '.' : c == '.' ? dialect.decimal_point : c;
  return room;
}

Result<Vector> convert_csv_column(const CsvColumnFields& fields, const CsvColumn& column, const CsvDialect& dialect,
                                  const AllocateBytes& allocate, const std::shared_ptr<const void>& text,
                                  CsvBadField* bad) {
  const Type type = column.type;
  const auto fixed = [&]<class T>(T, auto&& parse) {
    return convert_fixed<T>(fields, column, dialect, allocate, bad, parse);
  };
  std::string room;
  const auto pointed = [&](auto parse) {
    return [&dialect, &room, parse](std::string_view field) { return parse(with_point(field, dialect, room)); };
  };
  switch (type.id) {
    case TypeId::kBool: return fixed(uint8_t{}, column.guessed ? parse_guessed_bool : parse_csv_bool);
    case TypeId::kInt32: return fixed(int32_t{}, parse_int32);
    case TypeId::kInt64: return fixed(int64_t{}, kept(column, parse_int64));
    case TypeId::kFloat64: return fixed(double{}, pointed(kept(column, parse_float64)));
    case TypeId::kDecimal128:
      return fixed(int128{}, pointed(kept(column, [type](std::string_view field) {
                     return parse_decimal(field, type.precision, type.scale);
                   })));
    case TypeId::kDate: return fixed(int32_t{}, [&](std::string_view field) { return parse_csv_date(field, dialect); });
    case TypeId::kTimestamp:
      return fixed(int64_t{}, [&](std::string_view field) { return parse_csv_timestamp(field, dialect); });
    case TypeId::kTimestampTz: return fixed(int64_t{}, parse_timestamp_tz);
    case TypeId::kUtf8: return convert_text(fields, column, dialect, allocate, text, bad);
    default: break;
  }
  if (is_text_layout(type)) {
    *bad = {0,
            {ErrorCode::kUnsupported, fmt::format("column '{}' cannot be read as {}", column.name, to_text(type)), "",
             "read it as utf8 and cast it"}};
    return Vector{};
  }
  return with_layout(type.id, [&](auto model) -> Result<Vector> {
    using T = decltype(model);
    if constexpr (!std::is_same_v<T, StringRef>) {
      return fixed(T{}, [&](std::string_view field) -> std::optional<T> {
        const Result<Value> value = parse_value(is_numeric(type) ? with_point(field, dialect, room) : field, type);
        if (!value.ok()) return std::nullopt;
        T result;
        write_value_bytes(value.value(), &result);
        return result;
      });
    }
    return Vector{};
  });
}

}  // namespace headrace
