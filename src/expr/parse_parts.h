// expr/parse_parts.h — the parts of the expression parser: parse.cc (operators), parse_predicate.cc (IS, comparisons, IN, LIKE,
// rows), parse_primary.cc (what stands between operators), parse_nested.cc (lists, structs, subscripts), parse_call.cc
// (functions), parse_call_syntax.cc (functions with a syntax of their own), parse_literal.cc. Others include expr/parse.h.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <vector>

#include "expr/parse.h"

namespace headrace {

// An expression with the size of its tree, in which a shared node counts each time.
struct Parsed {
  ExprPtr expr;
  uint32_t depth = 1;
  uint32_t nodes = 1;
  std::shared_ptr<const std::vector<Parsed>> row = nullptr;  // of (a, b): its values
};

// Levels of precedence; a larger one binds more tightly.
enum Precedence : int {
  kLoosest = 1,
  kOr = kLoosest,
  kAnd,
  kNot,
  kIs,
  kComparison,
  kMembership,
  kOther,  // || & | << >> ~
  kSum,
  kProduct,
  kPower,
  kZone,
  kUnary,
};

struct InfixSymbol {
  std::string_view symbol;
  const char* function;
  int precedence;
};
const InfixSymbol* infix_at(const TokenCursor& cursor);  // nullptr: none
// The precedence of the operator at the cursor; 0: none.
int precedence_at(const TokenCursor& cursor);

class ExpressionParser {
 public:
  ExpressionParser(TokenCursor& cursor, const ParseQuery& queries) : cursor_(cursor), queries_(queries) {}

  // Operators that bind at least as tightly as `precedence`; kLoosest: all.
  Result<Parsed> parse(int precedence);
  // * and t.* with EXCLUDE, REPLACE, RENAME and LIKE behind it, when one is at the cursor.
  bool at_star() const;
  Result<Parsed> parse_star();

 private:
  // parse.cc
  Result<Parsed> parse_left(int precedence);
  Result<Parsed> parse_operator(const Parsed& left, int precedence);
  Result<Parsed> parse_chain(Parsed left, std::string_view keyword, int precedence);
  Result<Parsed> parse_symbol(const Parsed& left);
  Result<Parsed> balanced(const char* function, std::span<const Parsed> operands, TextPosition where);

  // parse_predicate.cc
  Result<Parsed> parse_is(const Parsed& left);
  Result<Parsed> is_null(const Parsed& value, bool negated, TextPosition where);
  Result<Parsed> is_distinct(const Parsed& left, const Parsed& right, bool negated, TextPosition where);
  Result<Parsed> parse_comparison(const Parsed& left);
  Result<Parsed> compare(std::string_view function, const Parsed& left, const Parsed& right, TextPosition where);
  Result<Parsed> compare_rows(std::string_view function, std::span<const Parsed> left, std::span<const Parsed> right,
                              TextPosition where);
  Result<Parsed> equals_element(const Parsed& list, const Parsed& value, TextPosition where);
  Result<Parsed> parse_quantified(std::string_view function, const Parsed& left, TextPosition where);
  Result<Parsed> parse_membership(const Parsed& left);
  Result<Parsed> parse_between(const Parsed& left, TextPosition where);
  Result<Parsed> parse_in(const Parsed& left, TextPosition where);
  Result<Parsed> parse_like(const Parsed& left, TextPosition where);
  Result<Parsed> match_symbol(const InfixSymbol& infix, const Parsed& left, const Parsed& right, TextPosition where);

  // parse_primary.cc
  Result<Parsed> parse_postfix();
  Result<Parsed> parse_primary();
  Result<Parsed> parse_word();
  Result<Parsed> parse_column();
  Result<Parsed> parse_parenthesised();
  Result<Parsed> parse_case();
  Result<Parsed> parse_cast(bool try_);
  Result<std::optional<Parsed>> parse_typed_literal();
  bool at_bytes() const;  // x'…'
  Result<Parsed> parse_bytes();
  // Behind the opening parenthesis, with the closing one.
  Result<Parsed> parse_subquery(Subquery made, std::span<const Parsed> operands, TextPosition where);

  // parse_nested.cc
  Error no_lambdas(TextPosition where, std::string_view what) const;
  Result<Parsed> parse_list();
  Result<Parsed> parse_struct();
  Result<Parsed> parse_map();
  Result<Parsed> parse_subscript(const Parsed& value);
  Result<Parsed> parse_field(const Parsed& value);
  Result<Parsed> row_of(std::vector<Parsed> values, TextPosition where);

  // parse_call.cc
  Result<Parsed> parse_call();
  Result<std::vector<Parsed>> parse_arguments(std::string_view function, TextPosition where);
  Result<Parsed> parse_named_arguments(std::string_view function, TextPosition where);
  Result<Parsed> parse_aggregate(std::string name, TextPosition where);
  Result<std::vector<Parsed>> parse_aggregate_arguments(AggregateCall& made);
  Status parse_aggregate_order(AggregateCall& made, std::vector<Parsed>& parts);
  Status parse_aggregate_clauses(AggregateCall& made, std::vector<Parsed>& parts);
  Result<Parsed> special_call(const std::string& name, std::vector<Parsed>& arguments, TextPosition where,
                              bool& special);

  // parse_call_syntax.cc: behind the opening parenthesis. Nothing: the function has no syntax of its own.
  Result<std::optional<Parsed>> parse_call_syntax(const std::string& name, TextPosition where);
  Result<Parsed> parse_columns(TextPosition where);
  Result<Parsed> parse_extract(TextPosition where);
  Result<Parsed> parse_position(TextPosition where);
  Result<Parsed> parse_substring(TextPosition where);
  Result<Parsed> parse_trim(TextPosition where);
  Result<Parsed> parse_overlay(TextPosition where);

  // parse_literal.cc
  Result<Parsed> parse_number(bool negative);
  bool at_interval() const;
  bool at_computed_interval() const;
  Result<Parsed> parse_interval();
  Result<Parsed> parse_computed_interval();

  // A node over its children, unless that makes the tree too large.
  Result<Parsed> node(Expr expr, std::span<const Parsed> children);
  Result<Parsed> call_of(std::string function, std::span<const Parsed> arguments, TextPosition where);
  Error too_deep(TextPosition where) const;

  TokenCursor& cursor_;
  const ParseQuery& queries_;
  uint32_t nesting_ = 0;
};

}  // namespace headrace
