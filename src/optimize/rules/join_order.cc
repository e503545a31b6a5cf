// Inner joins that form a tree are put in the order that is expected to touch the fewest rows (optimize/join_graph.h). Which rows
// come out does not depend on it; their order follows the order of the inputs. Where that is seen, the inputs keep theirs and
// only the parentheses change, and only in a tree with a product in it: (a × b) ⋈ c becomes a ⋈ (b ⋈ c), if that avoids the
// product. Where some table does not know its rows, the next input is the first that an equality connects, if that avoids a
// product. Nothing that could fault moves.
#include <algorithm>
#include <bit>

#include "optimize/flat_join.h"
#include "optimize/join_graph.h"
#include "optimize/rewrite.h"
#include "optimize/rules/rules.h"
#include "plan/join_keys.h"

namespace headrace {

namespace {

// Joins the inputs in an order to be found; keeps where each flat column lies.
class Ordering {
 public:
  explicit Ordering(FlatJoin flat)
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
    const FlatInput& added = flat_.inputs[input];
    for (uint32_t i = 0; i < added.plan->schema.size(); ++i) place_[added.first + i] = columns_++;
  }
  bool placed_with(const Expr& expr, const FlatInput& input) const {
    bool placed = true;
    const auto end = input.first + static_cast<uint32_t>(input.plan->schema.size());
    for_each_column(expr, [&](uint32_t index) {
      placed = placed && (place_[index] != UINT32_MAX || (index >= input.first && index < end));
    });
    return placed;
  }
  // Conjuncts that hold over what is joined already together with `input`, as they will be over the joined schema.
  std::vector<ExprPtr> conjuncts_with(size_t index, bool take) {
    const FlatInput& input = flat_.inputs[index];
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

  FlatJoin flat_;
  std::vector<uint32_t> place_;  // of each flat column in the joined plan; UINT32_MAX: not joined yet
  std::vector<bool> used_;
  uint32_t columns_ = 0;
};

// Another order must be clearly cheaper: estimates are rough.
constexpr double kClearlyCheaper = 0.9;

// The tree as it is written; its leaves are inputs from `next_input` on.
int32_t add_written(const Plan& plan, size_t& next_input, JoinTree& tree) {
  JoinTree::Node node{};
  if (is_flat_join(plan)) {
    const Join& join = std::get<Join>(plan.node);
    node.left = add_written(*join.left, next_input, tree);
    node.right = add_written(*join.right, next_input, tree);
    node.set = tree.nodes[static_cast<size_t>(node.left)].set | tree.nodes[static_cast<size_t>(node.right)].set;
  } else {
    node.set = InputSet{1} << next_input++;
  }
  tree.nodes.push_back(node);
  return static_cast<int32_t>(tree.nodes.size() - 1);
}

// Joins the inputs as a tree says; each conjunct where the inputs that it reads first meet.
class TreeJoiner {
 public:
  TreeJoiner(const FlatJoin& flat, const JoinTree& tree)
      : flat_(flat), tree_(tree), equal_(flat.schema.size()), used_(flat.conjuncts.size(), false) {}

  PlanPtr join_all() {
    const Part all = part(tree_.nodes.size() - 1);
    std::vector<uint32_t> place(all.columns.size());
    for (uint32_t i = 0; i < place.size(); ++i) place[all.columns[i]] = i;
    return projected(all.plan, place);
  }

 private:
  struct Part {
    PlanPtr plan;
    std::vector<uint32_t> columns;  // of the plan: which of the flat schema's they are
  };

  Part part(size_t index) {
    const JoinTree::Node& node = tree_.nodes[index];
    if (node.left < 0) {
      const FlatInput& input = flat_.inputs[static_cast<size_t>(std::countr_zero(node.set))];
      Part leaf{input.plan, std::vector<uint32_t>(input.plan->schema.size())};
      for (uint32_t i = 0; i < leaf.columns.size(); ++i) leaf.columns[i] = input.first + i;
      return leaf;
    }
    const Part left = part(static_cast<size_t>(node.left)), right = part(static_cast<size_t>(node.right));
    Part both{nullptr, left.columns};
    both.columns.insert(both.columns.end(), right.columns.begin(), right.columns.end());
    Join join{left.plan, right.plan, JoinKind::kInner, {}, nullptr, {}};
    const std::vector<ExprPtr> conjuncts = conjuncts_over(both.columns, pair_schema(join));
    if (!conjuncts.empty()) split_condition(conjunction_of(conjuncts), join);
    both.plan = make_resolved(std::move(join));
    return both;
  }

  // Those not used yet that read these columns alone, over `schema`, which has them in this order.
  std::vector<ExprPtr> conjuncts_over(const std::vector<uint32_t>& columns, const Schema& schema) {
    std::vector<uint32_t> place(flat_.schema.size(), UINT32_MAX);
    for (uint32_t i = 0; i < columns.size(); ++i) place[columns[i]] = i;
    std::vector<ExprPtr> conjuncts;
    for (size_t i = 0; i < flat_.conjuncts.size(); ++i) {
      bool covered = !used_[i];
      for_each_column(*flat_.conjuncts[i], [&](uint32_t column) { covered = covered && place[column] != UINT32_MAX; });
      if (!covered) continue;
      used_[i] = true;
      const auto equal = equal_columns(*flat_.conjuncts[i]);
      if (equal && !equal_.unite(equal->first, equal->second)) continue;  // it follows from those that were used
      conjuncts.push_back(
          map_columns(flat_.conjuncts[i], [&](uint32_t column) { return column_of(schema, place[column]); }));
    }
    return conjuncts;
  }

  const FlatJoin& flat_;
  const JoinTree& tree_;
  EqualColumns equal_;  // what the conjuncts that were used say
  std::vector<bool> used_;
};

// nullptr: the written order is as good, or nothing is known.
PlanPtr cheapest_join(const Plan& plan, FlatJoin flat) {
  if (flat.inputs.size() > JoinGraph::kInputsMax) return nullptr;
  add_derived_equalities(flat);
  const JoinGraph graph(flat);
  if (!graph.rows_known()) return nullptr;
  JoinTree written;
  size_t next_input = 0;
  add_written(plan, next_input, written);
  const JoinTree best = cheapest_tree(graph);
  if (best.cost(graph) > written.cost(graph) * kClearlyCheaper) return nullptr;
  return TreeJoiner(flat, best).join_all();
}

constexpr size_t kGroupedInputsMax = 32;  // the splits that are tried grow with the third power

// Joins the inputs as they stand: `first` … `last` are one side against the other, split where an equality connects them.
class Grouping {
 public:
  explicit Grouping(FlatJoin flat)
      : flat_(std::move(flat)),
        count_(flat_.inputs.size()),
        split_(count_ * count_, kNoSplit),
        used_(flat_.conjuncts.size(), false) {}

  // nullptr: a product remains however they are grouped, or there are too many to try.
  PlanPtr join_all() {
    if (count_ > kGroupedInputsMax) return nullptr;
    for (size_t width = 1; width < count_; ++width)
      for (size_t first = 0; first + width < count_; ++first)
        split_[first * count_ + first + width] = find_split(first, first + width);
    return can_join(0, count_ - 1) ? join(0, count_ - 1) : nullptr;
  }

 private:
  static constexpr size_t kNoSplit = SIZE_MAX;

  bool can_join(size_t first, size_t last) const { return first == last || split_[first * count_ + last] != kNoSplit; }
  uint32_t begin_of(size_t input) const { return flat_.inputs[input].first; }
  uint32_t end_of(size_t input) const {
    return begin_of(input) + static_cast<uint32_t>(flat_.inputs[input].plan->schema.size());
  }
  Schema schema_of(size_t first, size_t last) const {
    return {flat_.schema.begin() + begin_of(first), flat_.schema.begin() + end_of(last)};
  }
  // Those conjuncts that read these inputs alone, over their columns; `visit` takes the index, too.
  template <class Visit>
  void for_each_within(size_t first, size_t last, const Visit& visit) const {
    const Schema schema = schema_of(first, last);
    for (size_t i = 0; i < flat_.conjuncts.size(); ++i) {
      bool within = true;
      for_each_column(*flat_.conjuncts[i],
                      [&](uint32_t index) { within = within && index >= begin_of(first) && index < end_of(last); });
      if (within) visit(i, shift_columns(flat_.conjuncts[i], -static_cast<int64_t>(begin_of(first)), schema));
    }
  }
  // The input that begins the right side. The last that will do: few rows are built then, and many probe.
  size_t find_split(size_t first, size_t last) const {
    std::vector<ExprPtr> conjuncts;
    for_each_within(first, last, [&](size_t, ExprPtr one) { conjuncts.push_back(std::move(one)); });
    for (size_t right = last; right > first; --right) {
      if (!can_join(first, right - 1) || !can_join(right, last)) continue;
      const Schema left_schema = schema_of(first, right - 1), right_schema = schema_of(right, last);
      const auto connects = [&](const ExprPtr& one) {
        return join_key_of(*one, left_schema, right_schema).has_value();
      };
      if (std::any_of(conjuncts.begin(), conjuncts.end(), connects)) return right;
    }
    return kNoSplit;
  }
  PlanPtr join(size_t first, size_t last) {
    if (first == last) return flat_.inputs[first].plan;
    const size_t right = split_[first * count_ + last];
    PlanPtr left_plan = join(first, right - 1);
    PlanPtr right_plan = join(right, last);
    Join result{std::move(left_plan), std::move(right_plan), JoinKind::kInner, {}, nullptr, {}};
    std::vector<ExprPtr> conjuncts;
    for_each_within(first, last, [&](size_t index, ExprPtr one) {
      if (!used_[index]) conjuncts.push_back(std::move(one));
      used_[index] = true;
    });
    split_condition(conjunction_of(conjuncts), result);
    return make_resolved(std::move(result));
  }

  FlatJoin flat_;
  size_t count_;
  std::vector<size_t> split_;  // [count × count] by first and last input
  std::vector<bool> used_;
};

// The tree of joins in another order; nullptr: as it is.
PlanPtr reordered(const PlanPtr& plan, const FlatJoin& flat, bool order_is_seen) {
  if (order_is_seen && is_ordered(*plan)) return flat.has_product ? Grouping(flat).join_all() : nullptr;
  if (PlanPtr joined = cheapest_join(*plan, flat)) return joined;
  return flat.has_product ? Ordering(flat).join_all() : nullptr;
}

PlanPtr reorder(const PlanPtr& plan, bool order_is_seen) {
  if (is_flat_join(*plan)) {
    FlatJoin flat = flatten(plan);
    if (flat.inputs.size() > 2) {
      const bool below = sees_order(*plan, order_is_seen);
      for (FlatInput& input : flat.inputs) input.plan = reorder(input.plan, below);
      if (PlanPtr joined = reordered(plan, flat, order_is_seen)) return joined;
    }
  }
  const bool below = sees_order(*plan, order_is_seen);
  std::vector<PlanPtr> inputs = inputs_of(*plan);
  bool changed = false;
  for (PlanPtr& input : inputs) {
    const PlanPtr better = reorder(input, below);
    changed = changed || better != input;
    input = better;
  }
  return changed ? with_inputs(*plan, std::move(inputs)) : plan;
}

}  // namespace

Result<PlanPtr> join_order(const PlanPtr& plan, const OptimizeContext&) { return reorder(plan, true); }

}  // namespace headrace
