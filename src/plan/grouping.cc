#include "plan/grouping.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include <fmt/format.h>

#include "expr/walk.h"
#include "plan/list_aggregates.h"

namespace headrace {

bool same_name(std::string_view left, std::string_view right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); });
}

bool has_aggregate(const Expr& written) {
  return find_node(written, [](const Expr& part) { return std::holds_alternative<AggregateCall>(part.node); }) !=
         nullptr;
}

ExprPtr Grouping::output_column(uint32_t index) const {
  if (index < keys_.size())
    return column_index(index, keys_[index].name, keys_[index].expr->type, grouped_[index].expr->nullable);
  const Found& found = aggregates_[index - keys_.size()];
  return column_index(index, found.name, found.resolved.type, found.resolved.overload->result_nullable);
}

Scope Grouping::scope() const {
  Scope scope;
  for (uint32_t i = 0; i < keys_.size(); ++i) {
    const NamedExpr& key = keys_[i];
    const auto* column = std::get_if<ColumnIndex>(&key.expr->node);
    const bool is_number = sets_ && i == keys_.size() - 1;
    scope.push_back({column == nullptr ? "" : input_.scope[column->index].qualifier,
                     {key.name, key.expr->type, grouped_[i].expr->nullable},
                     is_number,
                     gives_only_nulls(*key.expr, input_.scope)});
  }
  for (const Found& found : aggregates_) {
    const ResolvedAggregate& one = found.resolved;
    const bool gives_values = one.overload->result_by_layout && one.type == one.arguments[0]->type;  // min, first …
    const bool only_nulls = gives_values && gives_only_nulls(*one.arguments[0], input_.scope);
    scope.push_back({"", {found.name, one.type, one.overload->result_nullable}, false, only_nulls});
  }
  return scope;
}

Status Grouping::set_sets(GroupingSets sets) {
  for (size_t i = 0; i < keys_.size(); ++i) {
    TRY(key, key_of_sets(sets, i, keys_[i].expr));
    grouped_[i].expr = key;
  }
  keys_.push_back({column_of(sets.rows.plan->schema, sets.number), "grouping set"});
  grouped_.push_back(keys_.back());
  sets_ = std::move(sets);
  return kDone;
}

Result<uint32_t> Grouping::find_or_add(const AggregateCall& call, TextPosition where, const std::string& name) {
  AggregateCall counted = call;
  if (sets_ && sets_->is_row) {
    const ExprPtr is_row = column_of(input_.plan->schema, *sets_->is_row);
    counted.filter = call.filter == nullptr ? is_row : headrace::call("and", {is_row, call.filter});
  }
  TRY(resolved, resolve_aggregate(counted, where, input_.scope));
  const auto key_count = static_cast<uint32_t>(keys_.size());
  for (uint32_t i = 0; i < aggregates_.size(); ++i) {
    const Found& found = aggregates_[i];
    if (same_aggregates(found.resolved, resolved) && (name.empty() || name == found.name)) return key_count + i;
  }
  const Expr written{call, kNullType, true, where};
  aggregates_.push_back({std::move(resolved), name.empty() ? to_text(written) : name});
  return key_count + static_cast<uint32_t>(aggregates_.size() - 1);
}

Status Grouping::add(const Expr& written, const std::string& name) {
  const auto* call = std::get_if<AggregateCall>(&written.node);
  if (call == nullptr)
    return Error{ErrorCode::kInvalidPlan, fmt::format("an aggregate is expected, found {}", to_text(written)),
                 to_text(written.where), ""};
  TRY(index, find_or_add(*call, written.where, name.empty() ? to_text(written) : name));
  (void)index;
  return kDone;
}

Status Grouping::add_all(const Expr& written) {
  if (const auto* call = std::get_if<AggregateCall>(&written.node)) {
    TRY(of_lists, without_list_aggregate(*call, written.where));
    if (of_lists != nullptr) return add_all(*of_lists);
    TRY(index, find_or_add(*call, written.where, ""));
    static_cast<void>(index);
    return kDone;
  }
  Status status = kDone;
  for_each_child(written, [&](const ExprPtr& part) {
    if (status.ok()) status = add_all(*part);
  });
  return status;
}

Result<ExprPtr> Grouping::resolve(const Expr& written) {
  TRY(replaced, replace(std::make_shared<const Expr>(written)));
  return resolve_expression(*replaced, scope());
}

Result<ExprPtr> Grouping::replace(const ExprPtr& written) {
  if (const auto* call = std::get_if<AggregateCall>(&written->node)) {
    TRY(of_lists, without_list_aggregate(*call, written->where));
    if (of_lists != nullptr) return replace(of_lists);
    TRY(index, find_or_add(*call, written->where, ""));
    return output_column(index);
  }
  if (const auto* call = std::get_if<Call>(&written->node);
      call != nullptr && (same_name(call->function, "grouping") || same_name(call->function, "grouping_id")))
    return replace_grouping(*call, written->where);
  if (!has_aggregate(*written)) {
    for (uint32_t i = 0; i < written_keys_.size(); ++i)
      if (written_keys_[i] != nullptr && same(*written, *written_keys_[i])) return output_column(i);
    if (const auto resolved = resolve_expression(*written, input_.scope); resolved.ok())
      for (uint32_t i = 0; i < keys_.size(); ++i)
        if (same(*resolved.value(), *keys_[i].expr)) return output_column(i);
  }
  if (const auto* name = std::get_if<ColumnName>(&written->node)) return replace_column(*name, written->where);
  if (const auto* index = std::get_if<ColumnIndex>(&written->node)) {  // from a star, over the input
    if (index->index >= input_.scope.size()) return resolve_expression(*written, input_.scope);  // which says so
    const ScopeColumn& column = input_.scope[index->index];
    return replace_column({column.qualifier, column.column.name}, written->where);
  }
  return with_children(written, [&](const ExprPtr& part) { return replace(part); });
}

Result<ExprPtr> Grouping::replace_grouping(const Call& call, TextPosition where) {
  constexpr size_t kBitsMax = 63;
  if (call.arguments.empty() || call.arguments.size() > kBitsMax)
    return Error{ErrorCode::kInvalidPlan,
                 fmt::format("GROUPING expects 1 to {} keys of GROUP BY, found {}", kBitsMax, call.arguments.size()),
                 to_text(where), ""};
  std::vector<uint32_t> keys;
  for (const ExprPtr& written : call.arguments) {
    const auto replaced = replace(written);
    const auto* column = replaced.ok() ? std::get_if<ColumnIndex>(&replaced.value()->node) : nullptr;
    if (column == nullptr || column->index >= keys_.size())
      return Error{ErrorCode::kInvalidPlan,
                   fmt::format("GROUPING expects keys of GROUP BY, found {}", to_text(*written)), to_text(where), ""};
    keys.push_back(column->index);
  }
  if (!sets_) return literal(Value{kInt64, int64_t{0}}, where);
  return grouping_bits(sets_->sets, keys, output_column(static_cast<uint32_t>(keys_.size() - 1)), where);
}

Result<ExprPtr> Grouping::replace_column(const ColumnName& name, TextPosition where) {
  if (const auto found = find_column(name, where, scope()); found.ok()) return output_column(found.value());
  for (const NamedExpr& alias : aliases_) {
    if (!name.table.empty() || !same_name(alias.name, name.name)) continue;
    const std::vector<NamedExpr> aliases = std::exchange(aliases_, {});  // an alias is no part of its own meaning
    auto meant = replace(alias.expr);
    aliases_ = aliases;
    return meant;
  }
  TRY(index, find_column(name, where, input_.scope));
  (void)index;
  return Error{ErrorCode::kInvalidPlan,
               fmt::format("column '{}' is neither in GROUP BY nor inside an aggregate", name.name), to_text(where),
               fmt::format("add it to GROUP BY, or write min({})", name.name)};
}

Result<PlanPtr> Grouping::plan() const {
  if (const auto groups = distinct_groups()) return distinct_plan(*groups);
  Aggregation node{input_.plan, grouped_, {}, window_us_};
  for (const Found& found : aggregates_) {
    const ResolvedAggregate& one = found.resolved;
    node.aggregates.push_back({one.overload, one.arguments, found.name, one.type, one.distinct, one.filter, one.order});
  }
  return make_resolved(std::move(node));
}

// The argument whose distinct values all aggregates look at, when there is one: then groups of it come first.
std::optional<ExprPtr> Grouping::distinct_groups() const {
  const auto is_distinct = [](const Found& found) { return found.resolved.distinct; };
  if (std::none_of(aggregates_.begin(), aggregates_.end(), is_distinct)) return std::nullopt;
  const ExprPtr* argument = nullptr;
  for (const Found& found : aggregates_) {
    const ResolvedAggregate& one = found.resolved;
    const bool idempotent = (one.overload->aggregate->contract.algebra & kIdempotent) != 0;
    if (!(one.distinct || idempotent) || one.arguments.size() != 1 || one.overload->order != StateOrder::kFree)
      return std::nullopt;
    if (argument == nullptr) argument = &one.arguments[0];
    if (!same(**argument, *one.arguments[0])) return std::nullopt;
  }
  return *argument;
}

// count(DISTINCT x) by k: first the groups of (k, x), then count(x) by k over them.
Result<PlanPtr> Grouping::distinct_plan(const ExprPtr& argument) const {
  Aggregation groups{input_.plan, grouped_, {}, 0};
  groups.keys.push_back({argument, "distinct value"});
  const PlanPtr inner = make_resolved(std::move(groups));
  Aggregation node{inner, {}, {}, window_us_};
  const auto key_count = static_cast<uint32_t>(keys_.size());
  for (uint32_t i = 0; i < key_count; ++i) node.keys.push_back({column_of(inner->schema, i), keys_[i].name});
  for (const Found& found : aggregates_)
    node.aggregates.push_back(
        {found.resolved.overload, {column_of(inner->schema, key_count)}, found.name, found.resolved.type});
  return make_resolved(std::move(node));
}

}  // namespace headrace
