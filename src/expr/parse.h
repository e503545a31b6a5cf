// expr/parse.h — SQL expressions, and the text form of written and resolved ones (to_text in expr/expr.h).
//
// Operators, from the loosest: OR | AND | NOT | IS ISNULL NOTNULL | = == <> != < <= > >= | BETWEEN IN LIKE ILIKE SIMILAR GLOB |
// || & | << >> ~ ~* ~~ and prefix ~ @ | + - | * / // % | ^ ** | AT TIME ZONE | unary - + | :: [ ] . — comparisons do not chain.
// What is not a node of its own becomes calls:
//   a BETWEEN b AND c      and(ge(a, b), le(a, c))          a IN (b, c)      or(eq(a, b), eq(a, c))
//   NOT LIKE, NOT IN …     not(…)                           a ILIKE b        like(lower(a), lower(b))
//   a LIKE b ESCAPE c      like_escape(a, b, c)             a GLOB b         glob(a, b)
//   a SIMILAR TO b         regexp_full_match(a, b)          a ~ b, a ~* b    regexp_matches(a, b), …(a, b, 'i')
//   a IS TRUE              coalesce(CAST(a AS bool), false) nullif(a, b)     CASE WHEN a = b THEN NULL ELSE a END
//   a IN (query)           Subquery kAny eq                 a < ALL (query)  not(Subquery kAny ge)
//   a & b, a | b           bit_and_of(a, b), bit_or_of      ~a, a << b       bit_not(a), shift_left(a, b), shift_right
//   a ^ b, a ** b          power(a, b)                      @ a              abs(a)
//   (a, b) < (c, d)        or(lt(a, c), and(eq(a, c), lt(b, d))); a row that is not compared: row(a, b)
//   [a, b], ARRAY[a, b]    list_value(a, b)                 {'k': a}         struct_pack('k', a), also struct_pack(k := a)
//   a[i], a[i:j], a[i:j:k] list_extract(a, i), list_slice(a, i, j), list_slice(a, i, j, k); a missing i is 1, a missing j -1
//   MAP {a: b}             map(list_value(a), list_value(b)) a.f             struct_extract(a, 'f'), where a is no name
//   extract(year FROM a)   year(a), as date_part('year', a) coalesce(a)       a
//   position(a IN b)       position(b, a)                   overlay(a PLACING b FROM c FOR d)  overlay(a, b, c, d)
//   trim(LEADING a FROM b) ltrim(b, a); rtrim, trim         a AT TIME ZONE b timezone(b, a)
//   INTERVAL '3' DAY       a literal, as INTERVAL '3 days'; INTERVAL (a) DAY is to_days(a)
//   current_date           current_date(); current_timestamp, current_time, localtime, localtimestamp alike
// Literals are typed by DuckDB's rules: an integer is int32, else int64, else decimal(38, 0); 1.50 is decimal(3, 2), with
// more than 38 digits float64; 1e3 is float64. A minus in front of a number belongs to the literal. A type in front of a string
// is a cast of it.
// a#3 is a resolved column, counted from 0, #3 the third column of the input; their type is kNullType until resolve() fills it in.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "expr/token_cursor.h"

namespace headrace {

// A query in parentheses inside an expression: its plan, and the size of its tree.
struct ParsedQuery {
  std::shared_ptr<const Plan> plan;
  uint32_t depth;
  uint64_t nodes;
};
// Parses the query at the cursor, up to the parenthesis that closes it. Whoever has none refuses subqueries.
using ParseQuery = std::function<Result<ParsedQuery>()>;

// The whole text: one expression, or * or t.*.
// kInvalidPlan with position and caret. kLimit: deeper than limits::kExpressionDepthMax, or more than
// limits::kExpressionNodesMax nodes. kUnsupported: subqueries without `queries`, window functions, lambdas.
Result<ExprPtr> parse_expression(std::string_view text);

// From the cursor as far as the expression goes. The first takes no star. `queries` walks the same cursor.
Result<ExprPtr> parse_expression(TokenCursor& cursor, const ParseQuery& queries = {});
Result<ExprPtr> parse_expression_or_star(TokenCursor& cursor, const ParseQuery& queries = {});

// Whether the token `ahead` of the cursor, behind an opening parenthesis, begins a query and no expression.
bool query_follows(const TokenCursor& cursor, size_t ahead = 0);
Result<Type> parse_type(TokenCursor& cursor);

// [ASC | DESC] [NULLS FIRST | LAST] behind a sort key.
Status parse_sort_direction(TokenCursor& cursor, SortKey& key);

// The first aggregate in it, from left to right; nullptr: none.
const Expr* first_aggregate(const Expr& expr);

// Words that are no column name, and those that are no alias without AS, unless quoted.
bool is_reserved_in_expressions(std::string_view word);
bool is_reserved_as_alias(std::string_view word);

}  // namespace headrace
