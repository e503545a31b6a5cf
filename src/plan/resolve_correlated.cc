// Subqueries whose WHERE names columns of the query around them. The conjuncts that do become the condition of the join by which
// the subquery is attached: of EXISTS and IN a mark join; of an aggregate as a value a left join of its groups, one for each value of
// what the query around is compared to.
#include <algorithm>

#include "base/check.h"
#include "expr/calls.h"
#include "expr/lexer.h"
#include "plan/join_keys.h"
#include "plan/resolver.h"
#include "plan/select_list.h"

namespace headrace {

namespace {

// Of a subquery inside this one, which may name a column of the query around both.
bool names_no_column(const Error& error) { return error.message.starts_with("there is no column"); }

void split_written(const ExprPtr& written, std::vector<ExprPtr>& conjuncts) {
  const auto* node = std::get_if<Call>(&written->node);
  if (node == nullptr || node->function != "and") {
    conjuncts.push_back(written);
    return;
  }
  for (const ExprPtr& argument : node->arguments) split_written(argument, conjuncts);
}

bool is_known(const ColumnName& name, const Scope& scope) { return find_column(name, {}, scope).ok(); }

// Which queries' columns a written expression names. A name of the inner query hides the outer one's.
struct Named {
  bool inner = false, outer = false;
};

void look_at_names(const ExprPtr& written, const Scope& inner, const Scope& outer, Named& named) {
  if (const auto* name = std::get_if<ColumnName>(&written->node)) {
    const bool is_inner = is_known(*name, inner);
    named.inner |= is_inner;
    named.outer |= !is_inner && is_known(*name, outer);
  }
  (void)with_children(written, [&](const ExprPtr& part) -> Result<ExprPtr> {
    look_at_names(part, inner, outer, named);
    return part;
  }).ok();
}

// Nothing comes of a null: an aggregate whose value over no rows is null, and arithmetic with such.
bool is_null_over_nothing(const Expr& written) {
  if (const auto* aggregate = std::get_if<AggregateCall>(&written.node))
    return std::ranges::any_of(std::initializer_list<std::string_view>{"sum", "avg", "min", "max"},
                               [&](std::string_view name) { return equal_words(aggregate->function, name); });
  if (const auto* cast = std::get_if<CastTo>(&written.node)) return is_null_over_nothing(*cast->input);
  const auto* node = std::get_if<Call>(&written.node);
  if (node == nullptr) return false;
  const bool is_strict =
      std::ranges::any_of(std::initializer_list<std::string_view>{"add", "subtract", "multiply", "divide", "negate"},
                          [&](std::string_view name) { return node->function == name; });
  return is_strict &&
         std::ranges::any_of(node->arguments, [](const ExprPtr& argument) { return is_null_over_nothing(*argument); });
}

}  // namespace

// A subquery between its FROM and what it gives.
struct Resolver::Correlated {
  const Subquery& node;
  const Block block;
  const TextPosition where;
  const Error refused;  // what to say of other forms
  Bound rows = {};  // of FROM, which the conjuncts without names of the query around have passed
  std::vector<ExprPtr> conjuncts = {};  // the others, as written
};

Result<ExprPtr> Resolver::attach_correlated(const Subquery& node, TextPosition where, const Error& refused,
                                            Bound& rows) {
  Correlated query{node, take_apart(*node.plan), where, refused};
  TRY_STATUS(split_where(query, rows.scope));
  if (query.conjuncts.empty()) return refused;
  const bool groups =
      query.block.aggregation != nullptr || block_aggregates(query.block) || !query.block.having.empty();
  switch (node.form) {
    case Subquery::Form::kExists: return groups ? refused : attach_correlated_exists(query, rows);
    case Subquery::Form::kAny: return groups ? refused : attach_correlated_any(query, rows);
    case Subquery::Form::kScalar: return attach_correlated_value(query, rows);
  }
  CHECK(!"every form has a case");
  return refused;
}

// Binds FROM and the conjuncts that name its columns alone.
Status Resolver::split_where(Correlated& query, const Scope& around) {
  auto from = bind(*query.block.input);
  if (!from.ok()) return query.refused;
  std::vector<Filter> own;
  for (const Filter* filter : query.block.where) {
    std::vector<ExprPtr> all;
    split_written(filter->predicate, all);
    for (const ExprPtr& conjunct : all) {
      Named named;
      look_at_names(conjunct, from.value().scope, around, named);
      if (!named.outer) {
        own.push_back({filter->input, conjunct});
      } else if (has_subquery(*conjunct)) {
        return query.refused;
      } else {
        query.conjuncts.push_back(conjunct);
      }
    }
  }
  std::vector<const Filter*> filters;
  for (const Filter& filter : own) filters.push_back(&filter);
  auto bound = bind_where(std::move(from.value()), filters, query.block.project);
  if (!bound.ok()) return names_no_column(bound.error()) ? query.refused : bound.error();
  query.rows = std::move(bound.value());
  return kDone;
}

// Over the columns of `around`, then those of `inner`.
Result<ExprPtr> Resolver::over_pairs(const ExprPtr& written, const Bound& around, const Bound& inner) {
  const auto offset = static_cast<uint32_t>(around.plan->schema.size());
  if (const auto* name = std::get_if<ColumnName>(&written->node)) {
    if (const auto found = find_column(*name, written->where, inner.scope); found.ok())
      return untyped_column_of(*inner.plan, found.value(), offset);
    if (const auto found = find_column(*name, written->where, around.scope); found.ok())
      return untyped_column_of(*around.plan, found.value());
  }
  return with_children(written, [&](const ExprPtr& part) { return over_pairs(part, around, inner); });
}

// The conjuncts as one condition over pairs.
Result<ExprPtr> Resolver::condition_of(const Correlated& query, const Bound& around) {
  Scope scope = around.scope;
  scope.insert(scope.end(), query.rows.scope.begin(), query.rows.scope.end());
  ExprPtr condition;
  for (const ExprPtr& conjunct : query.conjuncts) {
    TRY(over, over_pairs(conjunct, around, query.rows));
    TRY(resolved, resolve_predicate(*over, scope, "WHERE"));
    if (condition == nullptr) {
      condition = resolved;
      continue;
    }
    TRY(both, resolve_call("and", {condition, resolved}, query.where));
    condition = both;
  }
  return condition;
}

// No pair, and a pair of which it is not known whether it matches, are the same: there is no such row.
Result<ExprPtr> Resolver::attach_correlated_exists(const Correlated& query, Bound& rows) {
  TRY(condition, condition_of(query, rows));
  const ExprPtr mark = attach_mark(condition, query.rows.plan, rows);
  return resolve_call("coalesce", {mark, literal(Value{kBool, false})}, query.where);
}

// What is compared is one of the columns of a row whose conjuncts are all true; rows of which one is null are not in the set.
Result<ExprPtr> Resolver::attach_correlated_any(const Correlated& query, Bound& rows) {
  const Block& block = query.block;
  if (block.project == nullptr || block.sort != nullptr) return query.refused;
  TRY(listed, expand_stars(block.project->columns, query.rows.scope));
  if (listed.size() != query.node.operands.size()) return query.refused;
  TRY(condition, condition_of(query, rows));
  TRY(known, resolve_call("coalesce", {condition, literal(Value{kBool, false})}, query.where));
  Scope scope = rows.scope;
  scope.insert(scope.end(), query.rows.scope.begin(), query.rows.scope.end());
  std::vector<std::pair<ExprPtr, ExprPtr>> pairs;
  for (size_t i = 0; i < listed.size(); ++i) {
    TRY(operand, resolve_untyped(*query.node.operands[i], rows.scope));
    TRY(over, over_pairs(listed[i].expr, rows, query.rows));
    TRY(value, resolve_untyped(*over, scope));
    pairs.emplace_back(operand, value);
  }
  TRY(compared, compare_rows(query.node.comparison, pairs, query.where));
  TRY(both, resolve_call("and", {known, compared}, query.where));
  return attach_mark(both, query.rows.plan, rows);
}

namespace {

// The two sides of an equality between the inner query and the one around it.
struct Equality {
  ExprPtr inner, outer;  // as written
};

std::optional<Equality> equality_between(const Expr& conjunct, const Scope& inner, const Scope& outer) {
  const auto* node = std::get_if<Call>(&conjunct.node);
  if (node == nullptr || node->function != "eq") return std::nullopt;
  Named left, right;
  look_at_names(node->arguments[0], inner, outer, left);
  look_at_names(node->arguments[1], inner, outer, right);
  if (left.inner && !left.outer && !right.inner) return Equality{node->arguments[0], node->arguments[1]};
  if (right.inner && !right.outer && !left.inner) return Equality{node->arguments[1], node->arguments[0]};
  return std::nullopt;
}

}  // namespace

// An aggregate over the rows that are equal to one of the query around: groups by what is compared, joined to it.
Result<ExprPtr> Resolver::attach_correlated_value(const Correlated& query, Bound& rows) {
  const Block& block = query.block;
  const bool has_keys = block.aggregation != nullptr && !block.aggregation->keys.empty();
  if (block.project == nullptr || has_keys || !block.having.empty() || block.sort != nullptr ||
      !block_aggregates(block))
    return query.refused;
  TRY(listed, expand_stars(block.project->columns, query.rows.scope));
  if (listed.size() != 1) return query.refused;
  std::vector<NamedExpr> columns = listed;
  Aggregation grouped = block.aggregation != nullptr ? *block.aggregation : Aggregation{};
  std::vector<ExprPtr> outer;
  for (const ExprPtr& conjunct : query.conjuncts) {
    const auto equality = equality_between(*conjunct, query.rows.scope, rows.scope);
    if (!equality.has_value()) return query.refused;
    TRY(resolved, resolve_untyped(*equality->outer, rows.scope));
    outer.push_back(resolved);
    grouped.keys.push_back({equality->inner, ""});
    columns.push_back({equality->inner, ""});
  }
  Block by_keys = block;
  by_keys.aggregation = &grouped;
  TRY(groups, bind_groups(by_keys, columns, query.rows));
  const auto left_columns = static_cast<uint32_t>(rows.scope.size());
  ExprPtr condition;
  for (uint32_t key = 0; key < outer.size(); ++key) {
    TRY(equal, resolve_call("eq", {outer[key], untyped_column_of(*groups.plan, key + 1, left_columns)}, query.where));
    if (condition == nullptr) {
      condition = equal;
      continue;
    }
    TRY(both, resolve_call("and", {condition, equal}, query.where));
    condition = both;
  }
  Join join{rows.plan, groups.plan, JoinKind::kLeft, {}, nullptr};
  split_condition(condition, join);
  add_columns(rows, make_resolved(std::move(join)));
  const ExprPtr value = column_of(rows.plan->schema, left_columns);
  if (is_null_over_nothing(*listed[0].expr)) return value;
  // A row that nothing is equal to has what the aggregate gives over no rows.
  const PlanPtr nothing = make_resolved(Filter{query.rows.plan, literal(Value{kBool, false})});
  TRY(empty, bind_groups(block, listed, Bound{nothing, query.rows.scope}));
  const ExprPtr matched_key = column_of(rows.plan->schema, left_columns + 1);
  const ExprPtr of_nothing =
      add_columns(rows, make_resolved(Join{rows.plan, empty.plan, JoinKind::kInner, {}, nullptr}));
  TRY(is_matched, resolve_call("is_not_null", {matched_key}, query.where));
  return resolve_if_else(is_matched, value, of_nothing, query.where);
}

}  // namespace headrace
