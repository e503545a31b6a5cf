#include "plan/grouping_sets.h"

#include <algorithm>

#include "expr/calls.h"

namespace headrace {

namespace {

bool has_key(const std::vector<uint32_t>& set, size_t key) { return std::ranges::find(set, key) != set.end(); }

ExprPtr whole(size_t value) { return literal(Value{kInt64, static_cast<int64_t>(value)}); }
ExprPtr truth(bool value) { return literal(Value{kBool, value}); }

// A row for each set that `chosen` takes: its number, then whether it holds each of `keys`.
template <class Chosen>
PlanPtr set_rows(const KeySets& sets, const std::vector<size_t>& keys, Chosen chosen) {
  Values values;
  values.columns.push_back({"grouping set", kInt64, false});
  for (size_t i = 0; i < keys.size(); ++i) values.columns.push_back({"holds key", kBool, false});
  for (size_t number = 0; number < sets.size(); ++number) {
    if (!chosen(sets[number])) continue;
    std::vector<ExprPtr> row{whole(number)};
    for (const size_t key : keys) row.push_back(truth(has_key(sets[number], key)));
    values.rows.push_back(std::move(row));
  }
  return make_resolved(std::move(values));
}

// `rows`, which have the input's columns and then those of `empty_sets`, with a last column that says so; and a row of nulls
// for each of `empty_sets`.
PlanPtr with_empty_sets(const PlanPtr& rows, const PlanPtr& empty_sets) {
  const size_t width = rows->schema.size(), added = empty_sets->schema.size();
  Project real{rows, {}}, stand_in{empty_sets, {}};
  for (uint32_t i = 0; i < width; ++i) {
    const Column& column = rows->schema[i];
    real.columns.push_back({column_of(rows->schema, i), column.name});
    const ExprPtr value = i < width - added ? literal(null_value(column.type))
                                            : column_of(empty_sets->schema, static_cast<uint32_t>(i - (width - added)));
    stand_in.columns.push_back({value, column.name});
  }
  real.columns.push_back({truth(true), "is row"});
  stand_in.columns.push_back({truth(false), "is row"});
  return make_resolved(UnionAll{{make_resolved(std::move(real)), make_resolved(std::move(stand_in))}});
}

}  // namespace

GroupingSets with_grouping_sets(Bound input, KeySets sets, size_t keys) {
  const auto width = static_cast<uint32_t>(input.scope.size());
  GroupingSets result{std::move(sets), std::move(input), width, {}, std::nullopt};
  std::vector<size_t> some;  // keys that some set lacks
  for (size_t key = 0; key < keys; ++key) {
    const bool all = std::ranges::all_of(result.sets, [&](const auto& set) { return has_key(set, key); });
    if (!all) some.push_back(key);
    result.holds.push_back(all ? std::nullopt : std::optional(width + static_cast<uint32_t>(some.size())));
  }
  PlanPtr& plan = result.rows.plan;
  plan = make_resolved(
      Join{plan, set_rows(result.sets, some, [](const auto&) { return true; }), JoinKind::kInner, {}, nullptr});
  const auto is_empty = [](const std::vector<uint32_t>& set) { return set.empty(); };
  if (std::ranges::any_of(result.sets, is_empty)) {
    result.is_row = static_cast<uint32_t>(plan->schema.size());
    plan = with_empty_sets(plan, set_rows(result.sets, some, is_empty));
  }
  Scope& scope = result.rows.scope;
  for (uint32_t i = 0; i < width; ++i) scope[i].column.nullable = plan->schema[i].nullable;
  for (size_t i = width; i < plan->schema.size(); ++i) scope.push_back({"", plan->schema[i], true});
  return result;
}

Result<ExprPtr> key_of_sets(const GroupingSets& sets, size_t index, const ExprPtr& key) {
  if (!sets.holds[index]) return key;
  const ExprPtr holds = column_of(sets.rows.plan->schema, *sets.holds[index]);
  return resolve_if_else(holds, key, literal(null_value(key->type)), key->where);
}

Result<ExprPtr> grouping_bits(const KeySets& sets, const std::vector<uint32_t>& keys, const ExprPtr& number,
                              TextPosition where) {
  Case bits;
  for (size_t i = 0; i < sets.size(); ++i) {
    size_t value = 0;
    for (const uint32_t key : keys) value = value * 2 + (has_key(sets[i], key) ? 0 : 1);
    if (value != 0) bits.arms.emplace_back(call("eq", {number, whole(i)}, where), whole(value));
  }
  bits.otherwise = whole(0);
  if (bits.arms.empty()) return bits.otherwise;
  return std::make_shared<const Expr>(Expr{std::move(bits), kNullType, true, where});
}

}  // namespace headrace
