// expr/typing.h — written expressions become resolved ones: names to column indices, calls to overloads, implicit casts to
// calls, CASE to if_else. The rules are the table in docs/types.md.
#pragma once

#include <string>
#include <vector>

#include "expr/expr.h"
#include "types/schema.h"

namespace headrace {

// What an expression can name, in the order of its input's columns.
struct ScopeColumn {
  std::string qualifier;  // table or alias; may be empty
  Column column;
  bool merged = false;  // the second of a USING pair: only its qualified name finds it, and * leaves it out
  bool only_nulls = false;  // an int32 of NULLs without a type: like NULL itself, it takes the type of what it meets
  // Of a table function's column behind an alias: the function's name; found when no column has the name.
  std::string other_name = {};
};
using Scope = std::vector<ScopeColumn>;

Scope scope_of(const Schema& schema, const std::string& qualifier = "");

// The index of the column, matching names exactly, else without regard to case. kInvalidPlan: unknown (with the nearest
// names) or ambiguous (with the candidates).
Result<uint32_t> find_column(const ColumnName& name, TextPosition where, const Scope& scope);

// kInvalidPlan with the position: unknown or ambiguous column, unknown function or number of arguments, types that do not
// fit, an aggregate or * where none may stand. kLimit: deeper than limits::kExpressionDepthMax.
// A part that is resolved already (a Call with an overload) is kept. A bare NULL becomes an int32.
Result<ExprPtr> resolve_expression(const Expr& written, const Scope& scope);
// The same, but a NULL and a column of such NULLs have kNullType, and take the type of what they meet.
Result<ExprPtr> resolve_untyped(const Expr& written, const Scope& scope);
// Whether an expression resolved over the scope is a NULL without a type, or a column of such.
bool gives_only_nulls(const Expr& resolved, const Scope& scope);

// The same as a condition (expr/coerce.h): for WHERE, HAVING and ON. `clause` names it in the error.
Result<ExprPtr> resolve_predicate(const Expr& written, const Scope& scope, std::string_view clause);

// An aggregate over its resolved arguments (count(*): none). What cannot show is gone: FILTER is part of the arguments where
// nulls are skipped, ORDER BY of a sum and DISTINCT of a minimum are forgotten.
struct ResolvedAggregate {
  const AggregateOverload* overload;
  std::vector<ExprPtr> arguments;  // coerced to what the overload takes
  Type type;
  bool distinct = false;
  ExprPtr filter = nullptr;
  std::vector<SortKey> order = {};
};
Result<ResolvedAggregate> resolve_aggregate(const AggregateCall& written, TextPosition where, const Scope& scope);

// Result types whose digits the overload alone does not say.
Type aggregate_type(const AggregateOverload& overload, const std::vector<ExprPtr>& arguments);

// Whether two are the same aggregate of the same rows.
bool same_aggregates(const ResolvedAggregate& left, const ResolvedAggregate& right);

// "line 3, column 14", or nothing when the node did not come from text.
std::string to_text(TextPosition where);

}  // namespace headrace
