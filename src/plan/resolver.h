// plan/resolver.h — the parts of resolve(): a plan being resolved travels with the names that the node above may use.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <vector>

#include "expr/typing.h"
#include "expr/walk.h"
#include "plan/catalog.h"
#include "plan/plan.h"

namespace headrace {

struct Bound {
  PlanPtr plan;  // resolved
  Scope scope;   // of plan->schema, column by column
};

// The written parts of a block, from the top.
struct Block {
  const Sort* sort = nullptr;
  bool distinct = false;  // of the Project's rows, under a Sort: equal ones come out once
  const Project* project = nullptr;
  bool shows_all = false;  // the Project is a *
  std::vector<const Filter*> having;  // from the top
  std::vector<const Filter*> where;   // from the top
  const Aggregation* aggregation = nullptr;
  const Plan* input = nullptr;        // what the parts above stand on
};

class Resolver {
 public:
  explicit Resolver(Catalog& catalog) : catalog_(catalog) {}

  // kLimit: views nested deeper than kDepthMax, which includes a view that reads itself.
  Result<Bound> bind(const Plan& written);

  // Joins the rows of each subquery in `written` to `rows` and puts the column that holds its value in its place. That column
  // is among those behind all others, and no name finds it. kUnsupported: the subquery names columns of the query around it elsewhere than in
  // its WHERE, or is of a form that no join answers.
  Result<ExprPtr> attach_subqueries(const ExprPtr& written, Bound& rows);

 private:
  static constexpr uint32_t kDepthMax = 500;

  Result<Bound> bind_node(const Plan& written);
  Result<Bound> bind_file(const ScanFile& node);
  Result<Bound> bind_table(const ScanTable& node);
  Result<Bound> bind_alias(const Alias& node);
  Result<Bound> bind_values(const Values& node);  // resolve_set.cc: VALUES and set operations
  Result<Bound> bind_union(const UnionAll& node);
  Result<Bound> bind_set_operation(const SetOperation& node);
  Result<Bound> bind_recursion(const Recursion& node);  // resolve_recursion.cc
  Result<Bound> bind_working_rows(const WorkingRows& node);
  Result<Bound> bind_limit(const Limit& node);
  Result<ExprPtr> attach(const Subquery& node, TextPosition where, Bound& rows);  // resolve_subquery.cc
  // A subquery whose WHERE names columns of `rows`. `refused`: what to say of other ways to name them. resolve_correlated.cc
  struct Correlated;
  Result<ExprPtr> attach_correlated(const Subquery& node, TextPosition where, const Error& refused, Bound& rows);
  Status split_where(Correlated& query, const Scope& around);
  static Result<ExprPtr> over_pairs(const ExprPtr& written, const Bound& around, const Bound& inner);
  static Result<ExprPtr> condition_of(const Correlated& query, const Bound& around);
  static Result<ExprPtr> attach_correlated_exists(const Correlated& query, Bound& rows);
  static Result<ExprPtr> attach_correlated_any(const Correlated& query, Bound& rows);
  Result<ExprPtr> attach_correlated_value(const Correlated& query, Bound& rows);
  Result<ExprPtr> attach_any(const Subquery& node, TextPosition where, Bound query, Bound& rows);
  // The select list with elements in the place of unnest(list); `rows` then has a row for each. resolve_unnest.cc
  Result<std::vector<NamedExpr>> attach_unnests(std::vector<NamedExpr> columns, Bound& rows);
  Result<std::vector<NamedExpr>> spread_structs(std::vector<NamedExpr> columns, Bound& rows);
  // A table of FROM that is unnest(list) of columns to its left: each row of `left` with every element.
  Result<Bound> bind_lateral(const Join& node, Bound left, const Project& elements);
  Result<Bound> bind_join(const Join& node);  // resolve_join.cc
  Result<ExprPtr> attach_to_sides(const ExprPtr& condition, Bound& left, Bound& right);
  Result<Bound> bind_select(const Plan& written);  // resolve_select.cc: Sort, Project, Filter, Aggregation
  Result<Bound> bind_plain_sort(const Sort& node);
  Result<Bound> bind_where(Bound input, const std::vector<const Filter*>& filters, const Project* project);
  Result<Bound> bind_groups(const Block& block, std::vector<NamedExpr> columns, Bound input);
  Result<ExprPtr> attach_in_aggregates(const ExprPtr& written, Bound& rows);

  Catalog& catalog_;
  std::map<uint32_t, Schema> working_;  // what the recursions read whose steps are being resolved, by id
  uint32_t depth_ = 0;
};

Block take_apart(const Plan& written);
bool block_aggregates(const Block& block);  // in its select list or its order

// comparison(left, right) of rows, pair by pair: equal when all are, different when one is, else as the first that differ.
Result<ExprPtr> compare_rows(const std::string& comparison, std::span<const std::pair<ExprPtr, ExprPtr>> pairs,
                             TextPosition where);

// `rows` becomes `joined`, whose columns behind those of `rows` no name finds; the last of them.
ExprPtr add_columns(Bound& rows, PlanPtr joined);
// The mark of `rows` joined to `right` by a condition over pairs.
ExprPtr attach_mark(const ExprPtr& condition, const PlanPtr& right, Bound& rows);

// Whether a Subquery stands in it, outside the plans of others.
bool has_subquery(const Expr& written);

// The unnest(list) of a FROM table, below its aliases, when the list names columns that no table in it has; nullptr: it does not.
const Project* lateral_elements(const Plan& table);

// Where ORDER BY over a set operation finds what is no output name: among the select lists below, from left to right, as the
// name or the whole expression of a column. nullopt: `plan` is no set operation, or none of them has it.
std::optional<uint32_t> position_in_sides(const Plan& plan, const Expr& key);

// The first `count` columns of it: without what attach_subqueries() added behind them.
Bound first_columns(Bound rows, size_t count);

// Whether the column of a resolved plan has nothing but NULLs without a type, so that it takes the type of what it meets.
bool gives_only_nulls(const Plan& plan, uint32_t column);

// make_plan with the schema derived.
template <class Node>
PlanPtr make_resolved(Node node) {
  Plan plan{std::move(node), {}};
  plan.schema = derive_schema(plan);
  return std::make_shared<const Plan>(std::move(plan));
}

// The output column of a resolved plan as an expression for the node above.
ExprPtr column_of(const Schema& schema, uint32_t index);
// The same, of kNullType where gives_only_nulls; its index is `index` + `offset`.
ExprPtr untyped_column_of(const Plan& plan, uint32_t index, uint32_t offset = 0);

// The plan with int32 where its columns have fields of untyped NULLs: what leaves a query, or is stored.
Result<PlanPtr> with_whole_types(const PlanPtr& plan);

// An ORDER BY or GROUP BY ordinal (from 1) as a column position; nullopt when the expression is no integer literal.
// kInvalidPlan when there is no such column.
Result<std::optional<uint32_t>> ordinal_of(const Expr& written, size_t columns, std::string_view clause);

}  // namespace headrace
