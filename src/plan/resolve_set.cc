// VALUES, UNION, INTERSECT and EXCEPT: what combines whole rows.
#include <algorithm>

#include <fmt/format.h>

#include "base/nearest_name.h"
#include "expr/calls.h"
#include "expr/coerce.h"
#include "plan/grouping.h"
#include "plan/resolver.h"
#include "plan/select_list.h"

namespace headrace {

namespace {

Error invalid(TextPosition where, std::string message, std::string hint = "") {
  return {ErrorCode::kInvalidPlan, std::move(message), to_text(where), std::move(hint)};
}

Bound unnamed(PlanPtr plan) {
  Scope scope = scope_of(plan->schema, "");
  return {std::move(plan), std::move(scope)};
}

// The types that columns of several inputs have in common. Literals of VALUES adapt to what they meet; those of queries do not.
class UnitedTypes {
 public:
  using Meet = std::optional<Type> (*)(const Expr&, const Expr&);
  UnitedTypes(std::string_view operation, Meet meet, TextPosition where)
      : operation_(operation), meet_(meet), where_(where) {}

  Status add(const std::vector<ExprPtr>& columns) {
    if (known_.empty()) {
      known_ = columns;
      for (uint32_t i = 0; i < known_.size(); ++i) known_[i] = adapting(i, columns[i], columns[i]->type);
      return kDone;
    }
    if (columns.size() != known_.size())
      return invalid(where_, fmt::format("{} expects the same number of columns, found {} and {}", operation_,
                                         known_.size(), columns.size()));
    for (uint32_t i = 0; i < known_.size(); ++i) TRY_STATUS(meet(i, columns[i]));
    return kDone;
  }

  Type operator[](size_t i) const { return known_[i]->type == kNullType ? kInt32 : known_[i]->type; }

 private:
  Status meet(uint32_t i, const ExprPtr& column) {
    const std::optional<Type> both = meet_(*known_[i], *adapting(i, column, column->type));
    if (!both)
      return invalid(column->where.line != 0 ? column->where : where_,
                     fmt::format("column {} of {} is {} in one input, {} in another", i + 1, operation_,
                                 to_text(known_[i]->type), to_text(column->type)),
                     "cast one of them: CAST(x AS type)");
    const bool literals =
        std::holds_alternative<Literal>(known_[i]->node) && std::holds_alternative<Literal>(column->node);
    known_[i] = adapting(i, literals ? column : nullptr, *both);
    return kDone;
  }

  // NULL and text stay literals, for a date that may follow; anything else is a column of the type.
  static ExprPtr adapting(uint32_t i, const ExprPtr& column, Type type) {
    const bool literal = column != nullptr && std::holds_alternative<Literal>(column->node);
    if (literal && column->type == type && (type == kNullType || type == kUtf8)) return column;
    return column_index(i, "", type, true);
  }

  std::string_view operation_;
  Meet meet_;
  TextPosition where_;
  std::vector<ExprPtr> known_;  // an expression of each type
};

// The columns of an input; NULL as a literal, which adapts to the others.
std::vector<ExprPtr> united_columns(const Plan& input) {
  std::vector<ExprPtr> columns;
  for (uint32_t i = 0; i < input.schema.size(); ++i) {
    ExprPtr column = untyped_column_of(input, i);
    if (column->type == kNullType) column = literal(null_value(kNullType));
    columns.push_back(std::move(column));
  }
  return columns;
}

Result<PlanPtr> cast_columns(const PlanPtr& input, const UnitedTypes& types, const Schema& names) {
  Project project{input, {}};
  bool differs = false;
  const std::vector<ExprPtr> columns = united_columns(*input);
  for (uint32_t i = 0; i < columns.size(); ++i) {
    const bool adapts = std::holds_alternative<Literal>(columns[i]->node);
    TRY(converted, cast_expr(adapts ? columns[i] : column_of(input->schema, i), types[i]));
    differs = differs || input->schema[i].type != types[i];
    project.columns.push_back({converted, names[i].name});
  }
  return differs ? make_resolved(std::move(project)) : input;
}

// The inputs with columns of common types.
Result<std::vector<PlanPtr>> with_common_types(std::vector<PlanPtr> inputs, std::string_view operation,
                                               TextPosition where) {
  UnitedTypes types(operation, united_type, where);
  for (const PlanPtr& input : inputs) TRY_STATUS(types.add(united_columns(*input)));
  const Schema names = inputs[0]->schema;
  for (PlanPtr& input : inputs) {
    TRY(converted, cast_columns(input, types, names));
    input = converted;
  }
  return inputs;
}

// Each input with the columns of all, in the order in which their names first come; those that it lacks are null.
Result<std::vector<PlanPtr>> aligned_by_name(const std::vector<PlanPtr>& inputs, TextPosition where) {
  std::vector<std::string> names;
  for (const PlanPtr& input : inputs) {
    for (const Column& column : input->schema) {
      if (std::none_of(names.begin(), names.end(), [&](const std::string& one) { return same_name(one, column.name); }))
        names.push_back(column.name);
      const auto count = std::count_if(input->schema.begin(), input->schema.end(),
                                       [&](const Column& other) { return same_name(other.name, column.name); });
      if (count > 1)
        return invalid(where, fmt::format("UNION BY NAME finds two columns '{}' in one input", column.name),
                       "give one of them another name: AS name");
    }
  }
  std::vector<PlanPtr> aligned;
  for (const PlanPtr& input : inputs) {
    Project project{input, {}};
    const std::vector<ExprPtr> columns = united_columns(*input);
    for (const std::string& name : names) {
      ExprPtr value = literal(null_value(kInt32));
      for (uint32_t i = 0; i < columns.size(); ++i)
        if (same_name(input->schema[i].name, name)) value = columns[i]->type == kNullType ? value : columns[i];
      project.columns.push_back({value, name});
    }
    aligned.push_back(make_resolved(std::move(project)));
  }
  return aligned;
}

std::optional<uint32_t> position_in_list(const Project& project, const Expr& key) {
  const auto* name = std::get_if<ColumnName>(&key.node);
  const auto is_star = [](const NamedExpr& one) { return std::holds_alternative<Star>(one.expr->node); };
  if (std::any_of(project.columns.begin(), project.columns.end(), is_star))
    return std::nullopt;  // positions are not known
  for (uint32_t i = 0; i < project.columns.size(); ++i) {
    const bool named =
        name != nullptr && name->table.empty() && same_name(column_label(project.columns[i]), name->name);
    if (named || same(*project.columns[i].expr, key)) return i;
  }
  return std::nullopt;
}

// `inside`: below a set operation.
std::optional<uint32_t> find_position(const Plan& plan, const Expr& key, bool inside) {
  if (const auto* project = std::get_if<Project>(&plan.node); project != nullptr && inside)
    return position_in_list(*project, key);
  const auto* all = std::get_if<UnionAll>(&plan.node);
  if (all != nullptr && all->by_name) return std::nullopt;
  inside = inside || all != nullptr || std::holds_alternative<SetOperation>(plan.node);
  const auto* distinct = std::get_if<Aggregation>(&plan.node);
  if (!inside || (distinct != nullptr && !distinct->aggregates.empty()) || std::holds_alternative<Join>(plan.node) ||
      std::holds_alternative<Alias>(plan.node))
    return std::nullopt;
  for (const PlanPtr& input : inputs_of(plan))
    if (const auto found = find_position(*input, key, inside)) return found;
  return std::nullopt;
}

}  // namespace

std::optional<uint32_t> position_in_sides(const Plan& plan, const Expr& key) { return find_position(plan, key, false); }

// Rows of literals stay Values; when a row computes something, each row becomes a Project.
Result<Bound> Resolver::bind_values(const Values& node) {
  UnitedTypes types("VALUES", common_type, {});
  std::vector<std::vector<ExprPtr>> rows;
  Bound one_row = unnamed(make_resolved(OneRow{}));
  std::vector<PlanPtr> sources;  // of each row: OneRow, and the subqueries joined to it
  bool literals = true;
  for (const auto& written : node.rows) {
    std::vector<ExprPtr> row;
    Bound source = one_row;
    for (const ExprPtr& value : written) {
      const auto* plain = std::get_if<Literal>(&value->node);
      if (plain != nullptr) {
        row.push_back(value);
        continue;
      }
      TRY(attached, attach_subqueries(value, source));
      TRY(resolved, resolve_untyped(*attached, source.scope));
      row.push_back(resolved);
    }
    TRY_STATUS(types.add(row));
    rows.push_back(std::move(row));
    sources.push_back(source.plan);
  }
  for (auto& row : rows)
    for (size_t i = 0; i < row.size(); ++i) {
      TRY(converted, cast_expr(row[i], types[i]));
      row[i] = converted;
      literals = literals && std::holds_alternative<Literal>(converted->node);
    }
  const auto name_of = [](size_t i) { return fmt::format("col{}", i); };
  if (literals) {
    Values values{std::move(rows), {}};
    for (size_t i = 0; i < values.rows[0].size(); ++i) {
      const bool nullable =
          std::any_of(values.rows.begin(), values.rows.end(), [&](const auto& row) { return row[i]->nullable; });
      values.columns.push_back({name_of(i), types[i], nullable});
    }
    return unnamed(make_resolved(std::move(values)));
  }
  UnionAll all;
  for (size_t at = 0; at < rows.size(); ++at) {
    Project project{sources[at], {}};
    for (size_t i = 0; i < rows[at].size(); ++i) project.columns.push_back({rows[at][i], name_of(i)});
    all.inputs.push_back(make_resolved(std::move(project)));
  }
  return unnamed(all.inputs.size() == 1 ? all.inputs[0] : make_resolved(std::move(all)));
}

Result<Bound> Resolver::bind_union(const UnionAll& node) {
  std::vector<PlanPtr> inputs;
  for (const PlanPtr& written : node.inputs) {
    TRY(input, bind(*written));
    inputs.push_back(input.plan);
  }
  if (inputs.empty()) return invalid(node.where, "UNION ALL has no input");
  if (node.by_name) {
    TRY(aligned, aligned_by_name(inputs, node.where));
    inputs = std::move(aligned);
  }
  TRY(united, with_common_types(std::move(inputs), "UNION", node.where));
  return unnamed(make_resolved(UnionAll{std::move(united)}));
}

// Both inputs' rows, marked with the side that they come from, are grouped by all columns; how many came from each side decides
// which groups stay, and how often.
Result<Bound> Resolver::bind_set_operation(const SetOperation& node) {
  const bool intersect = node.kind == SetKind::kIntersect;
  TRY(left, bind(*node.left));
  TRY(right, bind(*node.right));
  TRY(inputs, with_common_types({left.plan, right.plan}, intersect ? "INTERSECT" : "EXCEPT", node.where));
  const auto width = static_cast<uint32_t>(inputs[0]->schema.size());
  UnionAll both;
  const ExprPtr one = literal(Value{kInt32, int32_t{1}}), none = literal(null_value(kInt32));
  for (size_t side = 0; side < 2; ++side) {
    Project marked{inputs[side], {}};
    for (uint32_t i = 0; i < width; ++i)
      marked.columns.push_back({column_of(inputs[side]->schema, i), inputs[0]->schema[i].name});
    marked.columns.push_back({side == 0 ? one : none, "left"});
    marked.columns.push_back({side == 1 ? one : none, "right"});
    both.inputs.push_back(make_resolved(std::move(marked)));
  }
  const PlanPtr united = make_resolved(std::move(both));
  Aggregation groups{united, {}, {}, 0};
  for (uint32_t i = 0; i < width; ++i) groups.keys.push_back({column_of(united->schema, i), united->schema[i].name});
  for (const uint32_t side : {width, width + 1}) {
    const AggregateCall count{"count", {column_of(united->schema, side)}};
    TRY(counted, resolve_aggregate(count, node.where, scope_of(united->schema)));
    groups.aggregates.push_back({counted.overload, counted.arguments, united->schema[side].name, counted.type});
  }
  const PlanPtr counts = make_resolved(std::move(groups));
  const ExprPtr of_left = column_of(counts->schema, width), of_right = column_of(counts->schema, width + 1);
  const ExprPtr zero = literal(Value{kInt64, int64_t{0}});
  TRY(in_left, resolve_call("gt", {of_left, zero}, node.where));
  TRY(in_right, resolve_call(intersect ? "gt" : "eq", {of_right, zero}, node.where));
  TRY(more, resolve_call("gt", {of_left, of_right}, node.where));
  ExprPtr kept = more;  // EXCEPT ALL
  if (intersect || !node.all) {
    TRY(decided, resolve_call("and", {in_left, in_right}, node.where));
    kept = decided;
  }
  const PlanPtr kept_groups = make_resolved(Filter{counts, kept});
  Project shown{kept_groups, {}};
  for (uint32_t i = 0; i < width; ++i)
    shown.columns.push_back({column_of(kept_groups->schema, i), kept_groups->schema[i].name});
  if (!node.all) return unnamed(make_resolved(std::move(shown)));
  TRY(fewer, resolve_if_else(more, of_right, of_left, node.where));
  TRY(rest, resolve_call("subtract", {of_left, of_right}, node.where));
  shown.columns.push_back({intersect ? fewer : rest, "times"});
  return unnamed(make_resolved(Repeat{make_resolved(std::move(shown)), width}));
}

}  // namespace headrace
