// optimize/join_graph.h — the inputs of a tree of inner joins as a graph, and how many rows any set of them gives together.
#pragma once

#include <cstdint>
#include <vector>

#include "optimize/estimate.h"
#include "optimize/flat_join.h"

namespace headrace {

using InputSet = uint64_t;  // by input: one bit

// Rows of every input must be known.
class JoinGraph {
 public:
  static constexpr size_t kInputsMax = 64;

  explicit JoinGraph(const FlatJoin& flat);
  size_t inputs() const { return rows_.size(); }
  bool rows_known() const { return known_; }

  // Whether an equality connects the two sets, which are disjoint.
  bool connects(InputSet left, InputSet right) const;
  // Rows of the set joined under all conjuncts that look at it alone: does not depend on the order.
  double rows_of(InputSet set) const;

 private:
  struct Edge {  // conjuncts that look at the same inputs
    InputSet inputs;
    double share;
    bool equal;  // one of them can be a key
  };
  // Columns that are equal: each of k inputs in a set divides its pairs by its distinct values, but for that with the fewest.
  struct EqualInputs {
    std::vector<std::pair<double, InputSet>> distinct;  // descending; one input each
  };
  void add_equal_inputs(const FlatJoin& flat, const std::vector<ColumnEstimate>& columns);
  double share_of_equal(const EqualInputs& equal, InputSet set) const;

  std::vector<double> rows_;
  std::vector<Edge> edges_;
  std::vector<EqualInputs> equal_;
  bool known_ = true;
};

// A tree over the inputs of a graph: nodes in order, children before their parents.
struct JoinTree {
  struct Node {
    InputSet set;
    int32_t left = -1, right = -1;  // -1: the node is an input
  };
  std::vector<Node> nodes;  // the last is the root

  // What joining costs: in every join the right rows are built, the left ones probe, and the pairs come out. In rows probed.
  double cost(const JoinGraph& graph) const;
};
double cost_of_join(double left_rows, double right_rows, double rows);

// The cheapest tree: exact for up to 12 inputs, greedy (the pair with the fewest rows next) beyond. Products only where nothing
// connects the inputs.
// Source: Moerkotte & Neumann, "Analysis of Two Existing and One New Dynamic Programming Algorithm", VLDB 2006; Fegaras,
// "A New Heuristic for Optimizing Large Queries", DEXA 1998.
JoinTree cheapest_tree(const JoinGraph& graph);

}  // namespace headrace
