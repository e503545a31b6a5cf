// expr/parse.h — SQL expressions, and the text form of written and resolved ones (to_text in expr/expr.h).
//
// Operators, from the loosest: OR | AND | NOT | IS | = == <> != < <= > >= | BETWEEN IN LIKE ILIKE | || | + - | * / // % |
// unary - + | ::. Comparisons do not chain. What is not a node of its own becomes calls:
//   a BETWEEN b AND c      and(ge(a, b), le(a, c))          a IN (b, c)      or(eq(a, b), eq(a, c))
//   NOT LIKE, NOT IN …     not(…)                           a ILIKE b        like(lower(a), lower(b))
//   a IS TRUE              coalesce(a, false)               nullif(a, b)     CASE WHEN a = b THEN NULL ELSE a END
//   extract(year FROM a)   year(a), as date_part('year', a) coalesce(a, b, c) coalesce(a, coalesce(b, c))
//   d + INTERVAL '3' DAY   add_days(d, 3); add_months, add_microseconds; with - the number's sign turns
// Literals are typed by DuckDB's rules: an integer is int32, else int64, else decimal(n, 0); 1.50 is decimal(3, 2), with
// more than 38 digits float64; 1e3 is float64. A minus in front of a number belongs to the literal.
// a#3 and #3 are resolved columns; their type is kNullType until resolve() fills it in.
#pragma once

#include <string_view>

#include "expr/token_cursor.h"

namespace headrace {

// The whole text: one expression, or * or t.*.
// kInvalidPlan with position and caret. kLimit: deeper than limits::kExpressionDepthMax, or more than
// limits::kExpressionNodesMax nodes. kUnsupported: subqueries, window functions, TRY_CAST, parameters.
Result<ExprPtr> parse_expression(std::string_view text);

// From the cursor as far as the expression goes. The first takes no star.
Result<ExprPtr> parse_expression(TokenCursor& cursor);
Result<ExprPtr> parse_expression_or_star(TokenCursor& cursor);
Result<Type> parse_type(TokenCursor& cursor);

// [ASC | DESC] [NULLS FIRST | LAST] behind a sort key.
Status parse_sort_direction(TokenCursor& cursor, SortKey& key);

// The first aggregate in it, from left to right; nullptr: none.
const Expr* first_aggregate(const Expr& expr);

// Words that are no column name, and those that are no alias without AS, unless quoted.
bool is_reserved_in_expressions(std::string_view word);
bool is_reserved_as_alias(std::string_view word);

}  // namespace headrace
