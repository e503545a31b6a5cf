// Lists, structs, maps, rows, and what takes a part of one: x[i], x[a:b], x.field.
#include <fmt/format.h>

#include "expr/parse_parts.h"

namespace headrace {

Error ExpressionParser::no_lambdas(TextPosition where, std::string_view what) const {
  return cursor_.unsupported(
      where, fmt::format("{} are not supported", what),
      "unnest the list in a subquery and gather it again: (SELECT list(x + 1) FROM unnest([1, 2]) t(x) WHERE x > 1)");
}

// [a, b, …]; also behind ARRAY
Result<Parsed> ExpressionParser::parse_list() {
  const TextPosition where = cursor_.take().where;
  std::vector<Parsed> items;
  if (!cursor_.accept_symbol("]")) {
    do {
      TRY(item, parse(kLoosest));
      items.push_back(std::move(item));
      if (cursor_.at_word("for")) return no_lambdas(cursor_.where(), "list comprehensions");
    } while (cursor_.accept_symbol(","));
    TRY_STATUS(cursor_.expect_symbol("]"));
  }
  return call_of("list_value", items, where);
}

// {'name': value, name: value, …}
Result<Parsed> ExpressionParser::parse_struct() {
  const TextPosition where = cursor_.take().where;
  std::vector<Parsed> parts;
  do {
    const Token name = cursor_.peek();
    if (name.kind != TokenKind::kString && name.kind != TokenKind::kWord && name.kind != TokenKind::kQuotedName)
      return cursor_.expected("the name of a field");
    cursor_.take();
    TRY_STATUS(cursor_.expect_symbol(":"));
    TRY(value, parse(kLoosest));
    parts.push_back(Parsed{literal(Value{kUtf8, unquoted(name)}, name.where)});
    parts.push_back(std::move(value));
  } while (cursor_.accept_symbol(","));
  TRY_STATUS(cursor_.expect_symbol("}"));
  return call_of("struct_pack", parts, where);
}

// MAP {key: value, …}
Result<Parsed> ExpressionParser::parse_map() {
  const TextPosition where = cursor_.take().where;
  cursor_.take();
  std::vector<Parsed> keys, values;
  if (!cursor_.accept_symbol("}")) {
    do {
      TRY(key, parse(kLoosest));
      TRY_STATUS(cursor_.expect_symbol(":"));
      TRY(value, parse(kLoosest));
      keys.push_back(std::move(key));
      values.push_back(std::move(value));
    } while (cursor_.accept_symbol(","));
    TRY_STATUS(cursor_.expect_symbol("}"));
  }
  TRY(key_list, call_of("list_value", keys, where));
  TRY(value_list, call_of("list_value", values, where));
  return call_of("map", std::array{key_list, value_list}, where);
}

// x[i], x[a:b], x[a:b:step]
Result<Parsed> ExpressionParser::parse_subscript(const Parsed& value) {
  const TextPosition where = cursor_.take().where;
  std::vector<Parsed> arguments = {value};
  const auto bound = [&](int32_t otherwise) -> Status {
    const bool missing = cursor_.at_symbol(":") || cursor_.at_symbol("]") ||
                         (cursor_.at_symbol("-") && (cursor_.at_symbol(":", 1) || cursor_.at_symbol("]", 1)));
    if (missing) {
      cursor_.accept_symbol("-");
      arguments.push_back(Parsed{literal(Value{kInt32, otherwise}, where)});
      return kDone;
    }
    TRY(given, parse(kLoosest));
    arguments.push_back(std::move(given));
    return kDone;
  };
  if (cursor_.at_symbol("]")) return cursor_.expected("an index");
  TRY_STATUS(bound(1));
  if (cursor_.accept_symbol("]")) return call_of("list_extract", arguments, where);
  TRY_STATUS(cursor_.expect_symbol(":"));
  TRY_STATUS(bound(-1));
  if (cursor_.accept_symbol(":")) TRY_STATUS(bound(1));
  TRY_STATUS(cursor_.expect_symbol("]"));
  return call_of("list_slice", arguments, where);
}

// .field behind a value; .function(…) takes the value as its first argument
Result<Parsed> ExpressionParser::parse_field(const Parsed& value) {
  const TextPosition where = cursor_.take().where;
  TRY(field, cursor_.take_name("a field after '.'"));
  if (cursor_.at_symbol("("))
    return cursor_.unsupported(where, "a function is not called behind a dot", fmt::format("write {}(x, …)", field));
  const Parsed name{literal(Value{kUtf8, std::move(field)}, where)};
  return call_of("struct_extract", std::array{value, name}, where);
}

Result<Parsed> ExpressionParser::row_of(std::vector<Parsed> values, TextPosition where) {
  TRY(row, call_of("row", values, where));
  row.row = std::make_shared<const std::vector<Parsed>>(std::move(values));
  return row;
}

}  // namespace headrace
