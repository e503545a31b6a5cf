#include "optimize/unique_rows.h"

#include <algorithm>
#include <optional>

#include "base/overloaded.h"

namespace headrace {

namespace {

constexpr size_t kSetsMax = 8;

using Sets = std::vector<UniqueColumns>;

void add(Sets& sets, UniqueColumns columns) {
  std::ranges::sort(columns);
  columns.erase(std::ranges::unique(columns).begin(), columns.end());
  if (sets.size() < kSetsMax && std::ranges::find(sets, columns) == sets.end()) sets.push_back(std::move(columns));
}

// Of columns that a projection hands on as they are.
Sets of_project(const Project& node) {
  Sets sets;
  for (const UniqueColumns& below : unique_columns(*node.input)) {
    UniqueColumns columns;
    for (const uint32_t wanted : below)
      for (uint32_t i = 0; i < node.columns.size(); ++i) {
        const auto* column = std::get_if<ColumnIndex>(&node.columns[i].expr->node);
        if (column == nullptr || column->index != wanted) continue;
        columns.push_back(i);
        break;
      }
    if (columns.size() == below.size()) add(sets, std::move(columns));
  }
  return sets;
}

Sets of_aggregation(const Aggregation& node) {
  Sets sets;
  if (node.window_us > 0) return sets;
  UniqueColumns keys;
  for (uint32_t i = 0; i < node.keys.size(); ++i) keys.push_back(i);
  add(sets, std::move(keys));
  return sets;
}

Sets shifted(Sets sets, size_t by) {
  for (UniqueColumns& columns : sets)
    for (uint32_t& column : columns) column += static_cast<uint32_t>(by);
  return sets;
}

// A row that the join fills with nulls is the only one of its row on the other side.
Sets of_join(const Join& node) {
  Sets left = unique_columns(*node.left);
  if (!gives_right_columns(node.kind)) return left;
  Sets sets;
  const Sets right = shifted(unique_columns(*node.right), node.left->schema.size());
  if (!keeps_right_rows(node.kind) && meets_at_most_one(node)) sets = left;
  if (!keeps_left_rows(node.kind) && is_met_by_at_most_one(node))
    for (const UniqueColumns& columns : right) add(sets, columns);
  if (node.kind == JoinKind::kFull) return sets;
  for (const UniqueColumns& of_left : left)
    for (const UniqueColumns& of_right : right) {
      UniqueColumns both = of_left;
      both.insert(both.end(), of_right.begin(), of_right.end());
      add(sets, std::move(both));
    }
  return sets;
}

Sets of_recursion(const Recursion& node) {
  if (!node.distinct) return {};
  UniqueColumns all;
  for (uint32_t i = 0; i < node.base->schema.size(); ++i) all.push_back(i);
  return {all};
}

// Whether the key columns of one side tell its rows apart.
bool keys_tell_apart(const Plan& side, const std::vector<JoinKey>& keys, ExprPtr JoinKey::* of_side) {
  std::vector<uint32_t> columns;
  for (const JoinKey& key : keys)
    if (const auto* column = std::get_if<ColumnIndex>(&(key.*of_side)->node)) columns.push_back(column->index);
  return tells_rows_apart(columns, side);
}

std::optional<uint64_t> sum_of(const std::vector<PlanPtr>& inputs) {
  uint64_t sum = 0;
  for (const PlanPtr& input : inputs) {
    const std::optional<uint64_t> rows = rows_most(*input);
    if (!rows || sum + *rows < sum) return std::nullopt;
    sum += *rows;
  }
  return sum;
}

std::optional<uint64_t> fewer(uint64_t rows_max, const Plan& input) {
  const std::optional<uint64_t> rows = rows_most(input);
  if (rows_max == UINT64_MAX) return rows;
  return rows ? std::min(*rows, rows_max) : rows_max;
}

}  // namespace

std::vector<UniqueColumns> unique_columns(const Plan& plan) {
  return std::visit(
      Overloaded{
          [](const Filter& n) { return unique_columns(*n.input); },
          [](const Sort& n) { return unique_columns(*n.input); },
          [](const TopN& n) { return unique_columns(*n.input); },
          [](const Limit& n) { return unique_columns(*n.input); },
          [](const Sample& n) { return unique_columns(*n.input); }, [](const Project& n) { return of_project(n); },
          [](const Aggregation& n) { return of_aggregation(n); }, [](const Join& n) { return of_join(n); },
          [](const Recursion& n) { return of_recursion(n); }, [](const Range&) { return Sets{{0}}; },
          [](const OneRow&) { return Sets{{}}; }, [](const ScalarRow&) { return Sets{{}}; },
          [](const Values& n) { return n.rows.size() <= 1 ? Sets{{}} : Sets{}; }, [](const auto&) { return Sets{}; }},
      plan.node);
}

bool tells_rows_apart(const std::vector<uint32_t>& columns, const Plan& plan) {
  return std::ranges::any_of(unique_columns(plan), [&](const UniqueColumns& unique) {
    return std::ranges::all_of(unique, [&](uint32_t one) { return std::ranges::find(columns, one) != columns.end(); });
  });
}

bool meets_at_most_one(const Join& join) { return keys_tell_apart(*join.right, join.keys, &JoinKey::right); }
bool is_met_by_at_most_one(const Join& join) { return keys_tell_apart(*join.left, join.keys, &JoinKey::left); }

std::vector<uint32_t> columns_among(const std::vector<NamedExpr>& list) {
  std::vector<uint32_t> columns;
  for (const NamedExpr& one : list)
    if (const auto* column = std::get_if<ColumnIndex>(&one.expr->node)) columns.push_back(column->index);
  return columns;
}

bool has_one_row(const Plan& plan) {
  return std::visit(
      Overloaded{
          [](const OneRow&) { return true; }, [](const ScalarRow&) { return true; },
          [](const Aggregation& n) { return n.keys.empty(); }, [](const Values& n) { return n.rows.size() == 1; },
          [](const Project& n) { return has_one_row(*n.input); }, [](const Sort& n) { return has_one_row(*n.input); },
          [](const Join& n) {
            const bool product = n.kind == JoinKind::kInner && n.keys.empty() && n.condition == nullptr;
            return product && has_one_row(*n.left) && has_one_row(*n.right);
          },
          [](const auto&) { return false; }},
      plan.node);
}

std::optional<uint64_t> rows_most(const Plan& plan) {
  using Rows = std::optional<uint64_t>;
  if (has_one_row(plan)) return 1;
  return std::visit(
      Overloaded{[](const Values& n) { return Rows(n.rows.size()); },
                 [](const Range& n) { return Rows(static_cast<uint64_t>(n.end) - static_cast<uint64_t>(n.begin)); },
                 [](const Filter& n) { return rows_most(*n.input); }, [](const Sort& n) { return rows_most(*n.input); },
                 [](const Project& n) { return rows_most(*n.input); },
                 [](const Sample& n) { return rows_most(*n.input); },
                 [](const Aggregation& n) { return n.window_us > 0 ? Rows() : rows_most(*n.input); },
                 [](const Limit& n) { return fewer(n.rows_max, *n.input); },
                 [](const TopN& n) { return fewer(n.rows_max, *n.input); },
                 [](const Join& n) { return gives_right_columns(n.kind) ? Rows() : rows_most(*n.left); },
                 [](const UnionAll& n) { return sum_of(n.inputs); }, [](const auto&) { return Rows(); }},
      plan.node);
}

}  // namespace headrace
