// FROM: files, table functions, names, subqueries, joins; and the options of read_csv and COPY.
#include <fmt/format.h>
#include <algorithm>
#include <array>

#include "base/limits.h"
#include "expr/walk.h"
#include "frontend/sql/query_parser.h"

namespace headrace {
namespace {

struct FileFunction {
  std::string_view name, format;
};
constexpr std::array kFileFunctions = std::to_array<FileFunction>({
    {"read_csv", "csv"},
    {"read_csv_auto", "csv"},
    {"sniff_csv", "csv_sniff"},
    {"read_parquet", "parquet"},
    {"parquet_scan", "parquet"},
    {"read_arrow", "arrow"},
    {"read_json", "json"},
    {"read_json_auto", "json"},
    {"read_ndjson", "ndjson"},
    {"read_ndjson_auto", "ndjson"},
});
constexpr std::array kTableFunctions = std::to_array<std::string_view>(
    {"read_csv", "read_csv_auto", "read_parquet", "parquet_scan", "read_arrow", "read_json", "read_json_auto",
     "read_ndjson", "read_ndjson_auto", "sniff_csv", "range", "generate_series", "unnest"});

bool names_a_column(const Expr& expr) {
  return find_node(expr, [](const Expr& part) { return std::holds_alternative<ColumnName>(part.node); }) != nullptr;
}

// Whether a table is unnest(…) of an expression with columns in it.
bool names_columns(const Plan& table) {
  const Plan* at = &table;
  while (const auto* alias = std::get_if<Alias>(&at->node)) at = alias->input.get();
  const auto* project = std::get_if<Project>(&at->node);
  if (project == nullptr || project->columns.size() != 1 || !std::holds_alternative<OneRow>(project->input->node))
    return false;
  const auto* list = std::get_if<Call>(&project->columns[0].expr->node);
  return list != nullptr && list->function == "unnest" && names_a_column(*project->columns[0].expr);
}

}  // namespace

// table, table … : commas are cross products, which bind less tightly than JOIN. FROM is taken.
Result<Relation> QueryParser::parse_from() {
  TRY(result, parse_joined(nullptr));
  while (cursor_.accept_symbol(",")) {
    TRY(product, parse_joined(&result));
    result = product;
  }
  return result;
}

// table [JOIN table …], as a cross product with what stands to the left of a comma, if there is some. A list whose elements are the
// first table may name columns of that: then the product comes before the joins.
Result<Relation> QueryParser::parse_joined(const Relation* before) {
  const TextPosition where = cursor_.where();
  const auto product = [&](const Relation& right) {
    Join join{.left = before->plan,
              .right = right.plan,
              .kind = JoinKind::kInner,
              .keys = {},
              .condition = {},
              .where = where};
    return node(std::move(join), std::array{*before, right});
  };
  TRY(result, parse_table());
  const bool is_lateral = before != nullptr && names_columns(*result.plan);
  if (is_lateral) {
    TRY(rows, product(result));
    result = rows;
  }
  for (;;) {
    TRY(words, parse_join_words());
    if (!words) break;
    if (is_lateral && keeps_right_rows(words->kind))
      return cursor_.unsupported(words->where, "RIGHT and FULL JOIN do not take unnest of columns to its left",
                                 "unnest in a subquery in FROM");
    TRY(joined, parse_join(result, *words));
    if (is_lateral && (words->natural || !std::get<Join>(joined.plan->node).using_columns.empty()))
      return cursor_.unsupported(words->where, "NATURAL and USING do not work behind unnest of columns to its left",
                                 "write the condition: ON a.x = b.x");
    result = joined;
  }
  return before == nullptr || is_lateral ? Result<Relation>(result) : product(result);
}

// [NATURAL] [INNER | LEFT | RIGHT | FULL [OUTER] | SEMI | ANTI] JOIN, CROSS JOIN: up to and with JOIN; nothing: no join follows.
Result<std::optional<QueryParser::JoinWords>> QueryParser::parse_join_words() {
  JoinWords words;
  words.where = cursor_.where();
  for (std::string_view word : {"asof", "positional"})
    if (cursor_.at_word(word) && (cursor_.at_word("join", 1) || cursor_.at_word("left", 1)))
      return cursor_.unsupported(cursor_.where(),
                                 fmt::format("{} JOIN is not supported", to_upper(cursor_.peek().text)),
                                 "join on a condition: ON a.x <= b.x");
  size_t ahead = cursor_.at_word("natural") ? 1 : 0;
  words.natural = ahead == 1;
  constexpr std::pair<std::string_view, JoinKind> kKinds[] = {{"inner", JoinKind::kInner}, {"left", JoinKind::kLeft},
                                                              {"right", JoinKind::kRight}, {"full", JoinKind::kFull},
                                                              {"semi", JoinKind::kSemi},   {"anti", JoinKind::kAnti}};
  for (const auto& [word, kind] : kKinds)
    if (cursor_.at_word(word, ahead)) {
      words.kind = kind;
      ++ahead;
      if (keeps_left_rows(kind) || keeps_right_rows(kind)) {
        if (cursor_.at_word("outer", ahead)) ++ahead;
        if (kind == JoinKind::kLeft && (cursor_.at_word("semi", ahead) || cursor_.at_word("anti", ahead))) {
          words.kind = cursor_.at_word("semi", ahead) ? JoinKind::kSemi : JoinKind::kAnti;
          ++ahead;
        }
      }
      break;
    }
  if (ahead == 0 && cursor_.at_word("cross")) {
    words.cross = true;
    ++ahead;
  }
  if (ahead == 0 && !cursor_.at_word("join")) return std::optional<JoinWords>();
  for (; ahead > 0; --ahead) cursor_.take();
  TRY_STATUS(cursor_.expect_word("JOIN"));
  return std::optional(words);
}

Result<Relation> QueryParser::parse_join(const Relation& left, const JoinWords& words) {
  TRY(right, parse_table());
  Join join{.left = left.plan, .right = {}, .kind = words.kind, .keys = {}, .condition = {}};
  join.natural = words.natural;
  join.where = words.where;
  const bool conditional = !words.cross && !words.natural;
  // a JOIN b JOIN c ON … ON …: the inner join comes first.
  if (nesting_ >= limits::kQueryDepthMax)
    return cursor_.error(cursor_.where(),
                         fmt::format("joins are nested more than {} levels deep", limits::kQueryDepthMax), "",
                         ErrorCode::kLimit);
  ++nesting_;
  while (conditional && !cursor_.at_word("on") && !cursor_.at_word("using")) {
    auto inner = parse_join_words();
    if (inner.ok() && !inner.value()) break;
    auto joined = inner.ok() ? parse_join(right, *inner.value()) : Result<Relation>(inner.error());
    if (!joined.ok()) {
      --nesting_;
      return joined.error();
    }
    right = joined.value();
  }
  --nesting_;
  join.right = right.plan;
  if (conditional && cursor_.accept_word("on")) {
    TRY(condition, parse_predicate("ON"));
    join.condition = condition;
  } else if (conditional && cursor_.accept_word("using")) {
    TRY(columns, parse_column_names());
    join.using_columns = std::move(columns);
  } else if (conditional) {
    constexpr std::string_view kWords[] = {"ON", "USING"};
    return cursor_.expected("ON or USING behind a JOIN", kWords);
  }
  return node(std::move(join), std::array{left, right});
}

// (name, …)
Result<std::vector<std::string>> QueryParser::parse_column_names() {
  std::vector<std::string> columns;
  TRY_STATUS(cursor_.expect_symbol("("));
  do {
    TRY(column, cursor_.take_name("a column name"));
    columns.push_back(std::move(column));
  } while (cursor_.accept_symbol(","));
  TRY_STATUS(cursor_.expect_symbol(")"));
  return columns;
}

// A table, and TABLESAMPLE behind its alias.
Result<Relation> QueryParser::parse_table() {
  TRY(table, parse_unsampled_table());
  if (!cursor_.at_word("tablesample")) return table;
  const TextPosition where = cursor_.take().where;
  if (names_columns(*table.plan))
    return cursor_.unsupported(where, "TABLESAMPLE does not take unnest of columns to its left",
                               "unnest in a subquery, and sample that");
  return parse_sample_of(std::move(table), "TABLESAMPLE");
}

Result<Relation> QueryParser::parse_unsampled_table() {
  const auto is_lateral = [&](std::string_view word) {
    return cursor_.at_word(word, 1) ||
           (cursor_.at_symbol("(", 1) && cursor_.at_word("select", 2) && cursor_.at_word(word, 3));
  };
  if (cursor_.at_word("lateral") && (is_lateral("unnest") || is_lateral("range") || is_lateral("generate_series"))) {
    cursor_.take();
  } else if (cursor_.at_word("lateral"))
    return cursor_.unsupported(cursor_.where(), "LATERAL is not supported: a table cannot depend on another's rows",
                               "only unnest(…), range(…) and generate_series(…) take columns to their left");
  if (cursor_.at_word("values") && cursor_.at_symbol("(", 1)) {
    TRY(values, parse_values());
    return with_alias(std::move(values), "");
  }
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
  if (name == "range" || name == "generate_series") {
    cursor_.take();
    cursor_.take();
    return parse_range(name, where);
  }
  if (name == "unnest") return parse_unnest();
  const auto* function = std::ranges::find(kFileFunctions, name, &FileFunction::name);
  if (function == kFileFunctions.end())
    return cursor_.expected("a table function (read_csv, read_json, read_parquet, read_arrow or range)",
                            kTableFunctions);
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

// unnest(list): a table of its elements; the list may name columns of tables to its left.
Result<Relation> QueryParser::parse_unnest() {
  const TextPosition where = cursor_.take().where;
  cursor_.take();
  TRY(list, parse_expression(cursor_));
  TRY_STATUS(cursor_.expect_symbol(")"));
  return parse_elements(list, "unnest", where);
}

// The elements of a list as a table of one column, which is named as the table is; its alias may follow.
Result<Relation> QueryParser::parse_elements(const ExprPtr& list, std::string_view name, TextPosition where) {
  TRY(one, node(OneRow{}, {}));
  TRY(elements, node(Project{one.plan, {{call("unnest", {list}, where), std::string(name)}}}, std::array{one}));
  return with_function_alias(std::move(elements), name);
}

// range(end), range(begin, end), range(begin, end, step); generate_series alike, with its end. Nothing when the end lies behind
// the beginning. Of columns to its left: the elements of a list.
Result<Relation> QueryParser::parse_range(std::string_view name, TextPosition where) {
  std::vector<ExprPtr> written;
  do {
    TRY(bound, parse_expression(cursor_));
    written.push_back(bound);
  } while (cursor_.accept_symbol(","));
  TRY_STATUS(cursor_.expect_symbol(")"));
  const auto* step_given = written.size() == 3 ? std::get_if<Literal>(&written[2]->node) : nullptr;
  const bool computed =
      written.size() <= 3 && std::ranges::any_of(written, [](const ExprPtr& bound) { return names_a_column(*bound); });
  if (computed || (step_given != nullptr && step_given->value.type == kInterval))
    return parse_elements(call(std::string(name), written, where), name, where);
  std::vector<int64_t> bounds;
  for (const ExprPtr& bound : written) {
    const auto* given = std::get_if<Literal>(&bound->node);
    if (given == nullptr || !is_integer(given->value.type) || given->value.is_null())
      return cursor_.error(bound->where, fmt::format("{} expects whole numbers, found {}", name, to_text(*bound)),
                           "or a first and a last moment, and an INTERVAL as the step");
    const auto* narrow = std::get_if<int32_t>(&given->value.data);
    bounds.push_back(narrow != nullptr ? *narrow : std::get<int64_t>(given->value.data));
  }
  if (bounds.size() > 3)
    return cursor_.error(where,
                         fmt::format("{} takes at most begin, end and step, found {} arguments", name, bounds.size()));
  if (bounds.size() == 1) bounds.insert(bounds.begin(), 0);
  const int64_t step = bounds.size() == 3 ? bounds[2] : 1;
  if (step == 0) return cursor_.error(where, fmt::format("the step of {} must not be 0", name));
  // The distance and the number of steps, in 128 bits.
  const int128 distance = (int128{bounds[1]} - bounds[0]) * (step > 0 ? 1 : -1);
  const int128 stride = step > 0 ? int128{step} : -int128{step};
  const int128 rows = name == "range" ? (distance + stride - 1) / stride : distance / stride + 1;
  if (distance < 0 || rows <= 0) {
    TRY(none, node(Range{bounds[0], bounds[0]}, {}));
    return with_column_name(std::move(none), name);
  }
  if (rows > INT64_MAX)
    return cursor_.error(where, fmt::format("{} has more than {} rows", name, INT64_MAX), "", ErrorCode::kLimit);
  if (step == 1 && int128{bounds[0]} + rows <= INT64_MAX) {
    TRY(range, node(Range{bounds[0], static_cast<int64_t>(bounds[0] + rows)}, {}));
    return with_column_name(std::move(range), name);
  }
  TRY(counted, node(Range{0, static_cast<int64_t>(rows)}, {}));
  const auto number = [](int64_t value) { return literal(Value{kInt64, value}); };
  const ExprPtr value =
      call("add", {call("multiply", {column_name("", "range"), number(step)}), number(bounds[0])}, where);
  TRY(stepped, node(Project{counted.plan, {{value, std::string(name)}}}, std::array{counted}));
  return with_function_alias(std::move(stepped), name);
}

// A range, whose column is named as the function is.
Result<Relation> QueryParser::with_column_name(Relation table, std::string_view name) {
  if (name == "range") return with_function_alias(std::move(table), name);
  TRY(named, node(Alias{table.plan, std::string(name), {std::string(name)}}, std::array{table}));
  return with_function_alias(std::move(named), name);
}

Result<Relation> QueryParser::parse_named_table() {
  const Token token = cursor_.take();
  std::string name = unquoted(token);
  if (cursor_.at_symbol("."))
    return cursor_.unsupported(token.where, "a table is named by itself, without a schema",
                               "a file stands in single quotes: FROM 'flights.csv'");
  if (const View* view = find_view(name)) {
    if (!view->recursion) return with_alias(view->query, name);
    reads_itself_[*view->recursion] = true;
    TRY(rows, node(WorkingRows{*view->recursion, {}, token.where}, {}));
    TRY(named, node(Alias{rows.plan, name, {}}, std::array{rows}));
    return with_alias(std::move(named), name);
  }
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
  if (query_follows(cursor_, 1)) {
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
  auto joined = parse_joined(nullptr);
  --nesting_;
  if (!joined.ok()) return joined;
  if (!cursor_.accept_symbol(")")) return unexpected_clause("')'");
  return with_alias(joined.value(), "");
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
  if (!cursor_.at_symbol("(")) return alias;
  TRY(names, parse_column_names());
  columns = std::move(names);
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

// A table function's one column takes the alias of the table as its name, where the alias names no column.
Result<Relation> QueryParser::with_function_alias(Relation table, std::string_view function) {
  std::vector<std::string> columns;
  TRY(alias, parse_alias(columns));
  if (alias.empty()) return node(Alias{table.plan, std::string(function), {}}, std::array{table});
  if (!columns.empty()) return node(Alias{table.plan, alias, std::move(columns)}, std::array{table});
  return node(Alias{table.plan, alias, {alias}, std::string(function)}, std::array{table});
}

const QueryParser::View* QueryParser::find_view(std::string_view name) const {
  for (size_t i = views_.size(); i-- > 0;)
    if (equal_words(views_[i].name, name)) return &views_[i];
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

// name [= | =>] value. A list [ … ] or a map { … } is kept as its text, for the format to read; names in parentheses are such
// a list. No value: true.
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
  if (cursor_.accept_symbol("*")) return std::pair{name, std::string("*")};
  if (cursor_.accept_symbol("(")) {
    std::string list;
    do {
      const bool quoted = cursor_.peek().kind == TokenKind::kString;
      TRY(one, quoted ? Result<std::string>(unquoted(cursor_.take())) : cursor_.take_name("a name"));
      list += (list.empty() ? "" : ", ") + quoted_text(one, '\'');
    } while (cursor_.accept_symbol(","));
    TRY_STATUS(cursor_.expect_symbol(")"));
    return std::pair{name, "[" + list + "]"};
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
