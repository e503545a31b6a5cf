#include "kernel/lists.h"

#include <algorithm>
#include <cmath>
#include <new>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "kernel/date.h"
#include "kernel/interval.h"

namespace headrace::kernel {
namespace {

constexpr int64_t kElementsMax = 10'000'000;

StringRef given(std::string_view bytes, Faults& faults, KernelContext& context) {
  char* room = nested_room(bytes.size(), faults, context);
  if (room == nullptr) return {};
  std::memcpy(room, bytes.data(), bytes.size());
  return {room, static_cast<uint32_t>(bytes.size())};
}

// What `make` appends to, as a finished list or map; nothing when there was a fault.
template <class Make>
StringRef made_list(Faults& faults, KernelContext& context, Make make) {
  try {
    std::string bytes;
    make(bytes);
    if (faults.bits != 0) return {};
    bytes += kNestedEnd;
    return given(bytes, faults, context);
  } catch (const std::bad_alloc&) {
    faults.add_if(Faults::kMemory, true);
    return {};
  }
}

using Field = std::string_view;  // with its marker

Field field_of(const NestedFields& fields) { return {fields.at, static_cast<size_t>(fields.value_end() - fields.at)}; }

// Into the bytes: a short text's lie in the StringRef itself, so that it must outlive them.
std::vector<Field> fields_in(const StringRef& bytes, const StringRef& shape) {
  std::vector<Field> found;
  for (NestedFields fields(bytes, shape); !fields.at_end(); fields.next()) found.push_back(field_of(fields));
  return found;
}

bool is_null(Field field) { return field[0] != kNestedValid; }
constexpr Field kNullField("\x02", 1);
const StringRef kTextShape("s", 1), kInt64Shape("8", 1), kFloat64Shape("8", 1), kBoolShape("1", 1);

template <class T>
void append_number(T value, std::string& to) {
  char bytes[1 + kOrderedBytes<T>];
  bytes[0] = kNestedValid;
  write_ordered(value, bytes + 1);
  to.append(bytes, sizeof bytes);
}

// A field's number; zero when its bytes are cut off.
template <class T>
T number_of(const NestedFields& field) {
  const bool whole = field.value_end() - field.value() >= static_cast<ptrdiff_t>(kOrderedBytes<T>);
  return whole ? read_ordered<T>(field.value()) : T{};
}

// Bytes as they lie inside another value.
void append_inner(std::string_view bytes, std::string& to) {
  to += kNestedValid;
  const size_t size = to.size();
  to.resize(size + nested_text_bytes(bytes));
  write_nested_text(bytes, to.data() + size);
}

// What append_inner appended, marker and all.
std::string inner_of(Field field) {
  std::string bytes(field.size(), 0);
  bytes.resize(read_nested_text(field.data() + 1, field.data() + field.size(), bytes.data()));
  return bytes;
}

std::set<Field> values_in(const StringRef& bytes, const StringRef& shape) {
  std::set<Field> values;
  for (NestedFields fields(bytes, shape); !fields.at_end(); fields.next())
    if (fields.is_valid()) values.insert(field_of(fields));
  return values;
}

template <class Find>
bool found_in(Faults& faults, Find find) {
  try {
    return find();
  } catch (const std::bad_alloc&) {
    faults.add_if(Faults::kMemory, true);
    return false;
  }
}

}  // namespace

bool list_has_any(StringRef left, StringRef right, StringRef shape, Faults& faults) noexcept {
  return found_in(faults, [&] {
    const std::set<Field> values = values_in(right, shape);
    for (const Field field : fields_in(left, shape))
      if (values.contains(field)) return true;
    return false;
  });
}

bool list_has_all(StringRef left, StringRef right, StringRef shape, Faults& faults) noexcept {
  return found_in(faults, [&] {
    const std::set<Field> values = values_in(left, shape);
    for (const Field field : fields_in(right, shape))
      if (!is_null(field) && !values.contains(field)) return false;
    return true;
  });
}

StringRef list_intersect(StringRef left, StringRef right, StringRef shape, Faults& faults,
                         KernelContext& context) noexcept {
  return made_list(faults, context, [&](std::string& bytes) {
    const bool left_walks = nested_count(left, shape) > nested_count(right, shape);
    std::set<Field> values = values_in(left_walks ? right : left, shape);
    for (const Field field : fields_in(left_walks ? left : right, shape))
      if (values.erase(field) > 0) bytes += field;
  });
}

StringRef list_resize(StringRef list, StringRef shape, int64_t count, StringRef filler, Faults& faults,
                      KernelContext& context) noexcept {
  faults.add_if(Faults::kBadArgument, count < 0 || count > kElementsMax);
  if (faults.bits != 0) return {};
  faults.overflow_if(static_cast<uint64_t>(count) * filler.size > UINT32_MAX);
  if (faults.bits != 0) return {};
  return made_list(faults, context, [&](std::string& bytes) {
    int64_t taken = 0;
    for (NestedFields fields(list, shape); taken < count && !fields.at_end(); fields.next(), ++taken)
      bytes += field_of(fields);
    for (; taken < count; ++taken) bytes += filler.view();
  });
}

StringRef list_zip(StringRef lists, StringRef letters, bool shortest, Faults& faults, KernelContext& context) noexcept {
  return made_list(faults, context, [&](std::string& bytes) {
    std::vector<std::string> inside;
    std::vector<StringRef> bytes_of;
    for (const Field field : fields_in(lists, kTextShape))
      inside.push_back(is_null(field) ? std::string() : inner_of(field));
    for (const std::string& one : inside) bytes_of.emplace_back(std::string_view(one));
    std::vector<std::vector<Field>> columns;
    size_t rows = 0;
    for (size_t i = 0; i < std::min<size_t>(inside.size(), letters.size); ++i) {
      columns.push_back(fields_in(bytes_of[i], StringRef(letters.data() + i, 1)));
      const size_t count = columns.back().size();
      rows = i == 0 ? count : (shortest ? std::min(rows, count) : std::max(rows, count));
    }
    for (size_t row = 0; row < rows; ++row) {
      std::string one;
      for (const std::vector<Field>& column : columns) one += row < column.size() ? column[row] : kNullField;
      append_inner(one, bytes);
    }
  });
}

StringRef list_where(StringRef list, StringRef shape, StringRef chosen, Faults& faults,
                     KernelContext& context) noexcept {
  return made_list(faults, context, [&](std::string& bytes) {
    NestedFields fields(list, shape);
    for (NestedFields choices(chosen, kBoolShape); !choices.at_end(); choices.next()) {
      faults.add_if(Faults::kBadArgument, !choices.is_valid());
      const bool here = !fields.at_end();
      if (choices.is_valid() && number_of<uint8_t>(choices) != 0) bytes += here ? field_of(fields) : kNullField;
      if (here) fields.next();
    }
  });
}

StringRef list_select(StringRef list, StringRef shape, StringRef numbers, Faults& faults,
                      KernelContext& context) noexcept {
  return made_list(faults, context, [&](std::string& bytes) {
    const std::vector<Field> elements = fields_in(list, shape);
    for (NestedFields fields(numbers, kInt64Shape); !fields.at_end(); fields.next()) {
      faults.add_if(Faults::kBadArgument, !fields.is_valid());
      if (!fields.is_valid()) continue;
      const auto number = number_of<int64_t>(fields);
      const bool there = number >= 1 && static_cast<uint64_t>(number) <= elements.size();
      bytes += there ? elements[static_cast<size_t>(number - 1)] : kNullField;
    }
  });
}

StringRef list_sorted(StringRef list, StringRef shape, bool descending, bool nulls_first, bool numbers, Faults& faults,
                      KernelContext& context) noexcept {
  return made_list(faults, context, [&](std::string& bytes) {
    std::vector<std::pair<Field, int64_t>> elements;
    for (const Field field : fields_in(list, shape))
      elements.emplace_back(field, static_cast<int64_t>(elements.size()) + 1);
    std::sort(elements.begin(), elements.end(), [&](const auto& left, const auto& right) {
      if (is_null(left.first) != is_null(right.first)) return is_null(left.first) == nulls_first;
      if (left.first == right.first) return left.second < right.second;
      return descending ? left.first > right.first : left.first < right.first;
    });
    for (const auto& [field, number] : elements) {
      if (numbers) append_number(number, bytes);
      if (!numbers) bytes += field;
    }
  });
}

StringRef map_from_entries(StringRef list, StringRef letters, Faults& faults, KernelContext& context) noexcept {
  return made_list(faults, context, [&](std::string& bytes) {
    std::set<std::string> seen;
    for (const Field entry : fields_in(list, kTextShape)) {
      const std::string inside = is_null(entry) ? std::string() : inner_of(entry);
      const StringRef bytes_of(std::string_view{inside});
      const std::vector<Field> parts = fields_in(bytes_of, letters);
      const bool fits = parts.size() == 2 && !is_null(parts[0]) && seen.emplace(parts[0]).second;
      faults.add_if(Faults::kBadCast, !fits);
      bytes += inside;
    }
  });
}

StringRef map_entries(StringRef map, StringRef shape, Faults& faults, KernelContext& context) noexcept {
  return made_list(faults, context, [&](std::string& bytes) {
    const std::vector<Field> fields = fields_in(map, shape);
    for (size_t i = 0; i + 1 < fields.size(); i += 2) {
      std::string entry(fields[i]);
      entry += fields[i + 1];
      append_inner(entry, bytes);
    }
  });
}

StringRef map_concat(StringRef left, StringRef right, StringRef shape, Faults& faults,
                     KernelContext& context) noexcept {
  return made_list(faults, context, [&](std::string& bytes) {
    const std::vector<Field> first = fields_in(left, shape), second = fields_in(right, shape);
    std::vector<uint8_t> placed(second.size(), 0);
    for (size_t i = 0; i + 1 < first.size(); i += 2) {
      Field value = first[i + 1];
      for (size_t j = 0; j + 1 < second.size(); j += 2) {
        if (second[j] != first[i]) continue;
        value = second[j + 1];
        placed[j] = 1;
      }
      bytes += first[i];
      bytes += value;
    }
    for (size_t j = 0; j + 1 < second.size(); j += 2) {
      if (placed[j] != 0) continue;
      bytes += second[j];
      bytes += second[j + 1];
    }
  });
}

StringRef list_moments(int64_t first, int64_t end, Interval step, bool closed, Faults& faults,
                       KernelContext& context) noexcept {
  const bool forwards = step.months >= 0 && step.days >= 0 && step.us >= 0;
  const bool backwards = step.months <= 0 && step.days <= 0 && step.us <= 0;
  faults.add_if(Faults::kOutOfRange, !forwards && !backwards);
  const auto reached = [&](int64_t moment) {
    return moment == end ? closed : (forwards ? moment < end : moment > end);
  };
  return made_list(faults, context, [&](std::string& bytes) {
    int64_t count = 0;
    for (int64_t moment = first; forwards != backwards && faults.bits == 0 && reached(moment);) {
      faults.add_if(Faults::kOutOfRange, ++count > kElementsMax);
      append_number(moment, bytes);
      Faults beyond;
      const int64_t next = add_interval(moment, step, beyond);
      if (beyond.bits != 0) break;  // past every end
      moment = next;
    }
  });
}

namespace {

// Visits the pairs of elements of two lists of float64.
template <class Visit>
void each_pair(const StringRef& left, const StringRef& right, Faults& faults, Visit visit) {
  NestedFields first(left, kFloat64Shape), second(right, kFloat64Shape);
  for (; !first.at_end() && !second.at_end(); first.next(), second.next()) {
    const bool valid = first.is_valid() && second.is_valid();
    faults.add_if(Faults::kBadArgument, !valid);
    if (valid) visit(number_of<double>(first), number_of<double>(second));
  }
  faults.add_if(Faults::kBadArgument, !first.at_end() || !second.at_end());
}

}  // namespace

double list_dot_product(StringRef left, StringRef right, Faults& faults) noexcept {
  double sum = 0;
  each_pair(left, right, faults, [&](double a, double b) { sum += a * b; });
  return sum;
}

double list_distance(StringRef left, StringRef right, Faults& faults) noexcept {
  double sum = 0;
  each_pair(left, right, faults, [&](double a, double b) { sum += (a - b) * (a - b); });
  return std::sqrt(sum);
}

double list_cosine_similarity(StringRef left, StringRef right, Faults& faults) noexcept {
  double product = 0, first = 0, second = 0;
  each_pair(left, right, faults, [&](double a, double b) {
    product += a * b;
    first += a * a;
    second += b * b;
  });
  const double cosine = product / std::sqrt(first * second);
  return cosine > 1 ? 1 : (cosine < -1 ? -1 : cosine);
}

}  // namespace headrace::kernel
