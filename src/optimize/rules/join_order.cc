// Inner joins that form a tree with a cross product in it are put in another order, if equalities connect the inputs: from
// the first input on, the next one is the first that an equality connects. Which rows come out does not depend on it; their
// order follows the new order of the inputs. Nothing that could fault moves.
#include <algorithm>

#include "optimize/rewrite.h"
#include "optimize/rules/rules.h"
#include "plan/join_keys.h"

namespace headrace {

namespace {

struct Input {
  PlanPtr plan;
  uint32_t first;  // its first column in the flat schema
};
// Inputs and conjuncts (over the inputs' columns in a row) of a tree of inner joins.
struct Flat {
  std::vector<Input> inputs;
  std::vector<ExprPtr> conjuncts;
  Schema schema;
  bool has_product = false;
};

bool is_inner(const Plan& plan) {
  const auto* join = std::get_if<Join>(&plan.node);
  return join != nullptr && join->kind == JoinKind::kInner && !node_can_fault(plan);
}

ExprPtr equality_of(const ExprPtr& left, const ExprPtr& right) {
  for (const Overload& overload : find_function("eq")->overloads)
    if (overload.arguments[0] == left->type.id) return resolved_call(overload, {left, right});
  return nullptr;
}

void flatten(const PlanPtr& plan, Flat& flat) {
  const auto first = static_cast<uint32_t>(flat.schema.size());
  if (!is_inner(*plan)) {
    flat.schema.insert(flat.schema.end(), plan->schema.begin(), plan->schema.end());
    flat.inputs.push_back({plan, first});
    return;
  }
  const auto& join = std::get<Join>(plan->node);
  flatten(join.left, flat);
  const auto second = static_cast<uint32_t>(flat.schema.size());
  flatten(join.right, flat);
  flat.has_product = flat.has_product || join.keys.empty();
  for (const auto& [left, right] : join.keys)
    flat.conjuncts.push_back(
        equality_of(shift_columns(left, first, flat.schema), shift_columns(right, second, flat.schema)));
  if (join.condition != nullptr)
    for (const ExprPtr& one : conjuncts_of(join.condition))
      flat.conjuncts.push_back(shift_columns(one, first, flat.schema));
}

// Joins the inputs in an order to be found; keeps where each flat column lies.
class Ordering {
 public:
  explicit Ordering(Flat flat)
      : flat_(std::move(flat)), place_(flat_.schema.size(), UINT32_MAX), used_(flat_.conjuncts.size(), false) {}

  // nullptr: a product remains in any order that begins with the first input.
  PlanPtr join_all() {
    add_columns(0);
    PlanPtr plan = flat_.inputs[0].plan;
    std::vector<size_t> rest;
    for (size_t i = 1; i < flat_.inputs.size(); ++i) rest.push_back(i);
    while (!rest.empty()) {
      const auto next = std::find_if(rest.begin(), rest.end(), [&](size_t input) { return connects(input); });
      if (next == rest.end()) return nullptr;
      plan = join_with(plan, *next);
      rest.erase(next);
    }
    return projected(plan, place_);
  }

 private:
  void add_columns(size_t input) {
    const Input& added = flat_.inputs[input];
    for (uint32_t i = 0; i < added.plan->schema.size(); ++i) place_[added.first + i] = columns_++;
  }
  bool placed_with(const Expr& expr, const Input& input) const {
    bool placed = true;
    const auto end = input.first + static_cast<uint32_t>(input.plan->schema.size());
    for_each_column(expr, [&](uint32_t index) {
      placed = placed && (place_[index] != UINT32_MAX || (index >= input.first && index < end));
    });
    return placed;
  }
  // Conjuncts that hold over what is joined already together with `input`, as they will be over the joined schema.
  std::vector<ExprPtr> conjuncts_with(size_t index, bool take) {
    const Input& input = flat_.inputs[index];
    std::vector<ExprPtr> result;
    for (size_t i = 0; i < flat_.conjuncts.size(); ++i) {
      if (used_[i] || !placed_with(*flat_.conjuncts[i], input)) continue;
      if (take) used_[i] = true;
      result.push_back(map_columns(flat_.conjuncts[i], [&](uint32_t column) {
        const uint32_t at = place_[column] != UINT32_MAX ? place_[column] : columns_ + column - input.first;
        const Column& known = flat_.schema[column];
        return column_index(at, known.name, known.type, known.nullable);
      }));
    }
    return result;
  }
  Schema joined_schema() const {
    Schema schema(columns_);
    for (size_t i = 0; i < place_.size(); ++i)
      if (place_[i] != UINT32_MAX) schema[place_[i]] = flat_.schema[i];
    return schema;
  }
  bool connects(size_t input) {
    const Schema left = joined_schema();
    const std::vector<ExprPtr> conjuncts = conjuncts_with(input, false);
    return std::any_of(conjuncts.begin(), conjuncts.end(), [&](const ExprPtr& one) {
      return join_key_of(*one, left, flat_.inputs[input].plan->schema).has_value();
    });
  }
  PlanPtr join_with(const PlanPtr& plan, size_t input) {
    Join join{plan, flat_.inputs[input].plan, JoinKind::kInner, {}, nullptr, {}};
    const std::vector<ExprPtr> conjuncts = conjuncts_with(input, true);
    if (!conjuncts.empty()) split_condition(conjunction_of(conjuncts), join);
    add_columns(input);
    return make_resolved(std::move(join));
  }

  Flat flat_;
  std::vector<uint32_t> place_;  // of each flat column in the joined plan; UINT32_MAX: not joined yet
  std::vector<bool> used_;
  uint32_t columns_ = 0;
};

PlanPtr reorder(const PlanPtr& plan) {
  if (is_inner(*plan)) {
    Flat flat;
    flatten(plan, flat);
    if (flat.has_product && flat.inputs.size() > 2) {
      for (Input& input : flat.inputs) input.plan = reorder(input.plan);
      if (PlanPtr ordered = Ordering(std::move(flat)).join_all()) return ordered;
    }
  }
  std::vector<PlanPtr> inputs = inputs_of(*plan);
  bool changed = false;
  for (PlanPtr& input : inputs) {
    const PlanPtr better = reorder(input);
    changed = changed || better != input;
    input = better;
  }
  return changed ? with_inputs(*plan, std::move(inputs)) : plan;
}

}  // namespace

Result<PlanPtr> join_order(const PlanPtr& plan, const OptimizeContext&) { return reorder(plan); }

}  // namespace headrace
