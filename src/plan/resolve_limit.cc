// LIMIT and OFFSET: numbers, sums of numbers, and what only a query of its own can tell (statement_facts()->value_of).
#include <cmath>

#include <fmt/format.h>

#include "expr/statement_facts.h"
#include "expr/walk.h"
#include "plan/resolver.h"

namespace headrace {

namespace {

constexpr uint32_t kQueriesMax = 8;  // inside one another: a view may read itself in its LIMIT

Error invalid(TextPosition where, std::string message, std::string hint = "") {
  return {ErrorCode::kInvalidPlan, std::move(message), to_text(where), std::move(hint)};
}

// A literal count of rows: what + - * of whole numbers gives.
std::optional<int64_t> whole_number(const Expr& expr) {
  if (const auto* node = std::get_if<Literal>(&expr.node)) {
    if (const auto* narrow = std::get_if<int32_t>(&node->value.data)) return *narrow;
    if (const auto* wide = std::get_if<int64_t>(&node->value.data)) return *wide;
    return std::nullopt;
  }
  const auto* node = std::get_if<Call>(&expr.node);
  if (node == nullptr || node->arguments.empty() || !is_integer(expr.type)) return std::nullopt;
  const auto left = whole_number(*node->arguments[0]);
  if (!left) return std::nullopt;
  int64_t result = *left;
  if (node->function.starts_with("cast_to_")) return result;
  if (node->function == "negate")
    return __builtin_sub_overflow(0, *left, &result) ? std::nullopt : std::optional(result);
  const auto right = node->arguments.size() == 2 ? whole_number(*node->arguments[1]) : std::nullopt;
  if (!right) return std::nullopt;
  bool overflows = true;
  if (node->function == "add") overflows = __builtin_add_overflow(*left, *right, &result);
  if (node->function == "subtract") overflows = __builtin_sub_overflow(*left, *right, &result);
  if (node->function == "multiply") overflows = __builtin_mul_overflow(*left, *right, &result);
  return overflows ? std::nullopt : std::optional(result);
}

// The only value of a written query. kInvalidPlan where nobody can run one: a plan that is read back from its text.
Result<Value> value_of(const Plan& query, TextPosition where) {
  thread_local uint32_t depth = 0;
  const StatementFacts* facts = statement_facts();
  if (facts == nullptr || !facts->value_of)
    return invalid(where, "LIMIT and OFFSET expect a whole number here", "+ - and * of numbers may stand there");
  if (depth >= kQueriesMax)
    return Error{ErrorCode::kLimit, "queries in LIMIT are nested too deeply", to_text(where),
                 "a view must not read itself"};
  ++depth;
  auto value = facts->value_of(query);
  --depth;
  return value;
}

Result<Value> value_of(const ExprPtr& written, Type type) {
  ExprPtr cast = std::make_shared<const Expr>(Expr{.node = CastTo{written, type}, .where = written->where});
  return value_of(*make_plan(Project{make_plan(OneRow{}), {{std::move(cast), "rows"}}}), written->where);
}

// A number of rows that is written as an expression; NULL: `missing`.
Result<uint64_t> row_count(const ExprPtr& written, std::string_view clause, uint64_t missing) {
  const bool query =
      find_node(*written, [](const Expr& part) { return std::holds_alternative<Subquery>(part.node); }) != nullptr;
  std::optional<int64_t> count;
  if (!query) {
    TRY(expr, resolve_expression(*written, {}));
    const auto* node = std::get_if<Literal>(&expr->node);
    if (node != nullptr && node->value.is_null()) return missing;
    count = whole_number(*expr);
  }
  if (!count) {
    TRY(value, value_of(written, kInt64));
    if (value.is_null()) return missing;
    count = std::get<int64_t>(value.data);
  }
  if (*count < 0) return invalid(written->where, fmt::format("{} cannot be negative, found {}", clause, *count));
  return static_cast<uint64_t>(*count);
}

// So many of a hundred rows of the input, rounded down as DuckDB does it; NULL: all.
Result<uint64_t> row_share(const ExprPtr& written, const PlanPtr& input) {
  TRY(value, value_of(written, kFloat64));
  if (value.is_null()) return UINT64_MAX;
  const double percent = std::get<double>(value.data);
  if (!(percent >= 0 && percent <= 100))
    return invalid(written->where, fmt::format("LIMIT expects 0 to 100 percent, found {}", to_display(value)));
  const ExprPtr count = std::make_shared<const Expr>(Expr{.node = AggregateCall{"count", {}}, .where = written->where});
  TRY(rows, value_of(*make_plan(Project{make_plan(Alias{input, "limited", {}}), {{count, "rows"}}}), written->where));
  return static_cast<uint64_t>(std::floor(percent / 100 * static_cast<double>(std::get<int64_t>(rows.data))));
}

}  // namespace

Result<Bound> Resolver::bind_limit(const Limit& node) {
  TRY(input, bind(*node.input));
  Limit limit{input.plan, node.rows_max, node.offset};
  if (node.rows_written != nullptr) {
    const auto* share = std::get_if<Call>(&node.rows_written->node);
    const bool is_share = share != nullptr && share->function == "limit_percent" && share->arguments.size() == 1;
    TRY(rows,
        is_share ? row_share(share->arguments[0], node.input) : row_count(node.rows_written, "LIMIT", UINT64_MAX));
    limit.rows_max = rows;
  }
  if (node.offset_written != nullptr) {
    TRY(rows, row_count(node.offset_written, "OFFSET", 0));
    limit.offset = rows;
  }
  return Bound{make_resolved(std::move(limit)), input.scope};
}

}  // namespace headrace
