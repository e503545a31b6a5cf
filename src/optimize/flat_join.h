// optimize/flat_join.h — a tree of inner joins as a list of inputs and one of conjuncts.
#pragma once

#include <vector>

#include "plan/plan.h"

namespace headrace {

struct FlatInput {
  PlanPtr plan;
  uint32_t first;  // its first column in the flat schema
};
// Inputs from left to right, and conjuncts over all their columns in a row.
struct FlatJoin {
  std::vector<FlatInput> inputs;
  std::vector<ExprPtr> conjuncts;
  Schema schema;
  bool has_product = false;  // a join in the tree has no keys
};

// An inner join that reads nothing that may fault, and whose keys are plain equalities: it may stand elsewhere in its tree.
bool is_flat_join(const Plan& plan);

// The tree of such joins that `plan` is the root of.
FlatJoin flatten(const PlanPtr& plan);

}  // namespace headrace
