#include "optimize/flat_join.h"

#include <algorithm>
#include <set>

#include "optimize/rewrite.h"
#include "plan/join_keys.h"

namespace headrace {

bool is_flat_join(const Plan& plan) {
  const auto* join = std::get_if<Join>(&plan.node);
  if (join == nullptr || join->kind != JoinKind::kInner || node_can_fault(plan)) return false;
  return std::none_of(join->keys.begin(), join->keys.end(), [](const JoinKey& key) { return key.nulls_equal; });
}

namespace {

void add_inputs(const PlanPtr& plan, FlatJoin& flat) {
  const auto first = static_cast<uint32_t>(flat.schema.size());
  if (!is_flat_join(*plan)) {
    flat.schema.insert(flat.schema.end(), plan->schema.begin(), plan->schema.end());
    flat.inputs.push_back({plan, first});
    return;
  }
  const auto& join = std::get<Join>(plan->node);
  add_inputs(join.left, flat);
  const auto second = static_cast<uint32_t>(flat.schema.size());
  add_inputs(join.right, flat);
  flat.has_product = flat.has_product || join.keys.empty();
  for (const auto& [left, right, nulls_equal] : join.keys)
    flat.conjuncts.push_back(
        equality_of(shift_columns(left, first, flat.schema), shift_columns(right, second, flat.schema)));
  if (join.condition != nullptr)
    for (const ExprPtr& one : conjuncts_of(join.condition))
      flat.conjuncts.push_back(shift_columns(one, first, flat.schema));
}

}  // namespace

FlatJoin flatten(const PlanPtr& plan) {
  FlatJoin flat;
  add_inputs(plan, flat);
  return flat;
}

std::optional<std::pair<uint32_t, uint32_t>> equal_columns(const Expr& conjunct) {
  const auto* call = std::get_if<Call>(&conjunct.node);
  if (call == nullptr || call->function != "eq") return std::nullopt;
  const auto* left = std::get_if<ColumnIndex>(&call->arguments[0]->node);
  const auto* right = std::get_if<ColumnIndex>(&call->arguments[1]->node);
  if (left == nullptr || right == nullptr || left->index == right->index) return std::nullopt;
  return std::pair{left->index, right->index};
}

EqualColumns::EqualColumns(size_t columns) : parent_(columns) {
  for (uint32_t column = 0; column < columns; ++column) parent_[column] = column;
}

uint32_t EqualColumns::class_of(uint32_t column) {
  while (parent_[column] != column) column = parent_[column] = parent_[parent_[column]];
  return column;
}

bool EqualColumns::unite(uint32_t left, uint32_t right) {
  const uint32_t first = class_of(left), second = class_of(right);
  parent_[std::max(first, second)] = std::min(first, second);
  return first != second;
}

void add_derived_equalities(FlatJoin& flat) {
  EqualColumns classes(flat.schema.size());
  std::set<std::pair<uint32_t, uint32_t>> known;
  std::set<uint32_t> columns;
  for (const ExprPtr& conjunct : flat.conjuncts) {
    const auto pair = equal_columns(*conjunct);
    if (!pair) continue;
    classes.unite(pair->first, pair->second);
    known.insert(std::minmax(pair->first, pair->second));
    columns.insert({pair->first, pair->second});
  }
  for (const uint32_t left : columns)
    for (const uint32_t right : columns) {
      if (right <= left || classes.class_of(left) != classes.class_of(right) || known.contains({left, right})) continue;
      const auto column = [&](uint32_t index) {
        const Column& of = flat.schema[index];
        return column_index(index, of.name, of.type, of.nullable);
      };
      flat.conjuncts.push_back(equality_of(column(left), column(right)));
    }
}

}  // namespace headrace
