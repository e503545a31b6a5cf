#include "optimize/below_join.h"

#include <algorithm>
#include <map>

#include "base/check.h"
#include "optimize/rewrite.h"
#include "plan/join_keys.h"

namespace headrace {

namespace {

// Every expression of a Project or an Aggregation, in place.
void for_each_expr(Plan& node, const std::function<void(ExprPtr&)>& visit) {
  if (auto* project = std::get_if<Project>(&node.node)) {
    for (NamedExpr& column : project->columns) visit(column.expr);
    return;
  }
  auto& aggregation = std::get<Aggregation>(node.node);
  for (NamedExpr& key : aggregation.keys) visit(key.expr);
  for (NamedAggregate& one : aggregation.aggregates) {
    for (ExprPtr& argument : one.arguments) visit(argument);
    if (one.filter != nullptr) visit(one.filter);
    for (SortKey& key : one.order) visit(key.expr);
  }
}

const PlanPtr& input_of(const Plan& node) {
  const auto* project = std::get_if<Project>(&node.node);
  return project != nullptr ? project->input : std::get<Aggregation>(node.node).input;
}
void set_input(Plan& node, PlanPtr input) {
  if (auto* project = std::get_if<Project>(&node.node))
    project->input = std::move(input);
  else
    std::get<Aggregation>(node.node).input = std::move(input);
}

// The node over what lies below Projects of columns alone.
void look_through_projects(Plan& node) {
  while (const auto* project = std::get_if<Project>(&input_of(node)->node)) {
    const auto is_column = [](const NamedExpr& one) { return std::holds_alternative<ColumnIndex>(one.expr->node); };
    if (!std::all_of(project->columns.begin(), project->columns.end(), is_column)) return;
    const PlanPtr below = input_of(node);  // keeps the Project
    for_each_expr(node, [&](ExprPtr& expr) {
      expr = map_columns(expr, [&](uint32_t index) { return project->columns[index].expr; });
    });
    set_input(node, project->input);
  }
}

bool is_pure(const Expr& expr) {
  const auto* call = std::get_if<Call>(&expr.node);
  if (call == nullptr) return true;
  const Contract& contract = call->overload->function->contract;
  return contract.determinism == Determinism::kDeterministic && contract.side_effects == SideEffects::kNone &&
         std::all_of(call->arguments.begin(), call->arguments.end(),
                     [](const ExprPtr& argument) { return is_pure(*argument); });
}

// Moves expressions of one node over a join.
class Mover {
 public:
  Mover(Plan node, const std::function<bool(const MovableExpr&)>& wanted)
      : node_(std::move(node)), join_(std::get<Join>(input_of(node_)->node)), wanted_(wanted) {
    left_columns_ = static_cast<uint32_t>(join_.left->schema.size());
    columns_ = left_columns_ + static_cast<uint32_t>(join_.right->schema.size());
    pending_ = pending_faults(*join_.left);
    const std::vector<bool> right = pending_faults(*join_.right);
    pending_.insert(pending_.end(), right.begin(), right.end());
    pending_.push_back(false);  // a mark over a right input without columns
  }

  // nullptr: nothing moves.
  PlanPtr move() {
    count_reads();
    std::vector<ExprPtr> moved;
    for (const ExprPtr& one : candidates_)
      if (wanted_({join_, is_left(*one), side_expr(one), bytes_saved(*one)})) moved.push_back(one);
    if (moved.empty()) return nullptr;
    return rebuilt(moved);
  }

 private:
  bool is_left(const Expr& expr) const {
    bool left = true;
    for_each_column(expr, [&](uint32_t index) { left = index < left_columns_; });
    return left;
  }
  ExprPtr side_expr(const ExprPtr& expr) const {
    return is_left(*expr) ? shift_columns(expr, 0, join_.left->schema)
                          : shift_columns(expr, -static_cast<int64_t>(left_columns_), join_.right->schema);
  }

  // A mark's column stands where the right columns begin: what reads it does not move either.
  bool can_move(const Expr& expr) const {
    bool left = false, right = false, settled = !can_fault(expr) && is_pure(expr);
    for_each_column(expr, [&](uint32_t index) {
      (index < left_columns_ ? left : right) = true;
      settled = settled && !pending_[index];
    });
    if (left == right || !settled) return false;
    if (right && !gives_right_columns(join_.kind)) return false;
    const bool filled = left ? keeps_right_rows(join_.kind) : keeps_left_rows(join_.kind);
    return !filled || null_where(expr, [](uint32_t) { return true; });
  }

  // The largest movable expressions, each once, and what is read beside them.
  void count_reads() {
    read_.assign(columns_ + 1, 0);  // a mark over a right input without columns
    for_each_expr(node_, [&](ExprPtr& expr) { collect(expr); });
    const auto read = [&](const Expr& expr, uint32_t shift) {
      for_each_column(expr, [&](uint32_t index) { ++read_[index + shift]; });
    };
    if (join_.condition != nullptr) read(*join_.condition, 0);
    for (const JoinKey& key : join_.keys)  // the table keeps its keys
      if (std::holds_alternative<ColumnIndex>(key.right->node)) read(*key.right, left_columns_);
    for (const ExprPtr& one : candidates_) {
      std::vector<bool> reads(columns_, false);
      for_each_column(*one, [&](uint32_t index) { reads[index] = true; });
      for (uint32_t index = 0; index < columns_; ++index)
        if (reads[index]) ++read_[index];
    }
  }
  void note_reads(const Expr& expr) {
    for_each_column(expr, [&](uint32_t index) { ++read_[index]; });
  }
  void collect(const ExprPtr& expr) {
    const auto* call = std::get_if<Call>(&expr->node);
    if (call == nullptr) return note_reads(*expr);
    if (!can_move(*expr)) {
      // CASE, AND and their like read their first argument always, the others not of every row.
      const bool reads_all = call->overload->function->contract.nulls == Nulls::kPropagate;
      for (size_t i = 0; i < call->arguments.size(); ++i)
        (reads_all || i == 0) ? collect(call->arguments[i]) : note_reads(*call->arguments[i]);
      return;
    }
    const auto known = [&](const ExprPtr& other) { return same(*expr, *other); };
    if (std::none_of(candidates_.begin(), candidates_.end(), known)) candidates_.push_back(expr);
  }

  uint32_t bytes_saved(const Expr& expr) const {
    std::map<uint32_t, uint32_t> bytes;
    for_each_column(expr, [&](uint32_t index) {
      const Column& column =
          index < left_columns_ ? join_.left->schema[index] : join_.right->schema[index - left_columns_];
      if (read_[index] == 1) bytes[index] = width_bytes(column.type.id);
    });
    uint32_t saved = 0;
    for (const auto& [index, width] : bytes) saved += width;
    return saved;
  }

  // The side under a Project of its columns that are still read, then of what is computed.
  PlanPtr side_with(const PlanPtr& side, const std::vector<bool>& kept, const std::vector<ExprPtr>& computed) const {
    Project project{side, {}};
    for (uint32_t index = 0; index < kept.size(); ++index)
      if (kept[index]) project.columns.push_back({column_of(side->schema, index), side->schema[index].name});
    for (const ExprPtr& one : computed) project.columns.push_back({one, to_text(*one)});
    return make_resolved(std::move(project));
  }

  PlanPtr rebuilt(const std::vector<ExprPtr>& moved) {
    std::vector<ExprPtr> left_moved, right_moved;
    for (const ExprPtr& one : moved) (is_left(*one) ? left_moved : right_moved).push_back(side_expr(one));
    const auto is_moved = [](const std::vector<ExprPtr>& list, const Expr& expr) {
      return std::find_if(list.begin(), list.end(), [&](const ExprPtr& one) { return same(*one, expr); });
    };
    // What stays needed: by the node, the condition, and keys that are not themselves moved.
    std::vector<bool> left(left_columns_, false), right(columns_ - left_columns_, false);
    const auto keep = [&](uint32_t index) {
      if (index < left_columns_) left[index] = true;
      if (index >= left_columns_ && index < columns_) right[index - left_columns_] = true;
    };
    const std::function<void(const ExprPtr&)> keep_reads = [&](const ExprPtr& expr) {
      if (is_moved(moved, *expr) != moved.end()) return;
      if (const auto* column = std::get_if<ColumnIndex>(&expr->node)) keep(column->index);
      if (const auto* call = std::get_if<Call>(&expr->node))
        for (const ExprPtr& argument : call->arguments) keep_reads(argument);
    };
    for_each_expr(node_, [&](ExprPtr& expr) { keep_reads(expr); });
    if (join_.condition != nullptr) for_each_column(*join_.condition, keep);
    for (const JoinKey& key : join_.keys) {
      if (is_moved(left_moved, *key.left) == left_moved.end()) for_each_column(*key.left, keep);
      if (is_moved(right_moved, *key.right) == right_moved.end())
        for_each_column(*key.right, [&](uint32_t index) { keep(index + left_columns_); });
    }
    return joined(left, right, left_moved, right_moved, moved);
  }

  PlanPtr joined(const std::vector<bool>& left, const std::vector<bool>& right, const std::vector<ExprPtr>& left_moved,
                 const std::vector<ExprPtr>& right_moved, const std::vector<ExprPtr>& moved) {
    Join join = join_;
    join.left = left_moved.empty() ? join_.left : side_with(join_.left, left, left_moved);
    join.right = right_moved.empty() ? join_.right : side_with(join_.right, right, right_moved);
    std::vector<uint32_t> place(columns_ + 1, UINT32_MAX);
    const auto put = [&](const std::vector<bool>& kept, bool pruned, uint32_t first, uint32_t begin) {
      uint32_t next = begin;
      for (uint32_t i = 0; i < kept.size(); ++i)
        if (!pruned || kept[i]) place[first + i] = next++;
      return next;
    };
    const auto left_size = static_cast<uint32_t>(join.left->schema.size());
    const uint32_t left_next = put(left, !left_moved.empty(), 0, 0);
    const uint32_t right_next = put(right, !right_moved.empty(), left_columns_, left_size);
    // Of the moved expressions, in the order of `moved`.
    std::vector<uint32_t> moved_place;
    uint32_t of_left = left_next, of_right = right_next;
    for (const ExprPtr& one : moved) moved_place.push_back(is_left(*one) ? of_left++ : of_right++);
    for (JoinKey& key : join.keys) {
      key.left = side_key(key.left, left_moved, left_next, join.left->schema, place, 0, 0);
      key.right =
          side_key(key.right, right_moved, right_next - left_size, join.right->schema, place, left_columns_, left_size);
    }
    const Schema pairs = pair_schema(join);
    if (join.condition != nullptr)
      join.condition = map_columns(join.condition, [&](uint32_t index) { return column_of(pairs, place[index]); });
    // A mark lies behind the left columns.
    const bool has_mark = join.kind == JoinKind::kMark;
    const PlanPtr input = make_resolved(std::move(join));
    if (has_mark) place[left_columns_] = left_size;
    const std::function<ExprPtr(const ExprPtr&)> over = [&](const ExprPtr& expr) -> ExprPtr {
      for (size_t i = 0; i < moved.size(); ++i)
        if (same(*moved[i], *expr)) return column_of(input->schema, moved_place[i]);
      if (const auto* column = std::get_if<ColumnIndex>(&expr->node))
        return column_of(input->schema, place[column->index]);
      const auto* call = std::get_if<Call>(&expr->node);
      if (call == nullptr) return expr;
      std::vector<ExprPtr> arguments;
      for (const ExprPtr& argument : call->arguments) arguments.push_back(over(argument));
      return with_arguments(*expr, std::move(arguments));
    };
    for_each_expr(node_, [&](ExprPtr& expr) { expr = over(expr); });
    set_input(node_, input);
    if (const auto* project = std::get_if<Project>(&node_.node)) return make_resolved(Project(*project));
    return make_resolved(Aggregation(std::get<Aggregation>(node_.node)));
  }

  static ExprPtr side_key(const ExprPtr& key, const std::vector<ExprPtr>& moved, uint32_t first_moved,
                          const Schema& schema, const std::vector<uint32_t>& place, uint32_t shift, uint32_t begin) {
    for (uint32_t i = 0; i < moved.size(); ++i)
      if (same(*moved[i], *key)) return column_of(schema, first_moved + i);
    return map_columns(key, [&](uint32_t index) { return column_of(schema, place[index + shift] - begin); });
  }

  Plan node_;
  const Join join_;
  const std::function<bool(const MovableExpr&)>& wanted_;
  uint32_t left_columns_ = 0, columns_ = 0;
  std::vector<bool> pending_;  // by column of both sides, and a mark
  std::vector<uint32_t> read_;  // how often each is read, by one of the candidates or otherwise
  std::vector<ExprPtr> candidates_;  // over the columns of both sides
};

}  // namespace

PlanPtr computed_below_join(const PlanPtr& plan, const std::function<bool(const MovableExpr&)>& wanted) {
  if (!std::holds_alternative<Project>(plan->node) && !std::holds_alternative<Aggregation>(plan->node)) return plan;
  Plan node = *plan;
  look_through_projects(node);
  if (!std::holds_alternative<Join>(input_of(node)->node)) return plan;
  if (const auto* groups = std::get_if<Aggregation>(&node.node); groups != nullptr && groups->window_us > 0)
    return plan;
  PlanPtr result = Mover(std::move(node), wanted).move();
  return result != nullptr ? result : plan;
}

double cost_ns(const Expr& expr) {
  const auto* call = std::get_if<Call>(&expr.node);
  if (call == nullptr) return 0;
  double cost = call->overload->function->contract.cost_ns;
  for (const ExprPtr& argument : call->arguments) cost += cost_ns(*argument);
  return cost;
}

}  // namespace headrace
