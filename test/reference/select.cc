// SELECT blocks: ORDER BY over the select list over HAVING over GROUP BY, with names as plan/plan.h allows them.
#include <algorithm>
#include <limits>
#include <map>
#include <ranges>

#include "base/error.h"
#include "expr/walk.h"
#include "plan/list_aggregates.h"
#include "plan/select_list.h"
#include "reference/aggregate.h"
#include "reference/relation.h"

namespace headrace::reference {
namespace {

bool has_aggregate(const Expr& written) {
  return find_node(written, [](const Expr& part) { return std::holds_alternative<AggregateCall>(part.node); }) !=
         nullptr;
}

// The select list's rules about names and stars are those of plan/select_list.h, and what max(x, n) is short for that of
// plan/list_aggregates.h: no part of what values mean.
template <class T>
T or_throw(Result<T> result) {
  if (!result.ok()) throw result.error();
  return std::move(result.value());
}
headrace::Scope names_of(const Scope& scope) {
  headrace::Scope names;
  for (const ScopeColumn& column : scope)
    names.push_back({column.qualifier, {column.name, column.type, true}, column.merged});
  return names;
}

std::string label_of(const NamedExpr& column) {
  if (!column.name.empty()) return column.name;
  const auto* name = std::get_if<ColumnName>(&column.expr->node);
  return name != nullptr ? name->name : to_text(*column.expr);
}

std::optional<size_t> ordinal_of(const Expr& written, size_t columns) {
  const auto* literal = std::get_if<Literal>(&written.node);
  if (literal == nullptr || literal->value.type != kInt32 || literal->value.is_null()) return std::nullopt;
  const auto ordinal = std::get<int32_t>(literal->value.data);
  if (ordinal < 1 || static_cast<size_t>(ordinal) > columns) refuse("no such column: " + std::to_string(ordinal));
  return static_cast<size_t>(ordinal) - 1;
}

struct Block {
  const Sort* sort = nullptr;
  bool distinct = false;  // under a Sort
  const Project* project = nullptr;
  std::vector<const Filter*> having, where;  // from the top
  const Aggregation* aggregation = nullptr;
  const Plan* input = nullptr;
};

bool take_filter(Block& block) {
  const auto* filter = std::get_if<Filter>(&block.input->node);
  if (filter == nullptr) return false;
  block.where.push_back(filter);
  block.input = filter->input.get();
  return true;
}

Block take_apart(const Plan& written) {
  Block block;
  block.input = &written;
  const auto take = [&]<class Node>(const Node*& part) {
    part = std::get_if<Node>(&block.input->node);
    if (part != nullptr) block.input = part->input.get();
    return part != nullptr;
  };
  if (take(block.sort)) {
    const auto* groups = std::get_if<Aggregation>(&block.input->node);
    block.distinct = groups != nullptr && groups->aggregates.empty() && groups->keys.size() == 1 &&
                     std::holds_alternative<Star>(groups->keys[0].expr->node) &&
                     std::holds_alternative<Project>(groups->input->node);
    if (block.distinct) block.input = groups->input.get();
  }
  take(block.project);
  const Plan* below = block.input;
  std::vector<const Filter*> filters;
  for (const Filter* filter = nullptr; take(filter);) filters.push_back(filter);
  if (take(block.aggregation))
    block.having = filters;
  else
    block.input = below;
  while (take_filter(block)) continue;
  return block;
}

// What stands above GROUP BY: keys by their meaning, aggregates, nothing else.
class Grouping {
 public:
  // `sets`: of key numbers, of which one is the first among equal keys.
  Grouping(Relation input, std::vector<std::pair<Term, std::string>> keys, std::vector<std::vector<uint32_t>> sets,
           const Surroundings& surroundings)
      : input_(std::move(input)),
        keys_(std::move(keys)),
        subqueries_(with_subqueries(surroundings, input_.scope)),
        sets_(std::move(sets)) {
    for (std::vector<uint32_t>& set : sets_)
      for (uint32_t& key : set)
        for (uint32_t first = key; first-- > 0;)
          if (keys_[first].first == keys_[key].first) key = first;
  }

  std::optional<Term> substitute(const Expr& written) {
    if (const auto* call = std::get_if<AggregateCall>(&written.node)) {
      const ExprPtr of_lists = or_throw(without_list_aggregate(*call, written.where));
      if (of_lists == nullptr) return aggregate_column(*call);
      return term_of(*of_lists, {}, [this](const Expr& part) { return substitute(part); });
    }
    if (const auto* call = std::get_if<Call>(&written.node); call != nullptr && is_grouping(*call))
      return grouping_bits(*call);
    if (!has_aggregate(written)) {
      std::optional<Term> below = bound_below(written);
      for (uint32_t i = 0; below && i < keys_.size(); ++i)
        if (*below == keys_[i].first) return column_term(i, keys_[i].first.type);
    }
    if (const auto* index = std::get_if<ColumnIndex>(&written.node))
      refuse("neither grouped nor aggregated: " + input_.scope.at(index->index).name);
    const auto* name = std::get_if<ColumnName>(&written.node);
    if (name == nullptr) return std::nullopt;
    for (uint32_t i = 0; i < keys_.size(); ++i)
      if (name->table.empty() && same_name(name->name, keys_[i].second)) return column_term(i, keys_[i].first.type);
    refuse("neither grouped nor aggregated: " + name->name);
  }

  Relation relation(OnFault on_fault) const {
    Scope scope = key_scope();
    if (!sets_.empty()) scope.push_back({"", "", kInt64});
    for (const AggregateTerm& call : aggregates_) scope.push_back({"", "", call.type});
    return {scope, keys_.empty() && sets_.empty(),
            [*this, on_fault](const Read& read) { return rows_from(rows(read, on_fault)); }};
  }
  const Relation& input() const { return input_; }
  Scope key_scope() const {
    Scope scope;
    for (const auto& [term, name] : keys_) {
      const bool kept = term.kind == Term::Kind::kColumn;
      scope.push_back({kept ? input_.scope[term.column].qualifier : "", name, term.type});
    }
    return scope;
  }

 private:
  struct KeyOrder {
    bool operator()(const Row& left, const Row& right) const {
      for (size_t i = 0; i < left.size(); ++i)
        if (const int order = compare_with_nulls(left[i], right[i]); order != 0) return order < 0;
      return false;
    }
  };

  std::optional<Term> bound_below(const Expr& written) const {
    try {
      return with_type(term_of(written, input_.scope, subqueries_));
    } catch (const Error&) {
      return std::nullopt;  // it may still mean something above the groups
    }
  }

  static bool is_grouping(const Call& call) {
    return same_name(call.function, "grouping") || same_name(call.function, "grouping_id");
  }

  // Columns of a group in front of its aggregates: the keys and, where there are sets, the number of its own.
  size_t width() const { return keys_.size() + (sets_.empty() ? 0 : 1); }

  // Of the group's set: a bit for each argument, 1 where the set lacks it.
  Term grouping_bits(const Call& call) {
    std::vector<uint32_t> keys;
    for (const ExprPtr& argument : call.arguments) {
      const std::optional<Term> key = substitute(*argument);
      if (!key || key->kind != Term::Kind::kColumn) refuse("GROUPING of what is no key: " + to_text(*argument));
      keys.push_back(key->column);
    }
    const ExprPtr zero = literal(Value{kInt64, int64_t{0}});
    Case bits{{}, zero};
    for (size_t set = 0; set < sets_.size(); ++set) {
      int64_t value = 0;
      for (const uint32_t key : keys) value = 2 * value + (is_in(set, key) ? 0 : 1);
      const ExprPtr number = literal(Value{kInt64, static_cast<int64_t>(set)});
      bits.arms.emplace_back(headrace::call("eq", {set_number(), number}), literal(Value{kInt64, value}));
    }
    if (bits.arms.empty()) return term_of(*zero, {});
    const Substitute groups = [this](const Expr& expr) -> std::optional<Term> {
      if (same(expr, *set_number())) return column_term(static_cast<uint32_t>(keys_.size()), kInt64);
      return std::nullopt;
    };
    return term_of(Expr{std::move(bits), kNullType, true, {}}, {}, groups);
  }
  static ExprPtr set_number() { return column_name("", "the set's number"); }

  bool is_in(size_t set, uint32_t key) const {
    return std::find(sets_[set].begin(), sets_[set].end(), key) != sets_[set].end();
  }

  // arg_min(x, k) is any_value(x ORDER BY k) where k is not null; percentile_cont(q) WITHIN GROUP (ORDER BY x) is
  // quantile_cont(x, q).
  static AggregateCall meant(AggregateCall call) {
    for (char& letter : call.function)
      if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter + 32);
    const bool least = call.function == "arg_min";
    if ((least || call.function == "arg_max") && call.arguments.size() == 2) {
      const ExprPtr key = call.arguments[1];
      const ExprPtr present = headrace::call("is_not_null", {key});
      call.filter = call.filter == nullptr ? present : headrace::call("and", {call.filter, present});
      call.order = {SortKey{key, !least, false}};
      call.arguments.pop_back();
      call.function = "any_value";
    }
    const bool takes_share = call.function == "quantile_cont" || call.function == "quantile_disc";
    if (call.order.size() == 1 && ((takes_share && call.arguments.size() == 1) || call.arguments.empty()))
      call.arguments.insert(call.arguments.begin(), call.order[0].expr);
    return call;
  }

  Term aggregate_column(const AggregateCall& written) {
    const AggregateCall call = meant(written);
    AggregateTerm term{call.function, call.distinct, {}, {}, {}};
    for (const ExprPtr& argument : call.arguments)
      term.arguments.push_back(with_type(term_of(*argument, input_.scope, subqueries_)));
    if (call.filter != nullptr) term.filter = bind_predicate(*call.filter, input_.scope, subqueries_);
    for (const SortKey& key : call.order)
      term.order.push_back({with_type(term_of(*key.expr, input_.scope, subqueries_)), key.descending, key.nulls_first});
    aggregates_.push_back(bind_aggregate(std::move(term)));
    return column_term(static_cast<uint32_t>(width() + aggregates_.size() - 1), aggregates_.back().type);
  }

  static void add_aggregate_columns(const AggregateTerm& call, Read& below) {
    for (const Term& argument : call.arguments) add_columns(argument, below);
    if (call.filter) add_columns(*call.filter, below);
    for (const AggregateOrder& order : call.order) add_columns(order.key, below);
  }

  // nullopt: the filter removes the row, whose arguments then cannot fault.
  static std::optional<AggregateRow> aggregate_row(const AggregateTerm& call, const Row& row, OnFault on_fault) {
    if (call.filter && !looked_at(evaluate(*call.filter, row, on_fault)).is_true()) return std::nullopt;
    AggregateRow result;
    for (const Term& argument : call.arguments)
      result.arguments.push_back(looked_at(evaluate(argument, row, on_fault)));
    for (const AggregateOrder& order : call.order) result.keys.push_back(looked_at(evaluate(order.key, row, on_fault)));
    return result;
  }

  // All keys are read, and of the aggregates those that something above reads.
  std::vector<Row> rows(const Read& read, OnFault on_fault) const {
    const auto is_read = [&](size_t call) { return read[width() + call]; };
    Read below(input_.scope.size(), false);
    for (const auto& [term, name] : keys_) add_columns(term, below);
    for (size_t i = 0; i < aggregates_.size(); ++i)
      if (is_read(i)) add_aggregate_columns(aggregates_[i], below);
    using Members = std::vector<std::vector<AggregateRow>>;  // by aggregate
    const Members none(aggregates_.size());
    std::map<Row, Members, KeyOrder> groups;
    if (keys_.empty()) groups.emplace(Row{}, none);
    for (size_t set = 0; set < sets_.size(); ++set)
      if (sets_[set].empty()) groups.emplace(of_set(Row(keys_.size(), null()), set), none);
    const Rows next = input_.open(below);
    for (Row row; next(row);) {
      Row key;
      for (const auto& [term, name] : keys_) key.push_back(as_key(looked_at(evaluate(term, row, on_fault))));
      std::vector<std::optional<AggregateRow>> values(aggregates_.size());
      for (size_t i = 0; i < aggregates_.size(); ++i)
        if (is_read(i)) values[i] = aggregate_row(aggregates_[i], row, on_fault);
      for (size_t set = 0; set < std::max<size_t>(sets_.size(), 1); ++set) {
        Members& members = groups.emplace(sets_.empty() ? key : of_set(key, set), none).first->second;
        for (size_t i = 0; i < aggregates_.size(); ++i)
          if (values[i]) members[i].push_back(*values[i]);
      }
    }
    std::vector<Row> result;
    for (const auto& [key, members] : groups) {
      Row row = key;
      for (size_t i = 0; i < aggregates_.size(); ++i) {
        const Datum value = is_read(i) ? aggregate(aggregates_[i], members[i]) : null();
        row.push_back(value.is_fault() && on_fault == OnFault::kNull ? null() : value);
      }
      result.push_back(row);
    }
    return result;
  }

  // The keys that the set has, null for the others, and its number.
  Row of_set(Row key, size_t set) const {
    for (uint32_t i = 0; i < key.size(); ++i)
      if (!is_in(set, i)) key[i] = null();
    key.push_back(Datum{BigInteger(static_cast<int64_t>(set))});
    return key;
  }

  Relation input_;
  std::vector<std::pair<Term, std::string>> keys_;
  std::vector<AggregateTerm> aggregates_;
  Substitute subqueries_;
  std::vector<std::vector<uint32_t>> sets_;  // none: all keys are one
};

std::vector<std::pair<Term, std::string>> bind_keys(const Block& block, const std::vector<NamedExpr>& columns,
                                                    const Scope& input, const Surroundings& surroundings) {
  std::vector<std::pair<Term, std::string>> keys;
  if (block.aggregation == nullptr) return keys;
  for (const NamedExpr& written : or_throw(expand_stars(block.aggregation->keys, names_of(input)))) {
    NamedExpr meant = written;
    if (block.project != nullptr) {
      if (const auto ordinal = ordinal_of(*written.expr, columns.size())) meant = columns[*ordinal];
      const auto* name = std::get_if<ColumnName>(&written.expr->node);
      if (name != nullptr && name->table.empty() && !find_column(*name, input))
        for (const NamedExpr& column : columns)
          if (same_name(column.name, name->name)) meant = column;
    }
    const ExprPtr expr = or_throw(with_aliases(meant.expr, columns, names_of(input)));
    keys.emplace_back(with_type(term_of(*expr, input, with_subqueries(surroundings, input))), label_of(meant));
  }
  return keys;
}

// Below a set operation: the first select list, from the left, in which the key is a name or a whole expression.
std::optional<uint32_t> position_below(const Plan& plan, const Expr& key, bool below = false) {
  if (const auto* project = std::get_if<Project>(&plan.node); project != nullptr && below) {
    const auto* name = std::get_if<ColumnName>(&key.node);
    for (uint32_t i = 0; i < project->columns.size(); ++i) {
      const bool named = name != nullptr && name->table.empty() && same_name(name->name, label_of(project->columns[i]));
      if (named || same(key, *project->columns[i].expr)) return i;
    }
    return std::nullopt;
  }
  below = below || std::holds_alternative<UnionAll>(plan.node) || std::holds_alternative<SetOperation>(plan.node);
  if (below && !std::holds_alternative<Join>(plan.node) && !std::holds_alternative<Alias>(plan.node))
    for (const PlanPtr& input : inputs_of(plan))
      if (const auto found = position_below(*input, key, true)) return found;
  return std::nullopt;
}

// The select list, and behind it the columns that only ORDER BY reads.
struct Columns {
  Scope scope;
  std::vector<Term> terms;
  std::vector<std::optional<Term>> literals = {};  // of the select list, an untyped NULL as such
  std::vector<std::pair<Term, SortKey>> keys;  // over the columns

  void bind_sort(const Sort& sort, const Scope& below, const Substitute& substitute,
                 size_t outputs = std::numeric_limits<size_t>::max(), const Plan* input = nullptr) {
    outputs = std::min(outputs, scope.size());
    const Scope output_scope(scope.begin(), scope.begin() + static_cast<ptrdiff_t>(outputs));
    for (const SortKey& key : sort.keys) {
      if (std::holds_alternative<Star>(key.expr->node)) {  // ORDER BY ALL
        for (uint32_t i = 0; i < outputs; ++i) keys.emplace_back(column_term(i, terms[i].type), key);
        continue;
      }
      std::optional<uint32_t> position;
      if (const auto ordinal = ordinal_of(*key.expr, outputs)) position = static_cast<uint32_t>(*ordinal);
      const auto* name = std::get_if<ColumnName>(&key.expr->node);
      if (!position && name != nullptr && name->table.empty()) position = find_column(*name, output_scope);
      if (!position) {
        try {
          terms.push_back(with_type(term_of(*key.expr, below, substitute)));
          position = static_cast<uint32_t>(terms.size() - 1);
          scope.push_back({"", "", terms.back().type});
        } catch (const Error&) {
          position = input == nullptr ? std::nullopt : position_below(*input, *key.expr);
          if (!position) {
            keys.emplace_back(with_type(term_of(*key.expr, output_scope)), key);
            continue;
          }
        }
      }
      keys.emplace_back(column_term(*position, terms[*position].type), key);
    }
  }
};

Columns bind_columns(const std::vector<NamedExpr>& list, const Scope& below, const Substitute& substitute) {
  Columns columns;
  for (const NamedExpr& written : list) {
    const Term term = term_of(*written.expr, below, substitute);
    columns.literals.push_back(term.kind == Term::Kind::kLiteral ? std::optional(term) : std::nullopt);
    columns.terms.push_back(with_type(term));
    columns.scope.push_back({"", label_of(written), columns.terms.back().type});
    if (term.kind == Term::Kind::kColumn && term.column < below.size())
      if (below[term.column].name == columns.scope.back().name)
        columns.scope.back().qualifier = below[term.column].qualifier;
  }
  return columns;
}

// DISTINCT ON: of the rows in their order, the first with each key; all columns and keys of all rows are read.
Relation first_of_each(const Relation& input, const std::vector<Term>& keys, OnFault on_fault) {
  Relation result = input;
  result.open = [=](const Read& read) -> Rows {
    const Read all(read.size(), true);
    std::vector<Row> seen, rows;
    for (const Row& row : all_rows(input, all)) {
      look_at(row, all);
      Row key;
      for (const Term& term : keys) key.push_back(as_key(looked_at(evaluate(term, row, on_fault))));
      const bool again = std::any_of(seen.begin(), seen.end(), [&](const Row& other) {
        for (size_t i = 0; i < key.size(); ++i)
          if (compare_with_nulls(key[i], other[i]) != 0) return false;
        return true;
      });
      if (again) continue;
      seen.push_back(key);
      rows.push_back(row);
    }
    return rows_from(std::move(rows));
  };
  return result;
}

Relation block_relation(const Block& block, const std::vector<NamedExpr>& list, const Scope& below,
                        const Substitute& substitute, const std::function<Relation()>& rows_below, OnFault on_fault,
                        const Scope& names = {}) {
  const auto with_list = [&](const ExprPtr& written) {
    return block.project == nullptr ? written : or_throw(with_aliases(written, list, names_of(names)));
  };
  std::vector<Term> predicates;
  for (auto filter : std::views::reverse(block.having))
    predicates.push_back(bind_predicate(*with_list(filter->predicate), below, substitute));
  Columns columns;
  if (block.project != nullptr) columns = bind_columns(list, below, substitute);
  const Scope outputs = columns.scope;
  std::vector<Term> distinct_on;
  if (block.project != nullptr && !block.project->distinct_on.empty()) {
    Columns keyed = columns;
    Sort keys;
    for (const ExprPtr& key : block.project->distinct_on) keys.keys.push_back({key});
    keyed.bind_sort(keys, below, substitute);
    for (const auto& [term, key] : keyed.keys) distinct_on.push_back(term);
    columns.terms = keyed.terms;
    columns.scope = keyed.scope;
  }
  if (block.project != nullptr && block.sort != nullptr)
    columns.bind_sort(*block.sort, below, substitute, outputs.size(), block.input);
  // DISTINCT: of the rows that agree in the outputs, the first in the order.
  for (uint32_t i = 0; block.distinct && i < outputs.size(); ++i)
    distinct_on.push_back(column_term(i, outputs[i].type));
  Relation result = rows_below();  // only now are all aggregates known
  for (const Term& predicate : predicates) result = filtered(std::move(result), predicate, on_fault);
  if (block.project == nullptr) return result;
  result = projected(result, columns.scope, columns.terms, on_fault);
  if (block.sort == nullptr && distinct_on.empty()) {
    result.literals = columns.literals;
    result.literals.resize(columns.terms.size());
    return result;
  }
  if (block.sort != nullptr) result = sorted(std::move(result), columns.keys, on_fault);
  if (!distinct_on.empty()) {
    result = first_of_each(result, distinct_on, on_fault);
    result.ordered = block.sort != nullptr;
  }
  std::vector<Term> shown;
  for (uint32_t i = 0; i < outputs.size(); ++i) shown.push_back(column_term(i, outputs[i].type));
  return projected(result, outputs, shown, on_fault);
}

// A Sort over anything but a Project: DISTINCT, LIMIT, a table.
Relation plain_sort(const Sort& node, const Surroundings& surroundings) {
  Relation input = relation_of(*node.input, surroundings);
  std::vector<std::pair<Term, SortKey>> keys;
  for (const SortKey& key : node.keys) {
    if (std::holds_alternative<Star>(key.expr->node)) {
      for (uint32_t i = 0; i < input.scope.size(); ++i) keys.emplace_back(column_term(i, input.scope[i].type), key);
      continue;
    }
    const auto ordinal = ordinal_of(*key.expr, input.scope.size());
    keys.emplace_back(ordinal ? column_term(static_cast<uint32_t>(*ordinal), input.scope[*ordinal].type)
                              : with_type(term_of(*key.expr, input.scope, with_subqueries(surroundings, input.scope))),
                      key);
  }
  return sorted(std::move(input), std::move(keys), surroundings.on_fault);
}

Relation where(const Block& block, const Surroundings& surroundings) {
  Relation input = relation_of(*block.input, surroundings);
  for (const Filter* filter : std::views::reverse(block.where)) {
    ExprPtr written = filter->predicate;
    if (block.project != nullptr)
      written = or_throw(with_aliases(written, block.project->columns, names_of(input.scope)));
    if (has_subquery(*written)) input = carried(std::move(input));
    const Term predicate = bind_predicate(*written, input.scope, with_subqueries(surroundings, input.scope));
    input = filtered(std::move(input), predicate, surroundings.on_fault);
  }
  return input;
}

}  // namespace

std::optional<Relation> select_block(const Plan& written, const Surroundings& surroundings) {
  const Block block = take_apart(written);
  if (block.sort != nullptr && block.project == nullptr) return plain_sort(*block.sort, surroundings);
  if (block.project == nullptr && block.aggregation == nullptr && block.where.empty()) return std::nullopt;
  const OnFault on_fault = surroundings.on_fault;
  Relation input = where(block, surroundings);
  std::vector<NamedExpr> list;
  if (block.project != nullptr) {
    const headrace::Scope names = names_of(input.scope);
    list = or_throw(without_aliases(or_throw(expand_stars(block.project->columns, names)), names));
  }
  if (block.aggregation == nullptr) {
    if (block.project == nullptr) return input;
    bool subqueries =
        std::any_of(list.begin(), list.end(), [](const NamedExpr& one) { return has_subquery(*one.expr); });
    if (block.sort != nullptr)
      for (const SortKey& key : block.sort->keys) subqueries = subqueries || has_subquery(*key.expr);
    if (subqueries) input = carried(std::move(input));
    input = unnested(list, std::move(input), surroundings);
    const Substitute substitute = with_subqueries(surroundings, input.scope);
    return block_relation(block, list, input.scope, substitute, [&] { return input; }, on_fault);
  }
  Grouping grouping(input, bind_keys(block, list, input.scope, surroundings),
                    block.aggregation == nullptr ? std::vector<std::vector<uint32_t>>{} : block.aggregation->sets,
                    surroundings);
  const Substitute groups = [&](const Expr& expr) { return grouping.substitute(expr); };
  const Substitute substitute = with_subqueries(surroundings, {}, groups);
  Relation result =
      block_relation(block, list, {}, substitute, [&] { return grouping.relation(on_fault); }, on_fault, input.scope);
  if (block.project == nullptr) result.scope = grouping.key_scope();
  return result;
}

}  // namespace headrace::reference
