#include "expr/walk.h"

#include "base/overloaded.h"

namespace headrace {

namespace {

// Calls change(part) for every part of a node that may be changed in place.
template <class Node, class Change>
Status for_each_part(Node& node, Change&& change) {
  const auto all = [&](auto& list) -> Status {
    for (auto& part : list) TRY_STATUS(change(part));
    return kDone;
  };
  const auto keys = [&](auto& list) -> Status {
    for (auto& key : list) TRY_STATUS(change(key.expr));
    return kDone;
  };
  const auto maybe = [&](auto& part) -> Status {
    if (part != nullptr) TRY_STATUS(change(part));
    return kDone;
  };
  using Kind = std::remove_const_t<Node>;
  if constexpr (std::is_same_v<Kind, CastTo>) {
    return change(node.input);
  } else if constexpr (std::is_same_v<Kind, Case>) {
    for (auto& [condition, value] : node.arms) {
      TRY_STATUS(change(condition));
      TRY_STATUS(change(value));
    }
    return maybe(node.otherwise);
  } else if constexpr (std::is_same_v<Kind, AggregateCall>) {
    TRY_STATUS(all(node.arguments));
    TRY_STATUS(keys(node.order));
    return maybe(node.filter);
  } else if constexpr (std::is_same_v<Kind, Subquery>) {
    return all(node.operands);
  } else if constexpr (std::is_same_v<Kind, Call>) {
    return all(node.arguments);
  } else if constexpr (std::is_same_v<Kind, Star>) {
    for (auto& [part, name] : node.replace) TRY_STATUS(change(part));
    return kDone;
  } else {
    return kDone;
  }
}

}  // namespace

void for_each_child(const Expr& expr, const std::function<void(const ExprPtr&)>& visit) {
  const auto look = [&](const ExprPtr& part) -> Status {
    visit(part);
    return kDone;
  };
  static_cast<void>(std::visit([&](const auto& node) { return for_each_part(node, look); }, expr.node));
}

Result<ExprPtr> with_children(const ExprPtr& expr, const std::function<Result<ExprPtr>(const ExprPtr&)>& change) {
  Expr copy = *expr;
  bool changed = false;
  const auto replace = [&](ExprPtr& part) -> Status {
    TRY(other, change(part));
    changed = changed || other != part;
    part = other;
    return kDone;
  };
  TRY_STATUS(std::visit([&](auto& node) { return for_each_part(node, replace); }, copy.node));
  if (!changed) return expr;
  return std::make_shared<const Expr>(std::move(copy));
}

const Expr* find_node(const Expr& expr, const std::function<bool(const Expr&)>& matches) {
  if (matches(expr)) return &expr;
  const Expr* found = nullptr;
  for_each_child(expr, [&](const ExprPtr& part) {
    if (found == nullptr) found = find_node(*part, matches);
  });
  return found;
}

}  // namespace headrace
