// expr/expr.h — expressions: immutable data in a closed variant.
//
// Two forms share the nodes. *Written*: what a parser or a builder makes; names, untyped calls, casts. *Resolved*: every
// node has a type, columns are indices, calls name one overload, casts and CASE are calls; only ColumnIndex, Literal, Call.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "kernel/function.h"
#include "types/value.h"

namespace headrace {

struct Expr;
struct Plan;  // plan/plan.h
using ExprPtr = std::shared_ptr<const Expr>;

// Where in the query's text a node began; line 0: not from text.
struct TextPosition {
  uint32_t line = 0;  // from 1
  uint32_t column = 0;  // from 1, in bytes
  friend bool operator==(const TextPosition&, const TextPosition&) { return true; }  // no part of what a node means
};

// written
struct ColumnName {
  std::string table, name;
};  // table may be empty
struct Star {
  std::string table;
  std::vector<std::string> exclude = {};
  std::vector<std::pair<ExprPtr, std::string>> replace = {};  // what stands in the place of the column of that name
  std::vector<std::pair<std::string, std::string>> rename = {};  // from, to
  std::string like = {};  // a LIKE pattern; empty: any name
  bool inside = false;  // COLUMNS(…): the expression around it stands for one of each column
};  // in select lists and count(*)
struct CastTo {
  ExprPtr input;
  Type to;
  bool try_ = false;  // TRY_CAST: null where CAST would fault
};
struct Case {
  std::vector<std::pair<ExprPtr, ExprPtr>> arms;
  ExprPtr otherwise;
};  // otherwise may be null: NULL
struct SortKey {
  ExprPtr expr;
  bool descending = false;
  bool nulls_first = false;  // default as DuckDB: nulls last, ascending or descending
};
struct AggregateCall {
  std::string function;
  std::vector<ExprPtr> arguments;  // count(*): none
  bool distinct = false;
  ExprPtr filter = nullptr;  // FILTER (WHERE …): null takes every row
  std::vector<SortKey> order = {};  // f(x ORDER BY …); also f(x) WITHIN GROUP (ORDER BY …)
};

// A query inside an expression. resolve() joins its rows to those that the expression is over.
struct Subquery {
  enum class Form : uint8_t {
    kScalar,  // one column; the value of its only row, null without one; more than one is an error
    kExists,  // whether there is a row
    kAny,  // whether comparison(operands, row) is true for one; else null when it is null for one; else false
  };
  Form form;
  std::shared_ptr<const Plan> plan;
  std::vector<ExprPtr> operands = {};  // kAny: one for each column of the query
  std::string comparison = {};  // kAny: "eq", "ne", "lt", "le", "gt" or "ge"
  std::string text = {};  // as written
};
struct Parameter {
  std::string name;  // of $name; "1" of $1 and of the first ?
};

// written and resolved
struct Literal {
  Value value;
  bool typed = false;  // a cast says the type: an integer does not adapt to what it meets
};
struct Call {
  std::string function;  // catalogue name: "add", "eq", "and", "if_else", "cast" …
  std::vector<ExprPtr> arguments;
  const Overload* overload = nullptr;  // resolved only
};

// resolved
struct ColumnIndex {
  uint32_t index;
  std::string name;
};  // name: for people only

struct Expr {
  std::variant<ColumnName, Star, CastTo, Case, AggregateCall, Subquery, Parameter, Literal, Call, ColumnIndex> node;
  Type type = kNullType;  // resolved only
  bool nullable = true;  // resolved only
  TextPosition where;
};

// Builders. The typed ones make resolved nodes.
ExprPtr column_name(std::string table, std::string name, TextPosition where = {});
ExprPtr literal(Value value, TextPosition where = {});
ExprPtr call(std::string function, std::vector<ExprPtr> arguments, TextPosition where = {});
ExprPtr column_index(uint32_t index, std::string name, Type type, bool nullable);
// Nullability from the contract. The result's precision and scale, when it is a decimal, are the caller's.
ExprPtr resolved_call(const Overload& overload, std::vector<ExprPtr> arguments, Type type, TextPosition where = {});
ExprPtr resolved_call(const Overload& overload,
                      std::vector<ExprPtr> arguments);  // requires a result other than decimal

bool same(const Expr& left, const Expr& right);  // structurally, positions and display names aside
uint64_t hash(const Expr& expr);  // agrees with same()
bool can_fault(const Expr& resolved);  // some call in it may set a fault bit
bool is_constant(const Expr& resolved);  // no column in it

// The text form: SQL, fully parenthesised, types explicit where a literal does not show them. Resolved columns print as
// name#index. parse (expr/parse.h) reads it back to the same expression.
std::string to_text(const Expr& expr);
std::string to_text(const std::vector<SortKey>& keys);  // "a#0 desc, b#1 nulls first"

// Calls visit(index) for every column of a resolved expression, left to right, with repeats.
template <class Visit>
void for_each_column(const Expr& expr, Visit&& visit) {
  if (const auto* column = std::get_if<ColumnIndex>(&expr.node)) visit(column->index);
  if (const auto* calls = std::get_if<Call>(&expr.node))
    for (const ExprPtr& argument : calls->arguments) for_each_column(*argument, visit);
}

}  // namespace headrace
