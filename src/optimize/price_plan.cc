#include "optimize/price_plan.h"

#include <algorithm>
#include <cmath>

#include "base/overloaded.h"
#include "optimize/estimate.h"
#include "types/type.h"

namespace headrace {
namespace {

// ns a row.
constexpr double kReadValueNs = 1;
constexpr double kReadTextNs = 5;
constexpr double kCallNs = 0.5;
constexpr double kTextCallNs = 8;
constexpr double kKeyNs = 8;  // to hash it, and to find its group
constexpr double kAggregateNs = 2.5;
constexpr double kBuildNs = 30;
constexpr double kProbeNs = 12;
constexpr double kKeepValueNs = 1;  // of a row that is kept: in a build side, a sort, an answer
constexpr double kCompareNs = 4;

bool is_text(const Type& type) { return type.id == TypeId::kUtf8 || type.id == TypeId::kBinary; }

double expression_ns(const Expr& expr) {
  const auto* call = std::get_if<Call>(&expr.node);
  if (call == nullptr) return 0;
  bool text = is_text(expr.type);
  double ns = 0;
  for (const ExprPtr& argument : call->arguments) {
    text = text || is_text(argument->type);
    ns += expression_ns(*argument);
  }
  return ns + (text ? kTextCallNs : kCallNs);
}

double read_ns(const Schema& columns) {
  double ns = 0;
  for (const auto& column : columns) ns += is_text(column.type) ? kReadTextNs : kReadValueNs;
  return ns;
}

double sort_ns(double rows, double kept, size_t keys) {
  return rows * static_cast<double>(keys) * kCompareNs * std::log2(std::max(2.0, kept));
}

double join_ns(const Join& join, double left, double right) {
  double ns = right * (kBuildNs + kKeepValueNs * static_cast<double>(join.right->schema.size())) + left * kProbeNs;
  for (const JoinKey& key : join.keys) ns += left * expression_ns(*key.left) + right * expression_ns(*key.right);
  return join.keys.empty() ? ns + left * right * kCallNs : ns;
}

double aggregation_ns(const Aggregation& node, double rows) {
  double ns = 0;
  for (const NamedExpr& key : node.keys) ns += kKeyNs + expression_ns(*key.expr);
  for (const NamedAggregate& one : node.aggregates) {
    ns += kAggregateNs;
    for (const ExprPtr& argument : one.arguments) ns += expression_ns(*argument);
    if (one.filter != nullptr) ns += expression_ns(*one.filter);
  }
  return rows * ns;
}

// Of the node alone. `in`: rows of its inputs; `out`: those that it gives.
double node_ns(const Plan& plan, const std::vector<double>& in, double out) {
  const auto width = static_cast<double>(plan.schema.size());
  return std::visit(
      Overloaded{[&](const ScanFile&) { return out * read_ns(plan.schema); },
                 [&](const ScanTable&) { return out * read_ns(plan.schema) / 2; },
                 [&](const Filter& n) { return in[0] * expression_ns(*n.predicate); },
                 [&](const Project& n) {
                   double ns = 0;
                   for (const NamedExpr& column : n.columns) ns += expression_ns(*column.expr);
                   return in[0] * ns;
                 },
                 [&](const Aggregation& n) { return aggregation_ns(n, in[0]) + out * width * kKeepValueNs; },
                 [&](const Join& n) { return join_ns(n, in[0], in[1]) + out * width * kKeepValueNs; },
                 [&](const Sort& n) { return sort_ns(in[0], in[0], n.keys.size()) + in[0] * width * kKeepValueNs; },
                 [&](const TopN& n) {
                   return sort_ns(in[0], 2, n.keys.size()) + sort_ns(out, out, n.keys.size()) +
                          out * width * kKeepValueNs;
                 },
                 [&](const auto&) { return out * kCallNs; }},
      plan.node);
}

struct Priced {
  double rows, ns;
};

std::optional<Priced> price(const Plan& plan) {
  const std::optional<double> rows = estimate_rows(plan);
  if (!rows) return std::nullopt;
  double ns = 0;
  std::vector<double> in;
  for (const PlanPtr& input : inputs_of(plan)) {
    const std::optional<Priced> priced = price(*input);
    if (!priced) return std::nullopt;
    in.push_back(priced->rows);
    ns += priced->ns;
  }
  return Priced{*rows, ns + node_ns(plan, in, *rows)};
}

}  // namespace

std::optional<double> price_plan(const Plan& plan) {
  const std::optional<Priced> priced = price(plan);
  return priced ? std::optional(priced->ns) : std::nullopt;
}

}  // namespace headrace
