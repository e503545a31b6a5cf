#include "kernel/nested.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "kernel/cast.h"
#include "types/nested_type.h"
#include "types/nested_value.h"
#include "types/parse_nested.h"
#include "types/parse_value.h"

namespace headrace::kernel {
namespace {

void give(std::string_view bytes, StringRef* to, uint32_t* faults, KernelContext* context) {
  Faults found;
  char* room = nested_room(bytes.size(), found, *context);
  *faults |= found.bits;
  if (room == nullptr) return;
  std::memcpy(room, bytes.data(), bytes.size());
  *to = StringRef(room, static_cast<uint32_t>(bytes.size()));
}

// Each field with its marker.
std::vector<std::string_view> fields_in(const StringRef& bytes, const StringRef& shape) {
  std::vector<std::string_view> found;
  for (NestedFields fields(bytes, shape); !fields.at_end(); fields.next())
    found.emplace_back(fields.at, static_cast<size_t>(fields.value_end() - fields.at));
  return found;
}

// A type from its text, which a loop hands over row after row.
const Type* type_named(const StringRef& text) {
  thread_local std::map<std::string, Type, std::less<>> known;
  const auto at = known.find(text.view());
  if (at != known.end()) return &at->second;
  const Result<Type> parsed = parse_type(text.view());
  if (!parsed.ok()) return nullptr;
  return &known.emplace(text.view(), parsed.value()).first->second;
}

// The text of what CAST makes of a value that is not null, for the strict reader; nothing: it is no value of the type.
std::optional<std::string> text_of_cast(const Value& value, Type to) {
  const std::string text = to_display(value);
  if (to == kBool && is_numeric(value.type)) return parse_float64(text) == 0.0 ? "false" : "true";
  if (value.type == kBool && is_numeric(to)) return std::get<bool>(value.data) ? "1" : "0";
  if (is_float(value.type) && is_integer(to)) {  // halves to even
    const double number = std::nearbyint(std::get<double>(value.data));
    return std::abs(number) < 1e30 ? std::optional(headrace::decimal_to_text(static_cast<int128>(number), 0))
                                   : std::nullopt;
  }
  if (is_integer(to) || is_decimal(to)) {
    int128 unscaled = 0;
    const auto scale = is_decimal(to) ? to.scale : uint8_t{0};
    if (headrace_rt_parse_decimal(text.data(), text.size(), scale, &unscaled) != 0) return std::nullopt;
    return headrace::decimal_to_text(unscaled, scale);
  }
  if (to == kBool) {
    bool truth = false;
    if (headrace_rt_parse_bool(text.data(), text.size(), &truth) != 0) return std::nullopt;
    return truth ? "true" : "false";
  }
  if (to == kDate) {
    int32_t days = 0;
    if (headrace_rt_parse_date(text.data(), text.size(), &days) != 0) return std::nullopt;
    return headrace::date_to_text(days);
  }
  return text;
}

// CAST(text AS to); the error says nothing more.
Result<Value> value_of_text(std::string_view text, Type to) {
  const Value written{kUtf8, std::string(text)};
  if (to == kUtf8) return written;
  const std::optional<std::string> strict = text_of_cast(written, to);
  return strict ? parse_value(*strict, to) : Error{};
}

// The field of `from` that becomes each field of `to`, by name where they share one, else by position; nothing: null.
std::vector<std::optional<size_t>> sources_of(Type from, Type to) {
  const auto same = [](const NestedField& left, const NestedField& right) {
    return std::equal(left.name.begin(), left.name.end(), right.name.begin(), right.name.end(),
                      [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); });
  };
  std::vector<std::optional<size_t>> sources;
  bool any = false;
  for (const NestedField& field : fields_of(to)) {
    sources.emplace_back();
    for (size_t i = 0; i < fields_of(from).size(); ++i)
      if (same(fields_of(from)[i], field)) sources.back() = i;
    any = any || sources.back();
  }
  for (size_t i = 0; !any && i < std::min(sources.size(), fields_of(from).size()); ++i) sources[i] = i;
  return sources;
}

// The same value as one of another type; nothing: it is none.
std::optional<Value> converted(const Value& value, Type to) {
  if (value.is_null()) return null_value(to);
  if (value.type == to) return value;
  if (is_nested(value.type.id) && is_nested(to.id)) {
    const auto from_fields = nested_fields(value.type, std::get<std::string>(value.data));
    const bool is_struct = to.id == TypeId::kStruct;
    const auto sources = is_struct ? sources_of(value.type, to) : std::vector<std::optional<size_t>>();
    std::vector<Value> fields;
    for (size_t i = 0; i < (is_struct ? sources.size() : from_fields.size()); ++i) {
      const Type field_type = fields_of(to)[i % fields_of(to).size()].type;
      const std::optional<size_t> source = is_struct ? sources[i] : i;
      const bool there = source && *source < from_fields.size();  // a row that is null has no bytes
      const auto field = there ? converted(from_fields[*source], field_type) : null_value(field_type);
      if (!field) return std::nullopt;
      fields.push_back(*field);
    }
    return Value{to, nested_bytes(to, fields)};
  }
  if (to == kUtf8) return Value{to, to_display(value)};
  const std::optional<std::string> text = text_of_cast(value, to);
  const Result<Value> parsed = text ? parse_value(*text, to) : Error{};
  return parsed.ok() ? std::optional(parsed.value()) : std::nullopt;
}

}  // namespace

extern "C" void headrace_rt_list_every(const StringRef* list, const StringRef* shape, int64_t step, StringRef* to,
                                       uint32_t* faults, KernelContext* context) noexcept {
  if (step < 1) {
    *faults |= Faults::kOutOfRange;
    return;
  }
  const std::vector<std::string_view> fields = fields_in(*list, *shape);
  std::string bytes;
  for (uint64_t i = 0; i < fields.size(); i += static_cast<uint64_t>(step)) bytes += fields[i];
  give(bytes + kNestedEnd, to, faults, context);
}

extern "C" void headrace_rt_list_slice(const StringRef* list, const StringRef* shape, int64_t first, int64_t last,
                                       StringRef* to, uint32_t* faults, KernelContext* context) noexcept {
  const std::vector<std::string_view> fields = fields_in(*list, *shape);
  const auto count = static_cast<int64_t>(fields.size());
  if (first < 0) first += count + 1;
  if (last < 0) last += count + 1;
  std::string bytes;
  for (int64_t i = std::max<int64_t>(first, 1); i <= std::min(last, count); ++i)
    bytes += fields[static_cast<size_t>(i - 1)];
  give(bytes + kNestedEnd, to, faults, context);
}

extern "C" void headrace_rt_list_reorder(const StringRef* list, const StringRef* shape, ListOrder order, StringRef* to,
                                         uint32_t* faults, KernelContext* context) noexcept {
  std::vector<std::string_view> fields = fields_in(*list, *shape);
  // Bytes sort as values do, and a null (02) behind every value (01).
  if (order == ListOrder::kReversed) std::reverse(fields.begin(), fields.end());
  if (order == ListOrder::kAscending) std::sort(fields.begin(), fields.end());
  if (order == ListOrder::kDescending) {
    std::sort(fields.begin(), fields.end(), [](std::string_view left, std::string_view right) {
      return left[0] != right[0] ? left[0] < right[0] : left > right;
    });
  }
  std::string bytes;
  std::set<std::string_view> seen;
  for (const std::string_view field : fields) {
    const bool distinct = order == ListOrder::kDistinct;
    if (!distinct || (field[0] == kNestedValid && seen.insert(field).second)) bytes += field;
  }
  give(bytes + kNestedEnd, to, faults, context);
}

extern "C" void headrace_rt_list_range(int64_t first, int64_t end, int64_t step, bool closed, StringRef* to,
                                       uint32_t* faults, KernelContext* context) noexcept {
  constexpr int128 kElementsMax = 10'000'000;
  constexpr size_t kFieldBytes = 1 + sizeof(int64_t);
  const int128 distance = step > 0 ? int128{end} - first : int128{first} - end;
  const int128 stride = step > 0 ? int128{step} : -int128{step};
  int128 count = 0;
  if (step != 0 && distance >= 0) count = closed ? distance / stride + 1 : (distance + stride - 1) / stride;
  if (count > kElementsMax) {
    *faults |= Faults::kOutOfRange;
    return;
  }
  std::string bytes(static_cast<size_t>(count) * kFieldBytes, kNestedValid);
  for (int128 i = 0; i < count; ++i)
    write_ordered(static_cast<int64_t>(first + i * step), bytes.data() + static_cast<size_t>(i) * kFieldBytes + 1);
  give(bytes + kNestedEnd, to, faults, context);
}

extern "C" void headrace_rt_string_split(const StringRef* text, const StringRef* separator, StringRef* to,
                                         uint32_t* faults, KernelContext* context) noexcept {
  std::string bytes;
  const std::string_view whole = text->view();
  const std::string_view mark = separator->view();
  size_t begin = 0;
  while (true) {
    size_t end = mark.empty() ? begin + 1 : whole.find(mark, begin);
    while (mark.empty() && end < whole.size() && (whole[end] & 0xC0) == 0x80) ++end;  // one code point a part
    const bool last = end == std::string_view::npos || (mark.empty() && end >= whole.size());
    append_nested_field(kUtf8, Value{kUtf8, std::string(whole.substr(begin, last ? whole.npos : end - begin))}, bytes);
    if (last) break;
    begin = end + mark.size();
  }
  give(bytes + kNestedEnd, to, faults, context);
}

extern "C" void headrace_rt_array_to_string(const StringRef* list, const StringRef* separator, StringRef* to,
                                            uint32_t* faults, KernelContext* context) noexcept {
  std::string text;
  bool any = false;
  for (const Value& value : nested_fields(list_of(kUtf8), list->view())) {
    if (value.is_null()) continue;
    if (any) text += separator->view();
    text += std::get<std::string>(value.data);
    any = true;
  }
  give(text, to, faults, context);
}

extern "C" void headrace_rt_list_flatten(const StringRef* list, StringRef* to, uint32_t* faults,
                                         KernelContext* context) noexcept {
  std::string bytes;
  for (const Value& value : nested_fields(list_of(kBinary), list->view())) {
    if (value.is_null()) continue;
    std::string_view inner = std::get<std::string>(value.data);
    if (!inner.empty()) inner.remove_suffix(1);  // its end
    bytes += inner;
  }
  give(bytes + kNestedEnd, to, faults, context);
}

extern "C" void headrace_rt_map_fields(const StringRef* map, const StringRef* shape, uint32_t which, StringRef* to,
                                       uint32_t* faults, KernelContext* context) noexcept {
  const std::vector<std::string_view> fields = fields_in(*map, *shape);
  std::string bytes;
  for (size_t i = which; i < fields.size(); i += 2) bytes += fields[i];
  give(bytes + kNestedEnd, to, faults, context);
}

extern "C" void headrace_rt_map_of_lists(const StringRef* keys, const StringRef* values, const StringRef* key_shape,
                                         const StringRef* value_shape, StringRef* to, uint32_t* faults,
                                         KernelContext* context) noexcept {
  const std::vector<std::string_view> key_fields = fields_in(*keys, *key_shape);
  const std::vector<std::string_view> value_fields = fields_in(*values, *value_shape);
  std::set<std::string_view> seen;
  std::string bytes;
  bool fits = key_fields.size() == value_fields.size();
  for (size_t i = 0; fits && i < key_fields.size(); ++i) {
    fits = key_fields[i][0] == kNestedValid && seen.insert(key_fields[i]).second;
    bytes += key_fields[i];
    bytes += value_fields[i];
  }
  if (!fits) *faults |= Faults::kBadCast;
  if (fits) give(bytes + kNestedEnd, to, faults, context);
}

extern "C" void headrace_rt_nested_to_text(const StringRef* bytes, const StringRef* type, StringRef* to,
                                           uint32_t* faults, KernelContext* context) noexcept {
  const Type* known = type_named(*type);
  if (known == nullptr) {
    *faults |= Faults::kBadCast;
    return;
  }
  give(nested_to_text(*known, bytes->view()), to, faults, context);
}

extern "C" void headrace_rt_nested_cast(const StringRef* bytes, const StringRef* from, const StringRef* type,
                                        StringRef* to, uint32_t* faults, KernelContext* context) noexcept {
  const Type* known_from = type_named(*from);
  const Type* known_to = type_named(*type);
  std::optional<Value> result;
  if (known_from != nullptr && known_to != nullptr && fills_nulls(*known_from, *known_to)) {
    give(bytes->view(), to, faults, context);
    return;
  }
  if (known_from != nullptr && known_to != nullptr)
    result = converted(Value{*known_from, std::string(bytes->view())}, *known_to);
  if (!result) {
    *faults |= Faults::kBadCast;
    return;
  }
  give(std::get<std::string>(result->data), to, faults, context);
}

extern "C" void headrace_rt_text_to_nested(const StringRef* text, const StringRef* type, StringRef* to,
                                           uint32_t* faults, KernelContext* context) noexcept {
  const Type* known = type_named(*type);
  const std::optional<std::string> bytes =
      known != nullptr ? parse_nested(text->view(), *known, value_of_text) : std::nullopt;
  if (!bytes) {
    *faults |= Faults::kBadCast;
    return;
  }
  give(*bytes, to, faults, context);
}

}  // namespace headrace::kernel
