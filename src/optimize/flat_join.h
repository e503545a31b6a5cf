// optimize/flat_join.h — a tree of inner joins as a list of inputs and one of conjuncts.
#pragma once

#include <optional>
#include <utility>
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

// The two columns of `column = column`, of the flat schema; nothing: the conjunct is another one.
std::optional<std::pair<uint32_t, uint32_t>> equal_columns(const Expr& conjunct);

// Adds the equalities of columns that follow from others: a = b and b = c give a = c.
void add_derived_equalities(FlatJoin& flat);

// Sets of columns that are equal. Union by path halving.
class EqualColumns {
 public:
  explicit EqualColumns(size_t columns);
  uint32_t class_of(uint32_t column);
  bool unite(uint32_t left, uint32_t right);  // false: they were equal already

 private:
  std::vector<uint32_t> parent_;
};

}  // namespace headrace
