#include "plan/parse.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/limits.h"
#include "base/nearest_name.h"
#include "expr/parse.h"
#include "expr/typing.h"
#include "plan/resolver.h"
#include "types/parse_value.h"

namespace headrace {

namespace {

// One line of the text: how deep it is, and the node on it.
struct Line {
  size_t level;
  uint32_t number;  // from 1
  std::string_view text;
};

Error on_line(const Line& line, Error error) {
  error.where = fmt::format("plan line {}{}{}", line.number, error.where.empty() ? "" : ": ", error.where);
  return error;
}

Error invalid(std::string message, std::string hint = "") {
  return {ErrorCode::kInvalidPlan, std::move(message), "", std::move(hint)};
}

// Reads one node over its inputs.
class NodeParser {
 public:
  NodeParser(TokenCursor cursor, std::vector<PlanPtr> inputs, Catalog& catalog)
      : cursor_(std::move(cursor)), inputs_(std::move(inputs)), catalog_(catalog) {}

  Result<PlanPtr> parse() {
    constexpr std::string_view kNodes[] = {"ScanFile",  "ScanTable",   "Range",   "OneRow",    "Values", "Repeat",
                                           "Recursion", "WorkingRows", "Unnest",  "ScalarRow", "Filter", "Project",
                                           "Aggregate", "Join",        "Sort",    "TopN",      "Limit",  "Sample",
                                           "UnionAll",  "Write",       "WriteAll"};
    TRY(name, cursor_.take_name("the name of a plan node"));
    auto node = parse_node(name);
    if (!node.ok()) return node;
    if (node.value() == nullptr)
      return invalid(fmt::format("there is no plan node '{}'", name), did_you_mean(name, kNodes));
    TRY_STATUS(cursor_.expect_end());
    return node;
  }

 private:
  Result<PlanPtr> parse_node(const std::string& name) {
    constexpr std::string_view kLeaves[] = {"ScanFile", "ScanTable", "Range", "OneRow", "Values", "WorkingRows"};
    const bool is_leaf = std::ranges::find(kLeaves, name) != std::end(kLeaves);
    const size_t inputs_wanted = name == "Join" || name == "Recursion" ? 2 : is_leaf ? 0 : 1;
    if (name != "UnionAll" && name != "WriteAll" && inputs_.size() != inputs_wanted)
      return invalid(fmt::format("{} expects {} input(s), found {}", name, inputs_wanted, inputs_.size()));
    if (name == "ScanFile") return parse_scan_file();
    if (name == "ScanTable") return parse_scan_table();
    if (name == "Range") return parse_range();
    if (name == "OneRow") return make_resolved(OneRow{});
    if (name == "Values") return parse_values();
    if (name == "Repeat") return parse_repeat();
    if (name == "Recursion") return parse_recursion();
    if (name == "WorkingRows") return parse_working_rows();
    if (name == "ScalarRow") return make_resolved(ScalarRow{inputs_[0]});
    if (name == "Unnest") return parse_unnest();
    if (name == "Filter") return parse_filter();
    if (name == "Project") return parse_project();
    if (name == "Aggregate") return parse_aggregation();
    if (name == "Join") return parse_join();
    if (name == "Sort") return parse_sort();
    if (name == "TopN" || name == "Limit") return parse_limit(name == "TopN");
    if (name == "Sample") return parse_sample_node();
    if (name == "UnionAll") return parse_union();
    if (name == "Write") return parse_write();
    if (name == "WriteAll") return parse_write_all();
    return PlanPtr(nullptr);
  }

  Result<std::string> take_string(std::string_view what) {
    if (cursor_.peek().kind != TokenKind::kString) return cursor_.expected(what);
    return unquoted(cursor_.take());
  }

  Result<int64_t> take_integer(std::string_view what) {
    const bool negative = cursor_.accept_symbol("-");
    const std::string text = (negative ? "-" : "") + std::string(cursor_.peek().text);
    const std::optional<int64_t> number = parse_int64(text);
    if (cursor_.peek().kind != TokenKind::kNumber || !number) return cursor_.expected(what);
    cursor_.take();
    return *number;
  }

  // [ item, item … ]
  template <class Item>
  Status parse_list(Item&& item) {
    TRY_STATUS(cursor_.expect_symbol("["));
    if (cursor_.accept_symbol("]")) return kDone;
    do TRY_STATUS(item());
    while (cursor_.accept_symbol(","));
    return cursor_.expect_symbol("]");
  }

  Result<ExprPtr> parse_resolved(const Schema& schema) {
    TRY(written, parse_expression(cursor_));
    return resolve_expression(*written, scope_of(schema));
  }

  Status parse_options(Options& options) {
    if (!cursor_.accept_symbol("(")) return kDone;
    do {
      TRY(key, cursor_.take_name("an option"));
      TRY(value, take_string("the option's value as a string"));
      options.emplace_back(key, value);
    } while (cursor_.accept_symbol(","));
    return cursor_.expect_symbol(")");
  }

  // name#index: type[?], checked against the table.
  Status parse_columns(const Table& table, std::vector<uint32_t>& columns) {
    return parse_list([&]() -> Status {
      TRY(name, cursor_.take_name("a column"));
      const Token token = cursor_.peek();
      uint32_t index = 0;
      if (token.kind != TokenKind::kColumnIndex ||
          std::from_chars(token.text.data() + 1, token.text.data() + token.text.size(), index).ec != std::errc())
        return cursor_.expected("a column's index: #0");
      cursor_.take();
      TRY_STATUS(cursor_.expect_symbol(":"));
      TRY(type, parse_type(cursor_));
      cursor_.accept_symbol("?");
      const Schema& schema = table.schema();
      if (index >= schema.size() || schema[index].name != name || schema[index].type != type)
        return invalid(fmt::format("{} has no column {}#{} of type {}", table.describe(), name, index, to_text(type)),
                       "its columns are " + to_text(schema));
      columns.push_back(index);
      return kDone;
    });
  }

  Result<PlanPtr> parse_scan_file() {
    ScanFile node;
    TRY(path, take_string("the file's path as a string"));
    node.file.path = path;
    if (!cursor_.at_symbol("[") && !cursor_.at_symbol("(")) {
      TRY(format, cursor_.take_name("the file's format"));
      node.file.format = format;
    }
    TRY_STATUS(parse_options(node.file.options));
    TRY(table, catalog_.open_file(node.file));
    node.table = table;
    TRY_STATUS(parse_columns(*table, node.columns));
    if (cursor_.accept_word("pruning")) {
      const Schema output = derive_schema(Plan{node, {}});
      TRY_STATUS(parse_list([&]() -> Status {
        TRY(conjunct, parse_resolved(output));
        node.pruning.push_back(conjunct);
        return kDone;
      }));
    }
    if (cursor_.accept_word("checked")) TRY_STATUS(parse_columns(*table, node.checked.emplace()));
    if (cursor_.accept_word("fields")) {
      TRY_STATUS(parse_list([&]() -> Status {
        TRY(text, take_string("a field's path as a string"));
        TRY(path, parse_path(table->schema(), text));
        node.fields.push_back(std::move(path));
        return kDone;
      }));
    }
    return make_resolved(std::move(node));
  }

  Result<PlanPtr> parse_scan_table() {
    ScanTable node;
    TRY(name, cursor_.take_name("a table"));
    node.name = name;
    if (cursor_.accept_word("as")) {
      TRY(alias, cursor_.take_name("an alias"));
      node.alias = alias;
    }
    node.table = catalog_.find_table(name);
    if (node.table == nullptr)
      return invalid(fmt::format("there is no table '{}'", name), did_you_mean(name, catalog_.names()));
    TRY_STATUS(parse_columns(*node.table, node.columns));
    return make_resolved(std::move(node));
  }

  Result<PlanPtr> parse_range() {
    TRY(begin, take_integer("where the range begins"));
    TRY(end, take_integer("where the range ends"));
    return make_resolved(Range{begin, end});
  }

  Result<Schema> parse_schema() {
    Schema schema;
    TRY_STATUS(parse_list([&]() -> Status {
      TRY(name, cursor_.take_name("a column"));
      TRY_STATUS(cursor_.expect_symbol(":"));
      TRY(type, parse_type(cursor_));
      schema.push_back({name, type, cursor_.accept_symbol("?")});
      return kDone;
    }));
    return schema;
  }

  Result<uint32_t> parse_recursion_id() {
    const TextPosition where = cursor_.where();
    TRY(id, take_integer("the number of the recursion"));
    if (id < 0 || id > UINT32_MAX) return cursor_.error(where, fmt::format("there is no recursion {}", id));
    return static_cast<uint32_t>(id);
  }

  Result<PlanPtr> parse_recursion() {
    TRY(id, parse_recursion_id());
    const bool distinct = cursor_.accept_word("distinct");
    return make_resolved(Recursion{inputs_[0], inputs_[1], id, distinct});
  }

  Result<PlanPtr> parse_working_rows() {
    TRY(id, parse_recursion_id());
    TRY(columns, parse_schema());
    return make_resolved(WorkingRows{id, std::move(columns)});
  }

  Result<PlanPtr> parse_values() {
    Values node;
    TRY(columns, parse_schema());
    node.columns = std::move(columns);
    TRY_STATUS(parse_list([&]() -> Status {
      TRY_STATUS(cursor_.expect_symbol("("));
      std::vector<ExprPtr> row;
      do {
        TRY(value, parse_resolved({}));
        row.push_back(value);
      } while (cursor_.accept_symbol(","));
      node.rows.push_back(std::move(row));
      return cursor_.expect_symbol(")");
    }));
    return make_resolved(std::move(node));
  }

  Result<PlanPtr> parse_repeat() {
    const Token token = cursor_.peek();
    uint32_t index = 0;
    if (token.kind != TokenKind::kColumnIndex ||
        std::from_chars(token.text.data() + 1, token.text.data() + token.text.size(), index).ec != std::errc() ||
        index >= inputs_[0]->schema.size())
      return cursor_.expected("the index of the column of counts: #0");
    cursor_.take();
    return make_resolved(Repeat{inputs_[0], index});
  }

  Result<PlanPtr> parse_unnest() {
    TRY(count, parse_resolved(inputs_[0]->schema));
    if (count->type != kInt64) return invalid("Unnest expects an int64, found " + to_text(count->type), "");
    return make_resolved(Unnest{inputs_[0], count});
  }

  Result<PlanPtr> parse_filter() {
    TRY(predicate, parse_resolved(inputs_[0]->schema));
    return make_resolved(Filter{inputs_[0], predicate});
  }

  Result<NamedExpr> parse_named() {
    TRY(expr, parse_resolved(inputs_[0]->schema));
    TRY_STATUS(cursor_.expect_word("as"));
    TRY(name, cursor_.take_name("the column's name"));
    return NamedExpr{expr, name};
  }

  Status parse_named_list(std::vector<NamedExpr>& list) {
    return parse_list([&]() -> Status {
      TRY(one, parse_named());
      list.push_back(one);
      return kDone;
    });
  }

  Result<PlanPtr> parse_project() {
    Project node{inputs_[0], {}};
    TRY_STATUS(parse_named_list(node.columns));
    return make_resolved(std::move(node));
  }

  Result<PlanPtr> parse_aggregation() {
    Aggregation node{inputs_[0], {}, {}, 0};
    TRY_STATUS(cursor_.expect_word("keys"));
    TRY_STATUS(parse_named_list(node.keys));
    TRY_STATUS(cursor_.expect_word("aggregates"));
    TRY_STATUS(parse_list([&]() -> Status {
      TRY(written, parse_expression(cursor_));
      const auto* call = std::get_if<AggregateCall>(&written->node);
      if (call == nullptr) return cursor_.expected("an aggregate");
      TRY(resolved, resolve_aggregate(*call, written->where, scope_of(inputs_[0]->schema)));
      TRY_STATUS(cursor_.expect_word("as"));
      TRY(name, cursor_.take_name("the column's name"));
      node.aggregates.push_back({resolved.overload, resolved.arguments, name, resolved.type, resolved.distinct,
                                 resolved.filter, resolved.order});
      return kDone;
    }));
    if (cursor_.accept_word("window")) {
      TRY(window_us, take_integer("the window in microseconds"));
      node.window_us = window_us;
    }
    return make_resolved(std::move(node));
  }

  Result<PlanPtr> parse_join() {
    Join node{inputs_[0], inputs_[1], JoinKind::kInner, {}, nullptr, {}};
    TRY(name, cursor_.take_name("the kind of join"));
    const std::optional<JoinKind> kind = join_kind_of(name);
    if (!kind) return invalid(fmt::format("there is no kind of join '{}'", name));
    node.kind = *kind;
    if (cursor_.accept_word("keys"))
      TRY_STATUS(parse_list([&]() -> Status {
        TRY(written, parse_expression(cursor_));
        const auto* equality = std::get_if<Call>(&written->node);
        if (equality == nullptr || equality->function != "eq") return cursor_.expected("an equality of two keys");
        TRY(left, resolve_expression(*equality->arguments[0], scope_of(inputs_[0]->schema)));
        TRY(right, resolve_expression(*equality->arguments[1], scope_of(inputs_[1]->schema)));
        const bool nulls_equal = cursor_.accept_word("nulls");
        if (nulls_equal) TRY_STATUS(cursor_.expect_word("equal"));
        node.keys.push_back({left, right, nulls_equal});
        return kDone;
      }));
    if (cursor_.accept_word("on")) {
      TRY(condition, parse_resolved(pair_schema(node)));
      node.condition = condition;
    }
    return make_resolved(std::move(node));
  }

  Status parse_sort_keys(std::vector<SortKey>& keys) {
    return parse_list([&]() -> Status {
      SortKey key;
      TRY(expr, parse_resolved(inputs_[0]->schema));
      key.expr = expr;
      key.descending = cursor_.accept_word("desc");
      if (cursor_.accept_word("nulls")) {
        TRY_STATUS(cursor_.expect_word("first"));
        key.nulls_first = true;
      }
      keys.push_back(key);
      return kDone;
    });
  }

  Result<PlanPtr> parse_sort() {
    Sort node{inputs_[0], {}};
    TRY_STATUS(parse_sort_keys(node.keys));
    return make_resolved(std::move(node));
  }

  Result<PlanPtr> parse_limit(bool sorted) {
    uint64_t rows_max = UINT64_MAX, offset = 0;
    if (!cursor_.accept_word("all")) {
      TRY(rows, take_integer("a number of rows"));
      if (rows < 0) return invalid("a number of rows is negative");
      rows_max = static_cast<uint64_t>(rows);
    }
    if (cursor_.accept_word("offset")) {
      TRY(rows, take_integer("a number of rows"));
      if (rows < 0) return invalid("a number of rows is negative");
      offset = static_cast<uint64_t>(rows);
    }
    if (!sorted) return make_resolved(Limit{inputs_[0], rows_max, offset});
    TopN node{inputs_[0], {}, rows_max, offset};
    TRY_STATUS(parse_sort_keys(node.keys));
    return make_resolved(std::move(node));
  }

  Result<PlanPtr> parse_sample_node() {
    TRY(spec, parse_sample(cursor_));
    return make_resolved(Sample{inputs_[0], spec});
  }

  Result<PlanPtr> parse_union() {
    if (inputs_.empty()) return invalid("UnionAll expects inputs, found none");
    for (const PlanPtr& input : inputs_)
      if (input->schema.size() != inputs_[0]->schema.size())
        return invalid("the inputs of UnionAll differ in their number of columns");
    return make_resolved(UnionAll{inputs_});
  }

  Result<PlanPtr> parse_write_all() {
    if (inputs_.empty()) return invalid("WriteAll expects inputs, found none");
    return make_resolved(WriteAll{inputs_});
  }

  Result<PlanPtr> parse_write() {
    Write node{inputs_[0], "", "", {}};
    TRY(path, take_string("the file's path as a string"));
    node.path = path;
    if (!cursor_.at_end() && !cursor_.at_symbol("(")) {
      TRY(format, cursor_.take_name("the file's format"));
      node.format = format;
    }
    TRY_STATUS(parse_options(node.options));
    return make_resolved(std::move(node));
  }

  TokenCursor cursor_;
  std::vector<PlanPtr> inputs_;
  Catalog& catalog_;
};

Result<std::vector<Line>> lines_of(std::string_view text) {
  std::vector<Line> lines;
  for (uint32_t number = 1; !text.empty(); ++number) {
    const size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? "" : text.substr(end + 1);
    const size_t spaces = line.find_first_not_of(' ');
    if (spaces == std::string_view::npos) continue;
    lines.push_back({spaces / 2, number, line.substr(spaces)});
    if (spaces % 2 != 0)
      return on_line(lines.back(), invalid("a plan is indented by two spaces per level, found an odd number"));
  }
  if (lines.empty()) return invalid("the plan has no line");
  return lines;
}

// The node at lines[at] with the deeper lines behind it; `at` moves behind them.
Result<PlanPtr> parse_subtree(const std::vector<Line>& lines, size_t& at, Catalog& catalog) {
  const Line& line = lines[at++];
  if (line.level > limits::kExpressionDepthMax) return on_line(line, invalid("the plan is nested too deeply"));
  std::vector<PlanPtr> inputs;
  while (at < lines.size() && lines[at].level > line.level) {
    if (lines[at].level != line.level + 1)
      return on_line(lines[at], invalid("this line is indented deeper than its parent allows"));
    TRY(input, parse_subtree(lines, at, catalog));
    inputs.push_back(input);
  }
  auto cursor = TokenCursor::over(line.text);
  if (!cursor.ok()) return on_line(line, cursor.error());
  auto node = NodeParser(cursor.value(), std::move(inputs), catalog).parse();
  if (!node.ok()) return on_line(line, node.error());
  return node;
}

}  // namespace

Result<PlanPtr> parse_plan(std::string_view text, Catalog& catalog) {
  TRY(lines, lines_of(text));
  // A whole plan may be indented, as in goldens.
  const size_t base = lines[0].level;
  for (Line& line : lines) {
    if (line.level < base) return on_line(line, invalid("this line is indented less than the first"));
    line.level -= base;
  }
  size_t at = 0;
  TRY(plan, parse_subtree(lines, at, catalog));
  if (at != lines.size()) return on_line(lines[at], invalid("a second plan begins here, expected one"));
  TRY_STATUS(verify(*plan));
  return plan;
}

}  // namespace headrace
