// SELECT, set operations, VALUES, WITH, ORDER BY, LIMIT.
#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <utility>

#include "base/limits.h"
#include "expr/walk.h"
#include "frontend/sql/query_parser.h"

namespace headrace {
namespace {

constexpr std::array kClauseWords = std::to_array<std::string_view>(
    {"FROM",  "WHERE", "GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "UNION",   "INTERSECT", "EXCEPT",
     "FETCH", "JOIN",  "LEFT",  "RIGHT",  "FULL",  "INNER", "CROSS",  "NATURAL", "ON",        "USING"});

// Clauses of SELECT that we know and do not have, by their first word.
struct UnsupportedClause {
  std::string_view word, message, hint;
};
constexpr UnsupportedClause kUnsupportedClauses[] = {
    {"window", "window functions are not supported", ""},
    {"qualify", "window functions are not supported", ""},
    {"for", "row locks are not supported", ""},
    {"pivot", "PIVOT is not supported", kPivotHint},
    {"unpivot", "UNPIVOT is not supported", kUnpivotHint},
};

// Whether a column of the query's tables is in it. Subqueries name none but their own.
bool reads_columns(const Expr& expr) {
  return find_node(expr, [](const Expr& part) {
           const auto* call = std::get_if<Call>(&part.node);
           return (call != nullptr && call->function == "columns") || std::holds_alternative<ColumnName>(part.node) ||
                  std::holds_alternative<ColumnIndex>(part.node) || std::holds_alternative<Star>(part.node);
         }) != nullptr;
}

ExprPtr star() { return std::make_shared<const Expr>(Expr{.node = Star{}, .where = {}}); }

}  // namespace

bool QueryParser::at_query() const {
  size_t ahead = 0;
  while (cursor_.at_symbol("(", ahead)) ++ahead;
  for (std::string_view word : {"select", "with", "from", "values"})
    if (cursor_.at_word(word, ahead)) return true;
  const TokenKind next = cursor_.peek(ahead + 1).kind;
  return cursor_.at_word("table", ahead) && (next == TokenKind::kWord || next == TokenKind::kQuotedName);
}

Error QueryParser::unexpected_clause(std::string_view end) const {
  for (const auto& [word, message, hint] : kUnsupportedClauses)
    if (cursor_.at_word(word)) return cursor_.unsupported(cursor_.where(), std::string(message), std::string(hint));
  return cursor_.expected(fmt::format("a clause such as WHERE or GROUP BY, or {}", end), kClauseWords);
}

Result<Relation> QueryParser::parse_query() {
  if (nesting_ >= limits::kQueryDepthMax)
    return cursor_.error(cursor_.where(),
                         fmt::format("subqueries are nested more than {} levels deep", limits::kQueryDepthMax),
                         "name some of them with WITH", ErrorCode::kLimit);
  ++nesting_;
  const size_t views_outside = views_.size();
  auto query = parse_query_inside();
  views_.resize(views_outside);
  --nesting_;
  return query;
}

Result<Relation> QueryParser::parse_query_inside() {
  if (cursor_.accept_word("with")) TRY_STATUS(parse_with());
  std::optional<Relation> first;
  if (cursor_.at_word("select") || cursor_.at_word("from")) {
    TRY(select, parse_select());
    if (!cursor_.at_word("union") && !cursor_.at_word("except") && !cursor_.at_word("intersect")) {
      TRY(order, parse_order_by());
      TRY(lowered, lower(std::move(select), std::move(order)));
      return parse_limit(std::move(lowered));
    }
    TRY(lowered, lower(std::move(select), {}));
    first = lowered;
  }
  TRY(united, parse_set_operations(std::move(first)));
  TRY(order, parse_order_by());
  if (!order.empty()) {
    // A Project, so that the keys see the output columns by name and ordinal as they do over a SELECT.
    TRY(all, node(Project{united.plan, {{star(), ""}}}, std::array{united}));
    TRY(sorted, node(Sort{all.plan, std::move(order)}, std::array{all}));
    united = sorted;
  }
  return parse_limit(std::move(united));
}

// Behind WITH: name [(columns)] AS (query), …
Status QueryParser::parse_with() {
  const bool recursive = cursor_.at_word("recursive") && !cursor_.at_word("as", 1) && cursor_.accept_word("recursive");
  const size_t views_outside = views_.size();
  do {
    const TextPosition where = cursor_.where();
    TRY(name, cursor_.take_name("a name after WITH"));
    for (size_t i = views_outside; i < views_.size(); ++i)
      if (equal_words(views_[i].name, name)) return cursor_.error(where, fmt::format("WITH names {} twice", name));
    std::vector<std::string> columns;
    if (cursor_.at_symbol("(")) {
      TRY(names, parse_column_names());
      columns = std::move(names);
    }
    std::optional<uint32_t> recursion;
    if (recursive) {
      recursion = static_cast<uint32_t>(reads_itself_.size());
      reads_itself_.push_back(false);
      views_.push_back({name, {}, recursion});
    }
    TRY(query, parse_with_query(name, columns, recursion));
    if (recursive) views_.pop_back();
    if (!columns.empty()) {
      TRY(renamed, node(Alias{query.plan, name, std::move(columns)}, std::array{query}));
      query = renamed;
    }
    views_.push_back({std::move(name), std::move(query)});
  } while (cursor_.accept_symbol(","));
  return kDone;
}

// AS [[NOT] MATERIALIZED] (query)
Result<Relation> QueryParser::parse_with_query(const std::string& name, const std::vector<std::string>& columns,
                                               std::optional<uint32_t> recursion) {
  TRY_STATUS(cursor_.expect_word("AS"));
  if (cursor_.accept_word("not")) {
    TRY_STATUS(cursor_.expect_word("MATERIALIZED"));
  } else {
    cursor_.accept_word("materialized");
  }
  TRY_STATUS(cursor_.expect_symbol("("));
  const TextPosition where = cursor_.where();
  TRY(query, parse_query());
  if (!cursor_.accept_symbol(")")) return unexpected_clause("')'");
  if (!recursion || !reads_itself_[*recursion]) return query;
  return recursion_of(query, {{}, {}, *recursion, false, where}, name, columns);
}

// base UNION [ALL] step, with the columns that WITH names.
Result<Relation> QueryParser::recursion_of(const Relation& query, Recursion recursion, const std::string& name,
                                           const std::vector<std::string>& columns) {
  const Plan* plan = query.plan.get();
  if (std::holds_alternative<Sort>(plan->node) || std::holds_alternative<Limit>(plan->node))
    return cursor_.unsupported(recursion.where,
                               fmt::format("{} reads itself: ORDER BY and LIMIT cannot stand behind its UNION", name),
                               fmt::format("write them where it is read: FROM {} ORDER BY … LIMIT …", name));
  const auto* groups = std::get_if<Aggregation>(&plan->node);
  recursion.distinct = groups != nullptr && std::holds_alternative<UnionAll>(groups->input->node);
  const auto* all = std::get_if<UnionAll>(recursion.distinct ? &groups->input->node : &plan->node);
  if (all == nullptr || all->by_name)
    return cursor_.error(
        recursion.where,
        fmt::format("{} reads itself, expected its first rows, UNION [ALL], and a query that reads it", name),
        fmt::format("WITH RECURSIVE {} AS (SELECT … UNION ALL SELECT … FROM {})", name, name));
  UnionAll first = *all;
  first.inputs.pop_back();
  recursion.base = first.inputs.size() == 1 ? first.inputs[0] : make_plan(std::move(first));
  if (!columns.empty()) recursion.base = make_plan(Alias{recursion.base, name, columns});
  recursion.step = all->inputs.back();
  return node(std::move(recursion), std::array{query});
}

// Rows that differ, nulls included.
Result<Relation> QueryParser::distinct(Relation input) {
  return node(Aggregation{.input = input.plan, .keys = {{star(), ""}}, .aggregates = {}}, std::array{input});
}

// term {UNION [ALL] [BY NAME] | EXCEPT [ALL] term}, from left to right; INTERSECT binds more tightly. A chain of UNION ALL is one
// node.
Result<Relation> QueryParser::parse_set_operations(std::optional<Relation> first) {
  TRY(left, parse_intersections(std::move(first)));
  std::vector<Relation> inputs = {left};
  for (;;) {
    const bool except = cursor_.at_word("except");
    if (!except && !cursor_.at_word("union")) break;
    const TextPosition where = cursor_.take().where;
    const bool all = cursor_.accept_word("all");
    if (!all) cursor_.accept_word("distinct");
    const bool by_name = cursor_.at_word("by") && cursor_.at_word("name", 1);
    if (by_name) {
      if (except)
        return cursor_.unsupported(where, "EXCEPT BY NAME is not supported", "list the columns on both sides");
      cursor_.take();
      cursor_.take();
    }
    TRY(right, parse_intersections({}));
    if (all && !except && !by_name) {
      inputs.push_back(std::move(right));
      continue;
    }
    Relation before = inputs[0];
    if (inputs.size() > 1) {
      TRY(united, unite(inputs, false, where));
      before = united;
    }
    inputs = {before};
    if (except) {
      TRY(rest, combine(SetKind::kExcept, before, right, all, where));
      inputs = {rest};
      continue;
    }
    inputs.push_back(std::move(right));
    TRY(united, unite(inputs, by_name, where));
    inputs = {united};
    if (!all) {
      TRY(differing, distinct(united));
      inputs = {differing};
    }
  }
  return inputs.size() == 1 ? Result<Relation>(inputs[0]) : unite(inputs, false, cursor_.where());
}

Result<Relation> QueryParser::parse_intersections(std::optional<Relation> first) {
  if (!first) {
    TRY(term, parse_term());
    first = term;
  }
  while (cursor_.at_word("intersect")) {
    const TextPosition where = cursor_.take().where;
    const bool all = cursor_.accept_word("all");
    if (!all) cursor_.accept_word("distinct");
    TRY(right, parse_term());
    TRY(both, combine(SetKind::kIntersect, *first, right, all, where));
    first = both;
  }
  return *first;
}

Result<Relation> QueryParser::unite(const std::vector<Relation>& inputs, bool by_name, TextPosition where) {
  UnionAll all{.inputs = {}, .by_name = by_name, .where = where};
  for (const Relation& input : inputs) all.inputs.push_back(input.plan);
  return node(std::move(all), inputs);
}

Result<Relation> QueryParser::combine(SetKind kind, const Relation& left, const Relation& right, bool all,
                                      TextPosition where) {
  return node(SetOperation{kind, all, left.plan, right.plan, where}, std::array{left, right});
}

// What set operations combine: SELECT, VALUES, TABLE or a query in parentheses.
Result<Relation> QueryParser::parse_term() {
  if (cursor_.accept_symbol("(")) {
    TRY(query, parse_query());
    if (!cursor_.accept_symbol(")")) return unexpected_clause("')'");
    return query;
  }
  if (cursor_.at_word("values")) return parse_values();
  if (cursor_.at_word("table")) return parse_table_query();
  if (!cursor_.at_word("select") && !cursor_.at_word("from")) {
    constexpr std::string_view kWords[] = {"SELECT", "FROM", "VALUES", "WITH", "ALL"};
    return cursor_.expected("SELECT", kWords);
  }
  TRY(select, parse_select());
  return lower(std::move(select), {});
}

// TABLE t is SELECT * FROM t.
Result<Relation> QueryParser::parse_table_query() {
  cursor_.take();
  Select select;
  TRY(from, parse_named_table());
  select.from = from;
  select.columns.push_back({star(), ""});
  return lower(std::move(select), {});
}

// VALUES (a, b), … : one row each, columns col0, col1 …
Result<Relation> QueryParser::parse_values() {
  cursor_.take();
  const bool defaults = std::exchange(defaults_, false);
  Values values;
  do {
    const TextPosition where = cursor_.where();
    TRY_STATUS(cursor_.expect_symbol("("));
    std::vector<ExprPtr> row;
    do {
      if (defaults && cursor_.at_word("default") && (cursor_.at_symbol(",", 1) || cursor_.at_symbol(")", 1))) {
        default_where_ = cursor_.take().where;
        row.push_back(nullptr);
        continue;
      }
      TRY(value, parse_predicate("VALUES"));
      row.push_back(std::move(value));
    } while (cursor_.accept_symbol(","));
    TRY_STATUS(cursor_.expect_symbol(")"));
    if (!values.rows.empty() && row.size() != values.rows[0].size())
      return cursor_.error(
          where, fmt::format("expected {} values as in the first row, found {}", values.rows[0].size(), row.size()));
    values.rows.push_back(std::move(row));
  } while (cursor_.accept_symbol(",") && !cursor_.at_end() && !cursor_.at_symbol(";") && !cursor_.at_symbol(")"));
  return node(std::move(values), {});
}

Result<QueryParser::Select> QueryParser::parse_select() {
  Select select;
  if (cursor_.accept_word("from")) {  // FROM t [SELECT …]
    TRY(from, parse_from());
    select.from = from;
    if (!cursor_.at_word("select")) select.columns.push_back({star(), ""});
  }
  if (cursor_.accept_word("select")) TRY_STATUS(parse_select_list(select));
  if (select.from.plan == nullptr) {
    if (cursor_.accept_word("from")) {
      TRY(from, parse_from());
      select.from = from;
    } else {
      for (const NamedExpr& column : select.columns)
        if (std::holds_alternative<Star>(column.expr->node))
          return cursor_.error(column.expr->where, "* stands for the columns of a table, but there is no FROM");
      TRY(nothing, node(OneRow{}, {}));
      select.from = nothing;
    }
  }
  if (cursor_.accept_word("where")) {
    TRY(where, parse_predicate("WHERE"));
    select.where = where;
  }
  if (cursor_.accept_word("group")) {
    TRY_STATUS(cursor_.expect_word("BY"));
    TRY_STATUS(parse_group_by(select));
  }
  if (cursor_.accept_word("having")) {
    TRY(having, parse_value());
    select.having = having;
    select.grouped = true;
  }
  if (cursor_.at_word("using") && cursor_.at_word("sample", 1)) {
    cursor_.take();
    cursor_.take();
    TRY(sampled, parse_sample_of(std::move(select.from), "USING SAMPLE"));
    select.from = sampled;
  }
  return select;
}

Status QueryParser::parse_select_list(Select& select) {
  if (cursor_.accept_word("distinct")) {
    if (cursor_.at_word("on") && cursor_.at_symbol("(", 1)) {
      cursor_.take();
      cursor_.take();
      do {
        TRY(key, parse_value());
        select.distinct_on.push_back(std::move(key));
      } while (cursor_.accept_symbol(","));
      TRY_STATUS(cursor_.expect_symbol(")"));
    } else {
      select.distinct = true;
    }
  } else {
    cursor_.accept_word("all");
  }
  do {
    std::string name;
    const TokenKind first = cursor_.peek().kind;
    if ((first == TokenKind::kWord || first == TokenKind::kQuotedName) && cursor_.at_symbol(":", 1)) {  // name: value
      name = unquoted(cursor_.take());
      cursor_.take();
    }
    TRY(column, parse_expression_or_star(cursor_, queries_));
    const bool is_star = std::holds_alternative<Star>(column->node);
    if (!is_star && name.empty()) {
      if (cursor_.accept_word("as")) {
        if (cursor_.peek().kind == TokenKind::kString) {
          name = unquoted(cursor_.take());
        } else {
          TRY(alias, cursor_.take_name("a name after AS"));
          name = std::move(alias);
        }
      } else if (cursor_.peek().kind == TokenKind::kQuotedName ||
                 (cursor_.peek().kind == TokenKind::kWord && !is_reserved_as_alias(cursor_.peek().text))) {
        cursor_.mark_as_implicit_alias();
        name = unquoted(cursor_.take());
      }
    }
    select.columns.push_back({std::move(column), std::move(name)});
    if (!cursor_.accept_symbol(",")) break;
  } while (!cursor_.at_word("from") && !cursor_.at_end() && !cursor_.at_symbol(";") &&
           !cursor_.at_symbol(")"));  // SELECT a, b, FROM t
  return kDone;
}

// SELECT as plan nodes, from below: FROM, WHERE, Aggregation, HAVING, Project, DISTINCT, ORDER BY. Which names mean what is
// resolve()'s to find out (plan/plan.h, "as written").
Result<Relation> QueryParser::lower(Select select, std::vector<SortKey> order) {
  Relation result = select.from;
  if (select.where != nullptr) {
    TRY(filtered, node(Filter{result.plan, select.where}, std::array{result}));
    result = filtered;
  }
  const auto aggregates = [](const auto& item) { return first_aggregate(*item.expr) != nullptr; };
  if (select.group_all) {
    // What is the same for all rows is no key beside aggregates, so that no rows have a group, too.
    const bool constants = std::ranges::none_of(select.columns, aggregates);
    for (const NamedExpr& column : select.columns)
      if (!aggregates(column) && (constants || reads_columns(*column.expr))) select.keys.push_back(column);
  }
  if (select.grouped || std::ranges::any_of(select.columns, aggregates) || std::ranges::any_of(order, aggregates)) {
    TRY(grouped,
        node(
            Aggregation{
                .input = result.plan, .keys = std::move(select.keys), .aggregates = {}, .sets = std::move(select.sets)},
            std::array{result}));
    result = grouped;
  }
  if (select.having != nullptr) {
    TRY(kept, node(Filter{result.plan, select.having}, std::array{result}));
    result = kept;
  }
  Project project{
      .input = result.plan, .columns = std::move(select.columns), .distinct_on = std::move(select.distinct_on)};
  TRY(projected, node(std::move(project), std::array{result}));
  result = projected;
  if (select.distinct) {
    TRY(differing, distinct(result));
    result = differing;
  }
  if (order.empty()) return result;
  return node(Sort{result.plan, std::move(order)}, std::array{result});
}

// Nothing, or ORDER BY and its keys.
Result<std::vector<SortKey>> QueryParser::parse_order_by() {
  std::vector<SortKey> keys;
  if (!cursor_.accept_word("order")) return keys;
  TRY_STATUS(cursor_.expect_word("BY"));
  if (cursor_.at_word("all") && !cursor_.at_symbol("(", 1) && !cursor_.at_symbol(".", 1)) {
    cursor_.take();
    SortKey all{star()};
    TRY_STATUS(parse_sort_direction(cursor_, all));
    keys.push_back(std::move(all));
    return keys;
  }
  do {
    TRY(key, parse_sort_key());
    keys.push_back(std::move(key));
  } while (cursor_.accept_symbol(","));
  return keys;
}

Result<SortKey> QueryParser::parse_sort_key() {
  SortKey key;
  TRY(expr, parse_value());
  key.expr = expr;
  TRY_STATUS(parse_sort_direction(cursor_, key));
  return key;
}

// [LIMIT n | n % | n PERCENT | ALL] [OFFSET n [ROWS]] [FETCH FIRST n ROWS ONLY], in any order.
Result<Relation> QueryParser::parse_limit(Relation input) {
  std::optional<uint64_t> rows_max, offset;
  Limit limit{.input = input.plan, .rows_max = UINT64_MAX, .offset = 0};
  for (;;) {
    if (!rows_max && cursor_.accept_word("limit")) {
      if (cursor_.accept_word("all") || (!at_share(1) && cursor_.accept_word("null"))) {
        rows_max = UINT64_MAX;
      } else {
        TRY(count, parse_row_count("LIMIT", limit.rows_written));
        rows_max = count;
      }
    } else if (!offset && cursor_.accept_word("offset")) {
      TRY(count, parse_row_count("OFFSET", limit.offset_written));
      offset = count;
      if (!cursor_.accept_word("rows")) cursor_.accept_word("row");
    } else if (!rows_max && cursor_.at_word("fetch")) {
      TRY(count, parse_fetch(limit.rows_written));
      rows_max = count;
    } else {
      break;
    }
  }
  if (!rows_max && !offset) return input;
  limit.rows_max = rows_max.value_or(UINT64_MAX);
  limit.offset = offset.value_or(0);
  return node(std::move(limit), std::array{input});
}

// FETCH FIRST | NEXT [n] ROW | ROWS ONLY
Result<uint64_t> QueryParser::parse_fetch(ExprPtr& written) {
  cursor_.take();
  if (!cursor_.accept_word("first")) TRY_STATUS(cursor_.expect_word("NEXT"));
  uint64_t rows = 1;
  if (!cursor_.at_word("row") && !cursor_.at_word("rows")) {
    TRY(count, parse_row_count("FETCH", written));
    rows = count;
  }
  if (!cursor_.accept_word("rows")) TRY_STATUS(cursor_.expect_word("ROW"));
  if (cursor_.at_word("with"))
    return cursor_.unsupported(cursor_.where(), "WITH TIES is not supported", "write ROWS ONLY");
  TRY_STATUS(cursor_.expect_word("ONLY"));
  return rows;
}

// A whole number; anything else is left to resolve() in `written`. n % and n PERCENT are the call limit_percent(n).
Result<uint64_t> QueryParser::parse_row_count(std::string_view clause, ExprPtr& written) {
  const TextPosition where = cursor_.where();
  // 35 %, (30 + 5) % and ? % are not the beginning of 35 % 2.
  const bool number = (cursor_.peek().kind == TokenKind::kNumber || cursor_.at_word("null")) && at_share(1);
  ExprPtr expr;
  if (number) {
    TRY(alone, parse_expression(cursor_.take().text));
    expr = literal(std::get<Literal>(alone->node).value, where);
  } else if (cursor_.at_parameter() && at_share(1)) {
    expr = std::make_shared<const Expr>(Expr{.node = Parameter{cursor_.take_parameter()}, .where = where});
  } else if (cursor_.at_symbol("(") && !query_follows(cursor_, 1) && at_share(tokens_in_parentheses())) {
    cursor_.take();
    TRY(inside, parse_value());
    TRY_STATUS(cursor_.expect_symbol(")"));
    expr = inside;
  } else {
    TRY(whole, parse_value());
    expr = whole;
  }
  if (const Expr* aggregate = first_aggregate(*expr))
    return cursor_.error(aggregate->where, fmt::format("an aggregate must not stand in {}", clause),
                         "compute it in a subquery: LIMIT (SELECT …)");
  if (clause == "LIMIT" && at_share(0)) {
    cursor_.take();
    written = call("limit_percent", {expr}, where);
    return uint64_t{0};
  }
  const auto* given = std::get_if<Literal>(&expr->node);
  const auto* narrow = given == nullptr ? nullptr : std::get_if<int32_t>(&given->value.data);
  const auto* wide = given == nullptr ? nullptr : std::get_if<int64_t>(&given->value.data);
  if (narrow == nullptr && wide == nullptr) {
    written = expr;
    return uint64_t{0};
  }
  const int64_t count = narrow != nullptr ? *narrow : *wide;
  if (is_integer(given->value.type) && count >= 0) return static_cast<uint64_t>(count);
  return cursor_.error(where, fmt::format("{} expects a whole number, found {}", clause, to_text(*expr)));
}

// Of what stands in parentheses at the cursor, with these; up to the end of the text when they do not close.
size_t QueryParser::tokens_in_parentheses() const {
  size_t ahead = 0, open = 0;
  do {
    if (cursor_.peek(ahead).kind == TokenKind::kEnd) return ahead;
    if (cursor_.at_symbol("(", ahead)) ++open;
    if (cursor_.at_symbol(")", ahead)) --open;
    ++ahead;
  } while (open > 0);
  return ahead;
}

// Whether % or PERCENT stands there as the end of a LIMIT.
bool QueryParser::at_share(size_t ahead) const {
  if (cursor_.at_word("percent", ahead)) return true;
  return cursor_.at_symbol("%", ahead) &&
         (cursor_.peek(ahead + 1).kind == TokenKind::kEnd || cursor_.at_symbol(")", ahead + 1) ||
          cursor_.at_symbol(";", ahead + 1) || cursor_.at_word("offset", ahead + 1));
}

Result<ExprPtr> QueryParser::parse_predicate(std::string_view clause) {
  TRY(predicate, parse_value());
  if (const Expr* aggregate = first_aggregate(*predicate))
    return cursor_.error(aggregate->where, fmt::format("an aggregate must not stand in {}", clause),
                         clause == "WHERE" ? "use HAVING, which sees the groups" : "compute it in a subquery");
  return predicate;
}

Result<Relation> QueryParser::bounded(PlanPtr plan, std::span<const Relation> inputs) const {
  Relation result{std::move(plan), 1, 1};
  for (const Relation& input : inputs) {
    result.depth = std::max(result.depth, input.depth + 1);
    result.nodes += input.nodes;
  }
  if (result.depth > limits::kPlanDepthMax)
    return cursor_.error(cursor_.where(),
                         fmt::format("the query is more than {} operators deep", limits::kPlanDepthMax),
                         "split it into several statements", ErrorCode::kLimit);
  if (result.nodes > limits::kPlanNodesMax)
    return cursor_.error(cursor_.where(), fmt::format("the query has more than {} operators", limits::kPlanNodesMax),
                         "a WITH query counts each time it is used", ErrorCode::kLimit);
  return result;
}

}  // namespace headrace
