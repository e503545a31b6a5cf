#include "optimize/rewrite.h"

#include <algorithm>

#include "base/overloaded.h"
#include "kernel/faults.h"

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
  const uint32_t faults = aggregate.overload->aggregate->contract.faults;
  if ((faults & ~uint32_t{Faults::kOverflow}) != 0) return true;
  if (faults == 0 || aggregate.arguments.empty()) return false;
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

PlanPtr rewrite_down(const PlanPtr& plan, const std::function<PlanPtr(const PlanPtr&)>& rewrite) {
  const PlanPtr node = rewrite(plan);
  std::vector<PlanPtr> inputs = inputs_of(*node);
  bool changed = false;
  for (PlanPtr& input : inputs) {
    const PlanPtr better = rewrite_down(input, rewrite);
    changed = changed || better != input;
    input = better;
  }
  return changed ? with_inputs(*node, std::move(inputs)) : node;
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

bool null_where(const Expr& expr, const std::function<bool(uint32_t)>& is_null) {
  if (const auto* column = std::get_if<ColumnIndex>(&expr.node)) return is_null(column->index);
  const auto* call = std::get_if<Call>(&expr.node);
  if (call == nullptr || call->overload->function->contract.nulls != Nulls::kPropagate) return false;
  return std::any_of(call->arguments.begin(), call->arguments.end(),
                     [&](const ExprPtr& argument) { return null_where(*argument, is_null); });
}

namespace {

std::vector<bool> never_null_of(const Aggregation& node) {
  std::vector<bool> never;
  for (const NamedExpr& key : node.keys) never.push_back(never_null(*key.expr, *node.input));
  for (const NamedAggregate& one : node.aggregates) never.push_back(one.overload->aggregate->contract.faults == 0);
  return never;
}

std::vector<bool> never_null_of(const Join& node) {
  std::vector<bool> never = never_null_columns(*node.left);
  if (node.kind == JoinKind::kMark) never.push_back(false);
  if (!gives_right_columns(node.kind)) return never;
  const std::vector<bool> right = never_null_columns(*node.right);
  never.insert(never.end(), right.begin(), right.end());
  return never;
}

std::vector<bool> never_null_of(const UnionAll& node) {
  std::vector<bool> never = never_null_columns(*node.inputs[0]);
  for (const PlanPtr& input : node.inputs) {
    const std::vector<bool> of_input = never_null_columns(*input);
    for (size_t i = 0; i < never.size(); ++i) never[i] = never[i] && of_input[i];
  }
  return never;
}

}  // namespace

std::vector<bool> never_null_columns(const Plan& plan) {
  const std::vector<bool> none(plan.schema.size(), false), all(plan.schema.size(), true);
  std::vector<bool> never = std::visit(
      Overloaded{[](const Project& n) {
                   std::vector<bool> columns;
                   for (const NamedExpr& one : n.columns) columns.push_back(never_null(*one.expr, *n.input));
                   return columns;
                 },
                 [](const Aggregation& n) { return never_null_of(n); }, [](const Join& n) { return never_null_of(n); },
                 [](const UnionAll& n) { return never_null_of(n); },
                 [](const Filter& n) { return never_null_columns(*n.input); },
                 [](const Sort& n) { return never_null_columns(*n.input); },
                 [](const TopN& n) { return never_null_columns(*n.input); },
                 [](const Limit& n) { return never_null_columns(*n.input); },
                 [](const Sample& n) { return never_null_columns(*n.input); }, [&](const ScanFile&) { return all; },
                 [&](const ScanTable&) { return all; }, [&](const Range&) { return all; },
                 [&](const Values&) { return all; }, [&](const auto&) { return none; }},
      plan.node);
  for (size_t i = 0; i < never.size(); ++i) never[i] = never[i] && !plan.schema[i].nullable;
  return never;
}

bool never_null(const Expr& expr, const Plan& input) {
  if (expr.nullable || can_fault(expr)) return false;
  bool reads = false;
  for_each_column(expr, [&](uint32_t) { reads = true; });
  if (!reads) return true;
  const std::vector<bool> never = never_null_columns(input);
  bool all = true;
  for_each_column(expr, [&](uint32_t index) { all = all && never[index]; });
  return all;
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
                 [](const Repeat& n) { return has_pending_faults(*n.input); },
                 [](const Sample& n) { return has_pending_faults(*n.input); }, [](const ScalarRow&) { return true; },
                 [](const Recursion& n) { return has_pending_faults(*n.base) || has_pending_faults(*n.step); },
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
  return std::visit(Overloaded{[](const Aggregation& n) {
                                 return n.window_us > 0 ||
                                        std::any_of(n.aggregates.begin(), n.aggregates.end(), [](const auto& one) {
                                          return one.overload->aggregate->contract.order == RowOrder::kNeeded;
                                        });
                               },
                               [](const Recursion&) { return true; }, [](const Limit&) { return true; },
                               [](const Sample&) { return true; }, [](const TopN&) { return true; },
                               [](const Sort&) { return true; }, [&](const auto&) { return seen; }},
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
