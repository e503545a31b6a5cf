// reference/relation.h — written plans as streams of rows, one row at a time.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "plan/plan.h"
#include "reference/bind.h"

namespace headrace::reference {

// The next row, or false at the end. Throws an Error of code kFault when a row faults that something reads.
using Rows = std::function<bool(Row&)>;

// By column: whether something above reads it. What nobody reads never faults (docs/faults.md).
using Read = std::vector<bool>;

struct Relation {
  Scope scope;
  bool ordered = false;  // its rows have an order of their own: that of the input, or of ORDER BY
  std::function<Rows(Read)> open;  // `read`: of its columns
  // Of a select list: the literals in it, which adapt to the other inputs of UNION ALL. Empty: none.
  std::vector<std::optional<Term>> literals = {};
};

struct Table {
  Scope scope;  // without qualifiers
  std::vector<Row> rows;
};

struct Surroundings {
  OnFault on_fault = OnFault::kFail;
  std::map<std::string, PlanPtr> views;                         // by name in lower case
  std::function<std::shared_ptr<const Table>(const FileRef&)> read_file;  // throws an Error
  // Of a subquery: a column of the queries around it, as a value.
  std::function<std::optional<Term>(const ColumnName&)> around = {};
  std::map<uint32_t, Table> working = {};  // by recursion: what its step reads in this round
};

// Throws an Error when the plan does not fit the rules. `surroundings` outlives the relation.
Relation relation_of(const Plan& written, const Surroundings& surroundings);

// Rows that a join carries on: what is read above is looked at here already.
Relation carried(Relation input);

// Subqueries in an expression over `scope` as what they stand for; `other` comes first. They run at once, as a join reads its
// right side whether rows come from the left or not; one that names columns of `scope` runs for each row.
Substitute with_subqueries(const Surroundings& surroundings, const Scope& scope, Substitute other = {});
bool has_subquery(const Expr& written);

// unnest(list) in a select list: the rows to select from, with the elements' number behind the other columns; in `columns` the
// calls become elements.
Relation unnested(std::vector<NamedExpr>& columns, Relation input, const Surroundings& surroundings);

// A join whose right side is unnest(list) of columns of the left one; nullopt: it is another.
std::optional<Relation> lateral(const Join& node, const Relation& left, const Surroundings& surroundings);

// VALUES, UNION, INTERSECT and EXCEPT.
Relation values_relation(const Values& node, const Surroundings& surroundings);
Relation united(const UnionAll& node, const Surroundings& surroundings);
Relation combined(const SetOperation& node, const Surroundings& surroundings);
// WITH RECURSIVE, round by round as rows are asked for.
Relation recursive(const Recursion& node, const Surroundings& surroundings);
// A number of rows; `written` may be null.
uint64_t row_count(const ExprPtr& written, uint64_t otherwise);

// TABLESAMPLE and USING SAMPLE.
Relation sampled(const Sample& node, const Surroundings& surroundings);

// SELECT blocks: [Sort] over [Project] over HAVING Filters over [Aggregation]; nullopt: the plan is no such block.
std::optional<Relation> select_block(const Plan& written, const Surroundings& surroundings);

// A value that something looks at: faults surface here, as an Error.
const Datum& looked_at(const Datum& value);
void look_at(const Row& row, const Read& read);  // from left to right
void add_columns(const Term& term, Read& read);  // those that the term reads
Relation sorted(Relation input, std::vector<std::pair<Term, SortKey>> keys, OnFault on_fault);
Relation filtered(Relation input, const Term& predicate, OnFault on_fault);
Relation projected(const Relation& input, Scope scope, std::vector<Term> columns, OnFault on_fault);
std::vector<Row> all_rows(const Relation& input, const Read& read);
Rows rows_from(std::vector<Row> rows);

}  // namespace headrace::reference
