// SELECT blocks: ORDER BY over the select list over HAVING over GROUP BY, with names as plan/plan.h allows them.
#include <map>
#include <ranges>

#include "base/error.h"
#include "base/overloaded.h"
#include "reference/aggregate.h"
#include "reference/relation.h"

namespace headrace::reference {
namespace {

bool has_aggregate(const Expr& written) {
  return std::visit(
      Overloaded{[](const AggregateCall&) { return true; }, [](const CastTo& n) { return has_aggregate(*n.input); },
                 [](const Case& n) {
                   for (const auto& [condition, value] : n.arms)
                     if (has_aggregate(*condition) || has_aggregate(*value)) return true;
                   return n.otherwise != nullptr && has_aggregate(*n.otherwise);
                 },
                 [](const Call& n) {
                   for (const ExprPtr& argument : n.arguments)
                     if (has_aggregate(*argument)) return true;
                   return false;
                 },
                 [](const auto&) { return false; }},
      written.node);
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
  const Project* project = nullptr;
  std::vector<const Filter*> having;
  const Aggregation* aggregation = nullptr;
  const Plan* input = nullptr;
};

Block take_apart(const Plan& written) {
  Block block;
  block.input = &written;
  const auto take = [&]<class Node>(const Node*& part) {
    part = std::get_if<Node>(&block.input->node);
    if (part != nullptr) block.input = part->input.get();
    return part != nullptr;
  };
  take(block.sort);
  take(block.project);
  const Plan* below = block.input;
  std::vector<const Filter*> filters;
  for (const Filter* filter = nullptr; take(filter);) filters.push_back(filter);
  if (take(block.aggregation))
    block.having = filters;
  else
    block.input = below;
  return block;
}

// What stands above GROUP BY: keys by their meaning, aggregates, nothing else.
class Grouping {
 public:
  Grouping(Relation input, std::vector<std::pair<Term, std::string>> keys)
      : input_(std::move(input)), keys_(std::move(keys)) {}

  std::optional<Term> substitute(const Expr& written) {
    if (const auto* call = std::get_if<AggregateCall>(&written.node)) return aggregate_column(*call);
    if (!has_aggregate(written)) {
      std::optional<Term> below = bound_below(written);
      for (uint32_t i = 0; below && i < keys_.size(); ++i)
        if (*below == keys_[i].first) return column_term(i, keys_[i].first.type);
    }
    const auto* name = std::get_if<ColumnName>(&written.node);
    if (name == nullptr) return std::nullopt;
    for (uint32_t i = 0; i < keys_.size(); ++i)
      if (name->table.empty() && same_name(name->name, keys_[i].second)) return column_term(i, keys_[i].first.type);
    refuse("neither grouped nor aggregated: " + name->name);
  }

  Relation relation(OnFault on_fault) const {
    Scope scope = key_scope();
    for (const AggregateTerm& call : aggregates_) scope.push_back({"", "", call.type});
    return {scope, false, [*this, on_fault](const Read& read) { return rows_from(rows(read, on_fault)); }};
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
      return with_type(term_of(written, input_.scope));
    } catch (const Error&) {
      return std::nullopt;  // it may still mean something above the groups
    }
  }

  Term aggregate_column(const AggregateCall& written) {
    std::optional<Term> argument;
    if (written.arguments.size() > 1) refuse("aggregates take one argument");
    if (!written.arguments.empty()) argument = with_type(term_of(*written.arguments[0], input_.scope));
    if (written.filter != nullptr) {
      const Term counted = argument ? *argument : literal_term(Datum{true}, kBool);
      argument = bind_call(
          "if_else", {bind_predicate(*written.filter, input_.scope), counted, literal_term(null(), counted.type)});
    }
    std::string name;
    for (const char letter : written.function)
      name += letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter;
    aggregates_.push_back(bind_aggregate(name, written.distinct, std::move(argument)));
    return column_term(static_cast<uint32_t>(keys_.size() + aggregates_.size() - 1), aggregates_.back().type);
  }

  // All keys are read, and of the aggregates those that something above reads.
  std::vector<Row> rows(const Read& read, OnFault on_fault) const {
    const auto is_read = [&](size_t call) { return read[keys_.size() + call] && aggregates_[call].argument; };
    Read below(input_.scope.size(), false);
    for (const auto& [term, name] : keys_) add_columns(term, below);
    for (size_t i = 0; i < aggregates_.size(); ++i)
      if (is_read(i)) add_columns(*aggregates_[i].argument, below);
    std::map<Row, std::vector<Row>, KeyOrder> groups;  // key → arguments of each row
    if (keys_.empty()) groups[{}];
    const Rows next = input_.open(below);
    for (Row row; next(row);) {
      Row key, arguments;
      for (const auto& [term, name] : keys_) key.push_back(as_key(looked_at(evaluate(term, row, on_fault))));
      for (size_t i = 0; i < aggregates_.size(); ++i)
        arguments.push_back(is_read(i) ? looked_at(evaluate(*aggregates_[i].argument, row, on_fault)) : Datum{true});
      groups[key].push_back(arguments);
    }
    std::vector<Row> result;
    for (const auto& [key, members] : groups) {
      Row row = key;
      for (size_t i = 0; i < aggregates_.size(); ++i) {
        std::vector<Datum> values;
        for (const Row& arguments : members) values.push_back(arguments[i]);
        const Datum value = read[keys_.size() + i] ? aggregate(aggregates_[i], values) : null();
        row.push_back(value.is_fault() && on_fault == OnFault::kNull ? null() : value);
      }
      result.push_back(row);
    }
    return result;
  }

  Relation input_;
  std::vector<std::pair<Term, std::string>> keys_;
  std::vector<AggregateTerm> aggregates_;
};

std::vector<std::pair<Term, std::string>> bind_keys(const Block& block, const Scope& input) {
  std::vector<std::pair<Term, std::string>> keys;
  if (block.aggregation == nullptr) return keys;
  for (const NamedExpr& written : block.aggregation->keys) {
    if (const auto* star = std::get_if<Star>(&written.expr->node)) {  // DISTINCT
      for (uint32_t i = 0; i < input.size(); ++i)
        if (star->table.empty() ? !input[i].merged : same_name(star->table, input[i].qualifier))
          keys.emplace_back(column_term(i, input[i].type), input[i].name);
      continue;
    }
    NamedExpr meant = written;
    if (block.project != nullptr) {
      const auto& columns = block.project->columns;
      if (const auto ordinal = ordinal_of(*written.expr, columns.size())) meant = columns[*ordinal];
      const auto* name = std::get_if<ColumnName>(&written.expr->node);
      if (name != nullptr && name->table.empty() && !find_column(*name, input))
        for (const NamedExpr& column : columns)
          if (same_name(column.name, name->name)) meant = column;
    }
    keys.emplace_back(with_type(term_of(*meant.expr, input)), label_of(meant));
  }
  return keys;
}

// The select list, and behind it the columns that only ORDER BY reads.
struct Columns {
  Scope scope;
  std::vector<Term> terms;
  std::vector<std::optional<Term>> literals = {};  // of the select list, an untyped NULL as such
  std::vector<std::pair<Term, SortKey>> keys;  // over the columns

  void bind_sort(const Sort& sort, const Scope& below, const Substitute& substitute) {
    const size_t outputs = scope.size();
    const Scope output_scope = scope;
    for (const SortKey& key : sort.keys) {
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
          keys.emplace_back(with_type(term_of(*key.expr, output_scope)), key);
          continue;
        }
      }
      keys.emplace_back(column_term(*position, terms[*position].type), key);
    }
  }
};

Columns bind_columns(const Project& project, const Scope& below, const Scope& star_scope,
                     const Substitute& substitute) {
  Columns columns;
  for (const NamedExpr& written : project.columns) {
    const auto* star = std::get_if<Star>(&written.expr->node);
    if (star == nullptr) {
      const Term term = term_of(*written.expr, below, substitute);
      columns.literals.resize(columns.terms.size());
      columns.literals.push_back(term.kind == Term::Kind::kLiteral ? std::optional(term) : std::nullopt);
      columns.terms.push_back(with_type(term));
      columns.scope.push_back({"", label_of(written), columns.terms.back().type});
      if (term.kind == Term::Kind::kColumn && term.column < below.size())
        if (below[term.column].name == columns.scope.back().name)
          columns.scope.back().qualifier = below[term.column].qualifier;
      continue;
    }
    for (const ScopeColumn& column : star_scope) {
      if (star->table.empty() ? column.merged : !same_name(star->table, column.qualifier)) continue;
      const auto position = static_cast<uint32_t>(&column - star_scope.data());
      columns.terms.push_back(substitute ? term_of(*column_name(column.qualifier, column.name), below, substitute)
                                         : column_term(position, column.type));
      columns.scope.push_back({column.qualifier, column.name, column.type});
    }
  }
  return columns;
}

Relation block_relation(const Block& block, const Scope& below, const Scope& star_scope, const Substitute& substitute,
                        const std::function<Relation()>& rows_below, OnFault on_fault) {
  std::vector<Term> predicates;
  for (auto filter : std::views::reverse(block.having))
    predicates.push_back(bind_predicate(*filter->predicate, below, substitute));
  Columns columns;
  if (block.project != nullptr) columns = bind_columns(*block.project, below, star_scope, substitute);
  const Scope outputs = columns.scope;
  if (block.project != nullptr && block.sort != nullptr) columns.bind_sort(*block.sort, below, substitute);
  Relation result = rows_below();  // only now are all aggregates known
  for (const Term& predicate : predicates) result = filtered(std::move(result), predicate, on_fault);
  if (block.project == nullptr) return result;
  result = projected(result, columns.scope, columns.terms, on_fault);
  result.literals = columns.literals;
  result.literals.resize(columns.terms.size());
  if (block.sort == nullptr) return result;
  result = sorted(std::move(result), columns.keys, on_fault);
  std::vector<Term> shown;
  for (uint32_t i = 0; i < outputs.size(); ++i) shown.push_back(column_term(i, outputs[i].type));
  return projected(result, outputs, shown, on_fault);
}

// A Sort over anything but a Project: DISTINCT, LIMIT, a table.
Relation plain_sort(const Sort& node, const Surroundings& surroundings) {
  Relation input = relation_of(*node.input, surroundings);
  std::vector<std::pair<Term, SortKey>> keys;
  for (const SortKey& key : node.keys) {
    const auto ordinal = ordinal_of(*key.expr, input.scope.size());
    keys.emplace_back(ordinal ? column_term(static_cast<uint32_t>(*ordinal), input.scope[*ordinal].type)
                              : with_type(term_of(*key.expr, input.scope)),
                      key);
  }
  return sorted(std::move(input), std::move(keys), surroundings.on_fault);
}

}  // namespace

std::optional<Relation> select_block(const Plan& written, const Surroundings& surroundings) {
  const Block block = take_apart(written);
  if (block.sort != nullptr && block.project == nullptr) return plain_sort(*block.sort, surroundings);
  if (block.project == nullptr && block.aggregation == nullptr) return std::nullopt;
  const OnFault on_fault = surroundings.on_fault;
  const Relation input = relation_of(*block.input, surroundings);
  if (block.aggregation == nullptr)
    return block_relation(block, input.scope, input.scope, {}, [&] { return input; }, on_fault);
  Grouping grouping(input, bind_keys(block, input.scope));
  const Substitute substitute = [&](const Expr& expr) { return grouping.substitute(expr); };
  Relation result =
      block_relation(block, {}, input.scope, substitute, [&] { return grouping.relation(on_fault); }, on_fault);
  if (block.project == nullptr) result.scope = grouping.key_scope();
  return result;
}

}  // namespace headrace::reference
