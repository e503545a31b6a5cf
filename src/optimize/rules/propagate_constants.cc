// A column that is known to have one value is that value above: x = 5 AND y = x + 1 gives y = 6, a key of one value makes no groups.
// Only where equal values are the same bits: not for a float zero, and not for NaN. Conjuncts that others imply go away; those that
// contradict each other leave no row, and nothing is read then (optimize/empty.h).
//
// Faults: what a filter let pass has been read, so that its columns may be replaced in everything above. Inside a filter a row whose
// x is null does not pass, but other conjuncts are read of it: they must not fault, before or after, or be null where x is. Inputs
// become empty only where nothing below that is read may fault.
#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "base/overloaded.h"
#include "expr/faults.h"
#include "optimize/conjuncts.h"
#include "optimize/empty.h"
#include "optimize/flat_join.h"
#include "optimize/rewrite.h"
#include "optimize/rules/rules.h"
#include "plan/join_keys.h"

namespace headrace {

namespace {

// By column of a plan: the literal that it is in every row; nullptr: not known.
struct KnownValue {
  ExprPtr value;
  bool carried = false;  // it passed an operator that need not have carried the column
};
using Known = std::vector<KnownValue>;

struct Walked {
  PlanPtr plan;
  Known known;
};

const Value* literal_of(const ExprPtr& expr) {
  const auto* node = std::get_if<Literal>(&expr->node);
  return node == nullptr ? nullptr : &node->value;
}

// Whether what equals the value has its bits.
bool is_exact(const Value& value) {
  if (const auto* number = std::get_if<double>(&value.data)) return *number != 0 && !std::isnan(*number);
  return !value.is_null() && value.type.id < TypeId::kEnum && value.type.id != TypeId::kInterval;
}

// Two literals of the same bits, as far as their equality says so.
bool same_bits(const Expr& left, const Expr& right) {
  const auto* value = std::get_if<Literal>(&left.node);
  return same(left, right) && value != nullptr && (value->value.is_null() || is_exact(value->value));
}

// The column that a true conjunct leaves one value.
struct OneValue {
  uint32_t column;
  ExprPtr value;
};
std::optional<OneValue> one_value_of(const ExprPtr& conjunct) {
  const auto bool_column = [](const ExprPtr& expr, bool value) -> std::optional<OneValue> {
    const auto* column = std::get_if<ColumnIndex>(&expr->node);
    if (column == nullptr || expr->type != kBool) return std::nullopt;
    return OneValue{column->index, literal(Value{kBool, value})};
  };
  const auto* call = std::get_if<Call>(&conjunct->node);
  if (call == nullptr) return bool_column(conjunct, true);
  if (call->arguments.empty()) return std::nullopt;
  if (call->function == "not") return bool_column(call->arguments[0], false);
  const auto* column = std::get_if<ColumnIndex>(&call->arguments[0]->node);
  if (call->function == "is_null" && column != nullptr)
    return OneValue{column->index,
                    std::make_shared<const Expr>(
                        Expr{Literal{null_value(call->arguments[0]->type)}, call->arguments[0]->type, true, {}})};
  if (call->function != "eq") return std::nullopt;
  for (const size_t side : {0u, 1u}) {
    column = std::get_if<ColumnIndex>(&call->arguments[side]->node);
    const ExprPtr& other = call->arguments[1 - side];
    const Value* value = literal_of(other);
    if (column != nullptr && value != nullptr && is_exact(*value) && value->type == call->arguments[side]->type)
      return OneValue{column->index, other};
  }
  return std::nullopt;
}

Known merged(Known left, const Known& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

Known carried(Known known) {
  for (KnownValue& one : known) one.carried = true;
  return known;
}

class Propagation {
 public:
  explicit Propagation(const OptimizeContext& context)
      : evaluate_(context.evaluate ? context.evaluate : [](const Expr&) -> Result<std::optional<Value>> {
          return std::optional<Value>();
        }) {}

  // `seen`: something above depends on whether the rows have an order.
  Result<Walked> walk(const PlanPtr& plan, bool seen) {
    std::vector<PlanPtr> inputs = inputs_of(*plan);
    std::vector<Known> known;
    bool changed = false;
    for (PlanPtr& input : inputs) {
      TRY(walked, walk(input, sees_order(*plan, seen)));
      changed = changed || walked.plan != input;
      input = walked.plan;
      known.push_back(std::move(walked.known));
    }
    TRY(result, rewritten(changed ? with_inputs(*plan, std::move(inputs)) : plan, known, seen));
    const PlanPtr without = without_empty(result.plan, seen);
    if (without != result.plan) return Walked{without, Known(without->schema.size())};
    CHECK(result.known.size() == result.plan->schema.size());
    return result;
  }

 private:
  Result<Walked> rewritten(const PlanPtr& plan, const std::vector<Known>& known, bool seen) {
    return std::visit(
        Overloaded{[&](const Filter& n) { return filter(plan, n, known[0], seen); },
                   [&](const Project& n) { return project(plan, n, known[0]); },
                   [&](const Aggregation& n) { return aggregate(plan, n, known[0]); },
                   [&](const Join& n) { return join(plan, n, known[0], known[1], seen); },
                   [&](const Sort& n) { return sort(plan, n, known[0]); },
                   [&](const TopN& n) { return sort(plan, n, known[0]); },
                   [&](const Limit& n) { return limit(plan, n, known[0]); },
                   [&](const Sample&) -> Result<Walked> { return Walked{plan, carried(known[0])}; },
                   [&](const UnionAll&) -> Result<Walked> { return Walked{plan, known_of_all(known)}; },
                   [&](const Values& n) -> Result<Walked> { return Walked{plan, known_of_values(plan, n)}; },
                   [&](const auto&) -> Result<Walked> { return Walked{plan, Known(plan->schema.size())}; }},
        plan->node);
  }

  // The expression over known columns, folded; itself when it reads none. Columns alone: only those that were carried.
  Result<ExprPtr> replaced(const ExprPtr& expr, const Known& known) {
    if (expr == nullptr) return expr;
    if (const auto* column = std::get_if<ColumnIndex>(&expr->node)) {
      const KnownValue& one = known[column->index];
      return one.value != nullptr && one.carried ? one.value : expr;
    }
    return folded(expr, known);
  }
  Result<ExprPtr> folded(const ExprPtr& expr, const Known& known) {
    bool reads = false;
    for_each_column(*expr, [&](uint32_t index) { reads = reads || known[index].value != nullptr; });
    if (!reads) return expr;
    const Known& values = known;
    const ExprPtr over_values = map_at_columns(expr, values);
    return fold_constants(over_values, evaluate_, [](const Expr&) { return false; });
  }
  static ExprPtr map_at_columns(const ExprPtr& expr, const Known& known) {
    if (const auto* column = std::get_if<ColumnIndex>(&expr->node))
      return known[column->index].value != nullptr ? known[column->index].value : expr;
    const auto* call = std::get_if<Call>(&expr->node);
    if (call == nullptr) return expr;
    std::vector<ExprPtr> arguments;
    bool changed = false;
    for (const ExprPtr& argument : call->arguments) {
      arguments.push_back(map_at_columns(argument, known));
      changed = changed || arguments.back() != argument;
    }
    return changed ? with_arguments(*expr, std::move(arguments)) : expr;
  }

  Result<Walked> filter(const PlanPtr& plan, const Filter& node, const Known& known, bool seen) {
    TRY(predicate, folded(node.predicate, known));
    std::vector<ExprPtr> conjuncts = conjuncts_of(predicate);
    bool changed = predicate != node.predicate;
    for (size_t round = 0; round <= conjuncts.size(); ++round) {
      TRY(better, propagated(conjuncts, *node.input));
      if (better == conjuncts) break;
      conjuncts = std::move(better);
      changed = true;
    }
    Walked result{plan, known};
    for (const ExprPtr& one : conjuncts) note(one, *node.input, result.known);
    if (changed) result.plan = filtered(node.input, conjuncts);
    const auto* left = std::get_if<Filter>(&result.plan->node);
    const Value* never = left != nullptr ? literal_of(left->predicate) : nullptr;
    if (never == nullptr || *never == Value{kBool, true}) return result;
    const bool hides_order = !seen || is_ordered(*left->input);
    if (hides_order && !reads_can_fault(*left->input))
      return Walked{empty_of(plan->schema), Known(plan->schema.size())};
    return result;
  }

  // An equality of two columns may become a join's key, which `transfer_predicates` hands values across.
  static bool is_over_join(const Plan& input) {
    if (const auto* filter = std::get_if<Filter>(&input.node)) return is_over_join(*filter->input);
    if (const auto* project = std::get_if<Project>(&input.node)) return is_over_join(*project->input);
    return std::holds_alternative<Join>(input.node);
  }

  // What the conjunct says of a column of the input, when no fault of it is pending.
  static void note(const ExprPtr& conjunct, const Plan& input, Known& known) {
    const std::optional<OneValue> one = one_value_of(conjunct);
    if (one && known[one->column].value == nullptr && !pending_faults(input)[one->column])
      known[one->column] = {one->value, false};
  }

  // One round: values of columns that conjuncts ask for in the other conjuncts, then what they say together.
  Result<std::vector<ExprPtr>> propagated(const std::vector<ExprPtr>& conjuncts, const Plan& input) {
    Known known(input.schema.size());
    std::vector<bool> says(conjuncts.size(), false);
    for (size_t i = 0; i < conjuncts.size(); ++i) {
      const std::optional<OneValue> one = one_value_of(conjuncts[i]);
      if (!one || known[one->column].value != nullptr) continue;
      note(conjuncts[i], input, known);
      says[i] = known[one->column].value != nullptr;
    }
    std::vector<ExprPtr> better;
    const bool over_join = is_over_join(input);
    bool changed = false;
    for (size_t i = 0; i < conjuncts.size(); ++i) {
      ExprPtr one = conjuncts[i];
      if (!says[i] && !(over_join && equal_columns(*one))) {
        TRY(over_values, folded(one, known));
        one = over_values;
      }
      changed = changed || one != conjuncts[i];
      for (ExprPtr& part : conjuncts_of(one)) better.push_back(std::move(part));
    }
    if (changed && !may_replace(conjuncts, better, known, input)) better = conjuncts;
    for (const ExprPtr& one : better)
      if (const Value* value = literal_of(one); value != nullptr && *value == Value{kBool, false})
        return std::vector<ExprPtr>{one};  // false beats a fault
    for (const ExprPtr& one : better)
      if (read_can_fault(*one, input)) return better;
    return simplified_conjuncts(better, evaluate_);
  }

  // Whether rows in which a known column is null fault neither before nor after.
  static bool may_replace(const std::vector<ExprPtr>& before, const std::vector<ExprPtr>& after, const Known& known,
                          const Plan& input) {
    const auto harmful = [&](const ExprPtr& one) { return read_can_fault(*one, input); };
    if (std::any_of(after.begin(), after.end(), harmful)) return false;
    const std::vector<bool> pending = pending_faults(input);
    return std::all_of(before.begin(), before.end(), [&](const ExprPtr& one) {
      bool reads_pending = false;
      for_each_column(*one, [&](uint32_t index) { reads_pending = reads_pending || pending[index]; });
      return !reads_pending && null_before_fault(*one, known);
    });
  }
  // Every call that may fault reads a known column, and is null where any of those that it reads is.
  static bool null_before_fault(const Expr& expr, const Known& known) {
    const auto* call = std::get_if<Call>(&expr.node);
    if (call == nullptr) return true;
    for (const ExprPtr& argument : call->arguments)
      if (!null_before_fault(*argument, known)) return false;
    if (!call_can_fault(*call, expr.type)) return true;
    bool reads = false, null = true;
    for_each_column(expr, [&](uint32_t column) {
      if (known[column].value == nullptr) return;
      reads = true;
      null = null && null_where(expr, [&](uint32_t index) { return index == column; });
    });
    return reads && null;
  }

  Result<Walked> project(const PlanPtr& plan, const Project& node, const Known& known) {
    Project result = node;
    bool changed = false;
    Walked walked{plan, {}};
    for (NamedExpr& column : result.columns) {
      TRY(better, replaced(column.expr, known));
      changed = changed || better != column.expr;
      column.expr = better;
      const auto* below = std::get_if<ColumnIndex>(&better->node);
      if (below != nullptr)
        walked.known.push_back(known[below->index]);
      else
        walked.known.push_back({literal_of(better) != nullptr ? better : nullptr});
    }
    if (changed) walked.plan = make_resolved(std::move(result));
    return walked;
  }

  Status replace_in(NamedAggregate& aggregate, const Known& known, bool& changed) {
    const auto replace = [&](ExprPtr& expr) -> Status {
      TRY(better, replaced(expr, known));
      changed = changed || better != expr;
      expr = better;
      return kDone;
    };
    for (ExprPtr& argument : aggregate.arguments) TRY_STATUS(replace(argument));
    TRY_STATUS(replace(aggregate.filter));
    for (SortKey& key : aggregate.order) TRY_STATUS(replace(key.expr));
    return kDone;
  }

  // A key of one value makes no groups: it stands beside them, unless it is the only one.
  Result<Walked> aggregate(const PlanPtr& plan, const Aggregation& node, const Known& known) {
    Aggregation result = node;
    bool changed = false;
    for (NamedAggregate& one : result.aggregates) TRY_STATUS(replace_in(one, known, changed));
    std::vector<ExprPtr> constants(node.keys.size());
    size_t constant_count = 0;
    for (size_t i = 0; node.window_us == 0 && i < node.keys.size(); ++i) {
      TRY(better, folded(node.keys[i].expr, known));
      if (const Value* value = literal_of(better); value != nullptr && (is_exact(*value) || value->is_null()))
        constants[i] = better;
      if (constants[i] != nullptr) ++constant_count;
      changed = changed || (constants[i] == nullptr && better != node.keys[i].expr);
      if (constants[i] == nullptr) result.keys[i].expr = better;
    }
    Walked walked{plan, Known(plan->schema.size())};
    for (size_t i = 0; i < constants.size(); ++i) walked.known[i] = {constants[i], true};
    if (constant_count > 0 && node.keys.size() > 1)
      walked.plan = beside_constants(std::move(result), constants, constant_count < node.keys.size() ? SIZE_MAX : 0);
    else if (changed)
      walked.plan = make_resolved(std::move(result));
    return walked;
  }

  // Groups by the keys that are no constants, and by the one at `stays`.
  static PlanPtr beside_constants(Aggregation node, const std::vector<ExprPtr>& constants, size_t stays) {
    std::vector<NamedExpr> keys, columns;
    std::vector<std::optional<uint32_t>> places;
    for (size_t i = 0; i < constants.size(); ++i) {
      const bool kept = constants[i] == nullptr || i == stays;
      places.push_back(kept ? std::optional(static_cast<uint32_t>(keys.size())) : std::nullopt);
      if (kept) keys.push_back(node.keys[i]);
    }
    for (uint32_t i = 0; i < node.aggregates.size(); ++i) places.push_back(static_cast<uint32_t>(keys.size()) + i);
    const std::vector<NamedExpr> named = node.keys;
    node.keys = std::move(keys);
    const PlanPtr grouped = make_resolved(std::move(node));
    for (size_t i = 0; i < places.size(); ++i)
      columns.push_back(places[i] ? NamedExpr{column_of(grouped->schema, *places[i]), grouped->schema[*places[i]].name}
                                  : NamedExpr{constants[i], named[i].name});
    return make_resolved(Project{grouped, std::move(columns)});
  }

  Result<Walked> join(const PlanPtr& plan, const Join& node, const Known& left, const Known& right, bool seen) {
    Join result = node;
    bool changed = false, differs = false;
    result.keys.clear();
    for (const JoinKey& key : node.keys) {
      TRY(left_key, replaced_key(key.left, left));
      TRY(right_key, replaced_key(key.right, right));
      const Value* left_value = value_of(left_key, left);
      const Value* right_value = value_of(right_key, right);
      const bool known =
          left_value != nullptr && right_value != nullptr && is_exact(*left_value) && is_exact(*right_value);
      differs = differs || (known && *left_value != *right_value);
      changed = changed || left_key != key.left || right_key != key.right;
      if (known && *left_value == *right_value && has_other_key(node, key, left, right))
        changed = true;
      else
        result.keys.push_back({left_key, right_key, key.nulls_equal});
    }
    TRY_STATUS(simplify_condition(result, merged(left, right), changed));
    const bool inner = node.kind == JoinKind::kInner;
    if (result.condition != nullptr)
      if (const Value* value = literal_of(result.condition); value != nullptr && !(*value == Value{kBool, true}))
        differs = differs || inner;
    const PlanPtr joined = changed ? make_resolved(std::move(result)) : plan;
    const bool settled = !has_pending_faults(*node.left) && !has_pending_faults(*node.right) && !reads_can_fault(*plan);
    if (differs && (inner || node.kind == JoinKind::kSemi) && settled && (!seen || is_ordered(*plan)))
      return Walked{empty_of(plan->schema), Known(plan->schema.size())};
    return Walked{joined, known_of_join(*joined, left, right)};
  }

  Result<ExprPtr> replaced_key(const ExprPtr& key, const Known& known) {
    if (std::holds_alternative<ColumnIndex>(key->node)) return key;
    return folded(key, known);
  }
  static const Value* value_of(const ExprPtr& key, const Known& known) {
    const auto* column = std::get_if<ColumnIndex>(&key->node);
    if (column == nullptr) return literal_of(key);
    return known[column->index].value != nullptr ? literal_of(known[column->index].value) : nullptr;
  }
  // Some key is no constant: a hash table over it alone will do.
  static bool has_other_key(const Join& node, const JoinKey& dropped, const Known& left, const Known& right) {
    return std::any_of(node.keys.begin(), node.keys.end(), [&](const JoinKey& key) {
      return &key != &dropped && (value_of(key.left, left) == nullptr || value_of(key.right, right) == nullptr);
    });
  }

  // A mark tells null from false.
  Status simplify_condition(Join& node, const Known& known, bool& changed) {
    if (node.condition == nullptr) return kDone;
    TRY(better, folded(node.condition, known));
    if (node.kind != JoinKind::kMark && !can_fault(*better)) {
      const std::vector<ExprPtr> conjuncts = conjuncts_of(better);
      TRY(fewer, simplified_conjuncts(conjuncts, evaluate_));
      if (fewer != conjuncts) better = conjunction_of(fewer);
    }
    const Value* value = literal_of(better);
    if (value != nullptr && *value == Value{kBool, true}) better = nullptr;
    changed = changed || better != node.condition;
    node.condition = better;
    return kDone;
  }

  static Known known_of_join(const Plan& plan, const Known& left, const Known& right) {
    const auto& node = std::get<Join>(plan.node);
    Known known = keeps_right_rows(node.kind) ? Known(left.size()) : carried(left);
    if (gives_right_columns(node.kind))
      known = merged(std::move(known), keeps_left_rows(node.kind) ? Known(right.size()) : carried(right));
    known.resize(plan.schema.size());
    return known;
  }

  // A key of one value, or one that stands before, orders nothing.
  template <class Sorted>
  Result<Walked> sort(const PlanPtr& plan, const Sorted& node, const Known& known) {
    Sorted result = node;
    result.keys.clear();
    bool changed = false;
    for (const SortKey& key : node.keys) {
      SortKey better = key;
      TRY(expr, std::holds_alternative<ColumnIndex>(key.expr->node) ? Result<ExprPtr>(map_at_columns(key.expr, known))
                                                                    : folded(key.expr, known));
      const bool repeats = std::any_of(result.keys.begin(), result.keys.end(),
                                       [&](const SortKey& other) { return same(*other.expr, *expr); });
      changed = changed || expr != key.expr || repeats;
      better.expr = expr;
      if (literal_of(expr) == nullptr && !repeats) result.keys.push_back(std::move(better));
    }
    Walked walked{plan, carried(known)};
    if (result.keys.size() == node.keys.size() && !changed) return walked;
    if (!result.keys.empty())
      walked.plan = make_resolved(std::move(result));
    else if (is_ordered(*node.input) && !node_can_fault(*plan))
      walked.plan = unsorted(node);
    else
      walked.plan = with_one_key(node);
    if (to_text(*walked.plan) == to_text(*plan)) walked.plan = plan;
    return walked;
  }
  static PlanPtr unsorted(const Sort& node) { return node.input; }
  static PlanPtr unsorted(const TopN& node) { return make_resolved(Limit{node.input, node.rows_max, node.offset}); }
  template <class Sorted>
  static PlanPtr with_one_key(Sorted node) {
    node.keys.resize(1);
    return make_resolved(std::move(node));
  }

  static Result<Walked> limit(const PlanPtr& plan, const Limit& node, const Known& known) {
    if (node.rows_max == 0 && node.offset == 0 && !reads_can_fault(*plan))
      return Walked{empty_of(plan->schema), Known(plan->schema.size())};
    return Walked{plan, carried(known)};
  }

  static Known known_of_all(const std::vector<Known>& inputs) {
    Known all = carried(inputs[0]);
    for (const Known& input : inputs)
      for (size_t i = 0; i < all.size(); ++i)
        if (all[i].value != nullptr && (input[i].value == nullptr || !same_bits(*all[i].value, *input[i].value)))
          all[i] = {};
    return all;
  }

  static Known known_of_values(const PlanPtr& plan, const Values& node) {
    Known known(plan->schema.size());
    for (size_t i = 0; !node.rows.empty() && i < known.size(); ++i) {
      const ExprPtr& first = node.rows[0][i];
      if (std::all_of(node.rows.begin(), node.rows.end(), [&](const auto& row) { return same_bits(*row[i], *first); }))
        known[i] = {first, false};
    }
    return known;
  }

  EvaluateConstant evaluate_;
};

}  // namespace

Result<PlanPtr> propagate_constants(const PlanPtr& plan, const OptimizeContext& context) {
  TRY(walked, Propagation(context).walk(plan, false));
  return walked.plan;
}

}  // namespace headrace
