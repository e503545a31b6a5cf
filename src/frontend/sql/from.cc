// FROM: files, table functions, names, subqueries, joins; and the options of read_csv and COPY.
#include <fmt/format.h>
#include <algorithm>
#include <array>

#include "base/limits.h"
#include "frontend/sql/query_parser.h"

namespace headrace {
namespace {

struct FileFunction {
  std::string_view name, format;
};
constexpr std::array kFileFunctions = std::to_array<FileFunction>({
    {"read_csv", "csv"},
    {"read_csv_auto", "csv"},
    {"read_parquet", "parquet"},
    {"parquet_scan", "parquet"},
    {"read_arrow", "arrow"},
});
constexpr std::array kTableFunctions = std::to_array<std::string_view>(
    {"read_csv", "read_csv_auto", "read_parquet", "parquet_scan", "read_arrow", "range"});

constexpr std::string_view kUnsupportedJoins[] = {"natural", "asof", "positional", "lateral"};

}  // namespace

// table, table … : commas are cross products, which bind less tightly than JOIN. FROM is taken.
Result<Relation> QueryParser::parse_from() {
  TRY(result, parse_joined());
  while (cursor_.accept_symbol(",")) {
    TRY(right, parse_joined());
    TRY(product,
        node(Join{.left = result.plan, .right = right.plan, .kind = JoinKind::kInner, .keys = {}, .condition = {}},
             std::array{result, right}));
    result = product;
  }
  return result;
}

Result<Relation> QueryParser::parse_joined() {
  TRY(result, parse_table());
  for (;;) {
    bool cross = false;
    TRY(kind, parse_join_kind(cross));
    if (!kind) return result;
    TRY(joined, parse_join(result, *kind, cross));
    result = joined;
  }
}

// Up to and with JOIN; nothing: no join follows.
Result<std::optional<JoinKind>> QueryParser::parse_join_kind(bool& cross) {
  for (std::string_view word : kUnsupportedJoins)
    if (cursor_.at_word(word) && (cursor_.at_word("join", 1) || cursor_.at_word("outer", 1) ||
                                  cursor_.at_word("left", 1) || cursor_.at_word("inner", 1)))
      return cursor_.unsupported(cursor_.where(),
                                 fmt::format("{} JOIN is not supported", to_upper(cursor_.peek().text)),
                                 "INNER, LEFT and CROSS JOIN are");
  std::optional<JoinKind> kind;
  if (cursor_.accept_word("join")) return std::optional(JoinKind::kInner);
  if (cursor_.accept_word("inner")) {
    kind = JoinKind::kInner;
  } else if (cursor_.accept_word("left")) {
    cursor_.accept_word("outer");
    kind = JoinKind::kLeft;
  } else if (cursor_.accept_word("right")) {
    cursor_.accept_word("outer");
    kind = JoinKind::kRight;
  } else if (cursor_.accept_word("full")) {
    cursor_.accept_word("outer");
    kind = JoinKind::kFull;
  } else if (cursor_.accept_word("semi")) {
    kind = JoinKind::kSemi;
  } else if (cursor_.accept_word("anti")) {
    kind = JoinKind::kAnti;
  } else if (cursor_.accept_word("cross")) {
    cross = true;
    kind = JoinKind::kInner;
  } else {
    return kind;
  }
  TRY_STATUS(cursor_.expect_word("JOIN"));
  return kind;
}

Result<Relation> QueryParser::parse_join(const Relation& left, JoinKind kind, bool cross) {
  TRY(right, parse_table());
  Join join{.left = left.plan, .right = right.plan, .kind = kind, .keys = {}, .condition = {}};
  if (!cross && cursor_.accept_word("on")) {
    TRY(condition, parse_predicate("ON"));
    join.condition = condition;
  } else if (!cross && cursor_.accept_word("using")) {
    TRY_STATUS(cursor_.expect_symbol("("));
    do {
      TRY(column, cursor_.take_name("a column name"));
      join.using_columns.push_back(std::move(column));
    } while (cursor_.accept_symbol(","));
    TRY_STATUS(cursor_.expect_symbol(")"));
  } else if (!cross) {
    constexpr std::string_view kWords[] = {"ON", "USING"};
    return cursor_.expected("ON or USING behind a JOIN", kWords);
  }
  return node(std::move(join), std::array{left, right});
}

Result<Relation> QueryParser::parse_table() {
  if (cursor_.at_word("lateral")) return cursor_.unsupported(cursor_.where(), "LATERAL is not supported");
  if (cursor_.peek().kind == TokenKind::kString) return parse_file();
  if (cursor_.at_symbol("(")) return parse_parenthesised_table();
  const bool word = cursor_.peek().kind == TokenKind::kWord && !is_reserved_in_expressions(cursor_.peek().text);
  if (!word && cursor_.peek().kind != TokenKind::kQuotedName)
    return cursor_.expected("a table: a name, 'file', read_csv(…), read_parquet(…), range(…) or (SELECT …)");
  if (word && cursor_.at_symbol("(", 1)) return parse_table_function();
  return parse_named_table();
}

Result<Relation> QueryParser::parse_file() {
  const Token token = cursor_.take();
  if (unquoted(token).empty()) return cursor_.error(token.where, "the name of a file is empty");
  TRY(file,
      node(ScanFile{.file = {unquoted(token), "", {}, token.where}, .table = {}, .columns = {}, .pruning = {}}, {}));
  return with_alias(std::move(file), "");
}

// read_csv('file', name = value, …), read_parquet('file'), range(end), range(begin, end)
Result<Relation> QueryParser::parse_table_function() {
  const TextPosition where = cursor_.where();
  const std::string name = to_lower(cursor_.peek().text);
  if (name == "range") {
    cursor_.take();
    cursor_.take();
    return parse_range(where);
  }
  const auto* function = std::ranges::find(kFileFunctions, name, &FileFunction::name);
  if (function == kFileFunctions.end())
    return cursor_.expected("a table function (read_csv, read_parquet, read_arrow or range)", kTableFunctions);
  cursor_.take();
  cursor_.take();
  const TextPosition path_where = cursor_.where();
  TRY(path, parse_path());
  Options options;
  if (cursor_.accept_symbol(",")) {
    TRY(given, parse_options(true));
    options = std::move(given);
  } else {
    TRY_STATUS(cursor_.expect_symbol(")"));
  }
  TRY(file, node(ScanFile{.file = {path, std::string(function->format), std::move(options), path_where},
                          .table = {},
                          .columns = {},
                          .pruning = {}},
                 {}));
  return with_alias(std::move(file), "");
}

Result<Relation> QueryParser::parse_range(TextPosition where) {
  std::vector<int64_t> bounds;
  do {
    const TextPosition bound_where = cursor_.where();
    TRY(bound, parse_expression(cursor_));
    const auto* given = std::get_if<Literal>(&bound->node);
    if (given == nullptr || !is_integer(given->value.type) || given->value.is_null())
      return cursor_.error(bound_where, fmt::format("range expects whole numbers, found {}", to_text(*bound)));
    const auto* narrow = std::get_if<int32_t>(&given->value.data);
    bounds.push_back(narrow != nullptr ? *narrow : std::get<int64_t>(given->value.data));
  } while (cursor_.accept_symbol(","));
  TRY_STATUS(cursor_.expect_symbol(")"));
  if (bounds.size() > 2)
    return cursor_.unsupported(where, "range with a step is not supported", "write range(begin, end) and multiply");
  TRY(range, node(bounds.size() == 1 ? Range{0, bounds[0]} : Range{bounds[0], bounds[1]}, {}));
  return with_alias(std::move(range), "range");
}

Result<Relation> QueryParser::parse_named_table() {
  const Token token = cursor_.take();
  std::string name = unquoted(token);
  if (cursor_.at_symbol("."))
    return cursor_.unsupported(token.where, "a table is named by itself, without a schema",
                               "a file stands in single quotes: FROM 'flights.csv'");
  if (const Relation* view = find_view(name)) return with_alias(*view, name);
  std::vector<std::string> columns;
  TRY(alias, parse_alias(columns));
  ScanTable scan{
      .name = std::move(name), .alias = columns.empty() ? alias : "", .table = {}, .columns = {}, .where = token.where};
  TRY(table, node(std::move(scan), {}));
  if (columns.empty()) return table;
  return node(Alias{table.plan, alias, std::move(columns)}, std::array{table});
}

// A subquery or a join in parentheses.
Result<Relation> QueryParser::parse_parenthesised_table() {
  if (at_query()) {
    cursor_.take();
    TRY(query, parse_query());
    if (!cursor_.accept_symbol(")")) return unexpected_clause("')'");
    return with_alias(std::move(query), "subquery");
  }
  if (nesting_ >= limits::kQueryDepthMax)
    return cursor_.error(cursor_.where(),
                         fmt::format("joins are nested more than {} levels deep", limits::kQueryDepthMax), "",
                         ErrorCode::kLimit);
  cursor_.take();
  ++nesting_;
  auto joined = parse_joined();
  --nesting_;
  if (!joined.ok()) return joined;
  if (!cursor_.accept_symbol(")")) return unexpected_clause("')'");
  if (cursor_.at_word("as"))
    return cursor_.unsupported(cursor_.where(), "a join in parentheses takes no alias",
                               "write (SELECT * FROM …) AS name");
  return joined;
}

// [AS] name [(column, …)]
Result<std::string> QueryParser::parse_alias(std::vector<std::string>& columns) {
  std::string alias;
  if (cursor_.accept_word("as")) {
    TRY(name, cursor_.take_name("a name after AS"));
    alias = std::move(name);
  } else if (cursor_.peek().kind == TokenKind::kQuotedName ||
             (cursor_.peek().kind == TokenKind::kWord && !is_reserved_as_alias(cursor_.peek().text))) {
    cursor_.mark_as_implicit_alias();
    alias = unquoted(cursor_.take());
  } else {
    return alias;
  }
  if (!cursor_.accept_symbol("(")) return alias;
  do {
    TRY(column, cursor_.take_name("a column name"));
    columns.push_back(std::move(column));
  } while (cursor_.accept_symbol(","));
  TRY_STATUS(cursor_.expect_symbol(")"));
  return alias;
}

// The table under the alias that follows, else under `fallback`, else as it is.
Result<Relation> QueryParser::with_alias(Relation table, std::string_view fallback) {
  std::vector<std::string> columns;
  TRY(alias, parse_alias(columns));
  if (alias.empty()) alias = fallback;
  if (alias.empty()) return table;
  return node(Alias{table.plan, alias, std::move(columns)}, std::array{table});
}

const Relation* QueryParser::find_view(std::string_view name) const {
  for (size_t i = views_.size(); i-- > 0;)
    if (equal_words(views_[i].first, name)) return &views_[i].second;
  return nullptr;
}

Result<Options> QueryParser::parse_options(bool parenthesised) {
  Options options;
  for (;;) {
    const TextPosition where = cursor_.where();
    TRY(option, parse_option());
    for (const auto& [name, value] : options)
      if (name == option.first) return cursor_.error(where, fmt::format("the option {} is given twice", name));
    options.push_back(std::move(option));
    if (cursor_.accept_symbol(",")) continue;
    if (!parenthesised && (cursor_.at_end() || cursor_.at_symbol(";"))) return options;
    if (!parenthesised) continue;
    if (cursor_.accept_symbol(")")) return options;
    return cursor_.expected("',' or ')'");
  }
}

// name [= | =>] value. A list [ … ] or a map { … } is kept as its text, for the format to read. No value: true.
Result<std::pair<std::string, std::string>> QueryParser::parse_option() {
  TRY(name, cursor_.take_name("the name of an option"));
  name = to_lower(name);
  const bool assigned = cursor_.accept_symbol("=") || cursor_.accept_symbol("=>");
  const size_t start = cursor_.offset();
  if (cursor_.at_symbol("[") || cursor_.at_symbol("{")) {
    size_t open = 0;
    do {
      if (cursor_.at_end()) return cursor_.expected("']' or '}'");
      if (cursor_.at_symbol("[") || cursor_.at_symbol("{")) ++open;
      if (cursor_.at_symbol("]") || cursor_.at_symbol("}")) --open;
      cursor_.take();
    } while (open > 0);
    std::string_view value = cursor_.text().substr(start, cursor_.offset() - start);
    value = value.substr(0, value.find_last_of("]}") + 1);
    return std::pair{name, std::string(value)};
  }
  std::string sign;
  if (cursor_.at_symbol("-") && cursor_.peek(1).kind == TokenKind::kNumber) sign = cursor_.take().text;
  const TokenKind kind = cursor_.peek().kind;
  if (kind == TokenKind::kString || kind == TokenKind::kNumber || kind == TokenKind::kWord ||
      kind == TokenKind::kQuotedName)
    return std::pair{name, sign + unquoted(cursor_.take())};
  if (assigned) return cursor_.expected(fmt::format("a value for {}", name));
  return std::pair{name, std::string("true")};
}

}  // namespace headrace
