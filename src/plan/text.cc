#include <fmt/format.h>

#include "base/overloaded.h"
#include "expr/text.h"
#include "plan/plan.h"

namespace headrace {

namespace {

template <class List, class Write>
std::string join_texts(const List& list, Write&& write) {
  std::string result;
  for (const auto& one : list) {
    if (!result.empty()) result += ", ";
    result += write(one);
  }
  return result;
}

std::string quoted(const std::string& text) { return to_literal(Value{kUtf8, text}); }

std::string options_text(const Options& options) {
  if (options.empty()) return "";
  return " (" + join_texts(options, [](const auto& o) { return identifier_text(o.first) + " " + quoted(o.second); }) +
         ")";
}

std::string named_text(const NamedExpr& one) {
  return one.name.empty() ? to_text(*one.expr) : to_text(*one.expr) + " as " + identifier_text(one.name);
}

std::string aggregate_text(const NamedAggregate& one) {
  std::string call;
  if (one.overload == nullptr)
    call = to_text(*one.arguments[0]);
  else
    call = to_text(Expr{.node = AggregateCall{std::string(one.overload->aggregate->name), one.arguments, one.distinct,
                                              one.filter, one.order},
                        .where = {}});
  return call + " as " + identifier_text(one.name);
}

std::string keys_text(const std::vector<SortKey>& keys) { return "[" + to_text(keys) + "]"; }

std::string scan_columns(const TablePtr& table, const std::vector<uint32_t>& columns) {
  if (table == nullptr) return "";
  return " [" +
         join_texts(columns,
                    [&](uint32_t index) {
                      const Column& column = table->schema()[index];
                      return fmt::format("{}#{}: {}{}", identifier_text(column.name), index, to_text(column.type),
                                         column.nullable ? "?" : "");
                    }) +
         "]";
}

std::string scan_file_text(const ScanFile& n) {
  std::string result = "ScanFile " + quoted(n.file.path);
  if (!n.file.format.empty()) result += " " + identifier_text(n.file.format);
  result += options_text(n.file.options) + scan_columns(n.table, n.columns);
  if (!n.pruning.empty())
    result += " pruning [" + join_texts(n.pruning, [](const ExprPtr& e) { return to_text(*e); }) + "]";
  if (n.checked.has_value() && n.table != nullptr) result += " checked" + scan_columns(n.table, *n.checked);
  if (!n.fields.empty() && n.table != nullptr)
    result += " fields [" +
              join_texts(n.fields, [&](const FieldPath& path) { return quoted(path_text(n.table->schema(), path)); }) +
              "]";
  return result;
}

std::string aggregation_text(const Aggregation& n) {
  std::string result = "Aggregate keys [" + join_texts(n.keys, named_text) + "] aggregates [" +
                       join_texts(n.aggregates, aggregate_text) + "]";
  if (n.window_us > 0) result += fmt::format(" window {}", n.window_us);
  if (!n.sets.empty())
    result +=
        " sets [" + join_texts(n.sets, [](const auto& set) { return fmt::format("({})", fmt::join(set, ", ")); }) + "]";
  return result;
}

std::string join_text(const Join& n) {
  std::string result = std::string("Join ") + join_kind_name(n.kind);
  if (!n.keys.empty())
    result += " keys [" +
              join_texts(n.keys,
                         [](const JoinKey& key) {
                           return fmt::format("({} = {}){}", to_text(*key.left), to_text(*key.right),
                                              key.nulls_equal ? " nulls equal" : "");
                         }) +
              "]";
  if (n.natural) result += " natural";
  if (!n.using_columns.empty())
    result +=
        " using [" + join_texts(n.using_columns, [](const std::string& name) { return identifier_text(name); }) + "]";
  if (n.condition != nullptr) result += " on " + to_text(*n.condition);
  return result;
}

std::string limits_text(uint64_t rows_max, uint64_t offset) {
  std::string result = rows_max == UINT64_MAX ? "all" : fmt::format("{}", rows_max);
  if (offset > 0) result += fmt::format(" offset {}", offset);
  return result;
}

std::string limit_text(const Limit& n) {
  std::string result = "Limit " + limits_text(n.rows_max, n.offset);
  if (n.rows_written != nullptr) result += " rows " + to_text(*n.rows_written);
  if (n.offset_written != nullptr) result += " behind " + to_text(*n.offset_written);
  return result;
}

std::string list_text(const std::vector<ExprPtr>& list) {
  return join_texts(list, [](const ExprPtr& one) { return one == nullptr ? "default" : to_text(*one); });
}

std::string project_text(const Project& n) {
  const std::string on = n.distinct_on.empty() ? "" : " distinct on [" + list_text(n.distinct_on) + "]";
  return "Project [" + join_texts(n.columns, named_text) + "]" + on;
}

// " [a: int32, b: utf8?]"; written: nothing.
std::string columns_text(const Schema& columns) {
  if (columns.empty()) return "";
  return " [" +
         join_texts(columns,
                    [](const Column& column) {
                      return fmt::format("{}: {}{}", identifier_text(column.name), to_text(column.type),
                                         column.nullable ? "?" : "");
                    }) +
         "]";
}

// Values [a: int32, b: utf8?] [(1, 'x'), (2, NULL::utf8)]; written: without the columns.
std::string values_text(const Values& n) {
  return "Values" + columns_text(n.columns) + " " + "[" +
         join_texts(n.rows, [](const auto& row) { return "(" + list_text(row) + ")"; }) + "]";
}

std::string node_text(const Plan& plan) {
  return std::visit(
      Overloaded{[](const ScanFile& n) { return scan_file_text(n); },
                 [](const ScanTable& n) {
                   return "ScanTable " + identifier_text(n.name) +
                          (n.alias.empty() ? "" : " as " + identifier_text(n.alias)) + scan_columns(n.table, n.columns);
                 },
                 [](const Range& n) { return fmt::format("Range {} {}", n.begin, n.end); },
                 [](const OneRow&) { return std::string("OneRow"); },
                 [](const Values& n) { return values_text(n); },
                 [](const SetOperation& n) {
                   return std::string(n.kind == SetKind::kIntersect ? "Intersect" : "Except") + (n.all ? " all" : "");
                 },
                 [](const Recursion& n) { return fmt::format("Recursion {}{}", n.id, n.distinct ? " distinct" : ""); },
                 [](const WorkingRows& n) { return fmt::format("WorkingRows {}", n.id) + columns_text(n.columns); },
                 [](const Repeat& n) { return fmt::format("Repeat #{}", n.count); },
                 [](const Unnest& n) { return "Unnest " + to_text(*n.count); },
                 [](const ScalarRow&) { return std::string("ScalarRow"); },
                 [](const Filter& n) { return "Filter " + to_text(*n.predicate); },
                 [](const Project& n) { return project_text(n); },
                 [](const Aggregation& n) { return aggregation_text(n); },
                 [](const Join& n) { return join_text(n); },
                 [](const Sort& n) { return "Sort " + keys_text(n.keys); },
                 [](const TopN& n) { return "TopN " + limits_text(n.rows_max, n.offset) + " " + keys_text(n.keys); },
                 [](const Limit& n) { return limit_text(n); },
                 [](const Sample& n) { return "Sample " + to_text(n.spec); },
                 [](const UnionAll& n) { return std::string(n.by_name ? "UnionAll by name" : "UnionAll"); },
                 [](const Alias& n) {
                   const std::string columns =
                       join_texts(n.columns, [](const std::string& c) { return identifier_text(c); });
                   return "Alias " + identifier_text(n.name) + (n.columns.empty() ? "" : " (" + columns + ")") +
                          (n.function.empty() ? "" : " of " + n.function);
                 },
                 [](const Write& n) {
                   return "Write " + quoted(n.path) + (n.format.empty() ? "" : " " + identifier_text(n.format)) +
                          options_text(n.options);
                 },
                 [](const WriteAll&) { return std::string("WriteAll"); }},
      plan.node);
}

void append_text(const Plan& plan, size_t level, std::string& result) {
  result.append(2 * level, ' ');
  result += node_text(plan);
  result += '\n';
  for (const PlanPtr& input : inputs_of(plan)) append_text(*input, level + 1, result);
}

}  // namespace

std::string to_text(const Plan& plan) {
  std::string result;
  append_text(plan, 0, result);
  return result;
}

}  // namespace headrace
