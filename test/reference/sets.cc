// VALUES, UNION, INTERSECT and EXCEPT: whole rows of several inputs.
#include <algorithm>
#include <map>

#include "reference/relation.h"

namespace headrace::reference {
namespace {

// What column `i` of an input is for the common types: a literal adapts, anything else is a column.
Term united_column(const Relation& input, uint32_t i) {
  if (i < input.literals.size() && input.literals[i]) return *input.literals[i];
  return column_term(i, input.scope[i].type);
}

// NULL and text still adapt to what follows; numbers have a type at once.
Term adapting(uint32_t i, const Term& column, Type type) {
  const bool literal = column.kind == Term::Kind::kLiteral;
  if (literal && column.type == type && (type == kNullType || type == kUtf8)) return column;
  return column_term(i, type);
}

// The inputs with columns of common types, under the first one's names.
void unify(std::vector<Relation>& inputs, OnFault on_fault) {
  Scope scope = inputs.at(0).scope;
  std::erase_if(scope, [](const ScopeColumn& column) { return column.merged; });
  std::vector<Term> known;
  for (const Relation& input : inputs) {
    if (input.scope.size() != scope.size()) refuse("UNION of different numbers of columns");
    for (uint32_t i = 0; i < scope.size(); ++i) {
      const Term column = united_column(input, i);
      if (&input == &inputs[0]) {
        known.push_back(adapting(i, column, column.type));
        continue;
      }
      const auto type = common_type(known[i], adapting(i, column, column.type));
      if (!type) refuse("UNION of " + to_text(known[i].type) + " and " + to_text(column.type));
      const bool literals = known[i].kind == Term::Kind::kLiteral && column.kind == Term::Kind::kLiteral;
      known[i] = literals ? adapting(i, column, *type) : column_term(i, *type);
    }
  }
  for (uint32_t i = 0; i < scope.size(); ++i) scope[i] = {"", scope[i].name, with_type(known[i]).type};
  for (Relation& input : inputs) {
    std::vector<Term> columns;
    for (uint32_t i = 0; i < scope.size(); ++i) columns.push_back(convert(united_column(input, i), scope[i].type));
    input = projected(input, scope, columns, on_fault);
  }
}

// Each input with the columns of all, by their names.
void align(std::vector<Relation>& inputs, OnFault on_fault) {
  std::vector<std::string> names;
  for (const Relation& input : inputs)
    for (const ScopeColumn& column : input.scope)
      if (std::none_of(names.begin(), names.end(), [&](const std::string& one) { return same_name(one, column.name); }))
        names.push_back(column.name);
  for (Relation& input : inputs) {
    Scope scope;
    std::vector<Term> columns;
    std::vector<std::optional<Term>> literals;
    for (const std::string& name : names) {
      const auto found = find_column({"", name}, input.scope);
      const Term column = found ? united_column(input, *found) : literal_term(null(), kNullType);
      literals.push_back(column.kind == Term::Kind::kLiteral ? std::optional(column) : std::nullopt);
      columns.push_back(with_type(column));
      scope.push_back({"", name, columns.back().type});
    }
    input = projected(input, scope, columns, on_fault);
    input.literals = literals;
  }
}

Relation one_after_the_other(std::vector<Relation> inputs) {
  const bool ordered = std::all_of(inputs.begin(), inputs.end(), [](const Relation& input) { return input.ordered; });
  return {inputs.at(0).scope, ordered, [=](const Read& read) -> Rows {
            std::vector<Rows> opened;
            for (const Relation& input : inputs) opened.push_back(input.open(read));
            return [opened, at = size_t{0}](Row& row) mutable {
              for (; at < opened.size(); ++at)
                if (opened[at](row)) return true;
              return false;
            };
          }};
}

struct KeyOrder {
  bool operator()(const Row& left, const Row& right) const {
    for (size_t i = 0; i < left.size(); ++i)
      if (const int order = compare_with_nulls(left[i], right[i]); order != 0) return order < 0;
    return false;
  }
};

}  // namespace

Relation values_relation(const Values& node, const Surroundings& surroundings) {
  const Relation nothing{{}, true, [](const Read&) { return rows_from({Row{}}); }};
  std::vector<Relation> rows;
  for (const auto& written : node.rows) {
    Scope scope;
    std::vector<Term> columns;
    std::vector<std::optional<Term>> literals;
    for (const ExprPtr& value : written) {
      const Term term = term_of(*value, {}, with_subqueries(surroundings, {}));
      literals.push_back(term.kind == Term::Kind::kLiteral ? std::optional(term) : std::nullopt);
      columns.push_back(with_type(term));
      scope.push_back({"", "col" + std::to_string(scope.size()), columns.back().type});
    }
    Relation row = projected(nothing, scope, columns, surroundings.on_fault);
    row.literals = literals;
    rows.push_back(std::move(row));
  }
  if (rows.size() == 1) return rows[0];
  unify(rows, surroundings.on_fault);
  return one_after_the_other(std::move(rows));
}

Relation united(const UnionAll& node, const Surroundings& surroundings) {
  std::vector<Relation> inputs;
  for (const PlanPtr& input : node.inputs) inputs.push_back(relation_of(*input, surroundings));
  if (node.by_name) align(inputs, surroundings.on_fault);
  unify(inputs, surroundings.on_fault);
  return one_after_the_other(std::move(inputs));
}

Relation combined(const SetOperation& node, const Surroundings& surroundings) {
  std::vector<Relation> inputs = {relation_of(*node.left, surroundings), relation_of(*node.right, surroundings)};
  unify(inputs, surroundings.on_fault);
  const bool intersect = node.kind == SetKind::kIntersect, all = node.all;
  return {inputs[0].scope, false, [=](const Read& read) -> Rows {
            const Read everything(read.size(), true);
            std::map<Row, std::pair<size_t, size_t>, KeyOrder> counts;
            for (size_t side = 0; side < 2; ++side)
              for (const Row& row : all_rows(inputs[side], everything)) {
                Row key;
                for (const Datum& value : row) key.push_back(as_key(looked_at(value)));
                auto& count = counts[key];
                ++(side == 0 ? count.first : count.second);
              }
            std::vector<Row> rows;
            for (const auto& [row, count] : counts) {
              const auto [left, right] = count;
              size_t times = intersect ? std::min(left, right) : left > right ? left - right : 0;
              if (!all) times = left > 0 && (right > 0) == intersect ? 1 : 0;
              rows.insert(rows.end(), times, row);
            }
            return rows_from(std::move(rows));
          }};
}

namespace {

// The rounds of a recursion. Every value is looked at: it stays in rows that are read again.
class Rounds {
 public:
  Rounds(const Recursion& node, Surroundings surroundings, Scope scope)
      : node_(node), surroundings_(std::move(surroundings)), scope_(std::move(scope)) {
    add(relation_of(*node_.base, surroundings_));
  }

  // The first round is run though the base gives no rows.
  bool next(Row& row) {
    if (at_ == rows_.size() && (!rows_.empty() || rounds_++ == 0)) {
      surroundings_.working[node_.id] = {scope_, rows_};
      add(relation_of(*node_.step, surroundings_));
    }
    if (at_ == rows_.size()) return false;
    row = rows_[at_++];
    return true;
  }

 private:
  // In an order of its own, or by all columns.
  void add(const Relation& part) {
    std::vector<Term> columns;
    for (uint32_t i = 0; i < scope_.size(); ++i)
      columns.push_back(convert(column_term(i, part.scope[i].type), scope_[i].type));
    const Read all(scope_.size(), true);
    std::vector<Row> rows = all_rows(projected(part, scope_, columns, surroundings_.on_fault), all);
    for (const Row& row : rows) look_at(row, all);
    if (!part.ordered)
      std::sort(rows.begin(), rows.end(), [](const Row& left, const Row& right) { return KeyOrder()(left, right); });
    rows_.clear();
    at_ = 0;
    for (Row& row : rows) {
      if (node_.distinct) {
        for (Datum& value : row) value = as_key(value);
        if (!seen_.emplace(row, true).second) continue;
      }
      rows_.push_back(std::move(row));
    }
  }

  const Recursion& node_;
  Surroundings surroundings_;
  const Scope scope_;
  std::map<Row, bool, KeyOrder> seen_;
  std::vector<Row> rows_;
  size_t at_ = 0;
  uint64_t rounds_ = 0;  // over no rows
};

}  // namespace

Relation recursive(const Recursion& node, const Surroundings& surroundings) {
  Scope scope = relation_of(*node.base, surroundings).scope;
  for (ScopeColumn& column : scope) column = {"", column.name, column.type};
  return {scope, true, [&node, &surroundings, scope](const Read&) -> Rows {
            const auto rounds = std::make_shared<Rounds>(node, surroundings, scope);
            return [rounds](Row& row) { return rounds->next(row); };
          }};
}

uint64_t row_count(const ExprPtr& written, uint64_t otherwise) {
  if (written == nullptr) return otherwise;
  const Term term = with_type(term_of(*written, {}));
  const Datum value = evaluate(term, {}, OnFault::kFail);
  if (value.is_null()) return UINT64_MAX;
  if (!is_integer(term.type) || value.is_fault() || value.integer().is_negative()) refuse("no number of rows");
  return static_cast<uint64_t>(value.integer().to_int64());
}

}  // namespace headrace::reference
