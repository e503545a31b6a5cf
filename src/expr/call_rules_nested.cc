// Lists, structs and maps: what people write becomes calls of the kernels in kernel/list/nested.def, which see bytes and the
// type's shape.
#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "base/limits.h"
#include "base/nearest_name.h"
#include "expr/call_rules.h"
#include "expr/coerce.h"
#include "expr/lexer.h"
#include "types/nested_type.h"
#include "types/nested_value.h"
#include "types/value_bytes.h"

namespace headrace {

ExprPtr shape_of(Type type) { return text_literal(nested_shape(type)); }

// Any value of the type that is not null.
ExprPtr sample(Type type) {
  if (is_text_layout(type)) {
    if (type.id == TypeId::kList || type.id == TypeId::kMap) return literal(Value{type, nested_bytes(type, {})});
    if (type.id != TypeId::kStruct) return literal(Value{type, std::string()});
    std::vector<Value> fields;
    for (const NestedField& field : fields_of(type)) fields.push_back(null_value(field.type));
    return literal(Value{type, nested_bytes(type, fields)});
  }
  alignas(16) char zeros[16] = {};
  return literal(value_of_bytes(type, zeros));
}

namespace {

// bytes with one field more, which may be null.
ExprPtr appended(const ExprPtr& bytes, const ExprPtr& value, TextPosition where) {
  if (const auto* node = std::get_if<Literal>(&value->node); node != nullptr && node->value.is_null())
    return exact_call("nested_append_null", {bytes}, kBinary, where);
  if (!value->nullable) return exact_call("nested_append", {bytes, value}, kBinary, where);
  const ExprPtr none = literal(Value{kBinary, std::string()});
  const ExprPtr field = exact_call("coalesce",
                                   {exact_call("nested_append", {none, value}, kBinary, where),
                                    exact_call("nested_append_null", {none}, kBinary, where)},
                                   kBinary, where);
  return exact_call("nested_join", {bytes, field}, kBinary, where);
}

}  // namespace

ExprPtr nested_of(Type type, const Arguments& fields, TextPosition where) {
  ExprPtr bytes = literal(Value{kBinary, std::string()});
  for (const ExprPtr& field : fields) bytes = appended(bytes, typed(field), where);
  return exact_call("nested_close", {bytes, text_literal(to_text(type))}, type, where);
}

// What a value looks like among a list's elements.
ExprPtr as_field(const ExprPtr& value, TextPosition where) {
  return exact_call("nested_append", {literal(Value{kBinary, std::string()}), value}, kBinary, where);
}

// The field of that number where there is one, else null.
ExprPtr field_or_null(const ExprPtr& value, Type field, const ExprPtr& index, TextPosition where) {
  if (field == kNullType) return literal(null_value(field), where);
  const ExprPtr shape = shape_of(value->type);
  const ExprPtr has = exact_call("nested_has", {value, shape, index}, kBool, where);
  const ExprPtr got = exact_call("nested_get", {sample(field), value, shape, index}, field, where);
  return exact_call("if_else", {has, got, literal(null_value(field))}, field, where);
}

namespace {

// Untyped NULLs alone stay such.
Result<Arguments> to_one_type(Arguments values, TextPosition where) {
  Arguments different;  // the same literal again says nothing new
  for (const ExprPtr& value : values)
    if (different.empty() || !same(*different[0], *value) || !std::holds_alternative<Literal>(value->node))
      different.push_back(value);
  const std::optional<Type> type = common_type(different);
  if (!type)
    return type_error(where, fmt::format("the elements of a list have types {}", different_types_text(values)),
                      "cast one of them: CAST(x AS type)");
  if (*type == kNullType) return values;
  for (ExprPtr& value : values) {
    TRY(same_type, cast_expr(value, *type, where));
    value = same_type;
  }
  return values;
}

// A long list is made of its halves: as a chain of appended elements it would be deeper than expressions may be.
ExprPtr list_of_elements(Type type, std::span<const ExprPtr> elements, TextPosition where) {
  constexpr size_t kAppendedMax = 100;
  if (std::ranges::all_of(elements, [](const ExprPtr& one) { return std::holds_alternative<Literal>(one->node); })) {
    std::vector<Value> values;
    for (const ExprPtr& element : elements) values.push_back(std::get<Literal>(element->node).value);
    return literal(Value{type, nested_bytes(type, values)}, where);
  }
  if (elements.size() <= kAppendedMax) return nested_of(type, Arguments(elements.begin(), elements.end()), where);
  const size_t half = elements.size() / 2;
  const ExprPtr front = list_of_elements(type, elements.first(half), where);
  return exact_call("list_concat", {front, list_of_elements(type, elements.subspan(half), where)}, type, where);
}

Result<ExprPtr> list_value(std::string_view, Arguments values, TextPosition where) {
  if (values.empty()) return literal(Value{list_of(kNullType), nested_bytes(list_of(kNullType), {})}, where);
  TRY(elements, to_one_type(std::move(values), where));
  return list_of_elements(list_of(elements[0]->type), elements, where);
}

// Names and values by turns.
Result<ExprPtr> struct_pack(std::string_view, Arguments parts, TextPosition where) {
  std::vector<NestedField> fields;
  Arguments values;
  for (size_t i = 0; i + 1 < parts.size(); i += 2) {
    const auto* name = std::get_if<Literal>(&parts[i]->node);
    const auto* text = name != nullptr ? std::get_if<std::string>(&name->value.data) : nullptr;
    if (text == nullptr || parts.size() % 2 != 0)
      return type_error(where, "struct_pack expects names", "write {'a': 1} or struct_pack(a := 1)");
    if (text->empty())
      return type_error(where, "a struct's field needs a name", "write {'a': 1} or struct_pack(a := 1)");
    values.push_back(parts[i + 1]);
    for (const NestedField& field : fields)
      if (field.name == *text) return type_error(where, fmt::format("a struct has the field '{}' twice", *text));
    fields.push_back({*text, values.back()->type});
  }
  if (fields.empty()) return type_error(where, "a struct needs a field", "write {'a': 1}");
  return nested_of(struct_of(std::move(fields)), values, where);
}

Result<ExprPtr> row(std::string_view, Arguments values, TextPosition where) {
  std::vector<NestedField> fields;
  for (size_t i = 0; i < values.size(); ++i) fields.push_back({fmt::format("v{}", i + 1), values[i]->type});
  return nested_of(struct_of(std::move(fields)), values, where);
}

}  // namespace

Error expected_nested(std::string_view name, std::string_view what, Type found, TextPosition where) {
  return type_error(where, fmt::format("{} expects {}, found {}", name, what, to_text(found)));
}

namespace {

Result<ExprPtr> struct_extract(std::string_view name, Arguments arguments, TextPosition where) {
  const Type type = arguments[0]->type;
  const auto* key = std::get_if<Literal>(&arguments[1]->node);
  if (type.id == TypeId::kMap) return resolve_call("map_extract_value", std::move(arguments), where);
  if (type.id != TypeId::kStruct) return expected_nested(name, "a struct", type, where);
  if (key != nullptr && key->value.type == kInt32)
    return resolve_call("struct_extract_at", std::move(arguments), where);
  const auto fields = fields_of(type);
  std::vector<std::string_view> known;
  for (const NestedField& field : fields) known.push_back(field.name);
  const auto* text = key != nullptr ? std::get_if<std::string>(&key->value.data) : nullptr;
  if (text == nullptr) return type_error(where, "the name of a struct's field must be a literal");
  for (size_t i = 0; i < fields.size(); ++i)
    if (equal_words(fields[i].name, *text))
      return field_or_null(arguments[0], fields[i].type, int64_literal(static_cast<int64_t>(i) + 1), where);
  return type_error(where, fmt::format("{} has no field '{}'", to_text(type), *text), did_you_mean(*text, known));
}

Result<ExprPtr> list_extract(std::string_view name, Arguments arguments, TextPosition where) {
  const ExprPtr value = arguments[0];
  if (value->type.id == TypeId::kMap) return resolve_call("map_extract_value", std::move(arguments), where);
  if (value->type.id == TypeId::kStruct) return struct_extract(name, std::move(arguments), where);
  if (value->type == kUtf8) {
    TRY(from, cast_expr(arguments[1], kInt64, where));
    return resolve_call("substring", {value, from, int64_literal(1)}, where);
  }
  if (value->type.id != TypeId::kList) return expected_nested(name, "a list, map or text", value->type, where);
  TRY(index, cast_expr(arguments[1], kInt64, where));
  return field_or_null(value, element_type(value->type), index, where);
}

}  // namespace

Result<ExprPtr> map_value_position(const ExprPtr& map, const ExprPtr& written_key, TextPosition where) {
  if (key_type(map->type) == kNullType) return literal(Value{kInt64, int64_t{0}}, where);
  TRY(key, cast_expr(written_key, key_type(map->type), where));
  return exact_call("map_value_position", {map, shape_of(map->type), as_field(key, where)}, kInt64, where);
}

namespace {

// text[first:last] in code points.
Result<ExprPtr> text_slice(const Arguments& arguments, TextPosition where) {
  TRY(size, resolve_call("length", {arguments[0]}, where));
  Arguments bounds{arguments[1], arguments[2]};
  for (ExprPtr& bound : bounds) {
    TRY(end, resolve_call("add", {size, int64_literal(1)}, where));
    TRY(behind, resolve_call("add", {bound, end}, where));
    TRY(negative, resolve_call("lt", {bound, int64_literal(0)}, where));
    TRY(from_front, resolve_call("if_else", {negative, behind, bound}, where));
    TRY(at_least, resolve_call("greatest", {from_front, int64_literal(&bound == &bounds[0] ? 1 : 0)}, where));
    TRY(at_most, resolve_call("least", {at_least, end}, where));
    bound = at_most;
  }
  TRY(count, resolve_call("subtract", {bounds[1], bounds[0]}, where));
  TRY(kept, resolve_call("add", {count, int64_literal(1)}, where));
  return resolve_call("substring", {arguments[0], bounds[0], kept}, where);
}

Result<ExprPtr> list_slice(std::string_view name, Arguments arguments, TextPosition where) {
  const ExprPtr value = arguments[0];
  const std::string* written_shape = literal_text(*arguments[1]);
  if (arguments.size() == 4 && written_shape != nullptr && value->type.id == TypeId::kList &&
      *written_shape == nested_shape(value->type))  // as plan texts say
    return generic_call(*find_function(name), std::move(arguments), where);
  for (size_t i = 1; i < arguments.size(); ++i) {
    TRY(number, cast_expr(arguments[i], kInt64, where));
    arguments[i] = number;
  }
  if (value->type == kUtf8) return text_slice(arguments, where);
  if (value->type.id != TypeId::kList) return expected_nested(name, "a list or text", value->type, where);
  const ExprPtr shape = shape_of(value->type);
  const auto* step = arguments.size() == 4 ? std::get_if<Literal>(&arguments[3]->node) : nullptr;
  if (step != nullptr && !step->value.is_null() && std::get<int64_t>(step->value.data) < 0) {  // from the end
    std::swap(arguments[1], arguments[2]);
    TRY(positive, resolve_call("negate", {arguments[3]}, where));
    const ExprPtr slice = exact_call("list_slice", {value, shape, arguments[1], arguments[2]}, value->type, where);
    const ExprPtr turned = exact_call("list_reverse", {slice, shape}, value->type, where);
    return exact_call("list_every", {turned, shape, positive}, value->type, where);
  }
  const ExprPtr slice = exact_call("list_slice", {value, shape, arguments[1], arguments[2]}, value->type, where);
  if (arguments.size() == 3) return slice;
  return exact_call("list_every", {slice, shape, arguments[3]}, value->type, where);
}

Result<ExprPtr> map_extract_value(std::string_view name, Arguments arguments, TextPosition where) {
  const ExprPtr value = arguments[0];
  if (value->type.id != TypeId::kMap) return expected_nested(name, "a map", value->type, where);
  TRY(position, map_value_position(value, arguments[1], where));
  return field_or_null(value, mapped_type(value->type), position, where);
}

Result<ExprPtr> map(std::string_view name, Arguments arguments, TextPosition where) {
  for (const ExprPtr& argument : arguments)
    if (argument->type.id != TypeId::kList) return expected_nested(name, "two lists", argument->type, where);
  const Type type = map_of(element_type(arguments[0]->type), element_type(arguments[1]->type));
  return exact_call("map_of_lists",
                    {arguments[0], arguments[1], shape_of(arguments[0]->type), shape_of(arguments[1]->type)}, type,
                    where);
}

Result<ExprPtr> count(std::string_view name, Arguments arguments, TextPosition where) {
  const Type type = arguments[0]->type;
  if (type == kNullType) return literal(null_value(kInt64), where);
  if (!is_nested(type.id) && name != "cardinality")
    return generic_call(*find_function("length"), std::move(arguments), where);
  if (!is_nested(type.id)) return expected_nested(name, "a list or map", type, where);
  if (type.id == TypeId::kStruct) return expected_nested(name, "a list or map", type, where);
  return exact_call("nested_count", {arguments[0], shape_of(type)}, kInt64, where);
}

}  // namespace

// Both arguments of a function of a list and an element, in one type.
Result<Arguments> list_and_element(std::string_view name, Arguments arguments, TextPosition where) {
  if (arguments[0]->type == kNullType) arguments[0] = coerce(arguments[0], list_of(kNullType));
  if (arguments[0]->type.id != TypeId::kList) return expected_nested(name, "a list", arguments[0]->type, where);
  const Type element = element_type(arguments[0]->type);
  const std::optional<Type> both = common_type(*literal(null_value(element)), *arguments[1]);
  if (!both)
    return type_error(where,
                      fmt::format("{} of {} and {}", name, to_text(arguments[0]->type), to_text(arguments[1]->type)),
                      "cast the value: CAST(x AS type)");
  TRY(list, cast_expr(arguments[0], list_of(*both), where));
  TRY(value, cast_expr(arguments[1], *both, where));
  return Arguments{list, typed(value)};
}

namespace {

Result<ExprPtr> list_contains(std::string_view name, Arguments arguments, TextPosition where) {
  if (arguments[0]->type == kNullType) return literal(null_value(kBool), where);
  TRY(both, list_and_element(name, std::move(arguments), where));
  const ExprPtr contains =
      exact_call("list_contains_field", {both[0], shape_of(both[0]->type), as_field(both[1], where)}, kBool, where);
  const auto* list = std::get_if<Literal>(&both[0]->node);
  const bool known = list != nullptr && list->value != Value{both[0]->type, nested_bytes(both[0]->type, {})};
  if (!both[1]->nullable || known) return contains;
  TRY(count, resolve_call("cardinality", {both[0]}, where));  // an empty list contains nothing, not even a null
  TRY(any, resolve_call("ne", {count, literal(Value{count->type, int64_t{0}})}, where));
  return resolve_call("and", {any, contains}, where);
}

Result<ExprPtr> list_position(std::string_view name, Arguments arguments, TextPosition where) {
  if (arguments[0]->type == kNullType) return literal(null_value(kInt32), where);
  TRY(both, list_and_element(name, std::move(arguments), where));
  const ExprPtr one = appended(literal(Value{kBinary, std::string()}), both[1], where);  // a null is looked for too
  const ExprPtr position = exact_call("list_position_field", {both[0], shape_of(both[0]->type), one}, kInt32, where);
  return resolve_call("nullif", {position, literal(Value{kInt32, int32_t{0}})}, where);
}

// To be put together: of one type.
Result<Arguments> to_lists(Arguments arguments, TextPosition where) {
  TRY(lists, to_one_type(std::move(arguments), where));
  if (lists[0]->type.id != TypeId::kList) return expected_nested("list_concat", "lists", lists[0]->type, where);
  return lists;
}

// A null counts as empty, unlike beside ||.
Result<ExprPtr> list_concat(std::string_view, Arguments arguments, TextPosition where) {
  if (std::ranges::all_of(arguments, [](const ExprPtr& one) { return one->type == kNullType; })) return arguments[0];
  TRY(lists, to_lists(std::move(arguments), where));
  const Type type = lists[0]->type;
  const ExprPtr empty = literal(Value{type, nested_bytes(type, {})});
  ExprPtr result = exact_call("coalesce", {lists[0], empty}, type, where);
  for (size_t i = 1; i < lists.size(); ++i)
    result = exact_call("list_concat", {result, exact_call("coalesce", {lists[i], empty}, type, where)}, type, where);
  return result;
}

Result<ExprPtr> list_append(std::string_view name, Arguments arguments, TextPosition where) {
  if (name == "list_prepend") std::swap(arguments[0], arguments[1]);
  TRY(both, list_and_element(name, std::move(arguments), where));
  const ExprPtr one = nested_of(both[0]->type, {both[1]}, where);
  if (name == "list_prepend") return list_concat(name, {one, both[0]}, where);
  return list_concat(name, {both[0], one}, where);
}

// Plans write the shape of the first argument's type behind it.
bool has_shape(const Arguments& arguments) {
  const std::string* shape = literal_text(*arguments[1]);
  return shape != nullptr && *shape == nested_shape(arguments[0]->type);
}

Result<ExprPtr> reordered(std::string_view name, Arguments arguments, TextPosition where) {
  const Type type = arguments[0]->type;
  if (type.id != TypeId::kList) return expected_nested(name, "a list", type, where);
  if (arguments.size() > 1 && !has_shape(arguments))
    return type_error(where, fmt::format("{} takes 1 argument, found 2", name), fmt::format("write {}(list)", name));
  return exact_call(name, {arguments[0], shape_of(type)}, type, where);
}

// Whether the argument is the second of two literal words, in any case.
Result<bool> chooses_second(std::string_view name, const ExprPtr& argument, std::string_view first,
                            std::string_view second, TextPosition where) {
  const std::string* text = literal_text(*argument);
  std::string word = text == nullptr ? "" : *text;
  std::transform(word.begin(), word.end(), word.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  if (word == first || word == second) return word == second;
  return type_error(where, fmt::format("{} expects '{}' or '{}', found {}", name, first, second, to_text(*argument)));
}

// list_sort(list [, 'ASC' | 'DESC' [, 'NULLS LAST' | 'NULLS FIRST']]), list_reverse_sort(list [, nulls]). Nulls come first where the
// opposite order is read from its end.
Result<ExprPtr> list_sorted(std::string_view name, Arguments arguments, TextPosition where) {
  const Type type = arguments[0]->type;
  if (type.id != TypeId::kList) return expected_nested(name, "a list", type, where);
  const bool reverse = name == "list_reverse_sort";
  bool descending = reverse, nulls_first = false;
  if (arguments.size() > 1 && !(arguments.size() == 2 && has_shape(arguments))) {
    if (!reverse) {
      TRY(down, chooses_second(name, arguments[1], "ASC", "DESC", where));
      descending = down;
    }
    if (reverse || arguments.size() > 2) {
      TRY(first, chooses_second(name, arguments.back(), "NULLS LAST", "NULLS FIRST", where));
      nulls_first = first;
    }
  }
  const std::string_view kernel = descending != nulls_first ? "list_reverse_sort" : "list_sort";
  const ExprPtr sorted = exact_call(kernel, {arguments[0], shape_of(type)}, type, where);
  return nulls_first ? exact_call("list_reverse", {sorted, shape_of(type)}, type, where) : sorted;
}

Result<ExprPtr> list_unique(std::string_view, Arguments arguments, TextPosition where) {
  TRY(distinct, reordered("list_distinct", std::move(arguments), where));
  return count("list_unique", {distinct}, where);
}

Result<ExprPtr> flatten(std::string_view name, Arguments arguments, TextPosition where) {
  if (arguments[0]->type == list_of(kNullType)) arguments[0] = coerce(arguments[0], list_of(list_of(kNullType)));
  const Type type = arguments[0]->type;
  if (type.id != TypeId::kList || element_type(type).id != TypeId::kList)
    return expected_nested(name, "a list of lists", type, where);
  return exact_call("flatten", std::move(arguments), element_type(type), where);
}

Result<ExprPtr> range(std::string_view name, Arguments arguments, TextPosition where) {
  if (arguments.size() == 3 && arguments[2]->type == kInterval) {
    const bool zoned = arguments[0]->type == kTimestampTz || arguments[1]->type == kTimestampTz;
    const Type type = zoned ? kTimestampTz : kTimestamp;
    TRY(first, cast_expr(arguments[0], type, where));
    TRY(end, cast_expr(arguments[1], type, where));
    return exact_call(name == "range" ? "list_range_moments" : "list_series_moments", {first, end, arguments[2]},
                      list_of(type), where);
  }
  if (arguments.size() == 1) arguments.insert(arguments.begin(), int64_literal(0));
  if (arguments.size() == 2) arguments.push_back(int64_literal(1));
  for (ExprPtr& argument : arguments) {
    TRY(number, cast_expr(argument, kInt64, where));
    argument = number;
  }
  return exact_call(name == "range" ? "list_range" : "list_series", std::move(arguments), list_of(kInt64), where);
}

Result<ExprPtr> string_split(std::string_view, Arguments arguments, TextPosition where) {
  for (ExprPtr& argument : arguments) {
    TRY(text, cast_expr(argument, kUtf8, where));
    argument = text;
  }
  return exact_call("string_split", std::move(arguments), list_of(kUtf8), where);
}

Result<ExprPtr> array_to_string(std::string_view name, Arguments arguments, TextPosition where) {
  if (arguments[0]->type.id != TypeId::kList) return expected_nested(name, "a list", arguments[0]->type, where);
  TRY(texts, cast_expr(arguments[0], list_of(kUtf8), where));
  TRY(separator, cast_expr(arguments[1], kUtf8, where));
  return exact_call("array_to_string", {texts, separator}, kUtf8, where);
}

Result<ExprPtr> map_parts(std::string_view name, Arguments arguments, TextPosition where) {
  const Type type = arguments[0]->type;
  if (type.id != TypeId::kMap) return expected_nested(name, "a map", type, where);
  if (arguments.size() > 1 && !has_shape(arguments))
    return type_error(where, fmt::format("{} takes 1 argument, found 2", name), fmt::format("write {}(map)", name));
  const Type element = name == "map_keys" ? key_type(type) : mapped_type(type);
  return exact_call(name, {arguments[0], shape_of(type)}, list_of(element), where);
}

// As plans have it: the text names the type that the bytes become.
Result<ExprPtr> nested_close(std::string_view name, Arguments arguments, TextPosition where) {
  const std::string* text = literal_text(*arguments[1]);
  if (text == nullptr || arguments[0]->type != kBinary)
    return type_error(where, fmt::format("{} expects binary and the name of a type", name));
  TRY(type, parse_type(*text));
  return exact_call(name, std::move(arguments), type, where);
}

Result<ExprPtr> map_of_lists(std::string_view name, Arguments arguments, TextPosition where) {
  const Type keys = arguments[0]->type, values = arguments[1]->type;
  if (keys.id != TypeId::kList || values.id != TypeId::kList) return expected_nested(name, "two lists", keys, where);
  return exact_call(name, std::move(arguments), map_of(element_type(keys), element_type(values)), where);
}

constexpr CallRule kRules[] = {
    {"list_value", 0, limits::kExpressionNodesMax, list_value},
    {"struct_pack", 2, kManyArguments, struct_pack},
    {"row", 1, kManyArguments, row},
    {"map", 2, 2, map},
    {"struct_extract", 2, 2, struct_extract},
    {"list_extract", 2, 2, list_extract},
    {"list_slice", 3, 4, list_slice},
    {"map_extract_value", 2, 2, map_extract_value},
    {"length", 1, 1, count},
    {"cardinality", 1, 1, count},
    {"list_contains", 2, 2, list_contains},
    {"list_position", 2, 2, list_position},
    {"list_concat", 1, kManyArguments, list_concat},
    {"list_append", 2, 2, list_append},
    {"list_prepend", 2, 2, list_append},
    {"list_reverse", 1, 2, reordered},
    {"list_sort", 1, 3, list_sorted},
    {"list_reverse_sort", 1, 2, list_sorted},
    {"list_distinct", 1, 2, reordered},
    {"list_unique", 1, 1, list_unique},
    {"flatten", 1, 1, flatten},
    {"range", 1, 3, range},
    {"generate_series", 1, 3, range},
    {"string_split", 2, 2, string_split},
    {"array_to_string", 2, 2, array_to_string},
    {"map_keys", 1, 2, map_parts},
    {"map_values", 1, 2, map_parts},
    {"nested_close", 2, 2, nested_close},
    {"map_of_lists", 4, 4, map_of_lists},
};

}  // namespace

std::span<const CallRule> nested_rules() { return kRules; }

Result<ExprPtr> concat_lists(Arguments two, TextPosition where) {
  TRY(lists, to_lists(std::move(two), where));
  return exact_call("list_concat", {lists[0], lists[1]}, lists[0]->type, where);
}

}  // namespace headrace
