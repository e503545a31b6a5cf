// kernel/test_columns.h — for tests: columns of random rows of every type.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstring>
#include <limits>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "types/nested_type.h"
#include "types/nested_value.h"
#include "types/type.h"
#include "types/with_layout.h"

namespace headrace {

// A type of this id; decimals have two digits behind the point.
inline Type sample_type(TypeId id) {
  return id == TypeId::kDecimal64 ? decimal(18, 2) : id == TypeId::kDecimal128 ? decimal(38, 2) : Type{id};
}

// Columns of random rows: small numbers, extremes, NaN, −0, text of both lengths, dates, lists with nulls inside.
struct TestColumn {
  std::vector<std::max_align_t> data;
  std::vector<uint8_t> validity;  // empty: no nulls
  std::shared_ptr<const void> text;
};
inline constexpr int128 kDecimalMax =
    int128{10'000'000'000'000'000'000U} * 10'000'000'000'000'000'000U - 1;  // 38 digits
// kSmall: arithmetic on them rarely overflows; kTame: numbers are finite, too.
enum class DrawnValues { kAny, kSmall, kTame };

template <class T>
T random_integer(DrawnValues values, std::mt19937_64& random) {
  const T extremes[] = {0, 1, static_cast<T>(-1), std::numeric_limits<T>::max(), std::numeric_limits<T>::min()};
  if (values == DrawnValues::kAny && random() % 4 == 0) return extremes[random() % 5];
  if (values == DrawnValues::kAny && random() % 4 == 0) return static_cast<T>(random());
  return static_cast<T>(static_cast<T>(random() % 2'001) - 1'000);
}

inline double random_double(DrawnValues values, std::mt19937_64& random) {
  const double extremes[] = {0.0, -0.0, NAN, INFINITY, -INFINITY, 1e308, 5e-324, 1e15};
  if (values != DrawnValues::kTame && random() % 8 == 0) return extremes[random() % 8];
  return (static_cast<double>(random() % 200'001) - 100'000) / 64;
}

inline std::string random_text(std::mt19937_64& random) {
  const char* texts[] = {"",
                         "a",
                         "12",
                         "-7.25",
                         "true",
                         "2013-01-31",
                         "2013-01-31 05:00:00",
                         "longer than twelve bytes",
                         "ünïcödé text",
                         "1e3",
                         "2013-02-30",
                         "2013-01-31 25:61:00",
                         "Europe/Berlin",
                         "percent: %C3%28, %E4%BD%A0",
                         "abcabc",
                         "x%y_z",
                         "not a number at all, and long",
                         "long enough for a result that is no plain value, whatever half of it a function may leave"};
  return texts[random() % std::size(texts)];
}

template <class T>
void store(char* to, const T& value) {
  std::memcpy(to, &value, sizeof value);
}

inline std::string random_nested(Type type, DrawnValues values, std::mt19937_64& random);

// `texts` keeps the bytes of what is longer than a value: at most one more is appended.
inline void store_random(Type type, DrawnValues values, char* to, std::vector<std::string>& texts,
                         std::mt19937_64& random) {
  if (is_nested(type.id)) {
    texts.push_back(random_nested(type, values, random));
    return store(to, StringRef(std::string_view(texts.back())));
  }
  switch (type.id) {
    case TypeId::kEnum: return store(to, static_cast<uint32_t>(random() % fields_of(type).size()));
    case TypeId::kBool: return store(to, static_cast<uint8_t>(random() % 2));
    case TypeId::kDate:
      if (values == DrawnValues::kAny && random() % 8 == 0) return store(to, random_integer<int32_t>(values, random));
      return store(to, static_cast<int32_t>(random() % 60'000) - 30'000);
    case TypeId::kTime: return store(to, static_cast<int64_t>(random() % 86'400'000'000));
    case TypeId::kTimestamp:
    case TypeId::kTimestampNs:
    case TypeId::kTimestampTz:
      if (values == DrawnValues::kAny && random() % 8 == 0) return store(to, random_integer<int64_t>(values, random));
      return store(to, static_cast<int64_t>(random() % 4'000'000'000'000'000) - 2'000'000'000'000'000);
    case TypeId::kFloat64: return store(to, random_double(values, random));
    case TypeId::kFloat32: return store(to, static_cast<float>(random_double(values, random)));
    case TypeId::kDecimal64: return store(to, random_integer<int64_t>(values, random) % 1'000'000'000'000'000'000);
    case TypeId::kDecimal128:
      return store(to, values == DrawnValues::kAny && random() % 8 == 0
                           ? kDecimalMax * (random() % 2 == 0 ? 1 : -1)
                           : static_cast<int128>(random_integer<int64_t>(values, random)) *
                                 (random() % 8 == 0 ? 1'000'000'007 : 1));
    case TypeId::kInterval:
      return store(to, Interval{random_integer<int32_t>(values, random), static_cast<int32_t>(random() % 100),
                                static_cast<int64_t>(random() % 1'000'000'000'000)});
    default: break;
  }
  with_layout(type.id, [&](auto model) {
    using T = decltype(model);
    if constexpr (std::is_integral_v<T>) {
      store(to, random_integer<T>(values, random));
    } else if constexpr (std::is_same_v<T, StringRef>) {
      texts.push_back(random_text(random));
      if (type.id == TypeId::kBinary && random() % 4 == 0) texts.back() += "\xC3(";
      store(to, StringRef(std::string_view(texts.back())));
    }
  });
}

// A value inside another one, with its marker.
inline std::string random_field(Type type, bool nullable, DrawnValues values, std::mt19937_64& random) {
  if (nullable && random() % 6 == 0) return {kNestedNull};
  alignas(16) char value[16];
  std::vector<std::string> text;
  store_random(type, values, value, text, random);
  Vector vector;
  vector.type = type;
  vector.data = value;
  std::string bytes;
  append_nested_field(vector, 0, bytes);
  return bytes;
}

// A list or map of few elements, at times of many; the keys of a map are distinct.
inline std::string random_nested(Type type, DrawnValues values, std::mt19937_64& random) {
  std::string bytes;
  if (type.id == TypeId::kStruct) {
    for (const NestedField& field : fields_of(type)) bytes += random_field(field.type, true, values, random);
    return bytes;
  }
  const bool is_map = type.id == TypeId::kMap;
  std::set<std::string> keys;
  for (uint64_t left = random() % (random() % 32 == 0 ? 80 : 6); left > 0; --left) {
    const std::string first = random_field(fields_of(type)[0].type, !is_map, values, random);
    if (is_map && !keys.insert(first).second) continue;
    bytes += first;
    if (is_map) bytes += random_field(mapped_type(type), true, values, random);
  }
  return bytes + kNestedEnd;
}

inline TestColumn random_column(Type type, bool with_nulls, uint32_t rows, DrawnValues values,
                                std::mt19937_64& random) {
  TestColumn column;
  const uint32_t width = width_bytes(type.id);
  column.data.resize(size_t{rows} * width / sizeof(std::max_align_t) + 1);
  auto texts = std::make_shared<std::vector<std::string>>();
  texts->reserve(rows);
  for (uint32_t row = 0; row < rows; ++row) {
    store_random(type, values, reinterpret_cast<char*>(column.data.data()) + size_t{row} * width, *texts, random);
    if (with_nulls) column.validity.push_back(random() % 5 == 0 ? 0 : 1);
  }
  column.text = texts;
  return column;
}

}  // namespace headrace
