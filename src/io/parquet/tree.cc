#include "io/parquet/tree.h"

#include <utility>

namespace headrace::parquet_in {
namespace {

Node narrowed_node(const Node& node, const std::vector<FieldPath>& paths, const Tree& tree, Tree& to) {
  Node narrow = node;
  narrow.leaf = static_cast<uint32_t>(to.leaves.size());
  if (node.children.empty()) to.leaves.push_back(tree.leaves[node.leaf]);
  for (uint32_t field = 0; field < node.children.size(); ++field) {
    Node& child = narrow.children[field];
    if (const auto inside = paths_inside(paths, field)) {
      child = narrowed_node(node.children[field], *inside, tree, to);
    } else {
      child.is_left_out = true;
      child.children.clear();
    }
  }
  return narrow;
}

}  // namespace

Tree narrowed(const Tree& tree, const std::vector<FieldPath>& paths) {
  Tree to;
  to.nodes = tree.nodes;
  to.root = narrowed_node(tree.root, paths, tree, to);
  return to;
}

}  // namespace headrace::parquet_in
