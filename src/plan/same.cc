#include <algorithm>

#include "expr/same.h"
#include "plan/plan.h"

namespace headrace {

namespace {

template <class Container, class Same>
bool all_same(const Container& left, const Container& right, Same&& same_one) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(), same_one);
}
bool same_named(const std::vector<NamedExpr>& left, const std::vector<NamedExpr>& right) {
  return all_same(left, right, [](const NamedExpr& l, const NamedExpr& r) { return same(*l.expr, *r.expr); });
}
bool same_aggregates(const std::vector<NamedAggregate>& left, const std::vector<NamedAggregate>& right) {
  return all_same(left, right, [](const NamedAggregate& l, const NamedAggregate& r) {
    return l.overload == r.overload && l.type == r.type && l.distinct == r.distinct &&
           same_lists(l.arguments, r.arguments) && same_pointers(l.filter, r.filter) && same_keys(l.order, r.order);
  });
}
bool same_join_keys(const std::vector<JoinKey>& left, const std::vector<JoinKey>& right) {
  return all_same(left, right, [](const JoinKey& l, const JoinKey& r) {
    return l.nulls_equal == r.nulls_equal && same(*l.left, *r.left) && same(*l.right, *r.right);
  });
}
bool same_files(const ScanFile& left, const ScanFile& right) {
  return left.table == right.table || left.file.reads_as(right.file);
}

// What a node says itself, its inputs aside. Nodes that no breaker stands on, and those of written plans alone, are never the same.
struct SameNode {
  bool operator()(const ScanFile& l, const ScanFile& r) const {
    return same_files(l, r) && l.columns == r.columns && l.checked == r.checked && l.fields == r.fields &&
           same_lists(l.pruning, r.pruning);
  }
  bool operator()(const ScanTable& l, const ScanTable& r) const { return l.table == r.table && l.columns == r.columns; }
  bool operator()(const Range& l, const Range& r) const { return l.begin == r.begin && l.end == r.end; }
  bool operator()(const OneRow&, const OneRow&) const { return true; }
  bool operator()(const Values& l, const Values& r) const { return all_same(l.rows, r.rows, same_lists); }
  bool operator()(const Filter& l, const Filter& r) const { return same(*l.predicate, *r.predicate); }
  bool operator()(const Project& l, const Project& r) const { return same_named(l.columns, r.columns); }
  bool operator()(const Aggregation& l, const Aggregation& r) const {
    return l.window_us == r.window_us && same_named(l.keys, r.keys) && same_aggregates(l.aggregates, r.aggregates);
  }
  bool operator()(const Join& l, const Join& r) const {
    return l.kind == r.kind && same_join_keys(l.keys, r.keys) && same_pointers(l.condition, r.condition);
  }
  bool operator()(const Sort& l, const Sort& r) const { return same_keys(l.keys, r.keys); }
  bool operator()(const TopN& l, const TopN& r) const {
    return l.rows_max == r.rows_max && l.offset == r.offset && same_keys(l.keys, r.keys);
  }
  bool operator()(const Limit& l, const Limit& r) const { return l.rows_max == r.rows_max && l.offset == r.offset; }
  bool operator()(const Sample& l, const Sample& r) const { return l.spec == r.spec; }
  bool operator()(const UnionAll&, const UnionAll&) const { return true; }
  bool operator()(const Recursion& l, const Recursion& r) const { return l.id == r.id && l.distinct == r.distinct; }
  bool operator()(const WorkingRows& l, const WorkingRows& r) const { return l.id == r.id; }
  bool operator()(const Repeat& l, const Repeat& r) const { return l.count == r.count; }
  bool operator()(const Unnest& l, const Unnest& r) const { return same(*l.count, *r.count); }
  bool operator()(const ScalarRow&, const ScalarRow&) const { return true; }
  template <class Left, class Right>
  bool operator()(const Left&, const Right&) const {
    return false;
  }
};

}  // namespace

bool same(const Plan& left, const Plan& right) {
  if (&left == &right) return true;
  if (left.schema != right.schema || !std::visit(SameNode{}, left.node, right.node)) return false;
  return all_same(inputs_of(left), inputs_of(right), [](const PlanPtr& l, const PlanPtr& r) { return same(*l, *r); });
}

}  // namespace headrace
