#include "reference/relation.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/error.h"
#include "base/overloaded.h"

namespace headrace::reference {

const Datum& looked_at(const Datum& value) {
  if (const auto* faulted = std::get_if<Faulted>(&value.data))
    throw Error{ErrorCode::kFault, fault_name(faulted->causes), "", ""};
  return value;
}

void look_at(const Row& row, const Read& read) {
  for (size_t i = 0; i < row.size(); ++i)
    if (read[i]) looked_at(row[i]);
}

void add_columns(const Term& term, Read& read) {
  if (term.kind == Term::Kind::kColumn) read.at(term.column) = true;
  for (const Term& argument : term.arguments) add_columns(argument, read);
}

Relation carried(Relation input) {
  const auto open = input.open;
  input.open = [=](const Read& read) -> Rows {
    return [=, next = open(read)](Row& row) {
      if (!next(row)) return false;
      look_at(row, read);
      return true;
    };
  };
  return input;
}

std::vector<Row> all_rows(const Relation& input, const Read& read) {
  std::vector<Row> rows;
  const Rows next = input.open(read);
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

namespace {

// Rows that meet groups, as an aggregate over some of the rows is found, come in no order.
bool keeps_order(const Term& term) {
  if (term.kind == Term::Kind::kQuery && term.function == "value") return false;
  return std::ranges::all_of(term.arguments, keeps_order);
}

}  // namespace

Relation filtered(Relation input, const Term& predicate, OnFault on_fault) {
  const auto open = input.open;
  input.ordered = input.ordered && keeps_order(predicate);
  input.literals.clear();
  input.open = [=](Read read) -> Rows {
    add_columns(predicate, read);
    return [=, next = open(read)](Row& row) {
      while (next(row))
        if (looked_at(evaluate(predicate, row, on_fault)).is_true()) return true;
      return false;
    };
  };
  return input;
}

Relation projected(const Relation& input, Scope scope, std::vector<Term> columns, OnFault on_fault) {
  const size_t below = input.scope.size();
  const bool ordered = input.ordered && std::ranges::all_of(columns, keeps_order);
  return {std::move(scope), ordered, [=, open = input.open, columns = std::move(columns)](const Read& read) -> Rows {
            Read read_below(below, false);
            for (size_t i = 0; i < columns.size(); ++i)
              if (read[i]) add_columns(columns[i], read_below);
            return [=, next = open(read_below)](Row& row) {
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

// Ties keep the input's order where there is one, else the remaining columns decide, ascending, nulls last: then all of them
// are read.
Relation sorted(Relation input, std::vector<std::pair<Term, SortKey>> keys, OnFault on_fault) {
  const Relation from = input;
  input.ordered = true;
  input.literals.clear();
  input.open = [=](Read read) -> Rows {
    if (!from.ordered) read.assign(read.size(), true);
    Read read_below = read;
    for (const auto& [term, key] : keys) add_columns(term, read_below);
    struct Keyed {
      Row values, row;
      size_t ordinal;
    };
    std::vector<Keyed> keyed;
    for (const Row& row : all_rows(from, read_below)) {
      Row values;
      look_at(row, read);
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

// Without an order of its own, the first rows are those of the total order of all columns, and come in it. The rows of the
// limit are read, those before its offset too, whatever is asked for above.
Relation limited(const Relation& input, uint64_t rows_max, uint64_t offset) {
  Relation result = input;
  result.ordered = true;
  result.literals.clear();
  result.open = [=](const Read& read) -> Rows {
    Rows next;
    if (input.ordered) {
      next = input.open(read);
    } else {
      const Read all(read.size(), true);
      std::vector<Row> rows = all_rows(input, all);
      for (const Row& row : rows) look_at(row, all);
      std::sort(rows.begin(), rows.end(), row_before);
      next = rows_from(std::move(rows));
    }
    std::vector<Row> rows;
    uint64_t skipped = 0;
    for (Row row; rows.size() < rows_max && next(row);) {
      look_at(row, read);
      if (skipped == offset)
        rows.push_back(row);
      else
        ++skipped;
    }
    return rows_from(std::move(rows));
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

// What provably does not fault, roughly as the engine knows it. Columns count as sound: they are read at the join.
bool never_faults(const Term& term) {
  static const std::set<std::string> sound = {"eq",       "ne",     "lt",   "le",          "gt",          "ge",
                                              "and",      "or",     "not",  "is_null",     "is_not_null", "if_else",
                                              "coalesce", "length", "like", "starts_with", "upper",       "lower"};
  const auto all = [&] { return std::all_of(term.arguments.begin(), term.arguments.end(), never_faults); };
  if (term.kind == Term::Kind::kColumn || term.kind == Term::Kind::kLiteral) return true;
  if (term.kind == Term::Kind::kCast) {
    const Type from = term.arguments[0].type;
    return (term.type == kUtf8 || term.type == kFloat64 || (from == kInt32 && term.type == kInt64)) && from != kUtf8 &&
           all();
  }
  if (term.function == "modulo" || term.function == "integer_divide") {
    const Term& divisor = term.arguments[1];
    return divisor.kind == Term::Kind::kLiteral && !divisor.value.is_null() && !divisor.value.integer().is_negative() &&
           !divisor.value.integer().is_zero() && all();
  }
  return sound.contains(term.function) && all();
}

struct Sides {
  bool left = false, right = false;
};
Sides sides_of(const Term& term, size_t left_columns) {
  Sides sides;
  if (term.kind == Term::Kind::kColumn) (term.column < left_columns ? sides.left : sides.right) = true;
  for (const Term& argument : term.arguments) {
    const Sides below = sides_of(argument, left_columns);
    sides = {sides.left || below.left, sides.right || below.right};
  }
  return sides;
}

// What a condition is made of.
struct Condition {
  std::vector<Term> meets;  // equalities between both sides that cannot fault: they decide what meets
  std::vector<Term> filter;  // what looks at the side alone whose rows need a match, and cannot fault: it runs before
  std::vector<Term> rest;  // read for pairs that meet
};
Condition take_apart(const Term& condition, size_t left_columns, JoinKind kind) {
  const bool right_filter = kind == JoinKind::kLeft || kind == JoinKind::kSemi || kind == JoinKind::kAnti;
  const bool left_filter = kind == JoinKind::kRight;
  std::vector<Term> conjuncts;
  add_conjuncts(condition, conjuncts);
  Condition parts;
  for (const Term& one : conjuncts) {
    const Sides sides = sides_of(one, left_columns);
    const auto crosses = [&] {
      const Sides a = sides_of(one.arguments[0], left_columns), b = sides_of(one.arguments[1], left_columns);
      return a.left != a.right && b.left != b.right && a.left == b.right;
    };
    if (one.kind == Term::Kind::kCall && one.function == "eq" && never_faults(one) && crosses())
      parts.meets.push_back(one);
    else if (((right_filter && sides.right && !sides.left) || (left_filter && sides.left && !sides.right)) &&
             never_faults(one))
      parts.filter.push_back(one);
    else
      parts.rest.push_back(one);
  }
  return parts;
}

Term conjunction_of(const std::vector<Term>& conjuncts) {
  Term all = literal_term({true}, kBool);
  for (const Term& one : conjuncts) all = bind_call("and", {all, one});
  return all;
}

// The rows of a join: pairs in the left input's order, then in the right one's; a left row that comes out alone stands where
// its pairs would; right rows that do follow at the end. All pairs of a row are read.
class Pairs {
 public:
  Pairs(Condition condition, JoinKind kind, OnFault on_fault)
      : meets_(std::move(condition.meets)),
        filter_(conjunction_of(condition.filter)),
        rest_(conjunction_of(condition.rest)),
        kind_(kind),
        on_fault_(on_fault) {}

  // A join reads its inputs' rows whether they meet or not: first all of the right input, then each of the left.
  void open(const Relation& left, const Relation& right, const Read& read) {
    const auto split = static_cast<ptrdiff_t>(left.scope.size());
    Read crossing = read;
    crossing.resize(left.scope.size() + right.scope.size(), false);
    add_columns(rest_, crossing);
    for (const Term& one : meets_) add_columns(one, crossing);
    Read below = crossing;
    add_columns(filter_, below);
    left_read_ = Read(crossing.begin(), crossing.begin() + split);
    left_columns_ = left.scope.size();
    right_columns_ = right.scope.size();
    const Read right_read(crossing.begin() + split, crossing.end());
    for (const Row& row : all_rows(right, Read(below.begin() + split, below.end()))) {
      Row both(left.scope.size(), null());
      both.insert(both.end(), row.begin(), row.end());
      if (kind_ != JoinKind::kRight && !looked_at(evaluate(filter_, both, on_fault_)).is_true()) continue;
      look_at(row, right_read);
      right_rows_.push_back(row);
    }
    right_met_.assign(right_rows_.size(), false);
    next_left_ = left.open(Read(below.begin(), below.begin() + split));
    at_ = right_rows_.size();
  }

  bool next(Row& row) {
    while (true) {
      while (at_ < right_rows_.size()) {
        const size_t right = at_++;
        if (!pair_with(right_rows_[right], row)) continue;
        met_ = right_met_[right] = true;
        if (gives_right_columns(kind_)) return true;
      }
      if (in_row_ && row_comes_out(row)) return true;
      in_row_ = next_row();
      if (!in_row_) return next_alone(row);
    }
  }

 private:
  bool next_row() {
    while (!left_ended_ && next_left_(left_row_)) {
      Row both = left_row_;
      both.resize(left_columns_ + right_columns_, null());
      if (kind_ == JoinKind::kRight && !looked_at(evaluate(filter_, both, on_fault_)).is_true()) continue;
      look_at(left_row_, left_read_);
      at_ = 0;
      met_ = false;
      return true;
    }
    left_ended_ = true;
    return false;
  }

  // Behind all pairs of the left row: whether it comes out itself.
  bool row_comes_out(Row& row) {
    in_row_ = false;
    const bool alone = (keeps_left_rows(kind_) || kind_ == JoinKind::kAnti) && !met_;
    if (!alone && !(kind_ == JoinKind::kSemi && met_)) return false;
    row = left_row_;
    if (gives_right_columns(kind_)) row.resize(left_columns_ + right_columns_, null());
    return true;
  }

  bool next_alone(Row& row) {
    if (!keeps_right_rows(kind_)) return false;
    while (alone_ < right_rows_.size()) {
      const size_t right = alone_++;
      if (right_met_[right]) continue;
      row.assign(left_columns_, null());
      row.insert(row.end(), right_rows_[right].begin(), right_rows_[right].end());
      return true;
    }
    return false;
  }

  bool pair_with(const Row& right_row, Row& both) const {
    both = left_row_;
    both.insert(both.end(), right_row.begin(), right_row.end());
    const auto meet = [&](const Term& equality) { return looked_at(evaluate(equality, both, on_fault_)).is_true(); };
    return std::all_of(meets_.begin(), meets_.end(), meet) && looked_at(evaluate(rest_, both, on_fault_)).is_true();
  }

  std::vector<Term> meets_;
  Term filter_, rest_;
  JoinKind kind_;
  OnFault on_fault_;
  Read left_read_;
  size_t left_columns_ = 0, right_columns_ = 0;
  std::vector<Row> right_rows_;
  std::vector<bool> right_met_;
  Rows next_left_;
  Row left_row_;
  size_t at_ = 0, alone_ = 0;
  bool met_ = false, in_row_ = false, left_ended_ = false;
};

// Of a right or full join with USING: the columns' values are those of the right side, or of either; the left ones come last.
Relation merge_columns(const Relation& input, JoinKind kind, const std::vector<std::pair<uint32_t, uint32_t>>& merged,
                       OnFault on_fault) {
  Scope scope = input.scope;
  std::vector<Term> columns;
  for (uint32_t i = 0; i < scope.size(); ++i) columns.push_back(column_term(i, scope[i].type));
  for (const auto& [left, right] : merged) {
    columns.push_back(columns[left]);
    scope.push_back(scope[left]);
    scope.back().merged = true;
    columns[left] = kind == JoinKind::kRight ? columns[right] : bind_call("coalesce", {columns[left], columns[right]});
    scope[left].qualifier.clear();
    scope[left].type = columns[left].type;
  }
  return projected(input, scope, columns, on_fault);
}

Relation joined(const Join& node, const Surroundings& surroundings) {
  const Relation left = relation_of(*node.left, surroundings);
  if (const auto found = lateral(node, left, surroundings)) return *found;
  const Relation right = relation_of(*node.right, surroundings);
  Relation result{left.scope, left.ordered && (right.ordered || !gives_right_columns(node.kind)), {}};
  result.scope.insert(result.scope.end(), right.scope.begin(), right.scope.end());
  Term condition = literal_term({true}, kBool);
  if (node.condition != nullptr)
    condition = bind_predicate(*node.condition, result.scope, with_subqueries(surroundings, result.scope));
  std::vector<std::pair<uint32_t, uint32_t>> merged;
  std::vector<std::string> names = node.using_columns;
  if (node.natural)
    for (const ScopeColumn& column : left.scope)
      if (!column.merged && find_column({"", column.name}, right.scope)) names.push_back(column.name);
  for (const std::string& name : names) {
    const auto left_column = find_column({"", name}, left.scope), right_column = find_column({"", name}, right.scope);
    if (!left_column || !right_column) refuse("USING: no column " + name);
    const auto joined_column = static_cast<uint32_t>(left.scope.size()) + *right_column;
    result.scope[joined_column].merged = true;
    merged.emplace_back(*left_column, joined_column);
    condition =
        bind_call("and", {condition, bind_call("eq", {column_term(*left_column, left.scope[*left_column].type),
                                                      column_term(joined_column, right.scope[*right_column].type)})});
  }
  if (node.kind == JoinKind::kMark) refuse("a mark join is not written");
  const Pairs pairs(take_apart(condition, left.scope.size(), node.kind), node.kind, surroundings.on_fault);
  if (!gives_right_columns(node.kind)) result.scope = left.scope;
  result.open = [=](const Read& read) -> Rows {
    Pairs opened = pairs;
    opened.open(left, right, read);
    return [opened = std::move(opened)](Row& row) mutable { return opened.next(row); };
  };
  if (keeps_right_rows(node.kind) && !merged.empty())
    return merge_columns(result, node.kind, merged, surroundings.on_fault);
  return result;
}

void requalify(Scope& scope, const std::string& qualifier) {
  for (ScopeColumn& column : scope) column.qualifier = qualifier;
}

Relation file_relation(const ScanFile& node, const Surroundings& surroundings) {
  const std::shared_ptr<const Table> table = surroundings.read_file(node.file);
  Relation result{table->scope, true, [table](const Read&) { return rows_from(table->rows); }};
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
  return {{{"range", "range", kInt64}}, true, [node](const Read&) -> Rows {
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
  if (!node.function.empty()) result.scope[0].other_name = node.function;
  return result;
}

}  // namespace

Relation relation_of(const Plan& written, const Surroundings& surroundings) {
  if (auto block = select_block(written, surroundings)) return *block;
  return std::visit(
      Overloaded{[&](const ScanFile& n) { return file_relation(n, surroundings); },
                 [&](const ScanTable& n) { return view_relation(n, surroundings); },
                 [](const Range& n) { return range_relation(n); },
                 [](const OneRow&) { return Relation{{}, true, [](const Read&) { return rows_from({Row{}}); }}; },
                 [&](const Join& n) { return joined(n, surroundings); },
                 [&](const UnionAll& n) { return united(n, surroundings); },
                 [&](const Alias& n) { return alias_relation(n, surroundings); },
                 [&](const Limit& n) {
                   return limited(relation_of(*n.input, surroundings), row_count(n.rows_written, n.rows_max),
                                  row_count(n.offset_written, n.offset));
                 },
                 [&](const Sample& n) { return sampled(n, surroundings); },
                 [&](const Values& n) { return values_relation(n, surroundings); },
                 [&](const SetOperation& n) { return combined(n, surroundings); },
                 [&](const Recursion& n) { return recursive(n, surroundings); },
                 [&](const WorkingRows& n) {
                   const auto at = surroundings.working.find(n.id);
                   if (at == surroundings.working.end()) refuse("a recursive query reads itself before it has rows");
                   const std::vector<Row> rows = at->second.rows;
                   return Relation{at->second.scope, true, [rows](const Read&) { return rows_from(rows); }};
                 },
                 [](const auto&) -> Relation { refuse("the reference has no such operator"); }},
      written.node);
}

}  // namespace headrace::reference
