// A SELECT block: [Sort] over [Project] over Filters over [Aggregation] over the rest.
#include <algorithm>
#include <ranges>

#include <fmt/format.h>

#include "base/check.h"
#include "expr/fold.h"
#include "plan/grouping.h"
#include "plan/resolver.h"
#include "plan/select_list.h"

namespace headrace {

namespace {

Error invalid(TextPosition where, std::string message, std::string hint = "") {
  return {ErrorCode::kInvalidPlan, std::move(message), to_text(where), std::move(hint)};
}

// SELECT DISTINCT: groups of all columns of a Project.
bool is_distinct(const Plan& plan) {
  const auto* groups = std::get_if<Aggregation>(&plan.node);
  return groups != nullptr && groups->aggregates.empty() && groups->sets.empty() && groups->keys.size() == 1 &&
         same(*groups->keys[0].expr, Expr{.node = Star{}, .where = {}}) &&
         std::holds_alternative<Project>(groups->input->node);
}

// What the Project and the Sort of a block read: the rows below, or the groups made of them. Subqueries are joined to these.
class Below {
 public:
  Below(Resolver& resolver, Bound rows) : resolver_(resolver), rows_(std::move(rows)) {}
  Below(Resolver& resolver, Bound rows, Grouping grouping)
      : resolver_(resolver), rows_(std::move(rows)), grouping_(std::move(grouping)) {}

  const Scope& star_scope() const { return rows_.scope; }
  // Subqueries are joined to the groups, whose columns must all be there: `all` are the expressions that will be resolved.
  Status fix_groups(const std::vector<ExprPtr>& all) {
    const bool subqueries = std::any_of(all.begin(), all.end(), [](const ExprPtr& one) { return has_subquery(*one); });
    if (!grouping_ || !subqueries) return kDone;
    for (const ExprPtr& one : all) TRY_STATUS(grouping_->add_all(*one));
    TRY(plan, grouping_->plan());
    groups_ = Bound{plan, grouping_->scope()};
    return kDone;
  }
  Result<ExprPtr> resolve(const ExprPtr& written) {
    TRY(replaced, replaced_by_columns(written));
    return resolve_expression(*replaced, scope());
  }
  // `aliases`: the select list, whose names HAVING may use.
  Result<ExprPtr> predicate(const ExprPtr& written, const Project* aliases) {
    if (grouping_ && aliases != nullptr) grouping_->set_aliases(aliases->columns);
    auto replaced_or_error = replaced_by_columns(written);
    if (grouping_) grouping_->set_aliases({});
    TRY(replaced, std::move(replaced_or_error));
    return resolve_predicate(*replaced, scope(), grouping_ ? "HAVING" : "WHERE");
  }
  const Scope& scope() {
    if (groups_) return groups_->scope;
    if (grouping_) grouped_ = grouping_->scope();
    return grouping_ ? grouped_ : rows_.scope;
  }
  Result<PlanPtr> plan() const {
    if (groups_) return groups_->plan;
    if (grouping_) return grouping_->plan();
    return rows_.plan;
  }

 private:
  // Keys, aggregates and subqueries as columns of what lies below.
  Result<ExprPtr> replaced_by_columns(const ExprPtr& written) {
    if (!grouping_) return resolver_.attach_subqueries(written, rows_);
    TRY(replaced, grouping_->replace(written));
    if (!groups_) return replaced;
    CHECK(groups_->scope.size() >= grouping_->columns());
    return resolver_.attach_subqueries(replaced, *groups_);
  }

  Resolver& resolver_;
  Bound rows_;
  std::optional<Grouping> grouping_;
  std::optional<Bound> groups_;  // once subqueries may be joined to them
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

// ORDER BY 3 and ORDER BY #3 are the third output.
Result<std::optional<uint32_t>> sort_ordinal_of(const Expr& written, size_t outputs) {
  const auto* place = std::get_if<ColumnIndex>(&written.node);
  if (place == nullptr || !place->name.empty()) return ordinal_of(written, outputs, "ORDER BY");
  Expr ordinal{.node = Literal{{kInt32, static_cast<int32_t>(place->index + 1)}}, .where = written.where};
  return ordinal_of(ordinal, outputs, "ORDER BY");
}

// A resolved expression over the outputs; nullptr: it reads something else.
ExprPtr over_outputs(const ExprPtr& resolved, const std::vector<NamedExpr>& outputs) {
  for (uint32_t i = 0; i < outputs.size(); ++i)
    if (same(*outputs[i].expr, *resolved))
      return column_index(i, outputs[i].name, outputs[i].expr->type, outputs[i].expr->nullable);
  if (std::holds_alternative<ColumnIndex>(resolved->node)) return nullptr;
  bool whole = true;
  const auto changed = with_children(resolved, [&](const ExprPtr& part) -> Result<ExprPtr> {
    const ExprPtr over = over_outputs(part, outputs);
    whole = whole && over != nullptr;
    return whole ? over : part;
  });
  return changed.ok() && whole ? changed.value() : nullptr;
}

// The keys of ORDER BY over the outputs and the hidden columns.
class OutputSortBinder {
 public:
  OutputSortBinder(const Block& block, const std::vector<NamedExpr>& outputs, Below& below)
      : block_(block), outputs_(outputs), below_(below) {
    for (const NamedExpr& column : outputs) schema_.push_back({column.name, column.expr->type, column.expr->nullable});
    scope_ = scope_of(schema_);
    for (size_t i = 0; i < outputs.size(); ++i)
      scope_[i].only_nulls = gives_only_nulls(*outputs[i].expr, below.scope());
  }

  Result<OutputSort> bind(const std::vector<SortKey>& keys) {
    for (const SortKey& key : keys) {
      if (std::holds_alternative<Star>(key.expr->node)) {  // ORDER BY ALL
        for (uint32_t i = 0; i < outputs_.size(); ++i)
          result_.keys.push_back({column_of(schema_, i), key.descending, key.nulls_first});
        continue;
      }
      TRY(expr, key_of(key.expr));
      result_.keys.push_back({expr, key.descending, key.nulls_first});
    }
    return std::move(result_);
  }

 private:
  // A bare name or ordinal means an output column; anything else is read below the Project, then among the outputs, then in
  // the select lists of a set operation.
  Result<ExprPtr> key_of(const ExprPtr& written) {
    TRY(ordinal, sort_ordinal_of(*written, outputs_.size()));
    if (ordinal) return column_of(schema_, *ordinal);
    const auto* name = std::get_if<ColumnName>(&written->node);
    if (name != nullptr && name->table.empty())
      if (const auto found = find_column(*name, written->where, scope_); found.ok())
        return column_of(schema_, found.value());
    const auto resolved = below_.resolve(written);
    if (resolved.ok()) return output_of(resolved.value());
    const auto among_outputs = resolve_expression(*written, scope_);
    if (among_outputs.ok()) return among_outputs.value();
    if (block_.shows_all)
      if (const auto position = position_in_sides(*block_.input, *written)) return column_of(schema_, *position);
    return resolved.error();
  }

  ExprPtr output_of(const ExprPtr& resolved) {
    if (block_.distinct)
      if (const ExprPtr over = over_outputs(resolved, outputs_)) return over;
    std::vector<NamedExpr> all = outputs_;
    all.insert(all.end(), result_.hidden.begin(), result_.hidden.end());
    const auto equal = [&](const NamedExpr& column) { return same(*column.expr, *resolved); };
    const auto position = static_cast<uint32_t>(std::find_if(all.begin(), all.end(), equal) - all.begin());
    if (position == all.size()) {
      result_.hidden.push_back({resolved, fmt::format("sort key {}", result_.hidden.size() + 1)});
      all.push_back(result_.hidden.back());
    }
    return column_index(position, all[position].name, resolved->type, resolved->nullable);
  }

  const Block& block_;
  const std::vector<NamedExpr>& outputs_;
  Below& below_;
  Schema schema_;
  Scope scope_;
  OutputSort result_;
};

Result<PlanPtr> with_filters(const std::vector<ExprPtr>& predicates, PlanPtr plan) {
  for (const ExprPtr& predicate : std::views::reverse(predicates)) plan = make_resolved(Filter{plan, predicate});
  return plan;
}

// DISTINCT ON, and DISTINCT with an order that its columns do not give: of the sorted rows, the first of each group of `keys`,
// which are positions in the Project; then sorted again.
Result<PlanPtr> first_of_each(const PlanPtr& projected, const std::vector<uint32_t>& keys,
                              const std::vector<SortKey>& order) {
  const Schema& schema = projected->schema;
  Aggregation groups{projected, {}, {}, 0};
  std::vector<uint32_t> place(schema.size(), UINT32_MAX);
  for (const uint32_t key : keys)
    if (place[key] == UINT32_MAX) {
      place[key] = static_cast<uint32_t>(groups.keys.size());
      groups.keys.push_back({column_of(schema, key), schema[key].name});
    }
  for (uint32_t i = 0; i < schema.size(); ++i) {
    if (place[i] != UINT32_MAX) continue;
    place[i] = static_cast<uint32_t>(groups.keys.size() + groups.aggregates.size());
    AggregateCall first{"first", {column_of(schema, i)}};
    first.order = order;
    TRY(resolved, resolve_aggregate(first, {}, scope_of(schema)));
    groups.aggregates.push_back(
        {resolved.overload, resolved.arguments, schema[i].name, resolved.type, false, nullptr, resolved.order});
  }
  const PlanPtr grouped = make_resolved(std::move(groups));
  Project shown{grouped, {}};
  for (uint32_t i = 0; i < schema.size(); ++i)
    shown.columns.push_back({column_of(grouped->schema, place[i]), schema[i].name});
  return make_resolved(std::move(shown));
}

// Where the keys of DISTINCT ON lie among the outputs and hidden columns, to which those that are missing are added.
Result<std::vector<uint32_t>> bind_distinct_on(const Block& block, std::vector<NamedExpr>& outputs, OutputSort& sort,
                                               Below& below) {
  std::vector<uint32_t> keys;
  if (block.distinct && !sort.hidden.empty()) {
    for (uint32_t i = 0; i < outputs.size(); ++i) keys.push_back(i);
    return keys;
  }
  std::vector<SortKey> written;
  for (const ExprPtr& key : block.project->distinct_on) written.push_back({key});
  TRY(bound, OutputSortBinder(block, outputs, below).bind(written));
  for (const SortKey& key : bound.keys) {
    const auto* column = std::get_if<ColumnIndex>(&key.expr->node);
    NamedExpr wanted{key.expr, "distinct key"};
    if (column != nullptr && column->index < outputs.size()) {
      keys.push_back(column->index);
      continue;
    }
    if (column == nullptr)
      return invalid(key.expr->where, "DISTINCT ON computes with a column of the select list",
                     "write the expression over the columns of FROM");
    wanted.expr = bound.hidden[column->index - outputs.size()].expr;
    keys.push_back(static_cast<uint32_t>(outputs.size() + sort.hidden.size()));
    sort.hidden.push_back(std::move(wanted));
  }
  return keys;
}

std::vector<ExprPtr> written_parts(const Block& block, const std::vector<NamedExpr>& columns) {
  std::vector<ExprPtr> all;
  for (const Filter* filter : block.having) all.push_back(filter->predicate);
  for (const NamedExpr& column : columns) all.push_back(column.expr);
  if (block.project != nullptr)
    all.insert(all.end(), block.project->distinct_on.begin(), block.project->distinct_on.end());
  if (block.sort != nullptr)
    for (const SortKey& key : block.sort->keys) all.push_back(key.expr);
  return all;
}

// `columns`: the select list without stars and aliases.
Result<Bound> bind_block(const Block& block, const std::vector<NamedExpr>& written, Below& below) {
  TRY_STATUS(below.fix_groups(written_parts(block, written)));
  std::vector<ExprPtr> predicates;
  for (const Filter* filter : block.having) {
    TRY(predicate, below.predicate(filter->predicate, block.project));
    predicates.push_back(predicate);
  }
  if (block.project == nullptr) {
    const Scope scope = below.scope();
    TRY(base, below.plan());
    TRY(filtered, with_filters(predicates, base));
    return Bound{filtered, scope};
  }
  std::vector<NamedExpr> outputs;
  for (const NamedExpr& column : written) {
    TRY(expr, below.resolve(column.expr));
    outputs.push_back({expr, column_label(column)});
  }
  OutputSort sort;
  if (block.sort != nullptr) {
    TRY(bound, OutputSortBinder(block, outputs, below).bind(block.sort->keys));
    sort = std::move(bound);
  }
  TRY(distinct_on, bind_distinct_on(block, outputs, sort, below));
  Scope scope;
  for (const NamedExpr& column : outputs)
    scope.push_back({kept_qualifier(column, below.scope()), {column.name, column.expr->type, column.expr->nullable}});
  TRY(base, below.plan());
  TRY(filtered, with_filters(predicates, base));
  std::vector<NamedExpr> columns = outputs;
  columns.insert(columns.end(), sort.hidden.begin(), sort.hidden.end());
  PlanPtr plan = make_resolved(Project{filtered, std::move(columns)});
  if (!distinct_on.empty()) {
    TRY(firsts, first_of_each(plan, distinct_on, sort.keys));
    plan = firsts;
    for (size_t i = 0; i < scope.size(); ++i) scope[i].column.nullable = plan->schema[i].nullable;
    for (SortKey& key : sort.keys)
      key.expr = map_columns(key.expr, [&](uint32_t index) { return column_of(plan->schema, index); });
  }
  if (block.distinct && distinct_on.empty()) {
    Aggregation groups{plan, {}, {}, 0};
    for (uint32_t i = 0; i < outputs.size(); ++i) groups.keys.push_back({column_of(plan->schema, i), outputs[i].name});
    plan = make_resolved(std::move(groups));
  }
  if (block.sort != nullptr) plan = make_resolved(Sort{plan, sort.keys});
  return first_columns(Bound{plan, std::move(scope)}, outputs.size());
}

// A key of GROUP BY that is an ordinal or an alias of the select list means that column.
Result<NamedExpr> meant_key(const NamedExpr& key, const std::vector<NamedExpr>& columns, const Scope& input) {
  TRY(ordinal, ordinal_of(*key.expr, columns.size(), "GROUP BY"));
  if (ordinal) return columns[*ordinal];
  const auto* name = std::get_if<ColumnName>(&key.expr->node);
  if (name != nullptr && name->table.empty() && !find_column(*name, key.expr->where, input).ok())
    for (const NamedExpr& column : columns)
      if (same_name(column.name, name->name)) return column;
  return key;
}

// Removes keys that repeat others; the sets with the indices of what is left.
KeySets without_repeats(const KeySets& written, std::vector<NamedExpr>& keys, std::vector<ExprPtr>& written_keys) {
  std::vector<uint32_t> index;  // by key as written
  std::vector<NamedExpr> kept;
  std::vector<ExprPtr> kept_written;
  for (size_t i = 0; i < keys.size(); ++i) {
    const auto equal = std::ranges::find_if(kept, [&](const NamedExpr& one) { return same(*one.expr, *keys[i].expr); });
    index.push_back(static_cast<uint32_t>(equal - kept.begin()));
    if (equal != kept.end()) continue;
    kept.push_back(keys[i]);
    kept_written.push_back(written_keys[i]);
  }
  keys = std::move(kept);
  written_keys = std::move(kept_written);
  KeySets sets;
  for (const std::vector<uint32_t>& set : written) {
    std::vector<uint32_t>& distinct = sets.emplace_back();
    for (const uint32_t key : set) distinct.push_back(index[key]);
    std::ranges::sort(distinct);
    distinct.erase(std::ranges::unique(distinct).begin(), distinct.end());
  }
  return sets;
}

}  // namespace

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
    block.distinct = is_distinct(*at);
    if (block.distinct) at = std::get<Aggregation>(at->node).input.get();
  }
  if (const auto* project = std::get_if<Project>(&at->node)) {
    block.project = project;
    block.shows_all = project->columns.size() == 1 && std::holds_alternative<Star>(project->columns[0].expr->node);
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
  } else {
    // Without GROUP BY, the Filters down to the last that aggregates are HAVING, the others WHERE.
    while (!filters.empty() && !has_aggregate(*filters.back()->predicate)) filters.pop_back();
    if (!filters.empty()) block.input = filters.back()->input.get();
    block.having = std::move(filters);
  }
  for (const Filter* filter; (filter = std::get_if<Filter>(&block.input->node)) != nullptr;
       block.input = filter->input.get())
    block.where.push_back(filter);
  return block;
}

Result<Bound> Resolver::bind_plain_sort(const Sort& node) {
  TRY(input, bind(*node.input));
  const size_t columns = input.scope.size();
  Sort sort{nullptr, {}};
  for (const SortKey& key : node.keys) {
    if (std::holds_alternative<Star>(key.expr->node)) {  // ORDER BY ALL
      for (uint32_t i = 0; i < columns; ++i)
        sort.keys.push_back({column_of(input.plan->schema, i), key.descending, key.nulls_first});
      continue;
    }
    TRY(ordinal, sort_ordinal_of(*key.expr, columns));
    ExprPtr expr = ordinal ? column_of(input.plan->schema, *ordinal) : nullptr;
    if (expr == nullptr) {
      TRY(attached, attach_subqueries(key.expr, input));
      TRY(resolved, resolve_expression(*attached, input.scope));
      expr = resolved;
    }
    sort.keys.push_back({expr, key.descending, key.nulls_first});
  }
  sort.input = input.plan;
  input.plan = make_resolved(std::move(sort));
  return first_columns(std::move(input), columns);
}

// WHERE: of the select list's names, those that no column has stand for their expressions.
Result<Bound> Resolver::bind_where(Bound input, const std::vector<const Filter*>& filters, const Project* project) {
  const size_t columns = input.scope.size();
  for (const Filter* filter : std::views::reverse(filters)) {
    ExprPtr predicate = filter->predicate;
    if (project != nullptr) {
      TRY(meant, with_aliases(predicate, project->columns, input.scope));
      predicate = meant;
    }
    TRY(attached, attach_subqueries(predicate, input));
    TRY(resolved, resolve_predicate(*attached, input.scope, "WHERE"));
    input.plan = make_resolved(Filter{input.plan, resolved});
  }
  return first_columns(std::move(input), columns);
}

// Subqueries in the arguments of aggregates are joined below the groups.
Result<ExprPtr> Resolver::attach_in_aggregates(const ExprPtr& written, Bound& rows) {
  if (std::holds_alternative<AggregateCall>(written->node)) return attach_subqueries(written, rows);
  return with_children(written, [&](const ExprPtr& part) { return attach_in_aggregates(part, rows); });
}

Result<Bound> Resolver::bind_groups(const Block& block, std::vector<NamedExpr> columns, Bound input) {
  std::vector<NamedExpr> keys;
  std::vector<ExprPtr> written_keys;
  KeySets sets;
  if (block.aggregation != nullptr) {
    TRY(expanded, expand_stars(block.aggregation->keys, input.scope));
    for (const NamedExpr& key : expanded) {
      TRY(meant, meant_key(key, columns, input.scope));
      if (has_aggregate(*meant.expr))
        return invalid(key.expr->where, fmt::format("GROUP BY cannot use the aggregate {}", to_text(*meant.expr)),
                       "group by its input, or aggregate in a subquery");
      TRY(unaliased, with_aliases(meant.expr, columns, input.scope));
      TRY(attached, attach_subqueries(unaliased, input));
      TRY(expr, resolve_expression(*attached, input.scope));
      keys.push_back({expr, column_label(meant)});
      written_keys.push_back(attached == unaliased ? nullptr : unaliased);
    }
    if (!block.aggregation->sets.empty()) sets = without_repeats(block.aggregation->sets, keys, written_keys);
  }
  Block changed = block;
  Sort sort;
  std::vector<Filter> having;
  for (NamedExpr& column : columns) {
    const std::string name = column_label(column);
    TRY(attached, attach_in_aggregates(column.expr, input));
    column = {attached, name};
  }
  for (const Filter* filter : block.having) {
    TRY(attached, attach_in_aggregates(filter->predicate, input));
    having.push_back({filter->input, attached});
  }
  for (size_t i = 0; i < having.size(); ++i) changed.having[i] = &having[i];
  if (block.sort != nullptr) {
    sort = *block.sort;
    for (SortKey& key : sort.keys) {
      TRY(attached, attach_in_aggregates(key.expr, input));
      key.expr = attached;
    }
    changed.sort = &sort;
  }
  Project project;
  if (block.project != nullptr) {
    project = *block.project;
    project.columns = columns;
    changed.project = &project;
  }
  std::optional<GroupingSets> several;
  if (!sets.empty()) {
    several = with_grouping_sets(input, std::move(sets), keys.size());
    input = several->rows;
    for (NamedExpr& key : keys) {
      TRY(expr, resolve_expression(*key.expr, input.scope));
      key.expr = expr;
    }
  }
  Grouping grouping(input, std::move(keys), block.aggregation == nullptr ? 0 : block.aggregation->window_us);
  grouping.set_written_keys(std::move(written_keys));
  if (several) TRY_STATUS(grouping.set_sets(std::move(*several)));
  if (block.aggregation != nullptr)
    for (const NamedAggregate& aggregate : block.aggregation->aggregates)
      TRY_STATUS(grouping.add(*aggregate.arguments[0], aggregate.name));
  Below below(*this, std::move(input), std::move(grouping));
  return bind_block(changed, columns, below);
}

Result<Bound> Resolver::bind_select(const Plan& written) {
  const Block block = take_apart(written);
  if (block.sort != nullptr && block.project == nullptr) return bind_plain_sort(*block.sort);
  const bool grouped = block.aggregation != nullptr || block_aggregates(block) || !block.having.empty();
  TRY(below_where, bind(*block.input));
  TRY(input, bind_where(std::move(below_where), block.where, block.project));
  std::vector<NamedExpr> columns;
  if (block.project != nullptr) {
    TRY(listed, block.project->replaces ? replace_columns(*block.project, input.scope)
                                        : expand_stars(block.project->columns, input.scope));
    TRY(unaliased, without_aliases(listed, input.scope));
    columns = std::move(unaliased);
  }
  if (grouped) return bind_groups(block, std::move(columns), std::move(input));
  if (block.project == nullptr) return input;  // a lone Filter is WHERE
  TRY(elements, attach_unnests(std::move(columns), input));
  Below below(*this, std::move(input));
  return bind_block(block, elements, below);
}

}  // namespace headrace
