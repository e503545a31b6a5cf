// What the parser makes of a SELECT is what resolve() takes: text in, the resolved plan's text out.
#include <gtest/gtest.h>

#include "expr/lexer.h"
#include "frontend/sql/statement.h"
#include "plan/declared_tables.h"
#include "plan/parse.h"
#include "plan/resolve.h"

namespace headrace {
namespace {

class ResolveSql : public ::testing::Test {
 protected:
  ResolveSql() {
    EXPECT_TRUE(
        tables_
            .declare("table a [k: int64, x: int32?, s: utf8]\n"
                     "table b [k: int64, y: float64]\n"
                     "table lineitem [l_orderkey: int64, l_quantity: decimal(15,2), l_extendedprice: decimal(15,2), "
                     "l_discount: decimal(15,2), l_tax: decimal(15,2), l_returnflag: utf8, l_linestatus: utf8, "
                     "l_shipdate: date]\n"
                     "table orders [o_orderkey: int64, o_custkey: int64, o_orderdate: date, o_shippriority: int32]\n"
                     "table customer [c_custkey: int64, c_mktsegment: utf8]\n")
            .ok());
  }

  Result<PlanPtr> resolve_text(std::string_view text) {
    TRY(statements, parse_sql(text));
    EXPECT_EQ(statements.size(), 1u);
    return resolve(*std::get<QueryStatement>(statements[0].node).plan, tables_);
  }

  void check_schema(std::string_view text, std::string_view expected) {
    const auto plan = resolve_text(text);
    ASSERT_TRUE(plan.ok()) << text << "\n" << to_text(plan.error());
    EXPECT_EQ(to_text(plan.value()->schema), expected) << text;
    EXPECT_TRUE(verify(*plan.value()).ok()) << to_text(*plan.value());
    const auto again = parse_plan(to_text(*plan.value()), tables_);
    ASSERT_TRUE(again.ok()) << to_text(again.error());
    EXPECT_EQ(to_text(*again.value()), to_text(*plan.value()));
  }

  void check(std::string_view text, std::string_view expected) {
    const auto plan = resolve_text(text);
    ASSERT_TRUE(plan.ok()) << text << "\n" << to_text(plan.error());
    EXPECT_EQ("\n" + to_text(*plan.value()), expected) << text;
  }

  void check_error(std::string_view text, std::string_view expected) {
    const auto plan = resolve_text(text);
    ASSERT_FALSE(plan.ok()) << text;
    EXPECT_EQ(to_text(with_excerpt(plan.error(), text)), "error: " + std::string(expected)) << text;
  }

  DeclaredTables tables_;
};

}  // namespace

TEST_F(ResolveSql, Tpch) {
  check_schema(
      "select l_returnflag, l_linestatus, sum(l_quantity) as sum_qty, sum(l_extendedprice * (1 - l_discount) * (1 + "
      "l_tax)) as charge, "
      "avg(l_discount) as avg_disc, count(*) as count_order from lineitem where l_shipdate <= date '1998-12-01' - "
      "interval '90' day "
      "group by l_returnflag, l_linestatus order by l_returnflag, l_linestatus",
      "[l_returnflag: utf8, l_linestatus: utf8, sum_qty: decimal(38,2)?, charge: decimal(38,6)?, avg_disc: float64?, "
      "count_order: int64]");
  check_schema(
      "select l_orderkey, sum(l_extendedprice * (1 - l_discount)) as revenue, o_orderdate, o_shippriority "
      "from customer, orders, lineitem where c_mktsegment = 'BUILDING' and c_custkey = o_custkey and l_orderkey = "
      "o_orderkey "
      "and o_orderdate < date '1995-03-15' and l_shipdate > date '1995-03-15' "
      "group by l_orderkey, o_orderdate, o_shippriority order by revenue desc, o_orderdate limit 10",
      "[l_orderkey: int64, revenue: decimal(38,4)?, o_orderdate: date, o_shippriority: int32]");
  check_schema(
      "select sum(l_extendedprice * l_discount) as revenue from 'lineitem.parquet' where l_shipdate >= date "
      "'1994-01-01' "
      "and l_shipdate < date '1994-01-01' + interval '1' year and l_discount between 0.06 - 0.01 and 0.06 + 0.01 and "
      "l_quantity < 24",
      "[revenue: decimal(38,4)?]");
}

TEST_F(ResolveSql, GroupsByAliasOrdinalAndAll) {
  for (std::string_view keys : {"y", "1", "all"})
    check("select x + 1 as y, count(*) as n from a group by " + std::string(keys) +
              " having count(*) > 1 order by n desc, 1",
          R"plan(
Sort [n#1 desc, y#0]
  Project [y#0 as y, "count(*)"#1 as n]
    Filter ("count(*)"#1 > 1::int64)
      Aggregate keys [(x#1 + 1) as y] aggregates [count(*) as "count(*)"]
        ScanTable a [k#0: int64, x#1: int32?, s#2: utf8]
)plan");
}

TEST_F(ResolveSql, OrdersByWhatIsNotSelected) {
  check("select s from a order by k + 1 desc limit 3", R"(
Limit 3
  Project [s#0 as s]
    Sort ["sort key 1"#1 desc]
      Project [s#2 as s, (k#0 + 1::int64) as "sort key 1"]
        ScanTable a [k#0: int64, x#1: int32?, s#2: utf8]
)");
}

TEST_F(ResolveSql, Names) {
  check_schema("select distinct * from a order by 2", "[k: int64, x: int32?, s: utf8]");
  check_schema("select a.*, b.y from a left join b using (k)", "[k: int64, x: int32?, s: utf8, y: float64?]");
  check_schema("select * from a join b using (k)", "[k: int64, x: int32?, s: utf8, y: float64]");
  check_schema("with w (i, j) as (select k, x from a) select j, w.i from w", "[j: int32?, i: int64]");
  check_schema("select r.range, q.one from range(3) r, (select 1) as q (one)", "[range: int64, one: int32]");
  check_schema("select A.K as k from a", "[k: int64]");
  check_schema("select k from a union all (select 1) union all values (2) order by k limit 1", "[k: int64]");
  check_schema("values (1, 'a'), (2.5, null)", "[col0: decimal(11,1), col1: utf8?]");
  check_schema("copy (select k from a) to 'x.parquet'", "[rows: int64]");
}

TEST_F(ResolveSql, ErrorsPointIntoTheText) {
  check_error("select k,\n  xs\nfrom a",
              "there is no column 'xs'\n    xs\n    ^\n  at line 2, column 3\n  hint: did you mean x?");
  check_error("select k from a join b on a.k = b.k",
              "column 'k' is ambiguous: a.k, b.k\n  select k from a join b on a.k = b.k\n         ^\n"
              "  at line 1, column 8\n  hint: write the table before the name: table.column");
}

TEST_F(ResolveSql, TakesWhatTheParserTakes) {
  std::string nested = "select * from a";
  for (int i = 0; i < 48; ++i) nested.insert(0, "select * from (").append(")");
  EXPECT_TRUE(resolve_text(nested).ok());
  std::string sum = "select k", either = "select * from a where k = 0";
  for (int i = 0; i < 390; ++i) sum += " + k";
  for (int i = 0; i < 20'000; ++i) either += " or k = " + std::to_string(i);
  EXPECT_TRUE(resolve_text(sum + " from a").ok());
  EXPECT_TRUE(resolve_text(either).ok());
}

}  // namespace headrace
