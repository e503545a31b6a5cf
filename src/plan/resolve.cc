#include "plan/resolve.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/nearest_name.h"
#include "base/overloaded.h"
#include "expr/coerce.h"
#include "plan/resolver.h"
#include "types/nested_type.h"

namespace headrace {

namespace {

Error invalid(TextPosition where, std::string message, std::string hint = "") {
  return {ErrorCode::kInvalidPlan, std::move(message), to_text(where), std::move(hint)};
}

std::vector<uint32_t> all_columns(const Schema& schema) {
  std::vector<uint32_t> columns(schema.size());
  for (uint32_t i = 0; i < columns.size(); ++i) columns[i] = i;
  return columns;
}

// "data/orders.parquet", "https://host/orders.parquet?version=3" → "orders"
std::string stem_of(const std::string& path) {
  const bool is_url = path.find("://") != std::string::npos;
  const std::string place = is_url ? path.substr(0, path.find_first_of("?#")) : path;
  const size_t slash = place.find_last_of('/');
  const std::string name = slash == std::string::npos ? place : place.substr(slash + 1);
  return name.substr(0, name.find('.'));
}

void requalify(Scope& scope, const std::string& qualifier) {
  for (ScopeColumn& column : scope) column.qualifier = qualifier;
}

Bound bound_scan(PlanPtr plan, const std::string& qualifier) {
  Scope scope = scope_of(plan->schema, qualifier);
  return {std::move(plan), std::move(scope)};
}

}  // namespace

Result<PlanPtr> with_whole_types(const PlanPtr& plan) {
  Project project{plan, {}};
  bool differs = false;
  for (uint32_t i = 0; i < plan->schema.size(); ++i) {
    const Type type = with_nulls_as(plan->schema[i].type, kInt32);
    TRY(whole, cast_expr(column_of(plan->schema, i), type));
    differs = differs || type != plan->schema[i].type;
    project.columns.push_back({whole, plan->schema[i].name});
  }
  return differs ? make_resolved(std::move(project)) : plan;
}

ExprPtr column_of(const Schema& schema, uint32_t index) {
  return column_index(index, schema[index].name, schema[index].type, schema[index].nullable);
}

bool gives_only_nulls(const Plan& plan, uint32_t column) {
  if (column >= plan.schema.size() || plan.schema[column].type != kInt32 || !plan.schema[column].nullable) return false;
  const auto expression = [&](const Expr& expr, const Plan& input) {
    const auto* node = std::get_if<ColumnIndex>(&expr.node);
    return node != nullptr ? gives_only_nulls(input, node->index) : gives_only_nulls(expr, Scope());
  };
  const auto every = [](const auto& parts, const auto& is_so) { return std::ranges::all_of(parts, is_so); };
  return std::visit(
      Overloaded{[&](const Project& n) { return expression(*n.columns[column].expr, *n.input); },
                 [&](const Aggregation& n) {
                   if (column < n.keys.size()) return expression(*n.keys[column].expr, *n.input);
                   const NamedAggregate& one = n.aggregates[column - n.keys.size()];
                   const bool gives_values = one.overload->result_by_layout && one.type == one.arguments[0]->type;
                   return gives_values && expression(*one.arguments[0], *n.input);
                 },
                 [&](const Values& n) {
                   return every(n.rows, [&](const auto& row) { return gives_only_nulls(*row[column], Scope()); });
                 },
                 [&](const UnionAll& n) {
                   return every(n.inputs, [&](const PlanPtr& input) { return gives_only_nulls(*input, column); });
                 },
                 [&](const Join& n) {
                   const auto left_columns = static_cast<uint32_t>(n.left->schema.size());
                   return column < left_columns
                              ? gives_only_nulls(*n.left, column)
                              : n.kind != JoinKind::kMark && gives_only_nulls(*n.right, column - left_columns);
                 },
                 [&](const Repeat& n) { return gives_only_nulls(*n.input, column < n.count ? column : column + 1); },
                 [&](const Filter& n) { return gives_only_nulls(*n.input, column); },
                 [&](const Sort& n) { return gives_only_nulls(*n.input, column); },
                 [&](const TopN& n) { return gives_only_nulls(*n.input, column); },
                 [&](const Limit& n) { return gives_only_nulls(*n.input, column); },
                 [&](const Sample& n) { return gives_only_nulls(*n.input, column); },
                 [&](const Unnest& n) { return gives_only_nulls(*n.input, column); },
                 [&](const ScalarRow& n) { return gives_only_nulls(*n.input, column); },
                 [](const auto&) { return false; }},
      plan.node);
}

ExprPtr untyped_column_of(const Plan& plan, uint32_t index, uint32_t offset) {
  const Column& column = plan.schema[index];
  const Type type = gives_only_nulls(plan, index) ? kNullType : column.type;
  return column_index(index + offset, column.name, type, column.nullable);
}

Result<std::optional<uint32_t>> ordinal_of(const Expr& written, size_t columns, std::string_view clause) {
  const auto* node = std::get_if<Literal>(&written.node);
  if (node == nullptr || node->value.type != kInt32 || node->value.is_null()) return std::optional<uint32_t>();
  const int32_t ordinal = std::get<int32_t>(node->value.data);
  if (ordinal < 1 || static_cast<size_t>(ordinal) > columns)
    return invalid(written.where,
                   fmt::format("{} {} names no column: the select list has {}", clause, ordinal, columns));
  return std::optional<uint32_t>(static_cast<uint32_t>(ordinal - 1));
}

Result<Bound> Resolver::bind(const Plan& written) {
  if (++depth_ > kDepthMax)
    return Error{ErrorCode::kLimit, "subqueries and views are nested too deeply", "", "a view must not read itself"};
  auto result = bind_node(written);
  --depth_;
  if (result.ok())
    for (uint32_t i = 0; i < result.value().scope.size(); ++i)
      result.value().scope[i].only_nulls = gives_only_nulls(*result.value().plan, i);
  return result;
}

Result<Bound> Resolver::bind_file(const ScanFile& node) {
  auto opened = catalog_.open_file(node.file);
  if (!opened.ok()) return opened.error();
  const TablePtr& table = opened.value();
  return bound_scan(make_resolved(ScanFile{node.file, table, all_columns(table->schema()), {}}),
                    stem_of(node.file.path));
}

Result<Bound> Resolver::bind_table(const ScanTable& node) {
  const std::string qualifier = node.alias.empty() ? node.name : node.alias;
  if (const TablePtr table = catalog_.find_table(node.name))
    return bound_scan(make_resolved(ScanTable{node.name, node.alias, table, all_columns(table->schema()), node.where}),
                      qualifier);
  if (const PlanPtr view = catalog_.find_view(node.name)) {
    TRY(bound, bind(*view));
    requalify(bound.scope, qualifier);
    return bound;
  }
  std::string hint = did_you_mean(node.name, catalog_.names());
  if (hint.empty()) hint = "a file is written in quotes: FROM 'orders.parquet'";
  return invalid(node.where, fmt::format("there is no table or view '{}'", node.name), std::move(hint));
}

Result<Bound> Resolver::bind_alias(const Alias& node) {
  TRY(input, bind(*node.input));
  requalify(input.scope, node.name);
  if (node.columns.empty()) return input;
  const Schema& schema = input.plan->schema;
  if (node.columns.size() > schema.size())
    return invalid({}, fmt::format("{} names {} columns, but the query in it has {}", node.name, node.columns.size(),
                                   schema.size()));
  Project project{input.plan, {}};
  for (uint32_t i = 0; i < schema.size(); ++i) {
    const std::string& name = i < node.columns.size() ? node.columns[i] : schema[i].name;
    project.columns.push_back({column_of(schema, i), name});
    input.scope[i].column.name = name;
    input.scope[i].other_name = node.function;
  }
  return Bound{make_resolved(std::move(project)), input.scope};
}

Result<Bound> Resolver::bind_node(const Plan& written) {
  return std::visit(
      Overloaded{[&](const ScanFile& n) { return bind_file(n); }, [&](const ScanTable& n) { return bind_table(n); },
                 [&](const Range& n) -> Result<Bound> {
                   if (n.end < n.begin) return bound_scan(make_resolved(Range{n.begin, n.begin}), "range");
                   int64_t rows = 0;
                   if (__builtin_sub_overflow(n.end, n.begin, &rows))
                     return Error{ErrorCode::kLimit,
                                  fmt::format("range({}, {}) has more than {} rows", n.begin, n.end, INT64_MAX), "",
                                  ""};
                   return bound_scan(make_resolved(n), "range");
                 },
                 [&](const OneRow& n) -> Result<Bound> { return bound_scan(make_resolved(n), ""); },
                 [&](const Join& n) { return bind_join(n); },
                 [&](const TopN& n) -> Result<Bound> {
                   TRY(input, bind(*make_plan(Limit{make_plan(Sort{n.input, n.keys}), n.rows_max, n.offset})));
                   return input;
                 },
                 [&](const Sample& n) -> Result<Bound> {
                   TRY(input, bind(*n.input));
                   return Bound{make_resolved(Sample{input.plan, n.spec}), input.scope};
                 },
                 [&](const Limit& n) { return bind_limit(n); }, [&](const Values& n) { return bind_values(n); },
                 [&](const SetOperation& n) { return bind_set_operation(n); },
                 [&](const Recursion& n) { return bind_recursion(n); },
                 [&](const WorkingRows& n) { return bind_working_rows(n); },
                 [&](const Repeat& n) -> Result<Bound> {
                   TRY(input, bind(*n.input));
                   return bound_scan(make_resolved(Repeat{input.plan, n.count}), "");
                 },
                 [&](const ScalarRow& n) -> Result<Bound> {
                   TRY(input, bind(*n.input));
                   return bound_scan(make_resolved(ScalarRow{input.plan}), "");
                 },
                 [&](const UnionAll& n) { return bind_union(n); }, [&](const Alias& n) { return bind_alias(n); },
                 [&](const Write& n) -> Result<Bound> {
                   TRY(input, bind(*n.input));
                   TRY(whole, with_whole_types(input.plan));
                   return bound_scan(make_resolved(Write{whole, n.path, n.format, n.options}), "");
                 },
                 [&](const WriteAll& n) -> Result<Bound> {
                   WriteAll all;
                   for (const PlanPtr& input : n.inputs) {
                     TRY(bound, bind(*input));
                     all.inputs.push_back(bound.plan);
                   }
                   return bound_scan(make_resolved(std::move(all)), "");
                 },
                 [&](const auto&) { return bind_select(written); }},
      written.node);
}

Result<PlanPtr> resolve(const Plan& written, Catalog& catalog) {
  TRY(bound, Resolver(catalog).bind(written));
  return with_whole_types(bound.plan);
}

}  // namespace headrace
