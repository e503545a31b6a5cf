// expr/parse_parts.h — the parts of the expression parser: parse.cc (operators), parse_primary.cc (what stands between
// them), parse_call.cc (functions), parse_literal.cc. Others include expr/parse.h.
#pragma once

#include <vector>

#include "expr/parse.h"

namespace headrace {

// An expression with the size of its tree, in which a shared node counts each time.
struct Parsed {
  ExprPtr expr;
  uint32_t depth = 1;
  uint32_t nodes = 1;
};

class ExpressionParser {
 public:
  explicit ExpressionParser(TokenCursor& cursor) : cursor_(cursor) {}

  // Operators that bind at least as tightly as `precedence`; kLoosest: all.
  static constexpr int kLoosest = 1;
  Result<Parsed> parse(int precedence);

 private:
  // parse.cc
  Result<Parsed> parse_left(int precedence);
  Result<Parsed> parse_chain(Parsed left, std::string_view keyword, int precedence);
  Result<Parsed> parse_is(Parsed left);
  Result<Parsed> parse_comparison(const Parsed& left);
  Result<Parsed> parse_membership(const Parsed& left);
  Result<Parsed> parse_between(const Parsed& left, TextPosition where);
  Result<Parsed> parse_in(const Parsed& left, TextPosition where);
  Result<Parsed> parse_like(const Parsed& left, TextPosition where);
  Result<Parsed> parse_symbol(const Parsed& left);
  Result<Parsed> balanced(const char* function, std::span<const Parsed> operands, TextPosition where);

  // parse_primary.cc
  Result<Parsed> parse_postfix();
  Result<Parsed> parse_primary();
  Result<Parsed> parse_word();
  Result<Parsed> parse_column();
  Result<Parsed> parse_parenthesised();
  Result<Parsed> parse_case();
  Result<Parsed> parse_cast();
  Result<Parsed> parse_typed_literal(Type type);

  // parse_call.cc
  Result<Parsed> parse_call();
  Result<std::vector<Parsed>> parse_arguments(std::string_view function, TextPosition where);
  Result<Parsed> parse_aggregate(std::string name, TextPosition where);
  Result<std::vector<Parsed>> parse_aggregate_arguments(AggregateCall& made);
  Status parse_aggregate_order(AggregateCall& made, std::vector<Parsed>& parts);
  Status parse_aggregate_clauses(AggregateCall& made, std::vector<Parsed>& parts);
  Result<Parsed> parse_extract(TextPosition where);
  Result<Parsed> parse_substring(TextPosition where);
  Result<Parsed> special_call(const std::string& name, std::vector<Parsed>& arguments, TextPosition where,
                              bool& special);

  // parse_literal.cc
  Result<Parsed> parse_number(bool negative);
  bool at_interval() const;
  Result<Parsed> parse_interval_sum(const Parsed& left, bool negative);

  // A node over its children, unless that makes the tree too large.
  Result<Parsed> node(Expr expr, std::span<const Parsed> children);
  Result<Parsed> call_of(std::string function, std::span<const Parsed> arguments, TextPosition where);
  Error too_deep(TextPosition where) const;

  TokenCursor& cursor_;
  uint32_t nesting_ = 0;
};

}  // namespace headrace
