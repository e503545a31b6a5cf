#include "optimize/rewrite.h"

#include <algorithm>

#include "base/overloaded.h"

namespace headrace {

namespace {

// More digits than the 19 of a row count would need behind these cannot be summed up to 38.
constexpr uint8_t kSummableDigits = 19;

bool keys_can_fault(const std::vector<SortKey>& keys, const Plan& input) {
  return std::any_of(keys.begin(), keys.end(), [&](const SortKey& key) { return read_can_fault(*key.expr, input); });
}

bool aggregate_can_fault(const NamedAggregate& aggregate, const Plan& input) {
  for (const ExprPtr& argument : aggregate.arguments)
    if (read_can_fault(*argument, input)) return true;
  if (aggregate.filter != nullptr && read_can_fault(*aggregate.filter, input)) return true;
  if (keys_can_fault(aggregate.order, input)) return true;
  if (aggregate.overload->aggregate->contract.faults == 0 || aggregate.arguments.empty()) return false;
  const Type type = aggregate.arguments[0]->type;
  return is_decimal(type) && type.precision > kSummableDigits;
}

bool named_can_fault(const std::vector<NamedExpr>& list, const Plan& input) {
  return std::any_of(list.begin(), list.end(), [&](const NamedExpr& one) { return read_can_fault(*one.expr, input); });
}

// The condition is read behind the join, where nothing is pending.
bool join_can_fault(const Join& node) {
  return (node.condition != nullptr && can_fault(*node.condition)) ||
         std::any_of(node.keys.begin(), node.keys.end(), [&](const JoinKey& key) {
           return read_can_fault(*key.left, *node.left) || read_can_fault(*key.right, *node.right);
         });
}

class ExprRewriter {
 public:
  explicit ExprRewriter(const RewriteExpr& rewrite) : rewrite_(rewrite) {}

  Status apply(ExprPtr& expr) {
    if (expr == nullptr) return kDone;
    TRY(better, rewrite_(expr));
    changed_ = changed_ || better != expr;
    expr = better;
    return kDone;
  }
  Status apply(std::vector<NamedExpr>& list) {
    for (NamedExpr& one : list) TRY_STATUS(apply(one.expr));
    return kDone;
  }
  Status apply(std::vector<SortKey>& list) {
    for (SortKey& one : list) TRY_STATUS(apply(one.expr));
    return kDone;
  }
  bool changed() const { return changed_; }

 private:
  const RewriteExpr& rewrite_;
  bool changed_ = false;
};

}  // namespace

Result<PlanPtr> rewrite_up(const PlanPtr& plan, const RewriteNode& rewrite) {
  std::vector<PlanPtr> inputs = inputs_of(*plan);
  bool changed = false;
  for (PlanPtr& input : inputs) {
    TRY(better, rewrite_up(input, rewrite));
    changed = changed || better != input;
    input = better;
  }
  return rewrite(changed ? with_inputs(*plan, inputs) : plan);
}

Result<PlanPtr> rewrite_exprs(const PlanPtr& plan, const RewriteExpr& rewrite) {
  ExprRewriter rewriter(rewrite);
  Plan changed = *plan;
  TRY_STATUS(
      std::visit(Overloaded{[&](Filter& n) { return rewriter.apply(n.predicate); },
                            [&](Project& n) { return rewriter.apply(n.columns); },
                            [&](Aggregation& n) -> Status {
                              for (NamedAggregate& one : n.aggregates) {
                                for (ExprPtr& argument : one.arguments) TRY_STATUS(rewriter.apply(argument));
                                TRY_STATUS(rewriter.apply(one.filter));
                                TRY_STATUS(rewriter.apply(one.order));
                              }
                              return rewriter.apply(n.keys);
                            },
                            [&](Join& n) -> Status {
                              for (auto& [left, right, nulls_equal] : n.keys) {
                                TRY_STATUS(rewriter.apply(left));
                                TRY_STATUS(rewriter.apply(right));
                              }
                              return rewriter.apply(n.condition);
                            },
                            [&](Sort& n) { return rewriter.apply(n.keys); },
                            [&](TopN& n) { return rewriter.apply(n.keys); }, [](auto&) -> Status { return kDone; }},
                 changed.node));
  if (!rewriter.changed()) return plan;
  changed.schema = derive_schema(changed);
  return std::make_shared<const Plan>(std::move(changed));
}

namespace {

bool reads_fault(const Expr& expr, const std::vector<bool>& pending) {
  if (can_fault(expr)) return true;
  bool found = false;
  for_each_column(expr, [&](uint32_t index) { found = found || pending[index]; });
  return found;
}

}  // namespace

std::vector<bool> pending_faults(const Plan& plan) {
  return std::visit(Overloaded{[](const Filter& n) { return pending_faults(*n.input); },
                               [](const Project& n) {
                                 const std::vector<bool> below = pending_faults(*n.input);
                                 std::vector<bool> pending;
                                 for (const NamedExpr& column : n.columns)
                                   pending.push_back(reads_fault(*column.expr, below));
                                 return pending;
                               },
                               [&](const UnionAll& n) {
                                 std::vector<bool> pending(plan.schema.size(), false);
                                 for (const PlanPtr& input : n.inputs) {
                                   const std::vector<bool> of_input = pending_faults(*input);
                                   for (size_t i = 0; i < pending.size(); ++i) pending[i] = pending[i] || of_input[i];
                                 }
                                 return pending;
                               },
                               [&](const auto&) { return std::vector<bool>(plan.schema.size(), false); }},
                    plan.node);
}

bool has_pending_faults(const Plan& plan) {
  const std::vector<bool> pending = pending_faults(plan);
  return std::find(pending.begin(), pending.end(), true) != pending.end();
}

bool read_can_fault(const Expr& expr, const Plan& input) {
  return can_fault(expr) || reads_fault(expr, pending_faults(input));
}

bool node_can_fault(const Plan& plan) {
  return std::visit(
      Overloaded{[](const Filter& n) { return read_can_fault(*n.predicate, *n.input); },
                 [](const Project& n) { return named_can_fault(n.columns, *n.input); },
                 [](const Aggregation& n) {
                   return named_can_fault(n.keys, *n.input) ||
                          std::any_of(n.aggregates.begin(), n.aggregates.end(),
                                      [&](const NamedAggregate& one) { return aggregate_can_fault(one, *n.input); });
                 },
                 [](const Join& n) { return join_can_fault(n); },
                 [](const Sort& n) { return keys_can_fault(n.keys, *n.input) || has_pending_faults(*n.input); },
                 [](const TopN& n) { return keys_can_fault(n.keys, *n.input) || has_pending_faults(*n.input); },
                 [](const Repeat& n) { return has_pending_faults(*n.input); }, [](const ScalarRow&) { return true; },
                 [](const Unnest& n) { return read_can_fault(*n.count, *n.input) || has_pending_faults(*n.input); },
                 [](const auto&) { return false; }},
      plan.node);
}

bool is_ordered(const Plan& plan) {
  return std::visit(
      Overloaded{
          [](const ScanFile& n) { return n.table->ordered(); }, [](const ScanTable& n) { return n.table->ordered(); },
          [](const Aggregation& n) { return n.keys.empty(); }, [](const Repeat&) { return false; },
          [](const Unnest& n) { return is_ordered(*n.input); }, [](const Filter& n) { return is_ordered(*n.input); },
          [](const Project& n) { return is_ordered(*n.input); },
          [](const Join& n) { return is_ordered(*n.left) && (!gives_right_columns(n.kind) || is_ordered(*n.right)); },
          [](const UnionAll& n) {
            return std::all_of(n.inputs.begin(), n.inputs.end(),
                               [](const PlanPtr& input) { return is_ordered(*input); });
          },
          [](const auto&) { return true; }},
      plan.node);
}

bool sees_order(const Plan& node, bool seen) {
  return std::visit(
      Overloaded{[](const Aggregation& n) { return n.window_us > 0; }, [](const Limit&) { return true; },
                 [](const TopN&) { return true; }, [](const Sort&) { return true; }, [&](const auto&) { return seen; }},
      node.node);
}

PlanPtr filtered(PlanPtr input, const std::vector<ExprPtr>& conjuncts) {
  if (conjuncts.empty()) return input;
  return make_resolved(Filter{std::move(input), conjunction_of(conjuncts)});
}

PlanPtr projected(PlanPtr input, const std::vector<uint32_t>& columns) {
  bool identity = columns.size() == input->schema.size();
  for (uint32_t i = 0; i < columns.size(); ++i) identity = identity && columns[i] == i;
  if (identity) return input;
  Project node{input, {}};
  for (const uint32_t index : columns)
    node.columns.push_back({column_of(input->schema, index), input->schema[index].name});
  return make_resolved(std::move(node));
}

}  // namespace headrace
