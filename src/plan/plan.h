// plan/plan.h — logical plans: immutable data in a closed variant.
//
// A plan is *written* (names unresolved, schemas empty) or *resolved* (schemas filled, expressions resolved against the
// input's schema). Every pass takes and returns resolved plans.
//
// What resolve() (plan/resolve.h) accepts as written, so that a frontend stays simple:
//   - Project: columns may hold Star (all, or t.*); an empty name means the column's own name or the expression's text.
//   - Aggregates may stand as AggregateCall anywhere in a Project, in Filters under it (HAVING) and in the Sort over it:
//     Sort(Project(Filter(Aggregation{keys}))). resolve() moves them into the Aggregation, finds key expressions again by
//     their text, and makes an Aggregation without keys when there is none. An Aggregation's key may be an alias or a
//     Literal ordinal of the Project over it.
//   - A Sort over a Project (or over an Aggregation of Star keys: DISTINCT) sees the output columns by name or Literal
//     ordinal, and else the columns below the Project.
//   - GROUPING(key, …) stands above an Aggregation for a bit of each key, 1 where the group's set lacks it.
//   - A Join's condition is the whole ON, or null for a cross product; USING gives `using_columns` instead, NATURAL a flag.
//   - A Subquery may stand anywhere in a SELECT block, in ON and in the arguments of aggregates: its rows are joined below.
//   - A name of the select list stands for its expression in WHERE, GROUP BY, HAVING and behind it in the list, where no
//     column has that name. Star as the key of a Sort over a Project: all its columns. Star as a group's key alike.
//   - Every table in FROM is a ScanFile, a ScanTable, an Alias or a Sample of one; qualifiers come from ScanTable::alias (else name), from
//     Alias::name, and for a ScanFile from the file name without directory and ending.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "expr/expr.h"
#include "plan/catalog.h"
#include "plan/field_path.h"
#include "plan/sample.h"
#include "types/schema.h"

namespace headrace {

struct Plan;
using PlanPtr = std::shared_ptr<const Plan>;  // immutable, hence shared without locks

using Options = std::vector<std::pair<std::string, std::string>>;  // as written in COPY … (FORMAT parquet, …)

struct NamedExpr {
  ExprPtr expr;
  std::string name;
};
struct NamedAggregate {
  const AggregateOverload* overload = nullptr;  // resolved only
  std::vector<ExprPtr> arguments;  // count(*): none. Written: one, the AggregateCall itself
  std::string name;
  Type type = kNullType;  // result, resolved only
  bool distinct = false;  // of rows that agree in all arguments, one counts
  ExprPtr filter = nullptr;  // boolean over the input: only rows where it is true count; null: all
  std::vector<SortKey> order = {};  // the order in which the aggregate sees a group's rows
};
// Which rows a join gives, of pairs (a row of the left input, one of the right) that match: all keys are equal and the
// condition is true.
//   kInner  the matching pairs
//   kLeft   those, and each left row without one, with nulls for the right columns
//   kRight  those, and each right row without one, with nulls for the left columns; these come last
//   kFull   those, and both
//   kSemi   each left row with a matching pair, once
//   kAnti   each left row without one
//   kMark   each left row once, and whether it has a matching pair, as SQL's IN says it: true; else null when keys and
//           condition together are null for some pair; else false
enum class JoinKind : uint8_t { kInner, kLeft, kRight, kFull, kSemi, kAnti, kMark };
const char* join_kind_name(JoinKind kind);  // "inner"
std::optional<JoinKind> join_kind_of(std::string_view name);
// Whether the right columns come out: of all but kSemi, kAnti and kMark.
inline bool gives_right_columns(JoinKind kind) { return kind <= JoinKind::kFull; }
// Whether rows of that side come out without a match, so that the other side's columns may be null.
inline bool keeps_left_rows(JoinKind kind) { return kind == JoinKind::kLeft || kind == JoinKind::kFull; }
inline bool keeps_right_rows(JoinKind kind) { return kind == JoinKind::kRight || kind == JoinKind::kFull; }

// An equal pair over (left, right) schema, of one type.
struct JoinKey {
  ExprPtr left, right;
  bool nulls_equal = false;  // null matches null, as in IS NOT DISTINCT FROM; else null matches nothing
};

// Reads a file. `columns`: which of the file's columns, in output order (resolved). `pruning`: conjuncts over the output
// schema that may skip row groups; the Filter above still decides. `checked`: the file's columns, ascending, in which a text that is no
// value makes the record a bad one (docs/design/text_formats.md); nothing: those of `columns`. `fields`: of a column with paths here only
// what lies behind them is read and checked, all else in it may be null; ascending, none the beginning of another. Not the rules' business.
struct ScanFile {
  FileRef file;
  TablePtr table;  // resolved only: schema, statistics, opens sources
  std::vector<uint32_t> columns;  // resolved only
  std::vector<ExprPtr> pruning;
  std::optional<std::vector<uint32_t>> checked = {};  // resolved only
  std::vector<FieldPath> fields = {};  // resolved only
};
// A named view or in-memory table (written: by name; resolved views are replaced by their plan).
struct ScanTable {
  std::string name, alias;
  TablePtr table;  // resolved only
  std::vector<uint32_t> columns;  // resolved only
  TextPosition where;
};
struct Range {
  int64_t begin, end;
};  // one int64 column "range": begin … end-1
struct OneRow {};  // no columns, one row: SELECT without FROM
// Rows of expressions without columns. Resolved: of literals with the columns' types; other rows become Projects over OneRow.
struct Values {
  std::vector<std::vector<ExprPtr>> rows;  // of one length
  Schema columns;  // resolved only
};
struct Filter {
  PlanPtr input;
  ExprPtr predicate;
};  // boolean; null drops the row
struct Project {
  PlanPtr input;
  std::vector<NamedExpr> columns;
  bool replaces = false;  // written only: a column takes the place of the one of its name in the Star before it
  std::vector<ExprPtr> distinct_on = {};  // written only: of rows that agree in these, the first in the Sort over it
};
inline constexpr size_t kGroupingSetsMax = 4'096;  // of one GROUP BY
struct Aggregation {  // output: keys, then aggregates
  PlanPtr input;
  std::vector<NamedExpr> keys;  // none: one row, also over no rows
  std::vector<NamedAggregate> aggregates;
  int64_t window_us = 0;  // > 0: the first key is a tumbling window's start, closed by watermark
  // Written only: GROUPING SETS, as indices of keys, each key in some set; groups of all of them come out, with nulls for the
  // keys that a set lacks. None: all keys are one set.
  std::vector<std::vector<uint32_t>> sets = {};
};
struct Join {  // output: left's columns, then right's; kSemi, kAnti: left's; kMark: left's, then bool? "mark"
  PlanPtr left, right;
  JoinKind kind;
  std::vector<JoinKey> keys;  // resolved
  ExprPtr condition;  // written: the whole ON. resolved: what is left of it, over pair_schema; may be null
  std::vector<std::string> using_columns = {};  // written only: USING (a, b); the names appear once in *
  bool natural = false;  // written only: USING all names that both sides have
  TextPosition where = {};
};
struct Sort {
  PlanPtr input;
  std::vector<SortKey> keys;
};
struct TopN {
  PlanPtr input;
  std::vector<SortKey> keys;
  uint64_t rows_max;
  uint64_t offset;
};
struct Limit {
  PlanPtr input;
  uint64_t rows_max;
  uint64_t offset;
  ExprPtr rows_written = nullptr,
          offset_written = nullptr;  // written only: what is no literal; takes the number's place
};
// Some of the rows, in their order: those of plan/sample.h. Rows without an order are taken in the total order of all columns.
struct Sample {
  PlanPtr input;
  SampleSpec spec;
};
struct UnionAll {
  std::vector<PlanPtr> inputs;
  bool by_name = false;  // written only: columns meet by their names; a missing one is null
  TextPosition where = {};
};
enum class SetKind : uint8_t { kIntersect, kExcept };
// written only. Rows are equal when all their columns are, nulls included. `all`: a row that the left has n times and the
// right m times comes out min(n, m) times, or max(n - m, 0) times; else once or not at all.
struct SetOperation {
  SetKind kind;
  bool all;
  PlanPtr left, right;
  TextPosition where = {};
};
// Rows of `base`, then, round by round, those that `step` gives while the WorkingRows of this id in it are the rows that the
// round before added; ends with a round that adds none. The first round is run though the base gives none. Both are read in their order, or by all columns where they have none.
struct Recursion {
  PlanPtr base, step;  // of the same types
  uint32_t id;  // its own among those around it
  bool distinct;  // a row that equals an earlier one, nulls included, is not added
  TextPosition where = {};
};
// What the round before added, inside the step of the Recursion of that id. All columns may be null.
struct WorkingRows {
  uint32_t id;
  Schema columns;  // resolved only
  TextPosition where = {};
};
// Each row as often as its column `count` says, which is an int64 that is not null; the output has the other columns.
struct Repeat {
  PlanPtr input;
  uint32_t count;
};
// Each row as often as `count` says, an int64; null and what is below 1: not at all. Output: the input's columns, then int64
// "number", which counts a row's copies from 1.
struct Unnest {
  PlanPtr input;
  ExprPtr count;
};
// The only row of the input; a row of nulls when there is none, an error when there are more.
struct ScalarRow {
  PlanPtr input;
};
struct Alias {
  PlanPtr input;
  std::string name;
  std::vector<std::string> columns;
  std::string function =
      {};  // unless empty: the table function whose one column is named as the table is; it is still found as this
};  // written only: FROM (…) AS name
struct Write {
  PlanPtr input;
  std::string path;
  std::string format;
  Options options;
};  // output: one int64 column "rows"
// Several files that appear together or not at all. The whole plan.
struct WriteAll {
  std::vector<PlanPtr> inputs;  // a Write each, of different paths
};  // output: for each of them, in order, its utf8 "path" and int64 "rows"

struct Plan {
  std::variant<ScanFile, ScanTable, Range, OneRow, Values, Filter, Project, Aggregation, Join, Sort, TopN, Limit,
               Sample, UnionAll, SetOperation, Recursion, WorkingRows, Repeat, Unnest, ScalarRow, Alias, Write,
               WriteAll>
      node;
  Schema schema;  // resolved only
};

template <class Node>
PlanPtr make_plan(Node node, Schema schema = {}) {
  return std::make_shared<const Plan>(Plan{std::move(node), std::move(schema)});
}

std::vector<PlanPtr> inputs_of(const Plan& plan);
PlanPtr with_inputs(const Plan& plan, std::vector<PlanPtr> inputs);  // same node over other inputs

// What a resolved join's condition is over: left's columns, then right's, as they are in a pair (nothing filled with nulls).
Schema pair_schema(const Join& join);

// Whether two resolved plans give the same rows because they say the same, positions in the query's text aside.
bool same(const Plan& left, const Plan& right);

// Schema of a resolved node from its inputs' schemas. CHECKs that the node is resolved.
Schema derive_schema(const Plan& plan);

// The invariants of a resolved plan: types agree, indices in range, schema equals derive_schema. An error is our mistake:
// passes CHECK it in builds with assertions; `headrace` reports it for plans read from text.
Status verify(const Plan& plan);

// The text form: one node a line, two spaces of indent per level. plan/parse.h reads it back to the same plan.
std::string to_text(const Plan& plan);

}  // namespace headrace
