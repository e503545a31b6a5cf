#include "reference/relation.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/overloaded.h"

namespace headrace::reference {

const Datum& looked_at(const Datum& value) {
  if (const auto* faulted = std::get_if<Faulted>(&value.data))
    throw Error{ErrorCode::kFault, fault_name(faulted->causes), "", ""};
  return value;
}

std::vector<Row> all_rows(const Relation& input) {
  std::vector<Row> rows;
  const Rows next = input.open();
  for (Row row; next(row);) rows.push_back(row);
  return rows;
}

Rows rows_from(std::vector<Row> rows) {
  return [rows = std::move(rows), at = size_t{0}](Row& row) mutable {
    if (at == rows.size()) return false;
    row = rows[at++];
    return true;
  };
}

Relation filtered(Relation input, const Term& predicate, OnFault on_fault) {
  const auto open = input.open;
  input.literals.clear();
  input.open = [=]() -> Rows {
    return [=, next = open()](Row& row) {
      while (next(row))
        if (looked_at(evaluate(predicate, row, on_fault)).is_true()) return true;
      return false;
    };
  };
  return input;
}

Relation projected(const Relation& input, Scope scope, std::vector<Term> columns, OnFault on_fault) {
  return {std::move(scope), input.ordered, [open = input.open, columns = std::move(columns), on_fault]() -> Rows {
            return [=, next = open()](Row& row) {
              Row from;
              if (!next(from)) return false;
              row.clear();
              for (const Term& column : columns) row.push_back(evaluate(column, from, on_fault));
              return true;
            };
          }};
}

namespace {

bool is_negative_zero(const Datum& value) {
  const auto* number = std::get_if<double>(&value.data);
  return number != nullptr && *number == 0 && std::signbit(*number);
}

// The total order of rows: by their columns; of those that are equal by then, a -0 before a +0.
bool row_before(const Row& left, const Row& right) {
  for (size_t i = 0; i < left.size(); ++i)
    if (const int order = compare_with_nulls(looked_at(left[i]), looked_at(right[i])); order != 0) return order < 0;
  for (size_t i = 0; i < left.size(); ++i)
    if (is_negative_zero(left[i]) != is_negative_zero(right[i])) return is_negative_zero(left[i]);
  return false;
}

int compare_keys(const Row& left, const Row& right, const std::vector<std::pair<Term, SortKey>>& keys) {
  for (size_t i = 0; i < keys.size(); ++i) {
    const SortKey& key = keys[i].second;
    int order = compare_with_nulls(left[i], right[i]);
    if (left[i].is_null() != right[i].is_null()) {
      if (key.nulls_first) order = -order;
    } else if (key.descending) {
      order = -order;
    }
    if (order != 0) return order;
  }
  return 0;
}

}  // namespace

// Ties keep the input's order where there is one, else the remaining columns decide, ascending, nulls last.
Relation sorted(Relation input, std::vector<std::pair<Term, SortKey>> keys, OnFault on_fault) {
  const Relation from = input;
  input.ordered = true;
  input.literals.clear();
  input.open = [=]() -> Rows {
    struct Keyed {
      Row values, row;
      size_t ordinal;
    };
    std::vector<Keyed> keyed;
    for (const Row& row : all_rows(from)) {
      Row values;
      for (const auto& [term, key] : keys) values.push_back(looked_at(evaluate(term, row, on_fault)));
      keyed.push_back({values, row, keyed.size()});
    }
    std::sort(keyed.begin(), keyed.end(), [&](const Keyed& a, const Keyed& b) {
      const int order = compare_keys(a.values, b.values, keys);
      if (order != 0) return order < 0;
      return from.ordered ? a.ordinal < b.ordinal : row_before(a.row, b.row);
    });
    std::vector<Row> rows;
    for (const Keyed& one : keyed) rows.push_back(one.row);
    return rows_from(std::move(rows));
  };
  return input;
}

namespace {

// Without an order of its own, the first rows are those of the total order of all columns, and come in it.
Relation limited(const Relation& input, uint64_t rows_max, uint64_t offset) {
  Relation result = input;
  result.ordered = true;
  result.literals.clear();
  result.open = [=]() -> Rows {
    Rows next;
    if (input.ordered) {
      next = input.open();
    } else {
      std::vector<Row> rows = all_rows(input);
      std::sort(rows.begin(), rows.end(), row_before);
      next = rows_from(std::move(rows));
    }
    return [=, given = uint64_t{0}, skipped = uint64_t{0}](Row& row) mutable {
      if (given >= rows_max) return false;
      for (; skipped < offset; ++skipped)
        if (!next(row)) return false;
      ++given;
      return next(row);
    };
  };
  return result;
}

void add_conjuncts(const Term& term, std::vector<Term>& conjuncts) {
  if (term.kind != Term::Kind::kCall || term.function != "and") {
    conjuncts.push_back(term);
    return;
  }
  for (const Term& argument : term.arguments) add_conjuncts(argument, conjuncts);
}

// A column, converted or not.
std::optional<uint32_t> plain_column(const Term& term) {
  if (term.kind == Term::Kind::kColumn) return term.column;
  if (term.kind == Term::Kind::kCast) return plain_column(term.arguments[0]);
  return std::nullopt;
}

// Equalities of a column of each side, which decide what meets.
std::vector<Term> equalities(const Term& condition, size_t left_columns) {
  std::vector<Term> conjuncts, found;
  add_conjuncts(condition, conjuncts);
  for (const Term& one : conjuncts) {
    if (one.kind != Term::Kind::kCall || one.function != "eq") continue;
    const auto a = plain_column(one.arguments[0]), b = plain_column(one.arguments[1]);
    if (a && b && (*a < left_columns) != (*b < left_columns)) found.push_back(one);
  }
  return found;
}

Relation joined(const Join& node, const Surroundings& surroundings) {
  const Relation left = relation_of(*node.left, surroundings), right = relation_of(*node.right, surroundings);
  Relation result{left.scope, left.ordered && right.ordered, {}};  // in the left input's order, then the right one's
  result.scope.insert(result.scope.end(), right.scope.begin(), right.scope.end());
  Term condition = literal_term({true}, kBool);
  if (node.condition != nullptr) condition = bind_predicate(*node.condition, result.scope);
  for (const std::string& name : node.using_columns) {
    const auto left_column = find_column({"", name}, left.scope), right_column = find_column({"", name}, right.scope);
    if (!left_column || !right_column) refuse("USING: no column " + name);
    const auto joined_column = static_cast<uint32_t>(left.scope.size()) + *right_column;
    result.scope[joined_column].merged = true;
    condition =
        bind_call("and", {condition, bind_call("eq", {column_term(*left_column, left.scope[*left_column].type),
                                                      column_term(joined_column, right.scope[*right_column].type)})});
  }
  const bool keep_left = node.kind == JoinKind::kLeft;
  const std::vector<Term> meets = equalities(condition, left.scope.size());
  // All rows that one left row gives.
  const auto rows_of = [=, on_fault = surroundings.on_fault, columns = result.scope.size()](
                           const Row& left_row, const std::vector<Row>& right_rows) {
    std::vector<Row> rows;
    for (const Row& right_row : right_rows) {
      Row both = left_row;
      both.insert(both.end(), right_row.begin(), right_row.end());
      const auto apart = [&](const Term& equality) {
        const Datum value = evaluate(equality, both, on_fault);
        return !value.is_true() && !value.is_fault();
      };
      if (std::any_of(meets.begin(), meets.end(), apart)) continue;
      if (looked_at(evaluate(condition, both, on_fault)).is_true()) rows.push_back(both);
    }
    if (!rows.empty() || !keep_left) return rows;
    rows.push_back(left_row);
    rows[0].resize(columns, null());
    return rows;
  };
  result.open = [=]() -> Rows {
    return [rows_of, right_rows = all_rows(right), next = left.open(), rows = std::vector<Row>(),
            at = size_t{0}](Row& row) mutable {
      while (at == rows.size()) {
        Row left_row;
        if (!next(left_row)) return false;
        rows = rows_of(left_row, right_rows);
        at = 0;
      }
      row = rows[at++];
      return true;
    };
  };
  return result;
}

// What column `i` of an input is for the types of UNION ALL: a literal adapts, anything else is a column.
Term united_column(const Relation& input, uint32_t i) {
  if (i < input.literals.size() && input.literals[i]) return *input.literals[i];
  return column_term(i, input.scope[i].type);
}

Relation united(const UnionAll& node, const Surroundings& surroundings) {
  std::vector<Relation> inputs;
  for (const PlanPtr& input : node.inputs) inputs.push_back(relation_of(*input, surroundings));
  Scope scope = inputs.at(0).scope;
  std::vector<Term> known;
  for (const Relation& input : inputs) {
    if (input.scope.size() != scope.size()) refuse("UNION ALL of different numbers of columns");
    for (uint32_t i = 0; i < scope.size(); ++i) {
      const Term column = united_column(input, i);
      if (&input == &inputs[0]) {
        known.push_back(column);
        continue;
      }
      const auto type = common_type(known[i], column);
      if (!type) refuse("UNION ALL of " + to_text(known[i].type) + " and " + to_text(column.type));
      const bool literals = known[i].kind == Term::Kind::kLiteral && column.kind == Term::Kind::kLiteral;
      if (literals && known[i].type == kNullType)
        known[i] = column;
      else if (!literals || *type != kUtf8)
        known[i] = column_term(i, *type);
    }
  }
  for (uint32_t i = 0; i < scope.size(); ++i) scope[i] = {"", scope[i].name, with_type(known[i]).type};
  for (Relation& input : inputs) {
    std::vector<Term> columns;
    for (uint32_t i = 0; i < scope.size(); ++i) columns.push_back(convert(united_column(input, i), scope[i].type));
    input = projected(input, scope, columns, surroundings.on_fault);
  }
  const bool ordered = std::all_of(inputs.begin(), inputs.end(), [](const Relation& input) { return input.ordered; });
  return {scope, ordered, [=]() -> Rows {
            std::vector<Row> rows;
            for (const Relation& input : inputs)
              for (Row& row : all_rows(input)) rows.push_back(row);
            return rows_from(std::move(rows));
          }};
}

void requalify(Scope& scope, const std::string& qualifier) {
  for (ScopeColumn& column : scope) column.qualifier = qualifier;
}

Relation file_relation(const ScanFile& node, const Surroundings& surroundings) {
  const std::shared_ptr<const Table> table = surroundings.read_file(node.file);
  Relation result{table->scope, true, [table]() { return rows_from(table->rows); }};
  const std::string name = node.file.path.substr(node.file.path.find_last_of('/') + 1);
  requalify(result.scope, name.substr(0, name.find('.')));
  return result;
}

Relation view_relation(const ScanTable& node, const Surroundings& surroundings) {
  for (const auto& [name, plan] : surroundings.views) {
    if (!same_name(name, node.name)) continue;
    Relation result = relation_of(*plan, surroundings);
    requalify(result.scope, node.alias.empty() ? node.name : node.alias);
    return result;
  }
  refuse("no table " + node.name);
}

Relation range_relation(const Range& node) {
  return {{{"range", "range", kInt64}}, true, [node]() -> Rows {
            return [at = node.begin, end = node.end](Row& row) mutable {
              if (at >= end) return false;
              row = {{BigInteger(at++)}};
              return true;
            };
          }};
}

Relation alias_relation(const Alias& node, const Surroundings& surroundings) {
  Relation result = relation_of(*node.input, surroundings);
  requalify(result.scope, node.name);
  if (node.columns.size() > result.scope.size()) refuse("too many column names for " + node.name);
  for (size_t i = 0; i < node.columns.size(); ++i) result.scope[i].name = node.columns[i];
  return result;
}

}  // namespace

Relation relation_of(const Plan& written, const Surroundings& surroundings) {
  if (auto block = select_block(written, surroundings)) return *block;
  return std::visit(
      Overloaded{[&](const ScanFile& n) { return file_relation(n, surroundings); },
                 [&](const ScanTable& n) { return view_relation(n, surroundings); },
                 [](const Range& n) { return range_relation(n); },
                 [](const OneRow&) { return Relation{{}, true, []() { return rows_from({Row{}}); }}; },
                 [&](const Filter& n) {
                   Relation input = relation_of(*n.input, surroundings);
                   Term predicate = bind_predicate(*n.predicate, input.scope);
                   return filtered(std::move(input), std::move(predicate), surroundings.on_fault);
                 },
                 [&](const Join& n) { return joined(n, surroundings); },
                 [&](const UnionAll& n) { return united(n, surroundings); },
                 [&](const Alias& n) { return alias_relation(n, surroundings); },
                 [&](const Limit& n) { return limited(relation_of(*n.input, surroundings), n.rows_max, n.offset); },
                 [](const auto&) -> Relation { refuse("the reference has no such operator"); }},
      written.node);
}

}  // namespace headrace::reference
