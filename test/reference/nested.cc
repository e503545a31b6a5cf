#include "reference/nested.h"

#include <algorithm>
#include <functional>
#include <map>

#include "reference/bind.h"
#include "reference/code_points.h"
#include "types/nested_type.h"

namespace headrace::reference {
namespace {

using Arguments = std::vector<Datum>;

Term typed_call(std::string name, std::vector<Term> arguments, Type type) {
  return {Term::Kind::kCall, type, 0, {}, std::move(name), std::move(arguments)};
}

Term int64_term(const Term& term) { return convert(term, kInt64); }

// All in their common type.
std::vector<Term> in_one_type(std::vector<Term> terms) {
  if (terms.empty()) return terms;
  std::vector<Term> different;
  for (const Term& term : terms)
    if (different.empty() || term.kind != Term::Kind::kLiteral || !(term == different[0])) different.push_back(term);
  const auto type = common_type(different);
  if (!type) refuse("a list of different types");
  for (Term& term : terms) term = convert(term, *type);
  return terms;
}

Term made(std::vector<Term> fields, Type type) { return typed_call("make_fields", std::move(fields), type); }

Term bind_struct(const std::vector<Term>& parts) {
  std::vector<NestedField> fields;
  std::vector<Term> values;
  for (size_t i = 0; i + 1 < parts.size(); i += 2) {
    values.push_back(parts[i + 1]);
    fields.push_back({parts[i].value.text(), values.back().type});
  }
  return made(values, struct_of(fields));
}

Term bind_field(const Term& input, const Term& name) {
  const auto fields = fields_of(input.type);
  for (size_t i = 0; i < fields.size(); ++i)
    if (same_name(fields[i].name, name.value.text()))
      return typed_call("element", {input, literal_term({BigInteger(static_cast<int64_t>(i) + 1)}, kInt64)},
                        fields[i].type);
  refuse("no field " + name.value.text());
}

Term bind_element(const Term& input, const Term& index) {
  if (input.type.id == TypeId::kMap)
    return typed_call("map_element", {input, convert(index, key_type(input.type))}, mapped_type(input.type));
  if (input.type.id == TypeId::kStruct) return bind_field(input, index);
  return typed_call("element", {input, int64_term(index)}, element_type(input.type));
}

// A list and a value, in one element type.
std::vector<Term> list_and_value(const Term& list, const Term& value) {
  const auto both = common_type(literal_term(null(), element_type(list.type)), value);
  if (!both) refuse("a value of another type than the list's");
  return {convert(list, list_of(*both)), convert(value, *both)};
}

// --- values

Datum element(const Arguments& a) {
  const auto& fields = a[0].fields();
  const auto count = static_cast<int64_t>(fields.size());
  int64_t index = a[1].integer().to_int64();
  if (index < 0) index = index < -count ? 0 : index + count + 1;
  return index < 1 || index > count ? null() : fields[static_cast<size_t>(index - 1)];
}

Datum map_element(const Arguments& a) {
  const auto& fields = a[0].fields();
  for (size_t i = 0; i + 1 < fields.size(); i += 2)
    if (compare_fields(fields[i], a[1]) == 0) return fields[i + 1];
  return null();
}

// What lies between two places, from 1 or from the end, both included; of that every step-th.
template <class Whole>
Whole slice(const Whole& whole, const Arguments& a) {
  const BigInteger count(static_cast<int64_t>(whole.size()));
  const auto bound = [&](const BigInteger& at) { return at.is_negative() ? at + count + BigInteger(1) : at; };
  const BigInteger first = bound(a[1].integer()), last = bound(a[2].integer());
  const BigInteger begin = first < BigInteger(1) ? BigInteger(1) : first;
  Whole kept;
  for (size_t i = 0; i < whole.size(); ++i) {
    const BigInteger at(static_cast<int64_t>(i) + 1);
    if (at < begin || last < at) continue;
    if (a.size() == 3 || BigInteger::divide(at - begin, a[3].integer()).second.is_zero()) kept.push_back(whole[i]);
  }
  return kept;
}

Datum list_slice(const Arguments& a) {
  if (a.size() == 4 && a[3].integer() < BigInteger(1)) return fault(Fault::kOutOfRange);
  return of_fields(slice(a[0].fields(), a));
}

Datum text_slice(const Arguments& a) {
  std::string text;
  for (const std::string& point : slice(code_points(a[0].text()), a)) text += point;
  return {text};
}

int64_t position(const Arguments& a) {
  const auto& fields = a[0].fields();
  for (size_t i = 0; i < fields.size(); ++i)
    if (!fields[i].is_null() && compare_fields(fields[i], a[1]) == 0) return static_cast<int64_t>(i) + 1;
  return 0;
}

Datum sorted(const Arguments& a, bool descending) {
  std::vector<Datum> fields = a[0].fields();
  std::sort(fields.begin(), fields.end(), [&](const Datum& left, const Datum& right) {
    if (left.is_null() || right.is_null()) return !left.is_null() && right.is_null();
    return descending ? compare_fields(right, left) < 0 : compare_fields(left, right) < 0;
  });
  return of_fields(std::move(fields));
}

Datum distinct(const Arguments& a) {
  std::vector<Datum> kept;
  for (const Datum& field : a[0].fields()) {
    const auto same = [&](const Datum& other) { return compare_fields(field, other) == 0; };
    if (!field.is_null() && std::none_of(kept.begin(), kept.end(), same)) kept.push_back(field);
  }
  return of_fields(std::move(kept));
}

Datum joined(const Arguments& a) {
  std::vector<Datum> all;
  for (const Datum& list : a)
    if (!list.is_null()) all.insert(all.end(), list.fields().begin(), list.fields().end());
  return of_fields(std::move(all));
}

Datum split(const Arguments& a) {
  const std::string& text = a[0].text();
  const std::string& separator = a[1].text();
  std::vector<Datum> parts;
  for (size_t begin = 0; begin <= text.size();) {
    size_t end = separator.empty() ? begin + 1 : std::min(text.find(separator, begin), text.size());
    while (separator.empty() && end < text.size() && (static_cast<unsigned char>(text[end]) >> 6) == 2) ++end;
    end = std::min(end, text.size());
    parts.push_back({text.substr(begin, end - begin)});
    begin = end + (separator.empty() ? 0 : separator.size());
    if (end == text.size()) break;
  }
  return of_fields(std::move(parts));
}

Datum to_text(const Arguments& a) {
  std::string text;
  bool any = false;
  for (const Datum& field : a[0].fields()) {
    if (field.is_null()) continue;
    text += (any ? a[1].text() : "") + field.text();
    any = true;
  }
  return {text};
}

Datum range(const Arguments& a, bool closed) {
  constexpr size_t kElementsMax = 10'000'000;
  const BigInteger &end = a[1].integer(), &step = a[2].integer();
  std::vector<Datum> numbers;
  const auto before_end = [&](const BigInteger& at) {
    return (closed && at == end) || (step.is_negative() ? end < at : at < end);
  };
  for (BigInteger at = a[0].integer(); !step.is_zero() && before_end(at); at = at + step) {
    if (numbers.size() == kElementsMax) return fault(Fault::kOutOfRange);
    numbers.push_back({at});
  }
  return of_fields(std::move(numbers));
}

Datum every_second(const Arguments& a, size_t from) {
  std::vector<Datum> kept;
  for (size_t i = from; i < a[0].fields().size(); i += 2) kept.push_back(a[0].fields()[i]);
  return of_fields(std::move(kept));
}

Datum flattened(const Arguments& a) { return joined(a[0].fields()); }

Datum map_of(const Arguments& a) {
  const auto &keys = a[0].fields(), &values = a[1].fields();
  std::vector<Datum> fields;
  bool fits = keys.size() == values.size();
  for (size_t i = 0; fits && i < keys.size(); ++i) {
    fits = !keys[i].is_null();
    for (size_t j = 0; fits && j < i; ++j) fits = compare_fields(keys[i], keys[j]) != 0;
    fields.push_back(keys[i]);
    fields.push_back(values[i]);
  }
  return fits ? of_fields(std::move(fields)) : fault(Fault::kBadCast);
}

std::string meant(const std::string& name) {
  static const std::map<std::string, std::string> synonyms = {
      {"array_length", "length"},          {"list_length", "length"},         {"list_has", "list_contains"},
      {"array_contains", "list_contains"}, {"list_indexof", "list_position"}, {"list_element", "list_extract"},
      {"array_extract", "list_extract"},   {"list_cat", "list_concat"},       {"array_concat", "list_concat"},
      {"array_append", "list_append"},     {"str_split", "string_split"},     {"map_extract_value", "list_extract"}};
  const auto found = synonyms.find(name);
  return found == synonyms.end() ? name : found->second;
}

Term bind_row(const std::vector<Term>& a) {
  std::vector<Term> parts;
  for (size_t i = 0; i < a.size(); ++i) {
    parts.push_back(literal_term({"v" + std::to_string(i + 1)}, kUtf8));
    parts.push_back(a[i]);
  }
  return bind_struct(parts);
}

// What makes a nested value of others.
std::optional<Term> bind_maker(const std::string& name, std::vector<Term> a) {
  if (name == "list_value") {
    std::vector<Term> elements = in_one_type(a);
    const Type element = elements.empty() ? kNullType : elements[0].type;
    return made(std::move(elements), list_of(element));
  }
  if (name == "struct_pack") return bind_struct(a);
  if (name == "row") return bind_row(a);
  if (name == "map" && a.size() == 2)
    return typed_call("map_of", a, map_of(element_type(a[0].type), element_type(a[1].type)));
  if (name == "string_split" && a.size() == 2)
    return typed_call(name, {convert(a[0], kUtf8), convert(a[1], kUtf8)}, list_of(kUtf8));
  if (name != "range" && name != "generate_series") return std::nullopt;
  if (a.size() == 1) a.insert(a.begin(), literal_term({BigInteger(0)}, kInt64));
  if (a.size() == 2) a.push_back(literal_term({BigInteger(1)}, kInt64));
  return typed_call(name, {int64_term(a.at(0)), int64_term(a.at(1)), int64_term(a.at(2))}, list_of(kInt64));
}

Term bind_joined(const std::vector<Term>& lists) {
  std::vector<Term> all = in_one_type(lists);
  const Type type = all[0].type;
  return typed_call("list_concat", std::move(all), type);
}

// list[first:last:step] and text[first:last].
Term bind_slice(const std::vector<Term>& a) {
  std::vector<Term> arguments = {a[0]};
  for (size_t i = 1; i < a.size(); ++i) arguments.push_back(int64_term(a[i]));
  return typed_call(a[0].type == kUtf8 ? "text_slice" : "list_slice", std::move(arguments), a[0].type);
}

// The first argument is a list.
std::optional<Term> bind_list(const std::string& name, const std::vector<Term>& a) {
  const auto is = [&](const char* one, size_t count) { return name == one && a.size() == count; };
  if (is("length", 1) || is("cardinality", 1)) return typed_call("list_count", a, kInt64);
  if (name == "list_slice" && a.size() >= 3) return bind_slice(a);
  if (is("list_contains", 2)) return typed_call(name, list_and_value(a[0], a[1]), kBool);
  if (is("list_position", 2)) return typed_call(name, list_and_value(a[0], a[1]), kInt32);
  if (is("list_append", 2)) {
    const std::vector<Term> both = list_and_value(a[0], a[1]);
    return bind_joined({both[0], made({both[1]}, both[0].type)});
  }
  if (name == "list_concat" || name == "concat") return bind_joined(a);
  if (is("flatten", 1)) return typed_call(name, a, element_type(a[0].type));
  if (is("array_to_string", 2)) return typed_call(name, {convert(a[0], list_of(kUtf8)), convert(a[1], kUtf8)}, kUtf8);
  if (is("list_unique", 1)) return typed_call("list_count", {typed_call("list_distinct", a, a[0].type)}, kInt64);
  if (is("list_reverse", 1) || is("list_sort", 1) || is("list_reverse_sort", 1) || is("list_distinct", 1))
    return typed_call(name, a, a[0].type);
  return std::nullopt;
}

}  // namespace

namespace {

// Structs find their fields by name; those of row(), which are v1, v2 …, have places only, and take the other's names.
std::optional<Type> common_struct(Type left, Type right) {
  const bool rows = is_row(left) || is_row(right);
  if (rows && fields_of(left).size() != fields_of(right).size()) return std::nullopt;
  std::vector<NestedField> all;
  for (const NestedField& field : fields_of(is_row(left) ? right : left)) all.push_back(field);
  for (size_t i = 0; i < all.size(); ++i)
    if (rows) {
      const auto both = common_type(fields_of(left)[i].type, fields_of(right)[i].type);
      if (!both) return std::nullopt;
      all[i].type = *both;
    }
  if (rows) return struct_of(std::move(all));
  for (const NestedField& field : fields_of(right)) {
    bool met = false;
    for (NestedField& one : all) {
      if (!same_name(one.name, field.name)) continue;
      const auto both = common_type(one.type, field.type);
      if (!both) return std::nullopt;
      one.type = *both;
      met = true;
    }
    if (!met) all.push_back(field);
  }
  return struct_of(std::move(all));
}

}  // namespace

bool is_row(Type type) {
  size_t number = 0;
  for (const NestedField& field : fields_of(type))
    if (field.name != "v" + std::to_string(++number)) return false;
  return true;
}

std::optional<Type> common_nested(Type left, Type right) {
  if (!is_nested(left.id) || left.id != right.id) return std::nullopt;
  if (left.id == TypeId::kStruct) return common_struct(left, right);
  const auto first = common_type(fields_of(left)[0].type, fields_of(right)[0].type);
  if (!first) return std::nullopt;
  if (left.id == TypeId::kList) return list_of(*first);
  const auto value = common_type(mapped_type(left), mapped_type(right));
  return value ? std::optional(map_of(*first, *value)) : std::nullopt;
}

Type whole_type(Type type) {
  switch (type.id) {
    case TypeId::kNull: return kInt32;
    case TypeId::kList: return list_of(whole_type(element_type(type)));
    case TypeId::kMap: return map_of(whole_type(key_type(type)), whole_type(mapped_type(type)));
    case TypeId::kStruct: {
      std::vector<NestedField> fields;
      for (const NestedField& field : fields_of(type)) fields.push_back({field.name, whole_type(field.type)});
      return struct_of(std::move(fields));
    }
    default: return type;
  }
}

std::optional<Term> bind_nested(const std::string& written, const std::vector<Term>& a) {
  const std::string name = meant(written);
  if (auto maker = bind_maker(name, a)) return maker;
  if (a.empty()) return std::nullopt;
  const Type type = a[0].type;
  const bool takes_field = (name == "struct_extract" || name == "list_extract") && a.size() == 2;
  if (takes_field && is_nested(type.id)) return bind_element(a[0], a[1]);
  if (type == kUtf8 && name == "list_extract" && a.size() == 2)
    return bind_call("substring", {a[0], int64_term(a[1]), literal_term({BigInteger(1)}, kInt64)});
  if (type == kUtf8 && name == "list_slice" && a.size() == 3) return bind_slice(a);
  if (type.id == TypeId::kMap && a.size() == 1) {
    if (name == "cardinality" || name == "length") return typed_call("map_count", a, kInt64);
    if (name == "map_keys") return typed_call(name, a, list_of(key_type(type)));
    if (name == "map_values") return typed_call(name, a, list_of(mapped_type(type)));
  }
  if (name == "list_prepend" && a.size() == 2 && a[1].type.id == TypeId::kList) {
    const std::vector<Term> both = list_and_value(a[1], a[0]);
    return bind_joined({made({both[1]}, both[0].type), both[0]});
  }
  return type.id == TypeId::kList ? bind_list(name, a) : std::nullopt;
}

std::optional<Datum> apply_nested(const Term& call, const std::vector<Datum>& a) {
  if (call.function == "make_fields") return of_fields(a);
  if (call.function == "list_concat") return joined(a);
  static const std::map<std::string, std::function<Datum(const Arguments&)>> functions = {
      {"element", element},
      {"map_element", map_element},
      {"list_slice", list_slice},
      {"text_slice", text_slice},
      {"list_contains", [](const Arguments& b) -> Datum { return {position(b) > 0}; }},
      {"list_position", [](const Arguments& b) { return position(b) > 0 ? Datum{BigInteger(position(b))} : null(); }},
      {"list_count",
       [](const Arguments& b) -> Datum { return {BigInteger(static_cast<int64_t>(b[0].fields().size()))}; }},
      {"map_count",
       [](const Arguments& b) -> Datum { return {BigInteger(static_cast<int64_t>(b[0].fields().size() / 2))}; }},
      {"list_sort", [](const Arguments& b) { return sorted(b, false); }},
      {"list_reverse_sort", [](const Arguments& b) { return sorted(b, true); }},
      {"list_reverse", [](const Arguments& b) { return of_fields({b[0].fields().rbegin(), b[0].fields().rend()}); }},
      {"list_distinct", distinct},
      {"string_split", split},
      {"array_to_string", to_text},
      {"range", [](const Arguments& b) { return range(b, false); }},
      {"generate_series", [](const Arguments& b) { return range(b, true); }},
      {"map_keys", [](const Arguments& b) { return every_second(b, 0); }},
      {"map_values", [](const Arguments& b) { return every_second(b, 1); }},
      {"flatten", flattened},
      {"map_of", map_of},
  };
  const auto found = functions.find(call.function);
  if (found == functions.end()) return std::nullopt;
  if (std::any_of(a.begin(), a.end(), [](const Datum& one) { return one.is_null(); })) return null();
  return found->second(a);
}

}  // namespace headrace::reference
