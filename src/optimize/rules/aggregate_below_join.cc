// Groups over a join are made in part below it, of the side whose columns they aggregate: by its join keys and whatever else of it is read above.
// The join then meets a row for each of these groups, and the aggregation above puts them together: sums of sums, sums of counts, the least of the
// least. It is right whether or not keys are unique, since a row that matches n others brings what was made of it n times.
//
//   - Only counts, sums of whole numbers and of decimals that cannot overflow below, and aggregates that are the same over parts (min, bool_or,
//     bit_xor): a sum of floats is rounded once, of all values.
//   - What is aggregated is then read of rows that match nothing: it must not fault, nor may the join. Of a right side that a left join fills
//     with nulls, only what is null there: a count of it is 0, and count(*) counts the left row.
//   - Keys are stored values of equal ones, so that their types tell no equal values apart (−0 and +0).
//   - It must pay: a quarter as many groups below as rows, a join that loses few rows, and an aggregation above that would have had to
//     find about as many groups among all of them.
#include <algorithm>

#include "expr/calls.h"
#include "expr/coerce.h"
#include "optimize/equal_values.h"
#include "optimize/estimate.h"
#include "optimize/rewrite.h"
#include "optimize/rules/rules.h"
#include "optimize/unique_rows.h"
#include "plan/join_keys.h"

namespace headrace {

namespace {

constexpr double kRowsPerGroupMin = 4;  // of the side
constexpr double kShareOfRowsMin = 0.5;  // that the join gives of the side's rows
constexpr double kShareOfGroupsMin = 0.5;  // groups above for each below
constexpr uint8_t kSummableDigits = 19;  // as of an int64: no count of rows makes a sum overflow

constexpr std::string_view kSameOverParts[] = {"min", "max", "bool_and", "bool_or", "bit_and", "bit_or", "bit_xor"};

// An aggregation over a join, its expressions over the columns of the join.
struct Above {
  const Join* join;
  Aggregation node;  // of the join itself
  bool of_left;  // which side is aggregated
};

bool is_count(const NamedAggregate& one) { return one.overload->aggregate->name == "count"; }

bool can_be_split(const NamedAggregate& one) {
  if (one.distinct || one.filter != nullptr || !one.order.empty()) return false;
  if (is_count(one)) return one.type == kInt64;
  if (one.arguments.size() != 1 || !equal_is_same(one.arguments[0]->type)) return false;
  const std::string_view name = one.overload->aggregate->name;
  if (std::ranges::find(kSameOverParts, name) != std::end(kSameOverParts)) return true;
  const Type type = one.arguments[0]->type;
  return name == "sum" && (is_integer(type) || (is_decimal(type) && type.precision <= kSummableDigits));
}

// The aggregation with what the projections between it and a join compute put in; nothing: there is no join.
std::optional<Above> over_join(const Aggregation& node) {
  Above above{nullptr, node, true};
  const Plan* input = node.input.get();
  while (const auto* project = std::get_if<Project>(&input->node)) {
    const auto below = [&](const ExprPtr& expr) {
      return map_columns(expr, [&](uint32_t index) { return project->columns[index].expr; });
    };
    for (NamedExpr& key : above.node.keys) key.expr = below(key.expr);
    for (NamedAggregate& one : above.node.aggregates)
      for (ExprPtr& argument : one.arguments) argument = below(argument);
    input = project->input.get();
  }
  above.join = std::get_if<Join>(&input->node);
  if (above.join == nullptr) return std::nullopt;
  const bool kind = above.join->kind == JoinKind::kInner || above.join->kind == JoinKind::kLeft;
  if (!kind || above.join->keys.empty() || above.join->condition != nullptr || node_can_fault(*input) ||
      has_pending_faults(*above.join->left) || has_pending_faults(*above.join->right))
    return std::nullopt;
  return above;
}

// Whether all that is aggregated is of that side, and may be aggregated below the join.
bool aggregates_side(const Above& above, bool of_left) {
  const size_t left_columns = above.join->left->schema.size();
  const auto of_side = [&](uint32_t index) { return (index < left_columns) == of_left; };
  const bool is_filled = !of_left && keeps_left_rows(above.join->kind);
  return std::ranges::all_of(above.node.aggregates, [&](const NamedAggregate& one) {
    return std::ranges::all_of(one.arguments, [&](const ExprPtr& argument) {
      bool all = !can_fault(*argument), any = false;
      for_each_column(*argument, [&](uint32_t index) { all = all && of_side(index), any = true; });
      return all && any && (!is_filled || null_where(*argument, of_side));
    });
  });
}

// The aggregation of parts of the side, and where the side's columns lie in it; no plan: they cannot be keys.
struct Parts {
  PlanPtr plan;
  std::vector<uint32_t> place;  // by column of the side; UINT32_MAX: gone
};

Parts parts_of(const Above& above) {
  const Join& join = *above.join;
  const PlanPtr& side = above.of_left ? join.left : join.right;
  const auto first = static_cast<uint32_t>(above.of_left ? 0 : join.left->schema.size());
  std::vector<bool> read(side->schema.size(), false);
  for (const JoinKey& key : join.keys)
    for_each_column(above.of_left ? *key.left : *key.right, [&](uint32_t index) { read[index] = true; });
  for (const NamedExpr& key : above.node.keys)
    for_each_column(*key.expr, [&](uint32_t index) {
      if (index >= first && index - first < read.size()) read[index - first] = true;
    });
  Aggregation parts{side, {}, {}};
  Parts result{nullptr, std::vector<uint32_t>(side->schema.size(), UINT32_MAX)};
  for (uint32_t i = 0; i < read.size(); ++i) {
    if (!read[i]) continue;
    if (!equal_is_same(side->schema[i].type)) return {};
    result.place[i] = static_cast<uint32_t>(parts.keys.size());
    parts.keys.push_back({column_of(side->schema, i), side->schema[i].name});
  }
  for (NamedAggregate one : above.node.aggregates) {
    for (ExprPtr& argument : one.arguments)
      argument = shift_columns(argument, -static_cast<int64_t>(first), side->schema);
    parts.aggregates.push_back(std::move(one));
  }
  result.plan = make_resolved(std::move(parts));
  return result;
}

bool pays(const Above& above, const Plan& parts, const Plan& whole) {
  const auto& below = std::get<Aggregation>(parts.node);
  const Estimate side = estimate(*below.input);
  for (const uint32_t key : columns_among(below.keys))
    if (!estimate_distinct(side.columns[key])) return false;
  const std::optional<double> rows = side.rows, groups = estimate_rows(parts);
  const std::optional<double> joined = estimate_rows(*make_resolved(Join(*above.join))), all = estimate_rows(whole);
  if (!rows || !groups || !joined || !all) return false;
  return *groups * kRowsPerGroupMin <= *rows && *joined >= *rows * kShareOfRowsMin &&
         *all >= *groups * kShareOfGroupsMin;
}

const AggregateOverload* overload_for(std::string_view name, TypeId argument) {
  const Aggregate* aggregate = find_aggregate(name);
  for (const AggregateOverload& overload : aggregate->overloads)
    if (overload.arguments.size() == 1 && overload.accepts(0, argument)) return &overload;
  return nullptr;
}

// What puts the parts together: of a count, a sum that is cast back.
NamedAggregate whole_of(const NamedAggregate& one, const ExprPtr& part) {
  if (!is_count(one) && one.overload->aggregate->name != "sum") {
    NamedAggregate whole = one;
    whole.arguments = {part};
    return whole;
  }
  const AggregateOverload* sum = overload_for("sum", part->type.id);
  const Type type = decimal(38, is_decimal(part->type) ? part->type.scale : 0);
  return {sum, {part}, one.name, type};
}

// A count where the join fills rows with nulls: the part of such a row.
Result<ExprPtr> filled(const ExprPtr& part, int64_t value) {
  const auto number = std::make_shared<const Expr>(Expr{Literal{Value{kInt64, value}}, kInt64, false, {}});
  return resolve_call("coalesce", {part, number}, {});
}

// The join over the parts, below the aggregation that puts them together, in the schema of the former aggregation.
Result<PlanPtr> put_together(const Above& above, const Parts& parts) {
  const Join& join = *above.join;
  const auto left_columns = static_cast<uint32_t>(join.left->schema.size());
  const PlanPtr left = above.of_left ? parts.plan : join.left, right = above.of_left ? join.right : parts.plan;
  const auto new_left_columns = static_cast<uint32_t>(left->schema.size());
  const auto in_parts = [&](const ExprPtr& key) {
    return map_columns(key, [&](uint32_t index) { return column_of(parts.plan->schema, parts.place[index]); });
  };
  Join over{left, right, join.kind, {}, nullptr};
  for (const JoinKey& key : join.keys)
    over.keys.push_back({above.of_left ? in_parts(key.left) : key.left, above.of_left ? key.right : in_parts(key.right),
                         key.nulls_equal});
  const PlanPtr joined = make_resolved(std::move(over));
  const auto moved = [&](uint32_t index) {
    if (index < left_columns) return above.of_left ? parts.place[index] : index;
    return new_left_columns + (above.of_left ? index - left_columns : parts.place[index - left_columns]);
  };
  Aggregation whole{joined, {}, {}};
  for (const NamedExpr& key : above.node.keys)
    whole.keys.push_back(
        {map_columns(key.expr, [&](uint32_t index) { return column_of(joined->schema, moved(index)); }), key.name});
  const auto key_count = static_cast<uint32_t>(whole.keys.size());
  const size_t part_keys = std::get<Aggregation>(parts.plan->node).keys.size();
  const bool is_filled = !above.of_left && keeps_left_rows(join.kind);
  for (size_t i = 0; i < above.node.aggregates.size(); ++i) {
    const NamedAggregate& one = above.node.aggregates[i];
    const auto place = static_cast<uint32_t>((above.of_left ? 0 : new_left_columns) + part_keys + i);
    ExprPtr part = column_of(joined->schema, place);
    if (is_filled && is_count(one)) {
      TRY(known, filled(part, one.arguments.empty() ? 1 : 0));
      part = known;
    }
    whole.aggregates.push_back(whole_of(one, part));
  }
  const PlanPtr grouped = make_resolved(std::move(whole));
  Project result{grouped, {}};
  for (uint32_t i = 0; i < grouped->schema.size(); ++i) {
    ExprPtr column = column_of(grouped->schema, i);
    if (i >= key_count && is_count(above.node.aggregates[i - key_count])) {
      TRY(count, cast_expr(column, kInt64));
      TRY(known, filled(count, 0));
      column = known;
    }
    result.columns.push_back({column, grouped->schema[i].name});
  }
  return make_resolved(std::move(result));
}

Result<PlanPtr> split(const PlanPtr& plan) {
  const auto* node = std::get_if<Aggregation>(&plan->node);
  if (node == nullptr || node->keys.empty() || node->aggregates.empty() || node->window_us > 0) return plan;
  if (node_can_fault(*plan) || !std::ranges::all_of(node->aggregates, can_be_split)) return plan;
  std::optional<Above> above = over_join(*node);
  if (!above) return plan;
  for (const bool of_left : {true, false}) {
    if (!aggregates_side(*above, of_left)) continue;
    above->of_left = of_left;
    const Parts parts = parts_of(*above);
    if (parts.plan != nullptr && pays(*above, *parts.plan, *plan)) return put_together(*above, parts);
  }
  return plan;
}

}  // namespace

Result<PlanPtr> aggregate_below_join(const PlanPtr& plan, const OptimizeContext&) { return rewrite_up(plan, split); }

}  // namespace headrace
