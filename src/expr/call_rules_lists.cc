// Aggregates of lists, sets, orders; structs with more fields; entries of maps: calls of the kernels in kernel/list/lists.def.
#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "expr/call_rules.h"
#include "expr/coerce.h"
#include "expr/lexer.h"
#include "expr/typing.h"
#include "types/nested_type.h"
#include "types/nested_value.h"

namespace headrace {

namespace {

ExprPtr int32_literal(int32_t value) { return literal(Value{kInt32, value}); }
ExprPtr empty_list(Type type) { return literal(Value{type, nested_bytes(type, {})}); }

bool is_null_literal(const ExprPtr& expr) {
  const auto* node = std::get_if<Literal>(&expr->node);
  return node != nullptr && node->value.is_null();
}

Status expect_list(std::string_view name, const ExprPtr& value, TextPosition where) {
  return value->type.id == TypeId::kList ? Status(kDone) : expected_nested(name, "a list", value->type, where);
}

// The only field of the bytes of a struct.
ExprPtr only_field(const ExprPtr& bytes, Type type, TextPosition where) {
  const ExprPtr shape = shape_of(struct_of({{"field", type}}));
  const ExprPtr has = exact_call("nested_has", {bytes, shape, int64_literal(1)}, kBool, where);
  const ExprPtr got = exact_call("nested_get", {sample(type), bytes, shape, int64_literal(1)}, type, where);
  return exact_call("if_else", {has, got, literal(null_value(type))}, type, where);
}

Result<ExprPtr> aggregated(const std::string& aggregate, Arguments arguments, TextPosition where) {
  TRY_STATUS(expect_list("list_aggregate", arguments[0], where));
  const Type element = element_type(arguments[0]->type);
  // As the aggregate would be typed over a column of the elements.
  std::vector<ExprPtr> written = {column_name("", "element", where)};
  written.insert(written.end(), arguments.begin() + 1, arguments.end());
  TRY(resolved, resolve_aggregate({std::string(canonical_name(aggregate)), written}, where,
                                  {ScopeColumn{"", {"element", element, true}}}));
  if (!resolved.order.empty() || resolved.filter != nullptr || resolved.arguments.size() > 2)
    return type_error(where, fmt::format("list_aggregate does not take {}", aggregate),
                      "unnest the list, and aggregate it with GROUP BY");
  const Type taken = resolved.arguments[0]->type;
  if (element == kNullType && resolved.overload->result_by_layout && resolved.type == taken)
    return literal(null_value(kNullType), where);  // min, first …: one of the elements
  TRY(list, cast_expr(arguments[0], list_of(taken), where));
  Arguments parts = {list, text_literal(std::string(resolved.overload->symbol)),
                     int32_literal(is_decimal(taken) ? taken.scale : 0)};
  if (resolved.arguments.size() == 2) {
    const Type second = resolved.arguments[1]->type;
    if (second != kFloat64 && second != kUtf8)
      return type_error(where, fmt::format("list_aggregate does not take {}", aggregate));
    parts.push_back(resolved.arguments[1]);
  }
  return only_field(exact_call("list_aggregate_field", parts, kBinary, where), resolved.type, where);
}

Result<ExprPtr> list_aggregate(std::string_view, Arguments arguments, TextPosition where) {
  const std::string* name = literal_text(*arguments[1]);
  if (name == nullptr) return type_error(where, "list_aggregate expects the aggregate's name as a literal text");
  std::string aggregate = *name;
  std::transform(aggregate.begin(), aggregate.end(), aggregate.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  arguments.erase(arguments.begin() + 1);
  return aggregated(aggregate, std::move(arguments), where);
}

// Lists of one type.
Result<Arguments> same_lists(std::string_view name, Arguments lists, TextPosition where) {
  Type element = kNullType;
  for (const ExprPtr& list : lists) {
    if (is_null_literal(list) && list->type.id != TypeId::kList) continue;
    TRY_STATUS(expect_list(name, list, where));
    const Type one = element_type(list->type);
    const std::optional<Type> both =
        element == kNullType ? one : common_type(*literal(null_value(element)), *literal(null_value(one)));
    if (!both)
      return type_error(where,
                        fmt::format("{} expects lists of one type, found elements of {} and {}", name, to_text(element),
                                    to_text(one)),
                        "cast one of them: CAST(x AS type[])");
    element = *both;
  }
  const Type type = list_of(element);
  for (ExprPtr& list : lists) {
    TRY(same_type, cast_expr(list, type, where));
    list = same_type;
  }
  return lists;
}

// list_has_any, list_has_all, list_intersect.
Result<ExprPtr> sets(std::string_view name, Arguments arguments, TextPosition where) {
  TRY(lists, same_lists(name, std::move(arguments), where));
  const Type type = lists[0]->type;
  lists.push_back(shape_of(type));
  return exact_call(name, lists, name == "list_intersect" ? type : kBool, where);
}

Result<ExprPtr> list_resize(std::string_view name, Arguments arguments, TextPosition where) {
  TRY_STATUS(expect_list(name, arguments[0], where));
  const Type type = arguments[0]->type;
  TRY(count, cast_expr(arguments[1], kInt64, where));
  TRY(known_count, resolve_call("coalesce", {count, int64_literal(0)}, where));
  ExprPtr filler = literal(Value{kBinary, std::string(1, kNestedNull)});
  if (arguments.size() == 3 && !is_null_literal(arguments[2])) {
    TRY(value, cast_expr(arguments[2], element_type(type), where));
    TRY(field, resolve_call("coalesce", {as_field(typed(value), where), filler}, where));
    filler = field;
  }
  return exact_call(name, {arguments[0], shape_of(type), known_count, filler}, type, where);
}

Result<ExprPtr> list_zip(std::string_view name, Arguments arguments, TextPosition where) {
  ExprPtr shortest = literal(Value{kBool, false});
  if (arguments.back()->type == kBool) {
    shortest = arguments.back();
    arguments.pop_back();
  }
  std::vector<NestedField> outside, inside;
  for (ExprPtr& list : arguments) {
    if (is_null_literal(list) && list->type.id != TypeId::kList) list = literal(null_value(list_of(kNullType)));
    TRY_STATUS(expect_list(name, list, where));
    const std::string field = fmt::format("v{}", outside.size() + 1);
    outside.push_back({field, list->type});
    inside.push_back({field, element_type(list->type)});
  }
  if (arguments.empty()) return type_error(where, "list_zip expects lists");
  const Type element = struct_of(std::move(inside));
  const ExprPtr lists = nested_of(struct_of(std::move(outside)), arguments, where);
  return exact_call("list_zip_fields", {lists, shape_of(element), shortest}, list_of(element), where);
}

// list_where, list_select: by a list of bool or of numbers.
Result<ExprPtr> chosen(std::string_view name, Arguments arguments, TextPosition where) {
  TRY_STATUS(expect_list(name, arguments[0], where));
  TRY(choice, cast_expr(arguments[1], list_of(name == "list_where" ? kBool : kInt64), where));
  const Type type = arguments[0]->type;
  return exact_call(name, {arguments[0], shape_of(type), choice}, type, where);
}

// 'ASC', 'DESC NULLS FIRST', 'NULLS LAST' … in any case. False: something else.
bool read_order(std::string text, bool& descending, bool& nulls_first) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::toupper(c); });
  if (text == "ASC" || text == "DESC")
    descending = text == "DESC";
  else if (text == "NULLS FIRST" || text == "NULLS LAST")
    nulls_first = text == "NULLS FIRST";
  else
    return false;
  return true;
}

// The elements' numbers in an order, with a place for nulls.
Result<ExprPtr> grade_up(std::string_view name, Arguments arguments, TextPosition where) {
  TRY_STATUS(expect_list(name, arguments[0], where));
  bool descending = false, nulls_first = false;
  for (size_t i = 1; i < arguments.size(); ++i) {
    const std::string* text = literal_text(*arguments[i]);
    if (text == nullptr || !read_order(*text, descending, nulls_first))
      return type_error(where, fmt::format("{} expects the order as a literal text", name),
                        "write 'ASC' or 'DESC', then 'NULLS FIRST' or 'NULLS LAST'");
  }
  const ExprPtr way = int32_literal((descending ? 1 : 0) | (nulls_first ? 2 : 0));
  return exact_call("list_order", {arguments[0], shape_of(arguments[0]->type), way}, list_of(kInt64), where);
}

Result<ExprPtr> push_front(std::string_view, Arguments arguments, TextPosition where) {
  return resolve_call("list_prepend", {arguments[1], arguments[0]}, where);
}

Result<ExprPtr> pop(std::string_view name, Arguments arguments, TextPosition where) {
  const bool back = name == "array_pop_back";
  return resolve_call("list_slice", {arguments[0], int64_literal(back ? 1 : 2), int64_literal(back ? -2 : -1)}, where);
}

// Products of lists of numbers.
Result<ExprPtr> product(std::string_view name, Arguments arguments, TextPosition where) {
  for (ExprPtr& argument : arguments) {
    TRY_STATUS(expect_list(name, argument, where));
    TRY(numbers, cast_expr(argument, list_of(kFloat64), where));
    argument = numbers;
  }
  const bool distance = name == "list_cosine_distance", negative = name == "list_negative_dot_product";
  const std::string_view kernel = distance ? "list_cosine_similarity" : negative ? "list_dot_product" : name;
  const ExprPtr result = exact_call(kernel, std::move(arguments), kFloat64, where);
  if (distance) return resolve_call("subtract", {literal(Value{kFloat64, 1.0}), result}, where);
  if (negative) return resolve_call("negate", {result}, where);
  return result;
}

// --- regular expressions

Result<ExprPtr> regexp_parts(std::string_view name, Arguments arguments, TextPosition where) {
  const bool extracts = name == "regexp_extract_all";
  const size_t options_at = extracts ? 3 : 2;
  if (extracts && arguments.size() == 2) arguments.push_back(int32_literal(0));
  if (arguments.size() == options_at) arguments.push_back(text_literal(""));
  for (size_t i = 0; i < arguments.size(); ++i) {
    TRY(part, cast_expr(arguments[i], extracts && i == 2 ? kInt32 : kUtf8, where));
    arguments[i] = part;
  }
  // The pattern is checked as that of regexp_matches.
  TRY(checked, resolve_call("regexp_matches", {arguments[0], arguments[1], arguments[options_at]}, where));
  (void)checked;
  return exact_call(name, std::move(arguments), list_of(kUtf8), where);
}

// --- structs

// The fields of a struct, as names and values.
Status take_fields(std::string_view name, const ExprPtr& value, std::vector<NestedField>& fields, Arguments& values,
                   TextPosition where) {
  if (value->type.id != TypeId::kStruct) return expected_nested(name, "a struct", value->type, where);
  for (const NestedField& field : fields_of(value->type)) {
    values.push_back(field_or_null(value, field.type, int64_literal(static_cast<int64_t>(values.size()) + 1), where));
    fields.push_back(field);
  }
  return kDone;
}

// Puts a field behind the others; one of that name is replaced where that is allowed.
Status put_field(std::string_view name, NestedField field, const ExprPtr& value, std::vector<NestedField>& fields,
                 Arguments& values, TextPosition where) {
  for (size_t i = 0; i < fields.size(); ++i) {
    if (!equal_words(fields[i].name, field.name)) continue;
    if (name != "struct_update")
      return type_error(where, fmt::format("{}: the struct has a field '{}' already", name, field.name),
                        "struct_update replaces fields");
    fields[i].type = field.type;
    values[i] = value;
    return kDone;
  }
  fields.push_back(std::move(field));
  values.push_back(value);
  return kDone;
}

// struct_insert, struct_update: the struct, then names and values by turns.
Result<ExprPtr> with_fields(std::string_view name, Arguments arguments, TextPosition where) {
  std::vector<NestedField> fields;
  Arguments values;
  TRY_STATUS(take_fields(name, arguments[0], fields, values, where));
  for (size_t i = 1; i < arguments.size(); i += 2) {
    const std::string* field = i + 1 < arguments.size() ? literal_text(*arguments[i]) : nullptr;
    if (field == nullptr)
      return type_error(where, fmt::format("{} expects names", name), fmt::format("write {}(s, a := 1)", name));
    const ExprPtr& value = arguments[i + 1];
    TRY_STATUS(put_field(name, {*field, value->type}, value, fields, values, where));
  }
  return nested_of(struct_of(std::move(fields)), values, where);
}

Result<ExprPtr> struct_concat(std::string_view name, Arguments arguments, TextPosition where) {
  std::vector<NestedField> fields;
  Arguments values;
  for (const ExprPtr& argument : arguments) {
    std::vector<NestedField> more;
    Arguments more_values;
    TRY_STATUS(take_fields(name, argument, more, more_values, where));
    for (size_t i = 0; i < more.size(); ++i)
      TRY_STATUS(put_field(name, more[i], more_values[i], fields, values, where));
  }
  return nested_of(struct_of(std::move(fields)), values, where);
}

// Null where the struct or map is.
Result<ExprPtr> null_where_null(const ExprPtr& value, const ExprPtr& result, TextPosition where) {
  if (!value->nullable) return result;
  TRY(there, resolve_call("is_not_null", {value}, where));
  return resolve_if_else(there, result, literal(null_value(kNullType)), where);
}

Result<ExprPtr> struct_parts(std::string_view name, Arguments arguments, TextPosition where) {
  std::vector<NestedField> fields;
  Arguments values;
  TRY_STATUS(take_fields(name, arguments[0], fields, values, where));
  if (name == "struct_keys") {
    std::vector<Value> names;
    for (const NestedField& field : fields) names.push_back(Value{kUtf8, field.name});
    return null_where_null(arguments[0], literal(Value{list_of(kUtf8), nested_bytes(list_of(kUtf8), names)}), where);
  }
  TRY(row, resolve_call("row", values, where));
  return null_where_null(arguments[0], row, where);
}

Result<ExprPtr> struct_extract_at(std::string_view name, Arguments arguments, TextPosition where) {
  if (arguments[0]->type.id != TypeId::kStruct) return expected_nested(name, "a struct", arguments[0]->type, where);
  const auto fields = fields_of(arguments[0]->type);
  const auto* number = std::get_if<Literal>(&arguments[1]->node);
  const auto* index = number != nullptr ? std::get_if<int32_t>(&number->value.data) : nullptr;
  if (index == nullptr || *index < 1 || static_cast<size_t>(*index) > fields.size())
    return type_error(where, fmt::format("struct_extract_at expects a literal number from 1 to {}", fields.size()));
  return field_or_null(arguments[0], fields[static_cast<size_t>(*index) - 1].type, int64_literal(*index), where);
}

// --- maps

Status expect_map(std::string_view name, const ExprPtr& value, TextPosition where) {
  return value->type.id == TypeId::kMap ? Status(kDone) : expected_nested(name, "a map", value->type, where);
}

Type entry_type(Type map) { return struct_of({{"key", key_type(map)}, {"value", mapped_type(map)}}); }

Result<ExprPtr> map_entries(std::string_view name, Arguments arguments, TextPosition where) {
  TRY_STATUS(expect_map(name, arguments[0], where));
  const Type type = arguments[0]->type;
  return exact_call(name, {arguments[0], shape_of(type)}, list_of(entry_type(type)), where);
}

Result<ExprPtr> map_from_entries(std::string_view name, Arguments arguments, TextPosition where) {
  const Type untyped_entries = list_of(struct_of({{"key", kNullType}, {"value", kNullType}}));
  if (arguments[0]->type == list_of(kNullType)) arguments[0] = coerce(arguments[0], untyped_entries);
  const Type type = arguments[0]->type;
  const bool entries =
      type.id == TypeId::kList && element_type(type).id == TypeId::kStruct && fields_of(element_type(type)).size() == 2;
  if (!entries) return expected_nested(name, "a list of structs of two fields", type, where);
  const auto fields = fields_of(element_type(type));
  return exact_call(name, {arguments[0], shape_of(element_type(type))}, map_of(fields[0].type, fields[1].type), where);
}

// A map that is null has no entries.
Result<ExprPtr> map_concat(std::string_view name, Arguments arguments, TextPosition where) {
  std::erase_if(arguments, [](const ExprPtr& one) { return is_null_literal(one) && one->type.id != TypeId::kMap; });
  if (arguments.empty()) return type_error(where, "map_concat expects maps");
  const Type type = common_type(arguments).value_or(arguments[0]->type);
  ExprPtr result;
  for (const ExprPtr& argument : arguments) {
    TRY_STATUS(expect_map(name, argument, where));
    TRY(map, cast_expr(argument, type, where));
    const ExprPtr known = exact_call("coalesce", {map, empty_list(type)}, type, where);
    result = result == nullptr ? known : exact_call("map_concat_entries", {result, known, shape_of(type)}, type, where);
  }
  return result;
}

Result<ExprPtr> map_contains(std::string_view name, Arguments arguments, TextPosition where) {
  TRY_STATUS(expect_map(name, arguments[0], where));
  TRY(position, map_value_position(arguments[0], arguments[1], where));
  return resolve_call("gt", {position, int64_literal(0)}, where);
}

Result<ExprPtr> map_extract(std::string_view name, Arguments arguments, TextPosition where) {
  TRY_STATUS(expect_map(name, arguments[0], where));
  const Type type = list_of(mapped_type(arguments[0]->type));
  TRY(position, map_value_position(arguments[0], arguments[1], where));
  TRY(there, resolve_call("gt", {position, int64_literal(0)}, where));
  const ExprPtr value = field_or_null(arguments[0], mapped_type(arguments[0]->type), position, where);
  const ExprPtr found = exact_call("if_else", {there, nested_of(type, {value}, where), empty_list(type)}, type, where);
  return null_where_null(arguments[0], found, where);
}

Result<ExprPtr> map_contains_value(std::string_view name, Arguments arguments, TextPosition where) {
  TRY_STATUS(expect_map(name, arguments[0], where));
  TRY(values, resolve_call("map_values", {arguments[0]}, where));
  return resolve_call("list_contains", {values, arguments[1]}, where);
}

Result<ExprPtr> map_contains_entry(std::string_view name, Arguments arguments, TextPosition where) {
  TRY_STATUS(expect_map(name, arguments[0], where));
  TRY(there, map_contains(name, {arguments[0], arguments[1]}, where));
  TRY(value, resolve_call("map_extract_value", {arguments[0], arguments[1]}, where));
  TRY(equal, resolve_call("eq", {value, arguments[2]}, where));
  return resolve_call("and", {there, equal}, where);
}

// --- the kernels as plan texts write them, where the arguments' types alone do not say the result's

Type type_of_list(std::string_view name, const Arguments& arguments) {
  const Type first = arguments[0]->type;
  if (name == "list_order" || name == "list_range" || name == "list_series") return list_of(kInt64);
  if (name == "list_range_moments" || name == "list_series_moments") return list_of(first);
  if (name == "map_entries" && first.id == TypeId::kMap) return list_of(entry_type(first));
  if (name == "list_zip_fields" && first.id == TypeId::kStruct) {
    std::vector<NestedField> fields;
    for (const NestedField& field : fields_of(first))
      fields.push_back({field.name, field.type.id == TypeId::kList ? element_type(field.type) : field.type});
    return list_of(struct_of(std::move(fields)));
  }
  if (name == "map_from_entries" && first.id == TypeId::kList && element_type(first).id == TypeId::kStruct &&
      fields_of(element_type(first)).size() == 2)
    return map_of(fields_of(element_type(first))[0].type, fields_of(element_type(first))[1].type);
  return kNullType;
}

// nested_cast, text_to_nested: the last argument names the type.
Type type_of_text(const Arguments& arguments) {
  const std::string* text = literal_text(*arguments.back());
  const Result<Type> named = text != nullptr ? parse_type(*text) : Error{};
  return named.ok() ? named.value() : kNullType;
}

Result<ExprPtr> kernel_form(std::string_view name, Arguments arguments, TextPosition where) {
  const bool named = name == "nested_cast" || name == "text_to_nested";
  TRY(made, generic_call(*find_function(name), std::move(arguments), where));
  const Arguments& given = std::get<Call>(made->node).arguments;
  const Type type = named ? type_of_text(given) : type_of_list(name, given);
  if (type == kNullType || layout_of(type.id) != layout_of(made->type.id)) return made;
  return exact_call(name, given, type, where);
}

constexpr CallRule kRules[] = {
    {"list_order", 3, 3, kernel_form},
    {"list_range", 3, 3, kernel_form},
    {"list_series", 3, 3, kernel_form},
    {"list_range_moments", 3, 3, kernel_form},
    {"list_series_moments", 3, 3, kernel_form},
    {"map_entries", 2, 2, kernel_form},
    {"map_from_entries", 2, 2, kernel_form},
    {"list_zip_fields", 3, 3, kernel_form},
    {"nested_cast", 3, 3, kernel_form},
    {"text_to_nested", 2, 2, kernel_form},
    {"list_aggregate", 2, kManyArguments, list_aggregate},
    {"list_has_any", 2, 2, sets},
    {"list_has_all", 2, 2, sets},
    {"list_intersect", 2, 2, sets},
    {"list_resize", 2, 3, list_resize},
    {"list_zip", 1, kManyArguments, list_zip},
    {"list_where", 2, 2, chosen},
    {"list_select", 2, 2, chosen},
    {"list_grade_up", 1, 3, grade_up},
    {"array_push_front", 2, 2, push_front},
    {"array_pop_back", 1, 1, pop},
    {"array_pop_front", 1, 1, pop},
    {"list_dot_product", 2, 2, product},
    {"list_negative_dot_product", 2, 2, product},
    {"list_distance", 2, 2, product},
    {"list_cosine_similarity", 2, 2, product},
    {"list_cosine_distance", 2, 2, product},
    {"regexp_extract_all", 2, 4, regexp_parts},
    {"regexp_split_to_array", 2, 3, regexp_parts},
    {"struct_insert", 1, kManyArguments, with_fields},
    {"struct_update", 1, kManyArguments, with_fields},
    {"struct_concat", 1, kManyArguments, struct_concat},
    {"struct_keys", 1, 1, struct_parts},
    {"struct_values", 1, 1, struct_parts},
    {"struct_extract_at", 2, 2, struct_extract_at},
    {"map_entries", 1, 1, map_entries},
    {"map_from_entries", 1, 1, map_from_entries},
    {"map_concat", 1, kManyArguments, map_concat},
    {"map_contains", 2, 2, map_contains},
    {"map_contains_value", 2, 2, map_contains_value},
    {"map_contains_entry", 3, 3, map_contains_entry},
    {"map_extract", 2, 2, map_extract},
};

}  // namespace

std::span<const CallRule> list_rules() { return kRules; }

Result<ExprPtr> call_aggregate_of_list(std::string_view name, Arguments& arguments, TextPosition where) {
  for (const std::string_view prefix : {"list_", "array_"}) {
    if (!name.starts_with(prefix) || arguments.empty()) continue;
    const std::string aggregate(canonical_name(name.substr(prefix.size())));
    if (find_aggregate(aggregate) != nullptr) return aggregated(aggregate, arguments, where);
  }
  return ExprPtr(nullptr);
}

}  // namespace headrace
