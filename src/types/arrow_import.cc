// Arrow arrays → vectors. See types/arrow_c.h.
#include <charconv>
#include <cstring>
#include <limits>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/check.h"
#include "types/arrow_c.h"
#include "types/calendar.h"
#include "types/half_float.h"
#include "types/nested_type.h"
#include "types/nested_value.h"
#include "types/string_ref.h"
#include "types/utf8.h"
#include "types/value.h"

namespace headrace {
namespace {

struct Owner {
  std::shared_ptr<const void> keep;  // first member: destroyed last
  ArrowArray array{};
  std::vector<std::shared_ptr<void>> made;
  ~Owner() {
    if (array.release != nullptr) array.release(&array);
  }
};

// One column being imported. Rows are those of the parent: `first` includes every offset.
struct Task {
  const ArrowImport& import;
  Owner& owner;
  const ArrowSchema& field;
  const ArrowArray& array;
  uint64_t first;
  uint64_t rows;

  const char* name() const { return field.name == nullptr ? "" : field.name; }
  template <class T>
  const T* buffer(int index) const {
    return static_cast<const T*>(array.buffers[index]);
  }
  template <class T>
  Result<T*> make(uint64_t count) const {
    TRY(bytes, import.allocate(std::max<uint64_t>(count * sizeof(T), 1)));
    owner.made.push_back(bytes);
    return static_cast<T*>(bytes.get());
  }
  Error error(ErrorCode code, uint64_t row, std::string message, std::string hint = "") const {
    return {code, std::move(message), import.where ? import.where(row) : fmt::format("row {}", row + 1),
            std::move(hint)};
  }
};

// out[i] = bit first + i, one byte each.
void expand_bits(const uint8_t* bits, uint64_t first, uint64_t rows, uint8_t* out) {
  const unsigned shift = first % 8;
  bits += first / 8;
  const uint64_t whole = rows / 8;
  for (uint64_t block = 0; block < whole; ++block) {
    unsigned byte = bits[block] >> shift;
    if (shift != 0) byte |= static_cast<unsigned>(bits[block + 1]) << (8 - shift);
    // Byte i of the word keeps bit i, then any bit becomes 1.
    const uint64_t spread = ((byte & 0xFF) * 0x0101010101010101ULL) & 0x8040201008040201ULL;
    const uint64_t ones = ((spread + 0x7F7F7F7F7F7F7F7FULL) >> 7) & 0x0101010101010101ULL;
    std::memcpy(out + block * 8, &ones, 8);
  }
  for (uint64_t row = whole * 8; row < rows; ++row) out[row] = (bits[(row + shift) / 8] >> ((row + shift) % 8)) & 1;
}

// nullptr when no row is null.
Result<const uint8_t*> import_validity(const Task& task) {
  const auto* bits = task.array.n_buffers > 0 ? task.buffer<uint8_t>(0) : nullptr;
  if (bits == nullptr || task.array.null_count == 0 || task.rows == 0) return static_cast<const uint8_t*>(nullptr);
  TRY(validity, task.make<uint8_t>(task.rows));
  expand_bits(bits, task.first, task.rows, validity);
  if (std::memchr(validity, 0, task.rows) == nullptr) return static_cast<const uint8_t*>(nullptr);
  return static_cast<const uint8_t*>(validity);
}

template <class From, class To>
Result<const void*> widen(const Task& task) {
  const From* from = task.buffer<From>(1) + task.first;
  TRY(to, task.make<To>(task.rows));
  for (uint64_t row = 0; row < task.rows; ++row) to[row] = static_cast<To>(from[row]);
  return static_cast<const void*>(to);
}

// The array's own values, unless a foreign array is less aligned than loads of T need.
template <class T>
Result<const void*> share(const Task& task) {
  const char* from = task.buffer<char>(1) + task.first * sizeof(T);
  if (reinterpret_cast<uintptr_t>(from) % alignof(T) == 0) return static_cast<const void*>(from);
  TRY(to, task.make<T>(task.rows));
  std::memcpy(to, from, task.rows * sizeof(T));
  return static_cast<const void*>(to);
}

Result<const void*> import_bools(const Task& task) {
  TRY(to, task.make<uint8_t>(task.rows));
  if (task.rows > 0) expand_bits(task.buffer<uint8_t>(1), task.first, task.rows, to);
  return static_cast<const void*>(to);
}

Result<const void*> import_milliseconds_as_days(const Task& task) {
  const auto* from = task.buffer<int64_t>(1) + task.first;
  TRY(to, task.make<int32_t>(task.rows));
  for (uint64_t row = 0; row < task.rows; ++row) to[row] = static_cast<int32_t>(floor_divide(from[row], 86'400'000));
  return static_cast<const void*>(to);
}

// A count of one unit as a count of another: times `multiplier`, or divided by `divisor` without a rest. Invalid rows become 0.
struct UnitChange {
  int64_t multiplier = 1, divisor = 1;
  const char* from;
  const char* to;
};

template <class From>
Result<const void*> change_unit(const Task& task, const UnitChange& change, const uint8_t* validity) {
  if constexpr (std::is_same_v<From, int64_t>) {
    if (change.multiplier == 1 && change.divisor == 1) return share<int64_t>(task);
  }
  const auto* from = task.buffer<From>(1) + task.first;
  TRY(to, task.make<int64_t>(task.rows));
  for (uint64_t row = 0; row < task.rows; ++row) {
    const int64_t value = from[row];
    if (!__builtin_mul_overflow(value, change.multiplier, &to[row]) && to[row] % change.divisor == 0) {
      to[row] /= change.divisor;
      continue;
    }
    to[row] = 0;
    if (validity == nullptr || validity[row] != 0)
      return task.error(
          ErrorCode::kBadInput, row,
          fmt::format("column '{}': {} {} are no int64 number of {}", task.name(), value, change.from, change.to));
  }
  return static_cast<const void*>(to);
}

UnitChange unit_change(char unit, bool to_ns) {
  if (to_ns) return {1, 1, "ns", "ns"};
  switch (unit) {
    case 's': return {1'000'000, 1, "s", "µs"};
    case 'm': return {1'000, 1, "ms", "µs"};
    case 'n': return {1, 1'000, "ns", "µs"};
    default: return {1, 1, "µs", "µs"};
  }
}

// Times of day are int32 for s and ms.
Result<const void*> import_times(const Task& task, char unit, const uint8_t* validity) {
  const UnitChange change = unit_change(unit, false);
  const bool narrow = unit == 's' || unit == 'm';
  TRY(times, narrow ? change_unit<int32_t>(task, change, validity) : change_unit<int64_t>(task, change, validity));
  for (uint64_t row = 0; row < task.rows; ++row) {
    const int64_t us = static_cast<const int64_t*>(times)[row];
    if ((validity == nullptr || validity[row] != 0) && (us < 0 || us > kMicrosecondsPerDay))
      return task.error(ErrorCode::kBadInput, row,
                        fmt::format("column '{}': {} µs are no time of day", task.name(), us));
  }
  return times;
}

struct ArrowMonthDayNano {
  int32_t months, days;
  int64_t ns;
};
struct ArrowDayTime {
  int32_t days, ms;
};

Result<const void*> import_intervals(const Task& task, std::string_view format, const uint8_t* validity) {
  if (format.starts_with("w:")) return share<Interval>(task);
  TRY(to, task.make<Interval>(task.rows));
  const char* from = task.buffer<char>(1);
  for (uint64_t row = 0; row < task.rows; ++row) {
    const uint64_t at = task.first + row;
    const bool valid = validity == nullptr || validity[row] != 0;
    bool exact = true;
    const auto read = [&](auto model) {
      std::memcpy(&model, from + at * sizeof model, sizeof model);
      return model;
    };
    Interval interval;
    if (format == "tiM") {
      interval.months = read(int32_t{});
    } else if (format == "tiD") {
      const auto value = read(ArrowDayTime{});
      interval = {0, value.days, int64_t{value.ms} * 1'000};
    } else if (format == "tin") {
      const auto value = read(ArrowMonthDayNano{});
      exact = value.ns % 1'000 == 0;
      interval = {value.months, value.days, value.ns / 1'000};
    } else {
      const UnitChange change = unit_change(format[2], false);
      exact = !__builtin_mul_overflow(read(int64_t{}), change.multiplier, &interval.us) &&
              interval.us % change.divisor == 0;
      interval.us /= change.divisor;
    }
    if (!exact && valid)
      return task.error(ErrorCode::kBadInput, row,
                        fmt::format("column '{}' holds an interval that is no whole number of µs", task.name()));
    to[row] = interval;
  }
  return static_cast<const void*>(to);
}

Result<const void*> import_halves(const Task& task) {
  const auto* from = task.buffer<uint16_t>(1) + task.first;
  TRY(to, task.make<float>(task.rows));
  for (uint64_t row = 0; row < task.rows; ++row) to[row] = half_to_float(from[row]);
  return static_cast<const void*>(to);
}

// "w:N": N bytes a value.
Result<const void*> import_fixed_binary(const Task& task, std::string_view format) {
  uint32_t bytes = 0;
  std::from_chars(format.data() + 2, format.data() + format.size(), bytes);
  TRY(to, task.make<StringRef>(task.rows));
  const char* from = task.buffer<char>(1) + task.first * bytes;
  for (uint64_t row = 0; row < task.rows; ++row) new (&to[row]) StringRef(from + row * bytes, bytes);
  return static_cast<const void*>(to);
}

Error too_long(const Task& task, uint64_t row, uint64_t bytes) {
  return task.error(
      ErrorCode::kLimit, row,
      fmt::format("column '{}' holds a string of {} bytes, at most 4294967295 are allowed", task.name(), bytes));
}

Status check_strings(const Task& task, const StringRef* strings, const uint8_t* validity) {
  for (uint64_t row = 0; row < task.rows; ++row) {
    if (validity != nullptr && validity[row] == 0) continue;
    if (!is_utf8(strings[row].view()))
      return task.error(ErrorCode::kBadInput, row,
                        fmt::format("column '{}' holds bytes that are not UTF-8", task.name()),
                        "convert the file to UTF-8, or do not read this column");
  }
  return kDone;
}

// Sets *ascii when every byte was looked at and none is above 0x7F.
template <class Offset>
Result<const StringRef*> import_strings(const Task& task, const uint8_t* validity, bool* ascii) {
  const Offset* offsets = task.rows == 0 ? nullptr : task.buffer<Offset>(1) + task.first;
  const char* bytes = task.buffer<char>(2);
  TRY(to, task.make<StringRef>(task.rows));
  *ascii = task.rows == 0;
  if (task.rows == 0) return static_cast<const StringRef*>(to);
  for (uint64_t row = 0; row < task.rows; ++row) {
    const uint64_t size = static_cast<uint64_t>(offsets[row + 1] - offsets[row]);
    const bool valid = validity == nullptr || validity[row] != 0;
    if (size > std::numeric_limits<uint32_t>::max()) return too_long(task, row, size);
    new (&to[row]) StringRef(size == 0 ? "" : bytes + offsets[row], valid ? static_cast<uint32_t>(size) : 0);
  }
  if (task.import.check_utf8)
    *ascii = is_ascii(bytes + offsets[0], static_cast<uint64_t>(offsets[task.rows] - offsets[0]));
  return static_cast<const StringRef*>(to);
}

struct ArrowView {
  int32_t size;
  char head[4];
  int32_t buffer;
  int32_t offset;
};
static_assert(sizeof(ArrowView) == 16);

Result<const StringRef*> import_views(const Task& task, const uint8_t* validity) {
  const auto* views = task.buffer<ArrowView>(1) + task.first;
  TRY(to, task.make<StringRef>(task.rows));
  for (uint64_t row = 0; row < task.rows; ++row) {
    new (&to[row]) StringRef();
    if (validity != nullptr && validity[row] == 0) continue;
    const ArrowView& view = views[row];
    const char* data =
        view.size <= 12 ? reinterpret_cast<const char*>(&view) + 4 : task.buffer<char>(2 + view.buffer) + view.offset;
    to[row] = StringRef(data, static_cast<uint32_t>(view.size));
  }
  return static_cast<const StringRef*>(to);
}

Result<const void*> import_string_column(const Task& task, std::string_view format, const uint8_t* validity,
                                         bool check) {
  bool ascii = false;
  Result<const StringRef*> strings = format.front() == 'v' ? import_views(task, validity)
                                     : format.front() == 'u' || format == "z"
                                         ? import_strings<int32_t>(task, validity, &ascii)
                                         : import_strings<int64_t>(task, validity, &ascii);
  if (!strings.ok()) return strings.error();
  if (check && !ascii) TRY_STATUS(check_strings(task, strings.value(), validity));
  return static_cast<const void*>(strings.value());
}

// 10^precision: the first magnitude that a decimal does not hold.
int128 decimal_end(uint8_t precision) {
  int128 end = 1;
  for (uint8_t digit = 0; digit < precision; ++digit) end *= 10;
  return end;
}

bool is_outside(int128 value, int128 end) {
  using uint128 = unsigned __int128;
  return static_cast<uint128>(value) + static_cast<uint128>(end - 1) > static_cast<uint128>(end - 1) * 2;
}

Error too_many_digits(const Task& task, uint64_t row, Type type, int128 value) {
  return task.error(
      ErrorCode::kBadInput, row,
      fmt::format("column '{}': expected {}, found {}", task.name(), to_text(type), decimal_to_text(value, type.scale)),
      "write the file again with the precision that its values need");
}

// int128 values as int64. What does not fit is no value of the type: refused where `check`, else left to who reads it.
Result<const void*> narrow_decimals(const Task& task) {
  const char* from = task.buffer<char>(1) + task.first * sizeof(int128);
  TRY(to, task.make<int64_t>(task.rows));
  for (uint64_t row = 0; row < task.rows; ++row) std::memcpy(&to[row], from + row * sizeof(int128), sizeof(int64_t));
  return static_cast<const void*>(to);
}

template <class T>
Status check_digits(const Task& task, const T* values, const uint8_t* validity, Type type) {
  const int128 end = decimal_end(type.precision);
  bool any = false;
  for (uint64_t row = 0; row < task.rows; ++row) any |= is_outside(values[row], end);
  if (!any) return kDone;
  for (uint64_t row = 0; row < task.rows; ++row)
    if ((validity == nullptr || validity[row] != 0) && is_outside(values[row], end))
      return too_many_digits(task, row, type, values[row]);
  return kDone;
}

// Every valid row's digits are checked: proofs that arithmetic cannot overflow build on the declared precision. `from` holds
// the values as the array does.
Result<const void*> import_decimals(const Task& task, std::string_view format, const uint8_t* validity, Type type,
                                    bool check) {
  const bool narrow = type.id == TypeId::kDecimal64;
  if (format.ends_with(",32") || format.ends_with(",64")) {
    Result<const void*> values = format.ends_with(",32")
                                     ? (narrow ? widen<int32_t, int64_t>(task) : widen<int32_t, int128>(task))
                                 : narrow ? share<int64_t>(task)
                                          : widen<int64_t, int128>(task);
    if (!values.ok() || !check) return values;
    if (narrow) TRY_STATUS(check_digits(task, static_cast<const int64_t*>(values.value()), validity, type));
    if (!narrow) TRY_STATUS(check_digits(task, static_cast<const int128*>(values.value()), validity, type));
    return values;
  }
  if (!narrow && !check) return share<int128>(task);
  TRY(wide, share<int128>(task));
  if (check) TRY_STATUS(check_digits(task, static_cast<const int128*>(wide), validity, type));
  return narrow ? narrow_decimals(task) : Result<const void*>(wide);
}

// What the values of a dictionary must be is asked of those that rows refer to.
enum class Values { kOfRows, kOfDictionary };

Result<const void*> import_values(const Task& task, const uint8_t* validity, Type type, Values which) {
  const bool check = which == Values::kOfRows;
  const std::string_view format = task.field.format;
  if (type == kInterval) return import_intervals(task, format, validity);
  switch (format.front()) {
    case 'b': return import_bools(task);
    case 'c':
    case 'C': return share<uint8_t>(task);
    case 's':
    case 'S': return share<uint16_t>(task);
    case 'i':
    case 'I': return share<uint32_t>(task);
    case 'l':
    case 'L': return share<uint64_t>(task);
    case 'e': return import_halves(task);
    case 'f': return share<float>(task);
    case 'g': return share<double>(task);
    case 'd': return import_decimals(task, format, validity, type, check);
    case 'w': return import_fixed_binary(task, format);
    case 't':
      if (format == "tdD") return share<int32_t>(task);
      if (format == "tdm") return import_milliseconds_as_days(task);
      if (format[1] == 't') return import_times(task, format[2], validity);
      return change_unit<int64_t>(task, unit_change(format[2], type == kTimestampNs), validity);
    default: return import_string_column(task, format, validity, check && type == kUtf8 && task.import.check_utf8);
  }
}

template <class Index>
Status import_codes(const Task& task, const uint8_t* validity, uint32_t dictionary_rows, uint32_t* codes) {
  const Index* from = task.buffer<Index>(1) + task.first;
  for (uint64_t row = 0; row < task.rows; ++row) {
    const bool valid = validity == nullptr || validity[row] != 0;
    const auto code = static_cast<uint64_t>(from[row]);
    if (valid && code >= dictionary_rows)
      return task.error(ErrorCode::kBadInput, row,
                        fmt::format("column '{}': dictionary index {} of a dictionary of {} values", task.name(), code,
                                    dictionary_rows));
    codes[row] = valid ? static_cast<uint32_t>(code) : 0;
  }
  return kDone;
}

Status import_any_codes(const Task& task, const uint8_t* validity, uint32_t dictionary_rows, uint32_t* codes) {
  switch (task.field.format[0]) {
    case 'c': return import_codes<int8_t>(task, validity, dictionary_rows, codes);
    case 'C': return import_codes<uint8_t>(task, validity, dictionary_rows, codes);
    case 's': return import_codes<int16_t>(task, validity, dictionary_rows, codes);
    case 'S': return import_codes<uint16_t>(task, validity, dictionary_rows, codes);
    case 'i': return import_codes<int32_t>(task, validity, dictionary_rows, codes);
    case 'I': return import_codes<uint32_t>(task, validity, dictionary_rows, codes);
    case 'l': return import_codes<int64_t>(task, validity, dictionary_rows, codes);
    default: return import_codes<uint64_t>(task, validity, dictionary_rows, codes);
  }
}

// Rows that refer to a null, to a string that is not UTF-8 or to a decimal of more digits than declared. Entries that no row refers to are nobody's business.
Status check_dictionary(const Task& task, const Vector& values, const uint32_t* codes, uint8_t* validity) {
  std::vector<uint8_t> bad(values.dictionary_rows, 0);
  bool any_bad = false;
  if (values.type.id == TypeId::kUtf8 && task.import.check_utf8) {
    for (uint32_t entry = 0; entry < values.dictionary_rows; ++entry) {
      bad[entry] = !values.is_valid(entry) || is_utf8(values.as<StringRef>()[entry].view()) ? 0 : 1;
      any_bad |= bad[entry] != 0;
    }
  }
  const int128 end = decimal_end(values.type.precision);
  const auto decimal_at = [&](uint32_t entry) {
    return values.type.id == TypeId::kDecimal64 ? int128{values.as<int64_t>()[entry]} : values.as<int128>()[entry];
  };
  for (uint32_t entry = 0; is_decimal(values.type) && entry < values.dictionary_rows; ++entry) {
    bad[entry] = values.is_valid(entry) && is_outside(decimal_at(entry), end) ? 1 : 0;
    any_bad |= bad[entry] != 0;
  }
  if (!any_bad && values.validity == nullptr) return kDone;
  for (uint64_t row = 0; row < task.rows; ++row) {
    if (validity != nullptr && validity[row] == 0) continue;
    if (values.validity != nullptr && values.validity[codes[row]] == 0)
      validity[row] = 0;
    else if (bad[codes[row]] != 0 && is_decimal(values.type))
      return too_many_digits(task, row, values.type, decimal_at(codes[row]));
    else if (bad[codes[row]] != 0)
      return task.error(ErrorCode::kBadInput, row,
                        fmt::format("column '{}' holds bytes that are not UTF-8", task.name()),
                        "convert the file to UTF-8, or do not read this column");
  }
  return kDone;
}

Result<Vector> import_dictionary(const Task& task, Type type) {
  TRY(validity, import_validity(task));
  const ArrowArray& dictionary = *task.array.dictionary;
  if (dictionary.length == 0 || task.rows == 0) return null_constant(type);
  if (is_nested(type.id))
    return task.error(ErrorCode::kUnsupported, 0,
                      fmt::format("column '{}' is a dictionary of nested values", task.name()));
  if (dictionary.length > std::numeric_limits<uint32_t>::max())
    return task.error(ErrorCode::kLimit, 0,
                      fmt::format("column '{}' has a dictionary of {} values", task.name(), dictionary.length));
  const Task values_task{task.import,
                         task.owner,
                         *task.field.dictionary,
                         dictionary,
                         static_cast<uint64_t>(dictionary.offset),
                         static_cast<uint64_t>(dictionary.length)};
  Vector values;  // flat over the dictionary; its own validity
  values.type = type;
  values.dictionary_rows = static_cast<uint32_t>(dictionary.length);
  TRY(value_validity, import_validity(values_task));
  values.validity = value_validity;
  TRY(data, import_values(values_task, value_validity, type, Values::kOfDictionary));
  values.data = data;

  TRY(codes, task.make<uint32_t>(task.rows));
  TRY_STATUS(import_any_codes(task, validity, values.dictionary_rows, codes));
  uint8_t* row_validity = const_cast<uint8_t*>(validity);  // made by import_validity for this column alone
  if (value_validity != nullptr && row_validity == nullptr) {
    TRY(all, task.make<uint8_t>(task.rows));
    std::memset(all, 1, task.rows);
    row_validity = all;
  }
  TRY_STATUS(check_dictionary(task, values, codes, row_validity));
  values.encoding = Encoding::kDictionary;
  values.codes = codes;
  values.validity = row_validity;
  return values;
}

Result<Vector> import_column(const Task& task, Type type);

// A child of a nested array over all of its rows.
Result<Vector> import_child(const Task& parent, int64_t index, Type type) {
  const ArrowArray& array = *parent.array.children[index];
  return import_column({parent.import, parent.owner, *parent.field.children[index], array,
                        static_cast<uint64_t>(array.offset), static_cast<uint64_t>(array.length)},
                       type);
}

// Where a list's or map's row has its elements in the child.
struct ElementRange {
  uint64_t begin, end;
};
ElementRange elements_of(const Task& task, uint64_t row) {
  const std::string_view format = task.field.format;
  const uint64_t at = task.first + row;
  if (format.starts_with("+w:")) {
    uint64_t count = 0;
    std::from_chars(format.data() + 3, format.data() + format.size(), count);
    return {at * count, (at + 1) * count};
  }
  if (format == "+L") {
    const auto* offsets = task.buffer<int64_t>(1);
    return {static_cast<uint64_t>(offsets[at]), static_cast<uint64_t>(offsets[at + 1])};
  }
  const auto* offsets = task.buffer<int32_t>(1);
  return {static_cast<uint64_t>(offsets[at]), static_cast<uint64_t>(offsets[at + 1])};
}

// The children that a row's bytes are made of: a struct's fields, a list's elements, a map's keys and values.
Result<std::vector<Vector>> import_children(const Task& task, Type type) {
  std::vector<Vector> children;
  const auto fields = fields_of(type);
  if (type.id == TypeId::kMap) {
    const ArrowArray& entries = *task.array.children[0];
    const Task entry_task{task.import,
                          task.owner,
                          *task.field.children[0],
                          entries,
                          static_cast<uint64_t>(entries.offset),
                          static_cast<uint64_t>(entries.length)};
    for (int64_t i = 0; i < 2; ++i) {
      TRY(child, import_child(entry_task, i, fields[static_cast<size_t>(i)].type));
      children.push_back(std::move(child));
    }
    return children;
  }
  for (size_t i = 0; i < fields.size(); ++i) {
    TRY(child, import_child(task, static_cast<int64_t>(i), fields[i].type));
    children.push_back(std::move(child));
  }
  return children;
}

// Rows of lists, structs and maps become byte strings (types/nested_value.h).
Result<const void*> import_nested(const Task& task, Type type, const uint8_t* validity) {
  TRY(children, import_children(task, type));
  TRY(to, task.make<StringRef>(task.rows));
  std::string bytes;
  std::vector<uint64_t> ends(task.rows);
  for (uint64_t row = 0; row < task.rows; ++row) {
    const bool valid = validity == nullptr || validity[row] != 0;
    if (valid && type.id == TypeId::kStruct) {
      for (const Vector& child : children) append_nested_field(child, task.first + row, bytes);
    } else if (valid) {
      const ElementRange elements = elements_of(task, row);
      for (uint64_t element = elements.begin; element < elements.end; ++element)
        for (const Vector& child : children) append_nested_field(child, element, bytes);
      bytes += kNestedEnd;
    }
    ends[row] = bytes.size();
  }
  TRY(memory, task.make<char>(bytes.size()));
  std::memcpy(memory, bytes.data(), bytes.size());
  uint64_t begin = 0;
  for (uint64_t row = 0; row < task.rows; ++row) {
    if (ends[row] - begin > std::numeric_limits<uint32_t>::max()) return too_long(task, row, ends[row] - begin);
    new (&to[row]) StringRef(memory + begin, static_cast<uint32_t>(ends[row] - begin));
    begin = ends[row];
  }
  return static_cast<const void*>(to);
}

Result<Vector> import_column(const Task& task, Type type) {
  if (task.field.dictionary != nullptr) return import_dictionary(task, type);
  if (task.field.format[0] == 'n' || task.array.null_count == task.array.length) return null_constant(type);
  Vector vector;
  vector.type = type;
  TRY(validity, import_validity(task));
  vector.validity = validity;
  const bool as_bytes = is_nested(type.id) && task.field.format[0] == '+';
  TRY(data, as_bytes ? import_nested(task, type, validity) : import_values(task, validity, type, Values::kOfRows));
  vector.data = data;
  return vector;
}

}  // namespace

Result<Chunk> import_chunk(ArrowArray* array, const ArrowSchema& schema, const ArrowImport& import) {
  auto owner = std::make_shared<Owner>();
  owner->keep = import.keep;
  owner->array = *array;
  array->release = nullptr;
  const ArrowArray& parent = owner->array;
  if (std::string_view(schema.format) != "+s" || schema.n_children != parent.n_children)
    return Error{ErrorCode::kBadInput,
                 fmt::format("expected record batches, found an Arrow array of format \"{}\"", schema.format), "", ""};
  if (parent.null_count > 0)
    return Error{ErrorCode::kUnsupported, "a record batch with null rows of its own is not read", "", ""};
  Chunk chunk;
  chunk.rows = static_cast<uint64_t>(parent.length);
  for (int64_t child = 0; child < parent.n_children; ++child) {
    const ArrowArray& column = *parent.children[child];
    const Task task{
        import,    *owner, *schema.children[child], column, static_cast<uint64_t>(column.offset + parent.offset),
        chunk.rows};
    TRY(named, import_type(task.field));
    TRY(vector,
        import_column(task, import.state != nullptr ? (*import.state)[static_cast<size_t>(child)].type : named));
    vector.owner = owner;
    chunk.columns.push_back(std::move(vector));
  }
  return chunk;
}

}  // namespace headrace
