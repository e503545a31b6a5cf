#include "io/format/csv_values.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <optional>

#include <fmt/format.h>

#include "io/format/csv_numbers.h"
#include "io/format/csv_short_numbers.h"
#include "io/format/csv_type_guess.h"
#include "io/format/shown_text.h"
#include "io/format/store_string.h"
#include "kernel/date/format.h"
#include "types/calendar.h"
#include "types/parse_value.h"
#include "types/string_ref.h"
#include "types/utf8.h"
#include "types/value_bytes.h"
#include "types/with_layout.h"

namespace headrace {
namespace {

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

// The text of a field as its parsers take it; `room` holds it where it is not as it was written.
std::string_view text_of(const CsvField& field, const CsvDialect& dialect, std::string& room) {
  if (!field.doubled) return field.view();
  room = undouble(field.view(), dialect);
  return room;
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

// Whether no text that stands for null can be read as a plain number, date or timestamp.
bool nulls_are_no_numbers(const CsvDialect& dialect) {
  return std::all_of(dialect.nulls.begin(), dialect.nulls.end(), [](const std::string& null) {
    return null.empty() || (null[0] != '-' && !(null[0] >= '0' && null[0] <= '9'));
  });
}

// Where many common forms are read at once: short(numbers, values, read).
struct NoShortForm {};

void collect_short(const CsvColumnText& fields, uint32_t first, ShortNumbers& numbers) {
  uint32_t begins[ShortNumbers::kCount], sizes[ShortNumbers::kCount];
  fields.spans(first, ShortNumbers::kCount, begins, sizes);
  for (uint32_t i = 0; i < ShortNumbers::kCount; ++i) {
    std::memcpy(&numbers.words[i], fields.text + begins[i] + sizes[i] - 8, 8);
    numbers.sizes[i] = sizes[i];
  }
}

// plain(at, size, value): whether the common form of a value is there; the value. parse(text) → optional<T>: of any form.
template <class T, class Plain, class Short, class Parse>
Result<Vector> convert_fixed(const CsvColumnText fields, const CsvColumn& column, const CsvDialect& dialect,
                             const AllocateBytes& allocate, std::vector<uint32_t>& bad, const Plain plain,
                             const Short short_form, Parse&& parse) {
  TRY(memory, make_memory(allocate, fields.row_count, sizeof(T)));
  T* values = static_cast<T*>(memory.values);
  std::memset(memory.validity, 1, fields.row_count);
  const bool try_plain = nulls_are_no_numbers(dialect);
  bool any_null = false;
  std::string room;
  const auto convert = [&](uint32_t row) {
    const std::string_view between = fields.at(row);
    if (try_plain && plain(between.data(), static_cast<uint32_t>(between.size()), values[row])) return;
    values[row] = T{};
    const CsvField field = read_csv_field(between, dialect);
    std::optional<T> value;
    if (!fields.lacks(row) && !is_null_field(field, dialect, /*is_text=*/false)) {
      value = parse(text_of(field, dialect, room));
      if (!value) bad.push_back(row);
    }
    if (value) {
      values[row] = *value;
    } else {
      memory.validity[row] = 0;
      any_null = true;
    }
  };
  uint32_t done = 0;
  if constexpr (!std::is_same_v<Short, NoShortForm>) {
    ShortNumbers numbers;
    uint8_t read[ShortNumbers::kCount];
    for (; try_plain && done + ShortNumbers::kCount <= fields.row_count; done += ShortNumbers::kCount) {
      collect_short(fields, done, numbers);
      short_form(numbers, values + done, read);
      for (uint32_t i = 0; i < ShortNumbers::kCount; ++i)
        if (read[i] == 0) convert(done + i);
    }
  }
  for (; done < fields.row_count; ++done) convert(done);
  return finish(column, memory, any_null, std::make_shared<Owner>());
}

// Fields whose bytes are not those of their text.
struct Doubled {
  uint32_t row;
  CsvField field;
};

// Copies them as what they stand for.
Status undouble_fields(const std::vector<Doubled>& doubled, const CsvDialect& dialect, const AllocateBytes& allocate,
                       StringRef* values, Owner& owner) {
  if (doubled.empty()) return kDone;
  uint64_t bytes = 0;
  for (const Doubled& one : doubled) bytes += one.field.size;
  TRY(memory, allocate(bytes));
  char* to = static_cast<char*>(memory.get());
  for (const Doubled& one : doubled) {
    const std::string text = undouble(one.field.view(), dialect);
    std::memcpy(to, text.data(), text.size());
    values[one.row] = StringRef(to, static_cast<uint32_t>(text.size()));
    to += text.size();
  }
  owner.unquoted = memory;
  return kDone;
}

Result<Vector> convert_text(const CsvColumnText fields, const CsvColumn& column, const CsvDialect& dialect,
                            const AllocateBytes& allocate, const std::shared_ptr<const void>& text,
                            std::vector<uint32_t>& bad) {
  TRY(memory, make_memory(allocate, fields.row_count, sizeof(StringRef)));
  StringRef* values = static_cast<StringRef*>(memory.values);
  std::memset(memory.validity, 1, fields.row_count);
  bool any_null = false;
  const bool has_nulls =
      std::any_of(dialect.nulls.begin(), dialect.nulls.end(), [](const auto& n) { return !n.empty(); });
  const char quote = dialect.quote;
  std::vector<Doubled> doubled;
  for (uint32_t row = 0; row < fields.row_count; ++row) {
    const std::string_view between = fields.at(row);
    const bool common = !between.empty() && (between[0] != quote || quote == '\0') && !has_nulls;
    if (common && (fields.utf8 || is_utf8(between))) {
      store_string(&values[row], between.data(), static_cast<uint32_t>(between.size()));
      continue;
    }
    const CsvField field = read_csv_field(between, dialect);
    const bool null = fields.lacks(row) || (!column.never_null && is_null_field(field, dialect, /*is_text=*/true));
    const bool utf8 = null || fields.utf8 || is_utf8(field.view());
    if (!utf8) bad.push_back(row);
    const bool valid = !null && utf8;
    store_string(&values[row], field.data, valid ? field.size : 0);
    memory.validity[row] = valid ? 1 : 0;
    any_null |= !valid;
    if (valid && field.doubled) doubled.push_back({row, field});
  }
  auto owner = std::make_shared<Owner>();
  owner->text = text;
  TRY_STATUS(undouble_fields(doubled, dialect, allocate, values, *owner));
  return finish(column, memory, any_null, std::move(owner));
}

// The code of a field that was not met before.
uint32_t add_entry(std::string_view between, const TextEntries::Key& key, const CsvColumn& column,
                   const CsvDialect& dialect, TextEntries& entries) {
  using Kind = TextEntries::Kind;
  const CsvField field = read_csv_field(between, dialect);
  if (!column.never_null && is_null_field(field, dialect, /*is_text=*/true)) return entries.add(key, {}, Kind::kNull);
  std::string room;
  const std::string_view text = text_of(field, dialect, room);
  return is_utf8(text) ? entries.add(key, text, Kind::kText) : entries.add(key, {}, Kind::kBad);
}

// Which rows have an entry that is no text.
bool mark_special(const TextEntries& entries, const uint32_t* codes, uint32_t rows, uint8_t* validity,
                  std::vector<uint32_t>& bad) {
  bool any = false;
  for (uint32_t row = 0; row < rows; ++row) {
    const TextEntries::Kind kind = entries.kind(codes[row]);
    validity[row] = kind == TextEntries::Kind::kText ? 1 : 0;
    any |= validity[row] == 0;
    if (kind == TextEntries::Kind::kBad) bad.push_back(row);
  }
  return any;
}

// Codes, by what the fields are written like. Nothing: the column has too many texts; `bad` is as it was.
Result<std::optional<Vector>> convert_coded(const CsvColumnText fields, const CsvColumn& column,
                                            const CsvDialect& dialect, const AllocateBytes& allocate,
                                            TextEntries& entries, std::vector<uint32_t>& bad) {
  TRY(memory, make_memory(allocate, fields.row_count, sizeof(uint32_t)));
  auto* const codes = static_cast<uint32_t*>(memory.values);
  for (uint32_t first = 0; first < fields.row_count; first += TextEntries::kFindMax) {
    const uint32_t count = std::min(TextEntries::kFindMax, fields.row_count - first);
    uint32_t begins[TextEntries::kFindMax], sizes[TextEntries::kFindMax];
    fields.spans(first, count, begins, sizes);
    if (entries.find_all(fields.text, begins, sizes, count, codes + first) == 0) continue;
    for (uint32_t i = 0; i < count; ++i) {
      if (codes[first + i] != TextEntries::kNoCode) continue;
      const TextEntries::Key key = TextEntries::key_of(fields.text + begins[i], sizes[i]);
      uint32_t code = entries.find(key);  // another row may have had it meanwhile
      if (code == TextEntries::kNoCode) code = add_entry({key.raw, key.head.size}, key, column, dialect, entries);
      if (code == TextEntries::kNoCode) return std::optional<Vector>();
      codes[first + i] = code;
    }
  }
  entries.count_rows(fields.row_count);
  const bool any_null = entries.any_special() && mark_special(entries, codes, fields.row_count, memory.validity, bad);
  struct Owners {
    std::shared_ptr<const void> entries;
    std::shared_ptr<void> memory;
  };
  Vector vector = entries.entries();
  vector.codes = codes;
  vector.validity = any_null ? memory.validity : nullptr;
  vector.owner = std::make_shared<Owners>(Owners{vector.owner, memory.memory});
  return std::optional<Vector>(std::move(vector));
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

bool is_null_field(const CsvField& field, const CsvDialect& dialect, bool is_text) {
  if (field.quoted && is_text && !dialect.quoted_nulls) return false;
  return (field.size == 0 && !is_text) || dialect.is_null(field.view());
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

namespace {

// What has no common form of its own.
constexpr auto kNoPlainForm = [](const char*, uint32_t, auto&) { return false; };

// The common forms of each type, in which a guessed type and a declared one mean the same.
constexpr auto kPlainInt = []<class T>(const char* at, uint32_t size, T& value) {
  PlainNumber number;
  if (!read_plain_number(at, size, '.', number) || number.point) return false;
  const auto whole = number.negative ? -static_cast<int64_t>(number.digits) : static_cast<int64_t>(number.digits);
  value = static_cast<T>(whole);
  return value == whole;
};

// Where float64 might change digits, the parser looks closer.
auto plain_float(const CsvColumn& column, const CsvDialect& dialect) {
  const uint32_t bytes_max = column.guessed ? 12 : 19;
  return [bytes_max, point = dialect.decimal_point](const char* at, uint32_t size, double& value) {
    PlainNumber number;
    return size <= bytes_max && read_plain_number(at, size, point, number) && to_float64(number, value);
  };
}

constexpr auto kShortInt = []<class T>(const ShortNumbers& numbers, T* values, uint8_t* read) {
  if constexpr (std::is_same_v<T, int64_t>) {
    read_short_integers(numbers, values, read);
  } else {
    int64_t wide[ShortNumbers::kCount];
    read_short_integers(numbers, wide, read);
    std::transform(wide, wide + ShortNumbers::kCount, values, [](int64_t value) { return static_cast<T>(value); });
  }
};
auto short_float(const CsvDialect& dialect) {
  return [point = dialect.decimal_point](const ShortNumbers& numbers, double* values, uint8_t* read) {
    read_short_floats(numbers, point, values, read);
  };
}

template <class T>
auto plain_decimal(Type type, const CsvDialect& dialect) {
  int128 limit = 1;
  for (uint8_t i = 0; i < type.precision; ++i) limit *= 10;
  return [type, limit, point = dialect.decimal_point](const char* at, uint32_t size, T& value) {
    PlainNumber number;
    if (!read_plain_number(at, size, point, number)) return false;
    const uint32_t raised = type.scale - number.scale;  // wraps where there are digits too many
    if (raised > 18) return false;
    const int128 whole = static_cast<int128>(number.digits) * kWholePowersOfTen[raised];
    value = static_cast<T>(number.negative ? -whole : whole);
    return whole < limit;
  };
}

auto plain_date(const CsvDialect& dialect) {
  return [iso = dialect.date_format.empty()](const char* at, uint32_t size, int32_t& value) {
    return iso && size == 10 && read_plain_date(at, value);
  };
}
auto plain_timestamp(const CsvDialect& dialect) {
  return [iso = dialect.timestamp_format.empty()](const char* at, uint32_t size, int64_t& value) {
    return iso && read_plain_timestamp(at, size, value);
  };
}

}  // namespace

Result<Vector> convert_csv_column(const CsvColumnText& fields, const CsvColumn& column, const CsvDialect& dialect,
                                  const AllocateBytes& allocate, const std::shared_ptr<const void>& owner,
                                  TextEntries* entries, std::vector<uint32_t>& bad) {
  const Type type = column.type;
  if (type == kUtf8 && entries != nullptr && entries->is_useful() && fields.complete && fields.row_count > 0) {
    TRY(coded, convert_coded(fields, column, dialect, allocate, *entries, bad));
    if (coded.has_value()) return std::move(*coded);
  }
  const auto fixed = [&]<class T>(T, auto&& plain, auto&& parse) {
    return convert_fixed<T>(fields, column, dialect, allocate, bad, plain, NoShortForm{}, parse);
  };
  const auto number = [&]<class T>(T, auto&& plain, auto&& short_form, auto&& parse) {
    return convert_fixed<T>(fields, column, dialect, allocate, bad, plain, short_form, parse);
  };
  std::string room;
  const auto pointed = [&](auto parse) {
    return [&dialect, &room, parse](std::string_view field) { return parse(with_point(field, dialect, room)); };
  };
  switch (type.id) {
    case TypeId::kBool: return fixed(uint8_t{}, kNoPlainForm, column.guessed ? parse_guessed_bool : parse_csv_bool);
    case TypeId::kInt32: return number(int32_t{}, kPlainInt, kShortInt, parse_int32);
    case TypeId::kInt64: return number(int64_t{}, kPlainInt, kShortInt, kept(column, parse_int64));
    case TypeId::kFloat64:
      return number(double{}, plain_float(column, dialect), short_float(dialect), pointed(kept(column, parse_float64)));
    case TypeId::kDecimal64:
      return fixed(int64_t{}, plain_decimal<int64_t>(type, dialect),
                   pointed([type](std::string_view field) -> std::optional<int64_t> {
                     const auto value = parse_decimal(field, type.precision, type.scale);
                     return value ? std::optional<int64_t>(static_cast<int64_t>(*value)) : std::nullopt;
                   }));
    case TypeId::kDecimal128:
      return fixed(int128{}, plain_decimal<int128>(type, dialect), pointed(kept(column, [type](std::string_view field) {
                     return parse_decimal(field, type.precision, type.scale);
                   })));
    case TypeId::kDate:
      return fixed(int32_t{}, plain_date(dialect),
                   [&](std::string_view field) { return parse_csv_date(field, dialect); });
    case TypeId::kTimestamp:
      return fixed(int64_t{}, plain_timestamp(dialect),
                   [&](std::string_view field) { return parse_csv_timestamp(field, dialect); });
    case TypeId::kTimestampTz:
      return fixed(
          int64_t{},
          [](const char* at, uint32_t size, int64_t& value) { return read_plain_timestamp(at, size, value); },
          parse_timestamp_tz);
    case TypeId::kUtf8: return convert_text(fields, column, dialect, allocate, owner, bad);
    default: break;
  }
  if (is_text_layout(type))
    return Error{ErrorCode::kUnsupported, fmt::format("column '{}' cannot be read as {}", column.name, to_text(type)),
                 "", "read it as utf8 and cast it"};
  return with_layout(type.id, [&](auto model) -> Result<Vector> {
    using T = decltype(model);
    if constexpr (!std::is_same_v<T, StringRef>) {
      return fixed(T{}, kNoPlainForm, [&](std::string_view field) -> std::optional<T> {
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

namespace {

// A number that the column's guessed type would round.
bool would_lose_digits(const CsvColumn& column, std::string_view text) {
  return column.guessed && column.type == kFloat64 && parse_float64(text) && !is_padded_number(text);
}

}  // namespace

CsvBadValue reason_of_bad_value(const CsvColumn& column, std::string_view between, const CsvDialect& dialect) {
  std::string room;
  const std::string_view text = text_of(read_csv_field(between, dialect), dialect, room);
  if (column.type == kUtf8) return {"bytes that are not UTF-8", "UTF-8"};
  return {would_lose_digits(column, text) ? "the guessed type would change its digits" : "no value of the type",
          to_text(column.type)};
}

Error error_of_bad_value(const CsvColumn& column, std::string_view between, const CsvDialect& dialect) {
  std::string room;
  const std::string_view text = text_of(read_csv_field(between, dialect), dialect, room);
  if (column.type == kUtf8)
    return {ErrorCode::kBadInput, fmt::format("column '{}' holds bytes that are not UTF-8", column.name), "",
            "convert the file to UTF-8 (iconv -f latin1 -t utf8), or do not read this column"};
  if (would_lose_digits(column, text))
    return {
        ErrorCode::kBadInput,
        fmt::format("column '{}' was guessed as float64, which would change the digits of {}", column.name,
                    shown_text(text)),
        "",
        fmt::format("declare it: types = {{'{0}': 'decimal(38, 2)'}} keeps them, types = {{'{0}': 'float64'}} rounds",
                    column.name)};
  return {
      ErrorCode::kBadInput,
      fmt::format("column '{}' expects {}, found \"{}\"", column.name, to_text(column.type), shown_text(text)), "",
      fmt::format(
          "declare the column as text with types = {{'{}': 'utf8'}}, or give the text as nullstr if it stands for null",
          column.name)};
}

}  // namespace headrace
