#include "expr/expr.h"

#include <algorithm>
#include <bit>

#include "base/check.h"
#include "base/hash.h"
#include "base/overloaded.h"
#include "expr/faults.h"
#include "expr/same.h"

namespace headrace {

namespace {

ExprPtr make_written(decltype(Expr::node) node, TextPosition where) {
  return std::make_shared<const Expr>(Expr{std::move(node), kNullType, true, where});
}

// A null condition counts as false, hence only the branches decide; coalesce is null only when every argument is.
bool nullable_result(const Overload& overload, const std::vector<ExprPtr>& arguments) {
  const auto nullable = [](const ExprPtr& argument) { return argument->nullable; };
  const std::string_view name = overload.function->name;
  if (name == "is_null" || name == "is_not_null" || name.ends_with("distinct_from")) return false;
  if (name == "try_result") return true;
  if (name == "coalesce" || name == "greatest" || name == "least")
    return std::all_of(arguments.begin(), arguments.end(), nullable);
  if (name == "if_else") return std::any_of(arguments.begin() + 1, arguments.end(), nullable);
  return std::any_of(arguments.begin(), arguments.end(), nullable);
}

// Bit equality: NaN is the same literal as NaN, -0.0 another one than 0.0.
bool same_values(const Value& left, const Value& right) {
  if (left.type != right.type) return false;
  const auto* left_double = std::get_if<double>(&left.data);
  const auto* right_double = std::get_if<double>(&right.data);
  if (left_double != nullptr && right_double != nullptr)
    return std::bit_cast<uint64_t>(*left_double) == std::bit_cast<uint64_t>(*right_double);
  return left.data == right.data;
}

uint64_t hash_text(const std::string& text) { return hash_bytes(text.data(), text.size()); }
uint64_t hash_type(Type type) {
  return mix64(static_cast<uint64_t>(type.id) | uint64_t{type.precision} << 8 | uint64_t{type.scale} << 16);
}
uint64_t hash_pointer(const ExprPtr& expr) { return expr == nullptr ? 0 : hash(*expr); }
uint64_t hash_list(const std::vector<ExprPtr>& list) {
  uint64_t result = list.size();
  for (const ExprPtr& one : list) result = combine_hashes(result, hash_pointer(one));
  return result;
}

uint64_t hash_value(const Value& value) {
  const uint64_t data = std::visit(
      Overloaded{[](std::monostate) { return uint64_t{0}; }, [](const std::string& text) { return hash_text(text); },
                 [](double number) { return mix64(std::bit_cast<uint64_t>(number)); },
                 [](int128 number) {
                   return combine_hashes(static_cast<uint64_t>(number), static_cast<uint64_t>(number >> 64));
                 },
                 [](const Interval& interval) {
                   return combine_hashes(
                       mix64(static_cast<uint64_t>(interval.us)),
                       static_cast<uint64_t>(interval.months) << 32 ^ static_cast<uint32_t>(interval.days));
                 },
                 [](auto number) { return mix64(static_cast<uint64_t>(number)); }},
      value.data);
  return combine_hashes(hash_type(value.type), data);
}

struct SameNode {
  bool operator()(const ColumnName& l, const ColumnName& r) const { return l.table == r.table && l.name == r.name; }
  bool operator()(const Star& l, const Star& r) const {
    return l.table == r.table && l.exclude == r.exclude && l.rename == r.rename && l.like == r.like &&
           l.inside == r.inside &&
           std::equal(l.replace.begin(), l.replace.end(), r.replace.begin(), r.replace.end(),
                      [](const auto& one, const auto& other) {
                        return one.second == other.second && same(*one.first, *other.first);
                      });
  }
  bool operator()(const Subquery& l, const Subquery& r) const {
    return l.form == r.form && l.comparison == r.comparison && (l.plan == r.plan || l.text == r.text) &&
           same_lists(l.operands, r.operands);
  }
  bool operator()(const Parameter& l, const Parameter& r) const { return l.name == r.name; }
  bool operator()(const CastTo& l, const CastTo& r) const {
    return l.to == r.to && l.try_ == r.try_ && same(*l.input, *r.input);
  }
  bool operator()(const Case& l, const Case& r) const {
    return std::equal(l.arms.begin(), l.arms.end(), r.arms.begin(), r.arms.end(),
                      [](const auto& one, const auto& other) {
                        return same(*one.first, *other.first) && same(*one.second, *other.second);
                      }) &&
           same_pointers(l.otherwise, r.otherwise);
  }
  bool operator()(const AggregateCall& l, const AggregateCall& r) const {
    return l.function == r.function && l.distinct == r.distinct && same_lists(l.arguments, r.arguments) &&
           same_pointers(l.filter, r.filter) && same_keys(l.order, r.order);
  }
  bool operator()(const Literal& l, const Literal& r) const { return same_values(l.value, r.value); }
  bool operator()(const Call& l, const Call& r) const {
    return l.function == r.function && l.overload == r.overload && same_lists(l.arguments, r.arguments);
  }
  bool operator()(const ColumnIndex& l, const ColumnIndex& r) const { return l.index == r.index; }
  template <class Left, class Right>
  bool operator()(const Left&, const Right&) const {
    return false;
  }
};

}  // namespace

bool same_pointers(const ExprPtr& left, const ExprPtr& right) {
  if (left == nullptr || right == nullptr) return left == right;
  return same(*left, *right);
}

bool same_lists(const std::vector<ExprPtr>& left, const std::vector<ExprPtr>& right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(), same_pointers);
}

bool same_keys(const std::vector<SortKey>& left, const std::vector<SortKey>& right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(), [](const SortKey& l, const SortKey& r) {
    return l.descending == r.descending && l.nulls_first == r.nulls_first && same(*l.expr, *r.expr);
  });
}

ExprPtr column_name(std::string table, std::string name, TextPosition where) {
  return make_written(ColumnName{std::move(table), std::move(name)}, where);
}

ExprPtr literal(Value value, TextPosition where) {
  const Type type = value.type;
  const bool nullable = value.is_null();
  return std::make_shared<const Expr>(Expr{Literal{std::move(value)}, type, nullable, where});
}

ExprPtr call(std::string function, std::vector<ExprPtr> arguments, TextPosition where) {
  return make_written(Call{std::move(function), std::move(arguments), nullptr}, where);
}

ExprPtr column_index(uint32_t index, std::string name, Type type, bool nullable) {
  return std::make_shared<const Expr>(Expr{ColumnIndex{index, std::move(name)}, type, nullable, {}});
}

ExprPtr resolved_call(const Overload& overload, std::vector<ExprPtr> arguments, Type type, TextPosition where) {
  CHECK(overload.gives(type.id));
  CHECK(overload.arguments.size() == arguments.size());
  for (size_t i = 0; i < arguments.size(); ++i) CHECK(overload.accepts(i, arguments[i]->type.id));
  const bool nullable = nullable_result(overload, arguments);
  return std::make_shared<const Expr>(
      Expr{Call{std::string(overload.function->name), std::move(arguments), &overload}, type, nullable, where});
}

ExprPtr resolved_call(const Overload& overload, std::vector<ExprPtr> arguments) {
  CHECK(!is_decimal(overload.result) && !overload.result_by_layout);
  return resolved_call(overload, std::move(arguments), Type{overload.result});
}

bool same(const Expr& left, const Expr& right) {
  return &left == &right || (left.type == right.type && std::visit(SameNode{}, left.node, right.node));
}

uint64_t hash(const Expr& expr) {
  const uint64_t content =
      std::visit(Overloaded{[](const ColumnName& n) { return combine_hashes(hash_text(n.table), hash_text(n.name)); },
                            [](const Star& n) { return hash_text(n.table); },
                            [](const Subquery& n) { return combine_hashes(hash_text(n.text), hash_list(n.operands)); },
                            [](const Parameter& n) { return hash_text(n.name); },
                            [](const CastTo& n) { return combine_hashes(hash_type(n.to) + n.try_, hash(*n.input)); },
                            [](const Case& n) {
                              uint64_t result = hash_pointer(n.otherwise);
                              for (const auto& [condition, value] : n.arms)
                                result = combine_hashes(combine_hashes(result, hash(*condition)), hash(*value));
                              return result;
                            },
                            [](const AggregateCall& n) {
                              uint64_t result = combine_hashes(hash_pointer(n.filter), hash_list(n.arguments));
                              for (const SortKey& key : n.order) result = combine_hashes(result, hash(*key.expr));
                              return combine_hashes(hash_text(n.function) + n.distinct, result);
                            },
                            [](const Literal& n) { return hash_value(n.value); },
                            [](const Call& n) { return combine_hashes(hash_text(n.function), hash_list(n.arguments)); },
                            [](const ColumnIndex& n) { return mix64(n.index); }},
                 expr.node);
  return combine_hashes(expr.node.index(), content);
}

bool can_fault(const Expr& resolved) {
  const auto* node = std::get_if<Call>(&resolved.node);
  if (node == nullptr) return false;
  CHECK(node->overload != nullptr);
  return call_can_fault(*node, resolved.type) ||
         std::any_of(node->arguments.begin(), node->arguments.end(),
                     [](const ExprPtr& argument) { return can_fault(*argument); });
}

bool is_constant(const Expr& resolved) {
  bool constant = true;
  for_each_column(resolved, [&](uint32_t) { constant = false; });
  return constant;
}

}  // namespace headrace
