// Choosing the overload of an aggregate call, and what its DISTINCT, FILTER and ORDER BY come to.
#include <fmt/format.h>
#include <algorithm>
#include <cctype>

#include "base/nearest_name.h"
#include "expr/coerce.h"
#include "expr/typing.h"
#include "types/nested_type.h"

namespace headrace {

namespace {

// x where the condition is true, else null.
ExprPtr where_true(const ExprPtr& condition, const ExprPtr& x, TextPosition where) {
  return std::make_shared<const Expr>(Expr{.node = Case{{{condition, x}}, nullptr}, .where = where});
}

// f(x) FILTER (WHERE c) is f(CASE WHEN c THEN x END) for aggregates that pass over nulls; count(*) counts c. An order by an argument
// stays one by it.
AggregateCall without_filter(AggregateCall call, TextPosition where) {
  if (call.filter == nullptr) return call;
  if (call.arguments.empty()) {
    const ExprPtr one = literal(Value{kInt32, int32_t{1}}, where);
    call.arguments.push_back(
        std::make_shared<const Expr>(Expr{.node = Case{{{call.filter, one}}, nullptr}, .where = where}));
  } else {
    // Literals behind the first argument, shares of quantiles and separators, stay literals.
    for (size_t i = 0; i < call.arguments.size(); ++i) {
      if (i > 0 && std::holds_alternative<Literal>(call.arguments[i]->node)) continue;
      const ExprPtr filtered = where_true(call.filter, call.arguments[i], where);
      for (SortKey& key : call.order)
        if (same(*key.expr, *call.arguments[i])) key.expr = filtered;
      call.arguments[i] = filtered;
    }
  }
  call.filter = nullptr;
  return call;
}

ExprPtr both_true(const ExprPtr& left, const ExprPtr& right, TextPosition where) {
  return left == nullptr ? right : call("and", {left, right}, where);
}

// arg_min(x, k) is any_value(x ORDER BY k) over the rows where k is not null.
AggregateCall without_extremes(AggregateCall written, TextPosition where) {
  if ((written.function != "arg_min" && written.function != "arg_max") || written.arguments.size() != 2) return written;
  const ExprPtr key = written.arguments[1];
  written.order = {SortKey{key, written.function == "arg_max", false}};
  written.filter = both_true(written.filter, call("is_not_null", {key}, where), where);
  written.arguments.pop_back();
  written.function = "any_value";
  return written;
}

// percentile_cont(q) WITHIN GROUP (ORDER BY x) is quantile_cont(x ORDER BY x, q); mode() WITHIN GROUP alike.
AggregateCall with_ordered_argument(AggregateCall written) {
  const bool takes_share = written.function == "quantile_cont" || written.function == "quantile_disc";
  if (written.order.size() == 1 && written.arguments.size() == (takes_share ? 1u : 0u) &&
      (takes_share || written.function == "mode"))
    written.arguments.insert(written.arguments.begin(), written.order[0].expr);
  if (written.function == "median" && written.arguments.size() == 1)
    written.arguments.push_back(literal(Value{kFloat64, 0.5}));
  if (written.function == "string_agg" && written.arguments.size() == 1)
    written.arguments.push_back(literal(Value{kUtf8, std::string(",")}));
  return written;
}

struct Candidate {
  const AggregateOverload* overload = nullptr;
  uint32_t casts = 0;
};

// The overload that takes the arguments with the fewest casts; of those the first listed.
const AggregateOverload* choose_overload(const Aggregate& aggregate, const std::vector<ExprPtr>& arguments) {
  Candidate best;
  for (const AggregateOverload& overload : aggregate.overloads) {
    if (overload.arguments.size() != arguments.size()) continue;
    uint32_t casts = 0;
    bool fits = true;
    for (size_t i = 0; fits && i < arguments.size(); ++i) {
      if (overload.accepts(i, arguments[i]->type.id)) continue;
      ++casts;
      fits = !is_decimal(overload.arguments[i]) && coerces(*arguments[i], Type{overload.arguments[i]});
    }
    if (fits && (best.overload == nullptr || casts < best.casts)) best = {&overload, casts};
  }
  return best.overload;
}

Error no_overload(const Aggregate& aggregate, const std::vector<ExprPtr>& arguments, TextPosition where) {
  std::string types;
  for (const ExprPtr& argument : arguments) types += (types.empty() ? "" : ", ") + to_text(argument->type);
  return Error{ErrorCode::kInvalidPlan,
               fmt::format("{} does not take {}", aggregate.sql, arguments.empty() ? "*" : types), to_text(where),
               arguments.empty() ? "" : "cast the argument: CAST(x AS type)"};
}

Result<const Aggregate*> named(const std::string& written, std::string& name, TextPosition where) {
  name = written;
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (const Aggregate* aggregate = find_aggregate(name)) return aggregate;
  std::vector<std::string_view> known;
  for (const Aggregate& one : aggregates()) known.push_back(one.name);
  return Error{ErrorCode::kInvalidPlan, fmt::format("there is no aggregate '{}'", written), to_text(where),
               did_you_mean(name, known)};
}

// ORDER BY and DISTINCT, where they can show.
Status add_clauses(ResolvedAggregate& resolved, const AggregateCall& written, TextPosition where, const Scope& scope) {
  const Contract& contract = resolved.overload->aggregate->contract;
  resolved.distinct = written.distinct && (contract.algebra & kIdempotent) == 0;
  if (resolved.overload->order == StateOrder::kFree) return kDone;
  for (const SortKey& key : written.order) {
    TRY(expr, resolve_expression(*key.expr, scope));
    resolved.order.push_back({expr, key.descending, key.nulls_first});
  }
  if (resolved.overload->order == StateOrder::kSorted && !resolved.order.empty() &&
      (resolved.order.size() > 1 || !same(*resolved.order[0].expr, *resolved.arguments[0])))
    return Error{ErrorCode::kInvalidPlan,
                 fmt::format("{} looks at its values in their own order, not by {}", resolved.overload->aggregate->name,
                             to_text(*resolved.order[0].expr)),
                 to_text(where), "leave ORDER BY out"};
  for (const SortKey& key : resolved.order) {
    const bool is_argument = std::any_of(resolved.arguments.begin(), resolved.arguments.end(),
                                         [&](const ExprPtr& one) { return same(*one, *key.expr); });
    if (resolved.distinct && !is_argument)
      return Error{ErrorCode::kInvalidPlan,
                   fmt::format("with DISTINCT, ORDER BY must name an argument; {} is none", to_text(*key.expr)),
                   to_text(where), ""};
  }
  return kDone;
}

}  // namespace

Type aggregate_type(const AggregateOverload& overload, const std::vector<ExprPtr>& arguments) {
  if (overload.aggregate->name == "list") return list_of(arguments[0]->type);
  if (overload.aggregate->name == "histogram") return map_of(arguments[0]->type, kUInt64);
  if (overload.result_by_layout) return arguments[0]->type;
  if (!is_decimal(overload.result)) return Type{overload.result};
  const bool of_decimal = is_decimal(arguments[0]->type);
  if (!of_decimal || overload.aggregate->name == "sum") return decimal(38, of_decimal ? arguments[0]->type.scale : 0);
  return arguments[0]->type;
}

bool same_aggregates(const ResolvedAggregate& left, const ResolvedAggregate& right) {
  const auto same_or_none = [](const ExprPtr& l, const ExprPtr& r) {
    return l == nullptr || r == nullptr ? l == r : same(*l, *r);
  };
  return left.overload == right.overload && left.distinct == right.distinct &&
         std::equal(left.arguments.begin(), left.arguments.end(), right.arguments.begin(), right.arguments.end(),
                    same_or_none) &&
         same_or_none(left.filter, right.filter) &&
         std::equal(left.order.begin(), left.order.end(), right.order.begin(), right.order.end(),
                    [](const SortKey& l, const SortKey& r) {
                      return l.descending == r.descending && l.nulls_first == r.nulls_first && same(*l.expr, *r.expr);
                    });
}

Result<ResolvedAggregate> resolve_aggregate(const AggregateCall& written, TextPosition where, const Scope& scope) {
  AggregateCall meant = written;
  TRY(first_named, named(written.function, meant.function, where));
  meant = with_ordered_argument(without_extremes(std::move(meant), where));
  TRY(aggregate, named(meant.function, meant.function, where));
  (void)first_named;
  if (aggregate->contract.nulls == Nulls::kPropagate) meant = without_filter(std::move(meant), where);
  ResolvedAggregate resolved{nullptr, {}, kNullType};
  for (const ExprPtr& argument : meant.arguments) {
    TRY(typed, resolve_expression(*argument, scope));
    resolved.arguments.push_back(typed);
  }
  resolved.overload = choose_overload(*aggregate, resolved.arguments);
  // A column of NULLs without a type is none of int32 where that does not fit; and sum adds up what is true.
  for (size_t i = 0; resolved.overload == nullptr && i < resolved.arguments.size(); ++i) {
    TRY(untyped, resolve_untyped(*meant.arguments[i], scope));
    const bool sums_truths = aggregate->name == "sum" && untyped->type == kBool;
    resolved.arguments[i] = sums_truths ? coerce(untyped, kInt32) : untyped;
    resolved.overload = choose_overload(*aggregate, resolved.arguments);
  }
  if (resolved.overload == nullptr) return no_overload(*aggregate, resolved.arguments, where);
  if (meant.filter != nullptr) {
    TRY(filter, resolve_predicate(*meant.filter, scope, "FILTER"));
    resolved.filter = filter;
  }
  TRY_STATUS(add_clauses(resolved, meant, where, scope));
  for (size_t i = 0; i < resolved.arguments.size(); ++i)
    if (!resolved.overload->accepts(i, resolved.arguments[i]->type.id))
      resolved.arguments[i] = coerce(resolved.arguments[i], Type{resolved.overload->arguments[i]});
  resolved.type = aggregate_type(*resolved.overload, resolved.arguments);
  return resolved;
}

}  // namespace headrace
