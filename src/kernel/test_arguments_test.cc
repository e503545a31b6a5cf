#include "kernel/test_arguments.h"

#include <algorithm>
#include <functional>
#include <limits>

namespace headrace {
namespace {

using namespace std::string_view_literals;
using Random = std::mt19937_64;

// What one argument of a call about a value of `type` is in one row, as bytes of its own vector.
using DrawText = std::function<std::string(Type type, DrawnValues values, Random& random)>;
using DrawNumber = std::function<int64_t(DrawnValues values, Random& random)>;

struct DrawnArgument {
  DrawText text;  // of arguments that lie as texts
  DrawNumber number;  // of integers; neither: by the argument's own type
  bool is_constant = false;
};

}  // namespace

struct DrawnCall {
  std::string_view function;
  size_t arguments;
  const char* type;  // "", "[]": a list of what the argument by layout is; where that is a text, "[]" of lists
  std::vector<DrawnArgument> draws;
};

namespace {

std::string shape_of(Type type, DrawnValues, Random&) { return nested_shape(type); }
std::string first_shape_of(Type type, DrawnValues, Random&) { return nested_shape(fields_of(type)[0].type); }
std::string text_of(Type type, DrawnValues, Random& random) { return random() % 8 == 0 ? "no type" : to_text(type); }
// Without its end, as nested_append leaves it.
std::string open_value(Type type, DrawnValues values, Random& random) {
  std::string bytes = random_nested(type, values, random);
  if (type.id != TypeId::kStruct) bytes.pop_back();
  return bytes;
}
std::string key(Type type, DrawnValues values, Random& random) {
  return random_field(fields_of(type)[0].type, false, values, random);
}
std::string element(Type type, DrawnValues values, Random& random) {
  return random_field(fields_of(type)[0].type, true, values, random);
}
std::string printed(Type type, DrawnValues values, Random& random) {
  return random() % 8 == 0 ? random_text(random) : nested_to_text(type, random_nested(type, values, random));
}

const DrawnArgument kPlain{}, kValue{random_nested, {}}, kShape{shape_of, {}, true}, kType{text_of, {}, true},
    kOpen{open_value, {}}, kKey{key, {}}, kElement{element, {}}, kPrinted{printed, {}};

DrawnArgument value_of(const char* type) {
  return {[type = parse_type(type).value()](Type, DrawnValues values, Random& random) {
            return random_nested(type, values, random);
          },
          {}};
}
// One of those texts; a literal is the same in all rows.
DrawnArgument one_of(std::vector<std::string> texts, bool is_literal) {
  return {[texts = std::move(texts)](Type, DrawnValues, Random& random) { return texts[random() % texts.size()]; },
          {},
          is_literal};
}
DrawnArgument literal(std::string text) { return one_of({std::move(text)}, true); }
DrawnArgument literal_shape(const char* type) { return literal(nested_shape(parse_type(type).value())); }
DrawnArgument number(int64_t low, int64_t high, bool is_literal = false) {
  return {{},
          [low, high](DrawnValues, Random& random) {
            return low + static_cast<int64_t>(random() % static_cast<uint64_t>(high - low + 1));
          },
          is_literal};
}
// A number near the places of a list, at times one far from all.
const DrawnArgument kPlace{{}, [](DrawnValues values, Random& random) {
                             const bool is_far = values == DrawnValues::kAny && random() % 16 == 0;
                             using Limits = std::numeric_limits<int64_t>;
                             if (is_far) return random() % 2 == 0 ? Limits::max() : Limits::min();
                             return static_cast<int64_t>(random() % 19) - 9;
                           }};
std::string places(Type, DrawnValues, Random& random) {
  std::string bytes;
  for (uint64_t left = random() % 5; left > 0; --left)
    append_nested_field(kInt64, Value{kInt64, static_cast<int64_t>(random() % 9) - 1}, bytes);
  if (random() % 6 == 0) bytes += kNestedNull;
  return bytes + kNestedEnd;
}
const DrawnArgument kPlaces{places, {}};

std::string texts_of_enum() {
  std::vector<Value> texts;
  for (const std::string_view text :
       {"a"sv, "12"sv, "a zero byte \0 in it"sv, "longer than twelve bytes"sv, "abcabc"sv})
    texts.push_back({kUtf8, std::string(text)});
  return nested_bytes(list_of(kUtf8), texts);
}

constexpr const char* kLists[] = {"int32[]", "utf8[]", "float64[]", "struct(a int32, b utf8)[]", "int16[][]"};
constexpr const char* kMaps[] = {"map(utf8, int32)", "map(int8, utf8)", "map(utf8, int64[])"};
constexpr const char* kValues[] = {"utf8[]", "int16[][]", "struct(a int32, b utf8, c int64[])", "map(utf8, int32)"};

std::vector<DrawnCall> make_calls() {
  std::vector<DrawnCall> calls;
  const auto add = [&](std::string_view function, std::span<const char* const> types,
                       const std::vector<DrawnArgument>& draws) {
    for (const char* type : types) calls.push_back({function, draws.size(), type, draws});
  };
  const auto one = [&](std::string_view function, const char* type, const std::vector<DrawnArgument>& draws) {
    add(function, {&type, 1}, draws);
  };
  add("nested_count", kValues, {kValue, kShape});
  add("nested_has", kValues, {kValue, kShape, kPlace});
  for (const char* type : {"", "[]"}) one("nested_get", type, {kPlain, kValue, kShape, kPlace});
  one("nested_append", "", {kOpen, kPlain});
  add("nested_append_null", kValues, {kOpen});
  add("nested_join", kValues, {kOpen, kOpen});
  add("nested_close", kValues, {kOpen, kType});
  for (const char* function : {"list_contains_field", "list_position_field"})
    add(function, kLists, {kValue, kShape, kElement});
  add("list_concat", kLists, {kValue, kValue});
  add("list_slice", kLists, {kValue, kShape, kPlace, kPlace});
  add("list_every", kLists, {kValue, kShape, kPlace});
  for (const char* function : {"list_reverse", "list_sort", "list_reverse_sort", "list_distinct"})
    add(function, kLists, {kValue, kShape});
  for (const char* function : {"list_range", "list_series"}) one(function, "int64[]", {kPlace, kPlace, kPlace});
  one("string_split", "utf8[]", {kPlain, one_of({"", ",", "a", " "}, false)});
  one("array_to_string", "utf8[]", {kValue, one_of({"", ",", " and "}, false)});
  one("flatten", "utf8[][]", {kValue});
  for (const char* function : {"map_keys", "map_values", "map_entries"}) add(function, kMaps, {kValue, kShape});
  one("map_of_lists", "map(utf8, int32)",
      {value_of("utf8[]"), value_of("int32[]"), literal_shape("utf8[]"), literal_shape("int32[]")});
  add("map_value_position", kMaps, {kValue, kShape, kKey});
  one("enum_to_text", "utf8[]", {number(0, 4), literal(texts_of_enum())});
  one("text_to_enum", "utf8[]", {kPlain, literal(texts_of_enum())});
  add("nested_to_text", kValues, {kValue, kType});
  one("nested_cast", "int32[]", {kValue, literal("int32[]"), literal("utf8[]")});
  one("nested_cast", "int32[]", {kValue, literal("int32[]"), literal("int32[]")});
  one("nested_cast", "utf8[]", {kValue, literal("utf8[]"), literal("int32[]")});
  one("nested_cast", "struct(a int32, b utf8)",
      {kValue, literal("struct(a int32, b utf8)"), literal("struct(b date, c int64, a utf8)")});
  add("text_to_nested", kValues, {kPrinted, kType});

  one("list_aggregate_field", "decimal(38, 2)[]", {kValue, literal("sum_dec"), number(2, 2, true)});
  one("list_aggregate_field", "utf8[]", {kValue, one_of({"max_STR", "list_STR", "none"}, true), number(0, 0, true)});
  one("list_aggregate_field", "float64[]", {kValue, literal("quantile_cont_f64_f64"), number(0, 0, true), kPlain});
  one("list_aggregate_field", "utf8[]",
      {kValue, literal("string_agg_str_str"), number(0, 0, true), one_of({"", ",", " and "}, false)});
  for (const char* function : {"list_has_any", "list_has_all", "list_intersect"})
    add(function, kLists, {kValue, kValue, kShape});
  add("list_resize", kLists, {kValue, kShape, kPlace, kElement});
  one("list_zip_fields", "struct(a int32[], b utf8[])", {kValue, literal("4s"), kPlain});
  add("list_where", kLists, {kValue, kShape, value_of("bool[]")});
  add("list_select", kLists, {kValue, kShape, kPlaces});
  add("list_order", kLists, {kValue, kShape, number(0, 3, true)});
  one("map_from_entries", "struct(a utf8, b int32)[]", {kValue, {first_shape_of, {}, true}});
  add("map_concat_entries", kMaps, {kValue, kValue, kShape});
  for (const char* function : {"list_dot_product", "list_distance", "list_cosine_similarity"})
    one(function, "float64[]", {kValue, kValue});
  constexpr int64_t kMomentMax = 2'000'000'000'000'000;  // further apart are lists of millions
  for (const char* function : {"list_range_moments", "list_series_moments"})
    one(function, "timestamp[]", {number(-kMomentMax, kMomentMax), number(-kMomentMax, kMomentMax), kPlain});
  one("regexp_extract_all", "utf8[]",
      {kPlain, one_of({"a.", "(a)(b)?", "[0-9]+", "", "("}, true), number(0, 1, true), one_of({"", "i"}, true)});
  one("regexp_split_to_array", "utf8[]", {kPlain, one_of({"a.", "-", "", "("}, true), one_of({"", "i"}, true)});
  one("format_value", "utf8[]", {kPlain, one_of({"", ">30", "*^9", "d", ".2f", "#x"}, true)});
  return calls;
}

// The call of the round; nullptr: the kernel's arguments do not belong together.
const DrawnCall* call_of(const Overload& overload, uint64_t round) {
  static const std::vector<DrawnCall> calls = make_calls();
  std::vector<const DrawnCall*> ways;
  for (const DrawnCall& call : calls)
    if (call.function == overload.function->name && call.arguments == overload.arguments.size()) ways.push_back(&call);
  return ways.empty() ? nullptr : ways[round % ways.size()];
}

bool is_by_layout(const Overload& overload, size_t argument) {
  return (overload.layout_arguments >> argument & 1) != 0;
}

// Of a list that has elements of whatever type its kernel takes or gives.
Type list_for(const Overload& overload, bool of_lists) {
  const TypeId id = overload.arguments[overload.function->name == "nested_get" ? 0 : overload.arguments.size() - 1];
  return list_of(of_lists && id == TypeId::kUtf8 ? list_of(kInt16) : sample_type(id));
}

// Literals such as scales and patterns are the same in all rows, and such as typing would give.
bool is_literal(const Overload& overload, size_t argument) {
  const TypeId id = overload.arguments[argument];
  return overload.function->literals_shape_code && argument > 0 && !is_by_layout(overload, argument) &&
         (id == TypeId::kUtf8 || id == TypeId::kInt32);
}

TestColumn draw_literal(const Overload& overload, size_t argument, Random& random) {
  TestColumn column;
  column.data.resize(2);
  char* const at = reinterpret_cast<char*>(column.data.data());
  const size_t count = overload.arguments.size();
  if (overload.arguments[argument] == TypeId::kUtf8) {
    constexpr std::string_view kPatterns[] = {"%a_c%", "a", "%", "2013%", "[", "%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "x%"};
    store(at, StringRef(kPatterns[random() % std::size(kPatterns)]));
    return column;
  }
  if (const std::string_view name = overload.function->name; name == "round" || name.ends_with("_decimal")) {
    const int32_t drawn[] = {0, 2, 20}, digits[] = {0, 3, -2};
    store(at, argument == 1 && count > 2 ? drawn[random() % 3] : digits[random() % 3]);
    return column;
  }
  const int32_t scales[] = {0, 2, 20, 3};  // a scale; or from scale, to precision, to scale
  store(at, is_decimal(overload.result) && count - argument == 2 ? 20 : scales[argument == 2 ? 3 : 1]);
  return column;
}

// Each row by what `store_one` puts at its place.
template <class StoreOne>
TestColumn drawn_column(TypeId type, uint32_t rows, bool with_nulls, Random& random, StoreOne store_one) {
  TestColumn column;
  column.data.resize(size_t{rows} * width_bytes(type) / sizeof(std::max_align_t) + 1);
  for (uint32_t row = 0; row < rows; ++row) {
    store_one(reinterpret_cast<char*>(column.data.data()) + size_t{row} * width_bytes(type));
    if (with_nulls) column.validity.push_back(random() % 5 == 0 ? 0 : 1);
  }
  return column;
}

TestColumn draw_argument(const DrawnArgument& draw, Type type, TypeId id, uint32_t rows, DrawnValues values,
                         Random& random) {
  if (draw.is_constant) rows = 1;
  if (draw.number) {
    return drawn_column(id, rows, !draw.is_constant, random, [&](char* at) {
      const int64_t number = draw.number(values, random);
      std::memcpy(at, &number, width_bytes(id));
    });
  }
  const auto texts = std::make_shared<std::vector<std::string>>();
  texts->reserve(rows);
  TestColumn column = drawn_column(id, rows, !draw.is_constant, random, [&](char* at) {
    texts->push_back(draw.text(type, values, random));
    store(at, StringRef(std::string_view(texts->back())));
  });
  column.text = texts;
  return column;
}

}  // namespace

ArgumentMaker::ArgumentMaker(const Overload& overload, uint64_t round)
    : overload_(overload), call_(call_of(overload, round)), type_(kUtf8) {
  if (call_ != nullptr) {
    const std::string_view type = call_->type;
    type_ = type.empty() || type == "[]" ? list_for(overload, !type.empty()) : parse_type(type).value();
  } else if (round % 3 != 0) {
    type_ = parse_type(kValues[round % std::size(kValues)]).value();
  }
}

bool ArgumentMaker::is_constant(size_t argument) const {
  return call_ != nullptr ? call_->draws[argument].is_constant : is_literal(overload_, argument);
}

Type ArgumentMaker::type_of(size_t argument) const {
  const TypeId id = overload_.arguments[argument];
  const bool takes_nested = call_ == nullptr && is_by_layout(overload_, argument) && id == TypeId::kUtf8;
  return takes_nested ? type_ : sample_type(id);
}

TestColumn ArgumentMaker::make(size_t argument, uint32_t rows, DrawnValues values, Random& random) const {
  const bool is_plain = call_ == nullptr || (!call_->draws[argument].text && !call_->draws[argument].number);
  if (!is_plain)
    return draw_argument(call_->draws[argument], type_, overload_.arguments[argument], rows, values, random);
  if (is_constant(argument)) return draw_literal(overload_, argument, random);
  return random_column(type_of(argument), true, rows, values, random);
}

}  // namespace headrace
