#include "optimize/join_graph.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <map>

#include "expr/fold.h"
#include "plan/join_keys.h"

namespace headrace {

namespace {

constexpr size_t kExactInputsMax = 12;
// Fitted to joins of TPC-H: what it costs to keep a row in a table, and to hand on a pair, where probing a row costs 1.
constexpr double kBuildRow = 4;
constexpr double kPairRow = 1;

size_t input_of(const FlatJoin& flat, uint32_t column) {
  size_t input = 0;
  while (input + 1 < flat.inputs.size() && flat.inputs[input + 1].first <= column) ++input;
  return input;
}

InputSet inputs_read(const FlatJoin& flat, const Expr& conjunct) {
  InputSet set = 0;
  for_each_column(conjunct, [&](uint32_t column) { set |= InputSet{1} << input_of(flat, column); });
  return set;
}

// The equality as a key between two inputs, over their schemas.
std::optional<JoinKey> key_between(const FlatJoin& flat, const ExprPtr& conjunct, size_t left, size_t right) {
  const Schema& left_schema = flat.inputs[left].plan->schema;
  const Schema& right_schema = flat.inputs[right].plan->schema;
  const auto left_columns = static_cast<uint32_t>(left_schema.size());
  const ExprPtr moved = map_columns(conjunct, [&](uint32_t column) {
    const bool of_left = input_of(flat, column) == left;
    const uint32_t at = column - flat.inputs[of_left ? left : right].first;
    const Column& known = flat.schema[column];
    return column_index(of_left ? at : left_columns + at, known.name, known.type, known.nullable);
  });
  return join_key_of(*moved, left_schema, right_schema);
}

}  // namespace

JoinGraph::JoinGraph(const FlatJoin& flat) {
  std::vector<Estimate> estimates;
  std::vector<ColumnEstimate> columns;
  for (const FlatInput& input : flat.inputs) {
    estimates.push_back(estimate(*input.plan));
    known_ = known_ && estimates.back().rows.has_value();
    rows_.push_back(std::max(1.0, estimates.back().rows.value_or(1)));
    columns.insert(columns.end(), estimates.back().columns.begin(), estimates.back().columns.end());
  }
  add_equal_inputs(flat, columns);
  for (const ExprPtr& conjunct : flat.conjuncts) {
    const InputSet set = inputs_read(flat, *conjunct);
    if (equal_columns(*conjunct)) {
      edges_.push_back({set, 1, std::popcount(set) == 2});
      continue;
    }
    if (std::popcount(set) == 2) {
      const auto left = static_cast<size_t>(std::countr_zero(set));
      const auto right = static_cast<size_t>(std::bit_width(set) - 1);
      if (const auto key = key_between(flat, conjunct, left, right)) {
        edges_.push_back({set, estimate_equal_share(estimates[left], estimates[right], {*key}), true});
        continue;
      }
    }
    edges_.push_back({set, estimate_share({conjunct}, columns), false});
  }
}

// Classes of equal columns. Two that connect the same inputs are one key of two columns: it has no more values together than
// the input with fewer rows, so only as much of the second counts.
void JoinGraph::add_equal_inputs(const FlatJoin& flat, const std::vector<ColumnEstimate>& columns) {
  EqualColumns classes(flat.schema.size());
  for (const ExprPtr& conjunct : flat.conjuncts)
    if (const auto pair = equal_columns(*conjunct)) classes.unite(pair->first, pair->second);
  std::map<uint32_t, std::map<size_t, double>> distinct;  // by class and input
  for (const ExprPtr& conjunct : flat.conjuncts) {
    const auto pair = equal_columns(*conjunct);
    if (!pair) continue;
    for (const uint32_t column : {pair->first, pair->second}) {
      const size_t input = input_of(flat, column);
      const double values = estimate_distinct(columns[column]).value_or(rows_[input]);
      double& known = distinct[classes.class_of(column)].emplace(input, values).first->second;
      known = std::min(known, values);
    }
  }
  std::map<InputSet, double> product;  // by the two inputs: values that their classes so far have together
  for (auto& [class_column, inputs] : distinct) {
    if (inputs.size() == 2) {
      const auto [first, second] = std::pair{inputs.begin()->first, inputs.rbegin()->first};
      const InputSet set = InputSet{1} << first | InputSet{1} << second;
      const double before = product.emplace(set, 1).first->second;
      const double values = std::max(inputs.begin()->second, inputs.rbegin()->second);
      const double left = std::max(1.0, std::min(rows_[first], rows_[second]) / before);
      if (before > 1 && values > left)
        for (auto& [input, known] : inputs) known = std::min(known, left);
      product[set] = before * std::min(values, before > 1 ? left : values);
    }
    EqualInputs equal;
    for (const auto& [input, values] : inputs) equal.distinct.emplace_back(std::max(values, 1.0), InputSet{1} << input);
    std::sort(equal.distinct.rbegin(), equal.distinct.rend());
    equal_.push_back(std::move(equal));
  }
}

double JoinGraph::share_of_equal(const EqualInputs& equal, InputSet set) const {
  double share = 1, fewest = 1;
  for (const auto& [values, input] : equal.distinct) {
    if ((input & set) == 0) continue;
    share /= values;
    fewest = values;
  }
  return share * fewest;
}

bool JoinGraph::connects(InputSet left, InputSet right) const {
  return std::any_of(edges_.begin(), edges_.end(), [&](const Edge& edge) {
    return edge.equal && (edge.inputs & left) != 0 && (edge.inputs & right) != 0 &&
           (edge.inputs & ~(left | right)) == 0;
  });
}

double JoinGraph::rows_of(InputSet set) const {
  double rows = 1;
  for (size_t input = 0; input < rows_.size(); ++input)
    if ((set >> input & 1) != 0) rows *= rows_[input];
  for (const Edge& edge : edges_)
    if ((edge.inputs & ~set) == 0) rows *= edge.share;
  for (const EqualInputs& equal : equal_) rows *= share_of_equal(equal, set);
  return std::max(rows, 1.0);
}

double cost_of_join(double left_rows, double right_rows, double rows) {
  return left_rows + kBuildRow * right_rows + kPairRow * rows;
}

double JoinTree::cost(const JoinGraph& graph) const {
  double cost = 0;
  for (const Node& node : nodes) {
    if (node.left < 0) continue;
    cost += cost_of_join(graph.rows_of(nodes[static_cast<size_t>(node.left)].set),
                         graph.rows_of(nodes[static_cast<size_t>(node.right)].set), graph.rows_of(node.set));
  }
  return cost;
}

namespace {

// Exact: every set of inputs from its best two parts.
class ExactTrees {
 public:
  explicit ExactTrees(const JoinGraph& graph)
      : graph_(graph), best_(size_t{1} << graph.inputs()), rows_(best_.size()) {}

  JoinTree cheapest() {
    for (InputSet set = 1; set < best_.size(); ++set) {
      rows_[set] = graph_.rows_of(set);
      if (std::has_single_bit(set))
        best_[set].cost = 0;
      else if (!split(set, true) && set + 1 == best_.size())
        split_with_products();
    }
    JoinTree tree;
    add(best_.size() - 1, tree);
    return tree;
  }

 private:
  static constexpr double kNone = std::numeric_limits<double>::infinity();
  struct Best {
    double cost = kNone;
    InputSet left = 0;
  };

  // The best two parts; false: the set cannot be joined without a product.
  bool split(InputSet set, bool connected) {
    Best& best = best_[set];
    for (InputSet left = (set - 1) & set; left != 0; left = (left - 1) & set) {
      const InputSet right = set & ~left;
      const double parts = best_[left].cost + best_[right].cost;
      if (parts >= best.cost || (connected && !graph_.connects(left, right))) continue;
      const double cost = parts + cost_of_join(rows_[left], rows_[right], rows_[set]);
      if (cost < best.cost) best = {cost, left};
    }
    return best.cost != kNone;
  }
  // Nothing connects all inputs: products between what is not connected.
  void split_with_products() {
    for (InputSet set = 1; set < best_.size(); ++set)
      if (best_[set].cost == kNone) split(set, false);
  }
  int32_t add(InputSet set, JoinTree& tree) const {
    JoinTree::Node node{set};
    if (!std::has_single_bit(set)) {
      node.left = add(best_[set].left, tree);
      node.right = add(set & ~best_[set].left, tree);
    }
    tree.nodes.push_back(node);
    return static_cast<int32_t>(tree.nodes.size() - 1);
  }

  const JoinGraph& graph_;
  std::vector<Best> best_;
  std::vector<double> rows_;
};

JoinTree greedy_tree(const JoinGraph& graph) {
  JoinTree tree;
  std::vector<int32_t> parts;
  for (size_t input = 0; input < graph.inputs(); ++input) {
    parts.push_back(static_cast<int32_t>(input));
    tree.nodes.push_back({InputSet{1} << input});
  }
  const auto set_of = [&](size_t part) { return tree.nodes[static_cast<size_t>(parts[part])].set; };
  while (parts.size() > 1) {
    size_t first = 0, second = 1;
    double least = std::numeric_limits<double>::infinity();
    bool least_connected = false;
    for (size_t i = 0; i < parts.size(); ++i)
      for (size_t j = i + 1; j < parts.size(); ++j) {
        const bool connected = graph.connects(set_of(i), set_of(j));
        if (least_connected && !connected) continue;
        const double rows = graph.rows_of(set_of(i) | set_of(j));
        if (rows >= least && connected == least_connected) continue;
        least = rows;
        least_connected = connected;
        first = i;
        second = j;
      }
    const bool swapped = graph.rows_of(set_of(first)) < graph.rows_of(set_of(second));
    tree.nodes.push_back(
        {set_of(first) | set_of(second), parts[swapped ? second : first], parts[swapped ? first : second]});
    parts[first] = static_cast<int32_t>(tree.nodes.size() - 1);
    parts.erase(parts.begin() + static_cast<ptrdiff_t>(second));
  }
  return tree;
}

}  // namespace

JoinTree cheapest_tree(const JoinGraph& graph) {
  return graph.inputs() <= kExactInputsMax ? ExactTrees(graph).cheapest() : greedy_tree(graph);
}

}  // namespace headrace
