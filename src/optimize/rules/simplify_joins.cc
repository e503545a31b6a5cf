// A join that keeps rows without a match loses them to a filter that such rows, with nulls for the other side, never pass:
//   left → inner    the filter rejects nulls of the right columns
//   right → inner   of the left ones
//   full → right, left or inner
// and a filter that asks for the mark of a mark join makes a semi join of it; for the opposite, where no pair can be null or a mark that is
// null counts as false, an anti join. Nothing that the filter reads may fault: it would no longer be read of the rows that are gone.
#include <algorithm>

#include "optimize/disjunctions.h"
#include "optimize/rewrite.h"
#include "optimize/rules/rules.h"

namespace headrace {

namespace {

// Columns [begin, end).
struct Columns {
  size_t begin, end;
};

bool null_of_nulls(const Expr& expr, Columns columns) {
  return null_where(expr, [&](uint32_t index) { return index >= columns.begin && index < columns.end; });
}

// Never true of a row in which the columns are null.
bool rejects_nulls(const Expr& expr, Columns columns) {
  const auto* call = std::get_if<Call>(&expr.node);
  if (call != nullptr) {
    const auto rejects = [&](const ExprPtr& argument) { return rejects_nulls(*argument, columns); };
    if (call->function == "and") return std::any_of(call->arguments.begin(), call->arguments.end(), rejects);
    if (call->function == "or") return std::all_of(call->arguments.begin(), call->arguments.end(), rejects);
    if (call->function == "is_not_null" || call->function == "not") return null_of_nulls(*call->arguments[0], columns);
  }
  return null_of_nulls(expr, columns);
}

JoinKind kind_of(bool keeps_left, bool keeps_right) {
  if (keeps_left) return keeps_right ? JoinKind::kFull : JoinKind::kLeft;
  return keeps_right ? JoinKind::kRight : JoinKind::kInner;
}

// The columns as the stronger kind gives them: fewer may be null.
ExprPtr over(const ExprPtr& expr, const Schema& schema) {
  return map_columns(expr, [&](uint32_t index) { return column_of(schema, index); });
}

PlanPtr simplified_outer(const PlanPtr& plan, const Filter& filter, const Join& join) {
  const size_t left_columns = join.left->schema.size();
  const Columns left{0, left_columns}, right{left_columns, filter.input->schema.size()};
  const bool keeps_left = keeps_left_rows(join.kind) && !rejects_nulls(*filter.predicate, right);
  const bool keeps_right = keeps_right_rows(join.kind) && !rejects_nulls(*filter.predicate, left);
  const JoinKind kind = kind_of(keeps_left, keeps_right);
  if (kind == join.kind) return plan;
  Join simpler = join;
  simpler.kind = kind;
  const PlanPtr input = make_resolved(std::move(simpler));
  return make_resolved(Filter{input, over(filter.predicate, input->schema)});
}

bool is_false(const Expr& expr) {
  const auto* literal = std::get_if<Literal>(&expr.node);
  return literal != nullptr && literal->value == Value{kBool, false};
}

struct AskedMark {
  bool wanted;
  bool null_is_false;  // coalesce(mark, false) stands for the mark
};

// Whether the expression is the mark (wanted) or its opposite.
std::optional<AskedMark> asks_for_mark(const Expr& expr, size_t mark) {
  if (const auto* column = std::get_if<ColumnIndex>(&expr.node))
    return column->index == mark ? std::optional(AskedMark{true, false}) : std::nullopt;
  const auto* call = std::get_if<Call>(&expr.node);
  if (call == nullptr) return std::nullopt;
  if (call->function == "coalesce" && call->arguments.size() == 2 && is_false(*call->arguments[1])) {
    const auto inner = asks_for_mark(*call->arguments[0], mark);
    return inner && inner->wanted ? std::optional(AskedMark{true, true}) : std::nullopt;
  }
  if (call->function != "not") return std::nullopt;
  const auto inner = asks_for_mark(*call->arguments[0], mark);
  return inner ? std::optional(AskedMark{!inner->wanted, inner->null_is_false}) : std::nullopt;
}

bool pairs_never_null(const Join& join) {
  if (join.condition != nullptr) {
    if (join.condition->nullable) return false;
    std::vector<bool> never = never_null_columns(*join.left);
    const std::vector<bool> right = never_null_columns(*join.right);
    never.insert(never.end(), right.begin(), right.end());
    bool all = true;
    for_each_column(*join.condition, [&](uint32_t index) { all = all && never[index]; });
    if (!all) return false;
  }
  return std::all_of(join.keys.begin(), join.keys.end(), [&](const JoinKey& key) {
    return key.nulls_equal || (never_null(*key.left, *join.left) && never_null(*key.right, *join.right));
  });
}

PlanPtr simplified_mark(const PlanPtr& plan, const Filter& filter, const Join& join) {
  const size_t mark = join.left->schema.size();
  std::vector<ExprPtr> rest;
  std::optional<AskedMark> wanted;
  for (const ExprPtr& conjunct : conjuncts_of(filter.predicate)) {
    const std::optional<AskedMark> asks = asks_for_mark(*conjunct, mark);
    if (asks && !wanted)
      wanted = asks;
    else
      rest.push_back(conjunct);
  }
  if (!wanted) return plan;
  const bool reads_mark = std::ranges::any_of(rest, [&](const ExprPtr& conjunct) {
    bool reads = false;
    for_each_column(*conjunct, [&](uint32_t index) { reads = reads || index == mark; });
    return reads;
  });
  const bool null_is_false = wanted->null_is_false && !reads_mark;
  if (!wanted->wanted && !null_is_false && !pairs_never_null(join)) return plan;
  Join simpler = join;
  simpler.kind = wanted->wanted ? JoinKind::kSemi : JoinKind::kAnti;
  Project project{make_resolved(std::move(simpler)), {}};
  for (uint32_t index = 0; index < mark; ++index)
    project.columns.push_back({column_of(join.left->schema, index), join.left->schema[index].name});
  const Value value{kBool, wanted->wanted};
  project.columns.push_back(
      {std::make_shared<const Expr>(Expr{Literal{value}, kBool, false, {}}), filter.input->schema[mark].name});
  const PlanPtr input = make_resolved(std::move(project));
  for (ExprPtr& conjunct : rest) conjunct = over(conjunct, input->schema);
  return filtered(input, rest);
}

}  // namespace

Result<PlanPtr> simplify_joins(const PlanPtr& plan, const OptimizeContext&) {
  return rewrite_up(plan, [](const PlanPtr& node) -> Result<PlanPtr> {
    const auto* filter = std::get_if<Filter>(&node->node);
    const auto* join = filter == nullptr ? nullptr : std::get_if<Join>(&filter->input->node);
    if (join == nullptr || node_can_fault(*node) || node_can_fault(*filter->input)) return node;
    if (join->kind == JoinKind::kMark) return simplified_mark(node, *filter, *join);
    return gives_right_columns(join->kind) ? simplified_outer(node, *filter, *join) : node;
  });
}

}  // namespace headrace
