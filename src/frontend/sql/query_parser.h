// frontend/sql/query_parser.h — queries to written plans: query.cc (SELECT and what surrounds it), from.cc (tables).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "expr/parse.h"
#include "plan/grouping_sets.h"
#include "plan/plan.h"

namespace headrace {

// A plan with the size of its tree, in which a shared node (a WITH query used twice) counts each time.
struct Relation {
  PlanPtr plan;
  uint32_t depth = 0;
  uint64_t nodes = 0;
};

inline constexpr std::string_view kPivotHint =
    "write a column for each value: sum(x) FILTER (WHERE key = 'a') AS a, … GROUP BY …";
inline constexpr std::string_view kUnpivotHint =
    "write SELECT id, unnest(['a', 'b']) AS name, unnest([a, b]) AS value FROM t";

class QueryParser {
 public:
  explicit QueryParser(TokenCursor& cursor) : cursor_(cursor) {}
  QueryParser(const QueryParser&) = delete;  // queries_ points to it
  QueryParser& operator=(const QueryParser&) = delete;

  // [WITH …] SELECT … [UNION …] [ORDER BY …] [LIMIT …]
  Result<Relation> parse_query();
  bool at_query() const;  // SELECT, WITH, FROM, VALUES, TABLE, or a parenthesis in front of one
  Result<ExprPtr> parse_value() { return parse_expression(cursor_, queries_); }  // subqueries may stand in it

  // In the rows of a VALUES that comes next DEFAULT may stand for a value: nullptr. Where the last one stood; line 0: there was none.
  void allow_defaults() { defaults_ = true; }
  TextPosition default_where() const { return default_where_; }

  // "expected a clause, or END, found …" where a query has ended.
  Error unexpected_clause(std::string_view end) const;

  // name value, … up to and with the closing parenthesis, or without parentheses to the end of the statement. Names are in
  // lower case.
  Result<Options> parse_options(bool parenthesised);

  // 'file', or a list of them, which is kept as SQL writes it: ['a.csv', 'b.csv'] (io/file_names.h reads it).
  Result<std::string> parse_path();

  // A node over its inputs, unless that makes the plan too large.
  template <class Node>
  Result<Relation> node(Node made, std::span<const Relation> inputs) {
    return bounded(make_plan(std::move(made)), inputs);
  }

 private:
  // One SELECT, not yet lowered: ORDER BY, which comes later in the text, decides about its aggregation too.
  struct Select {
    bool distinct = false;
    std::vector<ExprPtr> distinct_on;
    std::vector<NamedExpr> columns;
    Relation from;
    ExprPtr where;
    bool grouped = false, group_all = false;
    std::vector<NamedExpr> keys;
    KeySets sets;  // of keys; empty: all are one set
    ExprPtr having;
  };

  // A WITH query in scope. While a recursive one is being parsed, its name stands for its WorkingRows.
  struct View {
    std::string name;
    Relation query;
    std::optional<uint32_t> recursion = {};  // the id of these
  };

  // query.cc
  Result<Relation> parse_query_inside();
  Status parse_with();
  Result<Relation> parse_with_query(const std::string& name, const std::vector<std::string>& columns,
                                    std::optional<uint32_t> recursion);
  Result<Relation> recursion_of(const Relation& query, Recursion recursion, const std::string& name,
                                const std::vector<std::string>& columns);
  Result<Relation> parse_set_operations(std::optional<Relation> first);  // UNION and EXCEPT
  Result<Relation> parse_intersections(std::optional<Relation> first);
  Result<Relation> parse_term();
  Result<Relation> unite(const std::vector<Relation>& inputs, bool by_name, TextPosition where);
  Result<Relation> combine(SetKind kind, const Relation& left, const Relation& right, bool all, TextPosition where);
  Result<Relation> distinct(Relation input);
  Result<Relation> parse_values();
  Result<Relation> parse_table_query();
  Result<Select> parse_select();
  Status parse_select_list(Select& select);
  Status parse_group_by(Select& select);  // group_by.cc, with those that follow
  Result<KeySets> parse_grouping(Select& select, uint32_t depth);
  Result<KeySets> parse_groupings(Select& select);
  Result<KeySet> parse_group(Select& select);
  Status check_sets(const Select& select, size_t sets, TextPosition where) const;
  Result<Relation> lower(Select select, std::vector<SortKey> order);
  Result<std::vector<SortKey>> parse_order_by();
  Result<SortKey> parse_sort_key();
  Result<Relation> parse_limit(Relation input);
  Result<uint64_t> parse_fetch(ExprPtr& written);
  Result<uint64_t> parse_row_count(std::string_view clause, ExprPtr& written);
  bool at_share(size_t ahead) const;
  size_t tokens_in_parentheses() const;
  Result<ExprPtr> parse_predicate(std::string_view clause);  // without aggregates

  // from.cc
  Result<Relation> parse_from();
  Result<Relation> parse_joined(const Relation* before);  // nullptr: no comma stands before it
  struct JoinWords {
    JoinKind kind = JoinKind::kInner;
    bool cross = false, natural = false;
    TextPosition where;
  };
  Result<std::optional<JoinWords>> parse_join_words();
  Result<Relation> parse_join(const Relation& left, const JoinWords& words);
  Result<std::vector<std::string>> parse_column_names();
  Result<Relation> parse_table();
  Result<Relation> parse_unsampled_table();
  Result<Relation> parse_file();
  Result<Relation> parse_table_function();
  Result<Relation> parse_unnest();
  Result<Relation> parse_elements(const ExprPtr& list, std::string_view name, TextPosition where);
  Result<Relation> parse_range(std::string_view name, TextPosition where);
  Result<Relation> with_column_name(Relation table, std::string_view name);
  Result<Relation> parse_named_table();
  Result<Relation> parse_parenthesised_table();
  Result<std::string> parse_alias(std::vector<std::string>& columns);  // empty: none
  Result<Relation> with_alias(Relation table, std::string_view fallback);
  Result<Relation> with_function_alias(Relation table, std::string_view function);
  Result<std::pair<std::string, std::string>> parse_option();
  // sample.cc: behind TABLESAMPLE and USING SAMPLE
  Result<Relation> parse_sample_of(const Relation& input, std::string_view clause);
  Result<SampleSpec> parse_sample_by_method(std::string_view clause);
  Result<SampleSpec> parse_sample_by_size(std::string_view clause);
  enum class SampleUnit { kNone, kRows, kPercent };
  struct SampleSize {
    std::string number;
    SampleUnit unit;
    TextPosition where;
  };
  Result<SampleSize> parse_sample_size(std::string_view clause);
  Result<SampleMethod> parse_sample_method();
  Result<SampleSpec> sample_of(SampleMethod method, const SampleSize& size) const;
  Result<uint64_t> parse_seed(std::string_view what);

  const View* find_view(std::string_view name) const;

  Result<Relation> bounded(PlanPtr plan, std::span<const Relation> inputs) const;

  TokenCursor& cursor_;
  // Of a subquery in an expression.
  const ParseQuery queries_ = [this]() -> Result<ParsedQuery> {
    TRY(query, parse_query());
    return ParsedQuery{query.plan, query.depth, query.nodes};
  };
  std::vector<View> views_;  // the innermost last
  std::vector<bool> reads_itself_;  // by recursion: whether a table of FROM was its WorkingRows
  uint32_t nesting_ = 0;
  bool defaults_ = false;
  TextPosition default_where_;
};

}  // namespace headrace
