// A SELECT block: [Sort] over [Project] over Filters over [Aggregation] over the rest.
#include <algorithm>
#include <ranges>

#include <fmt/format.h>

#include "base/check.h"
#include "base/overloaded.h"
#include "plan/grouping.h"
#include "plan/resolver.h"

namespace headrace {

namespace {

Error invalid(TextPosition where, std::string message, std::string hint = "") {
  return {ErrorCode::kInvalidPlan, std::move(message), to_text(where), std::move(hint)};
}

// The written parts of a block, from the top.
struct Block {
  const Sort* sort = nullptr;
  const Project* project = nullptr;
  std::vector<const Filter*> having;  // from the top
  const Aggregation* aggregation = nullptr;
  const Plan* input = nullptr;        // what the parts above stand on
};

bool block_aggregates(const Block& block) {
  if (block.project != nullptr)
    for (const NamedExpr& column : block.project->columns)
      if (has_aggregate(*column.expr)) return true;
  if (block.sort != nullptr)
    for (const SortKey& key : block.sort->keys)
      if (has_aggregate(*key.expr)) return true;
  return false;
}

Block take_apart(const Plan& written) {
  Block block;
  const Plan* at = &written;
  if (const auto* sort = std::get_if<Sort>(&at->node)) {
    block.sort = sort;
    at = sort->input.get();
  }
  if (const auto* project = std::get_if<Project>(&at->node)) {
    block.project = project;
    at = project->input.get();
  }
  block.input = at;
  std::vector<const Filter*> filters;
  for (const Filter* filter; (filter = std::get_if<Filter>(&at->node)) != nullptr; at = filter->input.get())
    filters.push_back(filter);
  if (const auto* aggregation = std::get_if<Aggregation>(&at->node)) {
    block.having = std::move(filters);
    block.aggregation = aggregation;
    block.input = aggregation->input.get();
    return block;
  }
  // Without GROUP BY, the Filters down to the last that aggregates are HAVING, the others WHERE.
  while (!filters.empty() && !has_aggregate(*filters.back()->predicate)) filters.pop_back();
  if (!filters.empty()) block.input = filters.back()->input.get();
  block.having = std::move(filters);
  return block;
}

std::string column_label(const NamedExpr& written) {
  if (!written.name.empty()) return written.name;
  const auto* name = std::get_if<ColumnName>(&written.expr->node);
  return name != nullptr ? name->name : to_text(*written.expr);
}

// Star and t.* as the columns that they stand for.
Result<std::vector<NamedExpr>> expand_stars(const std::vector<NamedExpr>& written, const Scope& scope) {
  std::vector<NamedExpr> result;
  for (const NamedExpr& column : written) {
    const auto* star = std::get_if<Star>(&column.expr->node);
    if (star == nullptr) {
      result.push_back(column);
      continue;
    }
    const size_t before = result.size();
    for (uint32_t i = 0; i < scope.size(); ++i) {
      const bool wanted = star->table.empty() ? !scope[i].merged : same_name(scope[i].qualifier, star->table);
      const Column& found = scope[i].column;
      if (wanted) result.push_back({column_index(i, found.name, found.type, found.nullable), found.name});
    }
    if (result.size() == before)
      return invalid(column.expr->where,
                     star->table.empty() ? "* stands for no column: there is no FROM"
                                         : fmt::format("there is no table '{}' for {}.*", star->table, star->table),
                     star->table.empty() ? "" : "name a table or an alias of FROM");
  }
  return result;
}

// The columns behind a Star, each in the place of the Star's column of its name, if there is one.
Result<std::vector<NamedExpr>> replace_columns(const Project& project, const Scope& scope) {
  std::vector<NamedExpr> result;
  std::vector<std::string> given;
  for (const NamedExpr& column : project.columns) {
    if (std::holds_alternative<Star>(column.expr->node)) {
      TRY(expanded, expand_stars({column}, scope));
      result.insert(result.end(), expanded.begin(), expanded.end());
      continue;
    }
    const std::string name = column_label(column);
    const auto has_name = [&](const NamedExpr& other) { return same_name(column_label(other), name); };
    if (std::any_of(given.begin(), given.end(), [&](const std::string& other) { return same_name(other, name); }))
      return invalid(column.expr->where, fmt::format("with_columns makes the column '{}' twice", name),
                     "give one of them another name: .as(\"name\")");
    given.push_back(name);
    const auto count = std::count_if(result.begin(), result.end(), has_name);
    if (count > 1)
      return invalid(column.expr->where,
                     fmt::format("with_columns would replace '{}', but {} columns have that name", name, count),
                     "select() the columns under different names first");
    if (count == 1)
      *std::find_if(result.begin(), result.end(), has_name) = {column.expr, name};
    else
      result.push_back({column.expr, name});
  }
  return result;
}

// What the Project and the Sort of a block read: the rows below, or the groups made of them.
class Below {
 public:
  explicit Below(Bound rows) : rows_(std::move(rows)) {}
  Below(Bound rows, Grouping grouping) : rows_(std::move(rows)), grouping_(std::move(grouping)) {}

  const Scope& star_scope() const { return rows_.scope; }
  Result<ExprPtr> resolve(const Expr& written) {
    if (grouping_) return grouping_->resolve(written);
    return resolve_expression(written, rows_.scope);
  }
  // `aliases`: the select list, whose names HAVING may use.
  Result<ExprPtr> predicate(const Expr& written, const Project* aliases) {
    if (grouping_ && aliases != nullptr) grouping_->set_aliases(aliases->columns);
    auto replaced_or_error = resolve(written);
    if (grouping_) grouping_->set_aliases({});
    TRY(replaced, std::move(replaced_or_error));
    return resolve_predicate(*replaced, scope(), grouping_ ? "HAVING" : "WHERE");
  }
  const Scope& scope() {
    if (grouping_) grouped_ = grouping_->scope();
    return grouping_ ? grouped_ : rows_.scope;
  }
  Result<PlanPtr> plan() const {
    if (grouping_) return grouping_->plan();
    return rows_.plan;
  }

 private:
  Bound rows_;
  std::optional<Grouping> grouping_;
  Scope grouped_;
};

// A bare column that keeps its name keeps its table's too: ORDER BY t.x after SELECT DISTINCT t.x.
std::string kept_qualifier(const NamedExpr& column, const Scope& below) {
  const auto* node = std::get_if<ColumnIndex>(&column.expr->node);
  if (node == nullptr || below[node->index].column.name != column.name) return "";
  return below[node->index].qualifier;
}

struct OutputSort {
  std::vector<SortKey> keys;
  std::vector<NamedExpr> hidden;  // columns that only the sort reads, behind the outputs
};

// A bare name or ordinal means an output column; anything else is read below the Project, then among the outputs.
Result<OutputSort> bind_sort(const Sort& sort, const std::vector<NamedExpr>& outputs, Below& below) {
  OutputSort result;
  Schema schema;
  for (const NamedExpr& column : outputs) schema.push_back({column.name, column.expr->type, column.expr->nullable});
  const Scope scope = scope_of(schema);
  for (const SortKey& key : sort.keys) {
    TRY(ordinal, ordinal_of(*key.expr, outputs.size(), "ORDER BY"));
    std::optional<uint32_t> position = ordinal;
    const auto* name = std::get_if<ColumnName>(&key.expr->node);
    if (!position && name != nullptr && name->table.empty())
      if (const auto found = find_column(*name, key.expr->where, scope); found.ok()) position = found.value();
    if (!position) {
      auto resolved = below.resolve(*key.expr);
      if (!resolved.ok()) {
        auto over_outputs = resolve_expression(*key.expr, scope);
        if (!over_outputs.ok()) return resolved.error();
        result.keys.push_back({over_outputs.value(), key.descending, key.nulls_first});
        continue;
      }
      std::vector<NamedExpr> all = outputs;
      all.insert(all.end(), result.hidden.begin(), result.hidden.end());
      const auto equal = [&](const NamedExpr& column) { return same(*column.expr, *resolved.value()); };
      position = static_cast<uint32_t>(std::find_if(all.begin(), all.end(), equal) - all.begin());
      if (*position == all.size()) {
        result.hidden.push_back({resolved.value(), fmt::format("sort key {}", result.hidden.size() + 1)});
        all.push_back(result.hidden.back());
      }
      const ExprPtr& expr = all[*position].expr;
      result.keys.push_back(
          {column_index(*position, all[*position].name, expr->type, expr->nullable), key.descending, key.nulls_first});
      continue;
    }
    result.keys.push_back({column_of(schema, *position), key.descending, key.nulls_first});
  }
  return result;
}

Result<PlanPtr> with_filters(const std::vector<ExprPtr>& predicates, PlanPtr plan) {
  for (const ExprPtr& predicate : std::views::reverse(predicates)) plan = make_resolved(Filter{plan, predicate});
  return plan;
}

Result<Bound> bind_block(const Block& block, Below& below) {
  std::vector<ExprPtr> predicates;
  for (const Filter* filter : block.having) {
    TRY(predicate, below.predicate(*filter->predicate, block.project));
    predicates.push_back(predicate);
  }
  if (block.project == nullptr) {
    const Scope scope = below.scope();
    TRY(base, below.plan());
    TRY(filtered, with_filters(predicates, base));
    return Bound{filtered, scope};
  }
  TRY(written, block.project->replaces ? replace_columns(*block.project, below.star_scope())
                                       : expand_stars(block.project->columns, below.star_scope()));
  std::vector<NamedExpr> outputs;
  for (const NamedExpr& column : written) {
    TRY(expr, below.resolve(*column.expr));
    outputs.push_back({expr, column_label(column)});
  }
  OutputSort sort;
  if (block.sort != nullptr) {
    TRY(bound, bind_sort(*block.sort, outputs, below));
    sort = std::move(bound);
  }
  Scope scope;
  for (const NamedExpr& column : outputs)
    scope.push_back({kept_qualifier(column, below.scope()), {column.name, column.expr->type, column.expr->nullable}});
  TRY(base, below.plan());
  TRY(filtered, with_filters(predicates, base));
  std::vector<NamedExpr> columns = outputs;
  columns.insert(columns.end(), sort.hidden.begin(), sort.hidden.end());
  PlanPtr plan = make_resolved(Project{filtered, std::move(columns)});
  if (block.sort != nullptr) plan = make_resolved(Sort{plan, sort.keys});
  if (!sort.hidden.empty()) {
    Project shown{plan, {}};
    for (uint32_t i = 0; i < outputs.size(); ++i)
      shown.columns.push_back({column_of(plan->schema, i), outputs[i].name});
    plan = make_resolved(std::move(shown));
  }
  return Bound{plan, std::move(scope)};
}

// Keys written as ordinals or aliases of the select list, and Star keys (DISTINCT), as expressions over the input.
Result<std::vector<NamedExpr>> bind_keys(const Block& block, const Scope& input) {
  if (block.aggregation == nullptr) return std::vector<NamedExpr>{};
  TRY(written, expand_stars(block.aggregation->keys, input));
  std::vector<NamedExpr> keys;
  for (const NamedExpr& key : written) {
    NamedExpr meant = key;
    if (block.project != nullptr) {
      const auto& columns = block.project->columns;
      TRY(ordinal, ordinal_of(*key.expr, columns.size(), "GROUP BY"));
      if (ordinal) meant = {columns[*ordinal].expr, columns[*ordinal].name};
      const auto* name = std::get_if<ColumnName>(&key.expr->node);
      if (name != nullptr && name->table.empty() && !find_column(*name, key.expr->where, input).ok())
        for (const NamedExpr& column : columns)
          if (same_name(column.name, name->name)) meant = column;
    }
    if (has_aggregate(*meant.expr))
      return invalid(key.expr->where, fmt::format("GROUP BY cannot use the aggregate {}", to_text(*meant.expr)),
                     "group by its input, or aggregate in a subquery");
    TRY(expr, resolve_expression(*meant.expr, input));
    keys.push_back({expr, column_label(meant)});
  }
  return keys;
}

}  // namespace

Result<Bound> Resolver::bind_plain_sort(const Sort& node) {
  TRY(input, bind(*node.input));
  Sort sort{input.plan, {}};
  for (const SortKey& key : node.keys) {
    TRY(ordinal, ordinal_of(*key.expr, input.scope.size(), "ORDER BY"));
    ExprPtr expr = ordinal ? column_of(input.plan->schema, *ordinal) : nullptr;
    if (expr == nullptr) {
      TRY(resolved, resolve_expression(*key.expr, input.scope));
      expr = resolved;
    }
    sort.keys.push_back({expr, key.descending, key.nulls_first});
  }
  return Bound{make_resolved(std::move(sort)), input.scope};
}

Result<Bound> Resolver::bind_select(const Plan& written) {
  const Block block = take_apart(written);
  if (block.sort != nullptr && block.project == nullptr) return bind_plain_sort(*block.sort);
  const bool grouped = block.aggregation != nullptr || block_aggregates(block) || !block.having.empty();
  if (!grouped) {
    // A lone Filter is WHERE.
    if (const auto* filter = std::get_if<Filter>(&written.node)) {
      TRY(input, bind(*filter->input));
      TRY(predicate, resolve_predicate(*filter->predicate, input.scope, "WHERE"));
      return Bound{make_resolved(Filter{input.plan, predicate}), input.scope};
    }
    TRY(input, bind(*block.input));
    Below below(std::move(input));
    return bind_block(block, below);
  }
  TRY(input, bind(*block.input));
  TRY(keys, bind_keys(block, input.scope));
  Grouping grouping(input, std::move(keys), block.aggregation == nullptr ? 0 : block.aggregation->window_us);
  if (block.aggregation != nullptr)
    for (const NamedAggregate& aggregate : block.aggregation->aggregates)
      TRY_STATUS(grouping.add(*aggregate.argument, aggregate.name));
  Below below(std::move(input), std::move(grouping));
  return bind_block(block, below);
}

}  // namespace headrace
