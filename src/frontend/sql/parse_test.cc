#include <gtest/gtest.h>
#include <random>

#include "base/limits.h"
#include "frontend/sql/statement.h"

namespace headrace {
namespace {

std::vector<Statement> must_parse(std::string_view text) {
  auto parsed = parse_sql(text);
  EXPECT_TRUE(parsed.ok()) << text << "\n" << to_text(parsed.error());
  return parsed.ok() ? std::move(parsed.value()) : std::vector<Statement>();
}

// One query and the text of its plan, which begins with a line break for looks.
void check(std::string_view text, std::string_view expected) {
  const auto statements = must_parse(text);
  ASSERT_EQ(statements.size(), 1u) << text;
  const auto* query = std::get_if<QueryStatement>(&statements[0].node);
  ASSERT_NE(query, nullptr) << text;
  EXPECT_EQ("\n" + to_text(*query->plan), expected) << text;
}

// The whole error, as users see it, after "error: ".
void check_error(std::string_view text, std::string_view expected) {
  const auto parsed = parse_sql(text);
  ASSERT_FALSE(parsed.ok()) << text;
  EXPECT_EQ(to_text(parsed.error()), "error: " + std::string(expected)) << text;
}

void check_code(std::string_view text, ErrorCode code) {
  const auto parsed = parse_sql(text);
  ASSERT_FALSE(parsed.ok()) << text.substr(0, 100);
  EXPECT_EQ(parsed.error().code, code) << to_text(parsed.error());
}

std::string repeat(std::string_view text, size_t times) {
  std::string result;
  for (size_t i = 0; i < times; ++i) result += text;
  return result;
}

}  // namespace

TEST(ParseSql, TpchQ1) {
  check(
      R"(
select l_returnflag, l_linestatus, sum(l_quantity) as sum_qty, sum(l_extendedprice) as sum_base_price,
       sum(l_extendedprice * (1 - l_discount)) as sum_disc_price,
       sum(l_extendedprice * (1 - l_discount) * (1 + l_tax)) as sum_charge,
       avg(l_quantity) as avg_qty, avg(l_extendedprice) as avg_price, avg(l_discount) as avg_disc, count(*) as count_order
from lineitem
where l_shipdate <= date '1998-12-01' - interval '90' day
group by l_returnflag, l_linestatus
order by l_returnflag, l_linestatus;)",
      R"(
Sort [l_returnflag, l_linestatus]
  Project [l_returnflag, l_linestatus, sum(l_quantity) as sum_qty, sum(l_extendedprice) as sum_base_price, )"
      R"(sum((l_extendedprice * (1 - l_discount))) as sum_disc_price, )"
      R"(sum(((l_extendedprice * (1 - l_discount)) * (1 + l_tax))) as sum_charge, )"
      R"(avg(l_quantity) as avg_qty, avg(l_extendedprice) as avg_price, avg(l_discount) as avg_disc, count(*) as count_order]
    Aggregate keys [l_returnflag, l_linestatus] aggregates []
      Filter (l_shipdate <= (DATE '1998-12-01' - INTERVAL '90 days'))
        ScanTable lineitem
)");
}

TEST(ParseSql, TpchQ3) {
  check(R"(
select l_orderkey, sum(l_extendedprice * (1 - l_discount)) as revenue, o_orderdate, o_shippriority
from customer, orders, lineitem
where c_mktsegment = 'BUILDING' and c_custkey = o_custkey and l_orderkey = o_orderkey
  and o_orderdate < date '1995-03-15' and l_shipdate > date '1995-03-15'
group by l_orderkey, o_orderdate, o_shippriority
order by revenue desc, o_orderdate
limit 10)",
        R"(
Limit 10
  Sort [revenue desc, o_orderdate]
    Project [l_orderkey, sum((l_extendedprice * (1 - l_discount))) as revenue, o_orderdate, o_shippriority]
      Aggregate keys [l_orderkey, o_orderdate, o_shippriority] aggregates []
        Filter ((((c_mktsegment = 'BUILDING') and (c_custkey = o_custkey)) and (l_orderkey = o_orderkey)) and )"
        R"(((o_orderdate < DATE '1995-03-15') and (l_shipdate > DATE '1995-03-15')))
          Join inner
            Join inner
              ScanTable customer
              ScanTable orders
            ScanTable lineitem
)");
}

TEST(ParseSql, TpchQ6) {
  check(
      R"(
select sum(l_extendedprice * l_discount) as revenue from 'lineitem.parquet'
where l_shipdate >= date '1994-01-01' and l_shipdate < date '1994-01-01' + interval '1' year
  and l_discount between 0.06 - 0.01 and 0.06 + 0.01 and l_quantity < 24)",
      R"(
Project [sum((l_extendedprice * l_discount)) as revenue]
  Aggregate keys [] aggregates []
    Filter (((l_shipdate >= DATE '1994-01-01') and (l_shipdate < (DATE '1994-01-01' + INTERVAL '1 year'))) and )"
      R"((((l_discount >= (0.06::decimal(3,2) - 0.01::decimal(3,2))) and (l_discount <= (0.06::decimal(3,2) + 0.01::decimal(3,2)))) and (l_quantity < 24)))
      ScanFile 'lineitem.parquet'
)");
}

TEST(ParseSql, Tables) {
  check("select 1 as one, 'a'", "\nProject [1 as one, 'a']\n  OneRow\n");
  check("from t", "\nProject [*]\n  ScanTable t\n");
  check("FROM t SELECT a WHERE b", "\nProject [a]\n  Filter b\n    ScanTable t\n");
  check("select x.* from 'my file.csv' as x", "\nProject [x.*]\n  Alias x\n    ScanFile 'my file.csv'\n");
  check("select * from t as u, \"T 2\" v",
        "\nProject [*]\n  Join inner\n    ScanTable t as u\n    ScanTable \"T 2\" as v\n");
}

TEST(ParseSql, TablesWithColumnNames) {
  check("select * from t as u (a, b)", "\nProject [*]\n  Alias u (a, b)\n    ScanTable t\n");
  check("select * from (select 1) as u (a)", "\nProject [*]\n  Alias u (a)\n    Project [1]\n      OneRow\n");
  check("select * from range(3, 10)", "\nProject [*]\n  Alias range\n    Range 3 10\n");
  check("select * from range(-5, 5) r(i)", "\nProject [*]\n  Alias r (i)\n    Range -5 5\n");
  check("select * from read_csv('f', DELIM = ';', header = true, nullstr => ['NA', ''], skip = -1)",
        "\nProject [*]\n  ScanFile 'f' csv (delim ';', header 'true', nullstr '[''NA'', '''']', skip '-1')\n");
  check("select * from read_parquet('f') p", "\nProject [*]\n  Alias p\n    ScanFile 'f' parquet\n");
}

TEST(ParseSql, Joins) {
  check("select * from a join b on a.x = b.x and b.y > 1 left join c using (k, l) cross join d",
        R"(
Project [*]
  Join inner
    Join left using [k, l]
      Join inner on ((a.x = b.x) and (b.y > 1))
        ScanTable a
        ScanTable b
      ScanTable c
    ScanTable d
)");
  check("select * from a, b inner join c on true, (d left outer join e on d.x = e.x)",
        R"(
Project [*]
  Join inner
    Join inner
      ScanTable a
      Join inner on true
        ScanTable b
        ScanTable c
    Join left on (d.x = e.x)
      ScanTable d
      ScanTable e
)");
}

TEST(ParseSql, Grouping) {
  check("select count(*) from t", "\nProject [count(*)]\n  Aggregate keys [] aggregates []\n    ScanTable t\n");
  check("select a from t order by sum(b)",
        "\nSort [sum(b)]\n  Project [a]\n    Aggregate keys [] aggregates []\n      ScanTable t\n");
  check("select a + 1 as b, 'x', sum(c) from t group by all having sum(c) > 1",
        R"(
Project [(a + 1) as b, 'x', sum(c)]
  Filter (sum(c) > 1)
    Aggregate keys [(a + 1) as b] aggregates []
      ScanTable t
)");
  check("select max(x) from t group by a, rollup (b, (c, d)), grouping sets (cube (e), ())",
        "\nProject [max(x)]\n  Aggregate keys [a, b, c, d, e] aggregates [] sets [(0, 1, 2, 3, 4), (0, 1, 2, 3), (0, "
        "1, 2, 3), (0, 1, 4), (0, 1), (0, 1), (0, 4), (0), (0)]\n    ScanTable t\n");
  check("select max(x) from t group by grouping sets ((a, b))",
        "\nProject [max(x)]\n  Aggregate keys [a, b] aggregates []\n    ScanTable t\n");
  check("select year(d) as y, max(x) from t group by y, 1",
        "\nProject [year(d) as y, max(x)]\n  Aggregate keys [y, 1] aggregates []\n    ScanTable t\n");
  check("select distinct a, b from t order by a",
        "\nSort [a]\n  Aggregate keys [*] aggregates []\n    Project [a, b]\n      ScanTable t\n");
}

TEST(ParseSql, OrderAndLimit) {
  check("select a from t order by a desc, b + 1 nulls first, 2 asc nulls last",
        "\nSort [a desc, (b + 1) nulls first, 2]\n  Project [a]\n    ScanTable t\n");
  check("select a from t limit 10", "\nLimit 10\n  Project [a]\n    ScanTable t\n");
  check("select a from t limit 10%", "\nLimit 0 rows limit_percent(10)\n  Project [a]\n    ScanTable t\n");
  check("select a from t limit 1.5 percent offset 2",
        "\nLimit 0 offset 2 rows limit_percent(1.5)\n  Project [a]\n    ScanTable t\n");
  check("select a from t limit 10 % 3", "\nLimit 0 rows (10 % 3)\n  Project [a]\n    ScanTable t\n");
  check("select a from t offset 5 rows limit 10", "\nLimit 10 offset 5\n  Project [a]\n    ScanTable t\n");
  check("select a from t limit all offset 3000000000",
        "\nLimit all offset 3000000000\n  Project [a]\n    ScanTable t\n");
}

TEST(ParseSql, UnionsAndValues) {
  check("select a from t union all (select b from u order by b limit 1) union all values (1) order by a limit 2",
        R"(
Limit 2
  Sort [a]
    Project [*]
      UnionAll
        Project [a]
          ScanTable t
        Limit 1
          Sort [b]
            Project [b]
              ScanTable u
        Values [(1)]
)");
  check("values (1, 'a'), (2, 'b')", "\nValues [(1, 'a'), (2, 'b')]\n");
  check("select a from t union select b from u intersect all select c from v except select 1", R"(
Except
  Aggregate keys [*] aggregates []
    UnionAll
      Project [a]
        ScanTable t
      Intersect all
        Project [b]
          ScanTable u
        Project [c]
          ScanTable v
  Project [1]
    OneRow
)");
  check("table t union all by name values (1) limit 1 + 1", R"(
Limit 0 rows (1 + 1)
  UnionAll by name
    Project [*]
      ScanTable t
    Values [(1)]
)");
}

TEST(ParseSql, WithNamesQueriesInTheirScope) {
  check("with a as (select 1 as x), b (y) as materialized (select x from A) select * from b, a as c",
        R"(
Project [*]
  Join inner
    Alias b
      Alias b (y)
        Project [x]
          Alias A
            Project [1 as x]
              OneRow
    Alias c
      Project [1 as x]
        OneRow
)");
  check("select * from (with a as (select 1) select * from a) s, a",
        R"(
Project [*]
  Join inner
    Alias s
      Project [*]
        Alias a
          Project [1]
            OneRow
    ScanTable a
)");
}

TEST(ParseSql, Copy) {
  check("copy (select 1) to 'x.parquet' (format PARQUET, compression 'zstd', row_group_rows 1000)",
        "\nWrite 'x.parquet' parquet (compression 'zstd', row_group_rows '1000')\n  Project [1]\n    OneRow\n");
  check("COPY t TO 'x.csv'", "\nWrite 'x.csv'\n  ScanTable t\n");
  check("copy t to 'x' with (header, delimiter '|')", "\nWrite 'x' (header 'true', delimiter '|')\n  ScanTable t\n");
  check("copy t to 'x' format csv header false", "\nWrite 'x' csv (header 'false')\n  ScanTable t\n");
}

TEST(ParseSql, OtherStatements) {
  const auto all = must_parse(
      ";;explain select 1; EXPLAIN ANALYZE (STAGE Fused, FUSION, FORMAT json)\n  select 2 ;"
      "explain (select 3); create or replace temp view v (a) as select 1; set fusion.edge.0.3 = 'Staged';"
      "set threads to 4; set x=-1.5; show all; show \"Fusion.Mode\";");
  ASSERT_EQ(all.size(), 9u);
  const auto& plain = std::get<ExplainStatement>(all[0].node);
  EXPECT_EQ(plain.stage, "");
  EXPECT_EQ(plain.format, "text");
  EXPECT_FALSE(plain.fusion || plain.analyze);
  const auto& explain = std::get<ExplainStatement>(all[1].node);
  EXPECT_EQ(explain.stage, "fused");
  EXPECT_EQ(explain.format, "json");
  EXPECT_TRUE(explain.fusion && explain.analyze);
  EXPECT_EQ(to_text(*explain.plan), "Project [2]\n  OneRow\n");
  EXPECT_EQ(all[1].text, "EXPLAIN ANALYZE (STAGE Fused, FUSION, FORMAT json)\n  select 2");
  EXPECT_EQ(all[1].where.column, 21u);
  EXPECT_EQ(all[2].text, "explain (select 3)");
  EXPECT_EQ(all[2].where.line, 2u);
  const auto& view = std::get<CreateViewStatement>(all[3].node);
  EXPECT_EQ(view.name, "v");
  EXPECT_EQ(view.if_exists, IfExists::kReplace);
  EXPECT_EQ(to_text(*view.plan), "Alias v (a)\n  Project [1]\n    OneRow\n");
  const auto is_set = [&](size_t i, std::string_view name, std::string_view value) {
    EXPECT_EQ(std::get<SetStatement>(all[i].node).name, name);
    EXPECT_EQ(std::get<SetStatement>(all[i].node).value, value);
  };
  is_set(4, "fusion.edge.0.3", "Staged");
  is_set(5, "threads", "4");
  is_set(6, "x", "-1.5");
  EXPECT_EQ(std::get<ShowStatement>(all[7].node).name, "");
  EXPECT_EQ(std::get<ShowStatement>(all[8].node).name, "fusion.mode");
  EXPECT_TRUE(must_parse(" -- nothing\n ; /* at all */ ").empty());
}

TEST(ParseSql, ErrorsNameTheWordThatWasMeant) {
  check_error("SELCT 1",
              "expected a statement (SELECT, WITH, COPY, CREATE, INSERT, UPDATE, DELETE, DROP, PREPARE, EXECUTE, "
              "DESCRIBE, EXPLAIN, SET or SHOW), found "
              "\"SELCT\"\n"
              "  SELCT 1\n  ^\n  at line 1, column 1\n  hint: did you mean SELECT?");
  check_error("select a form t",
              "expected a clause such as WHERE or GROUP BY, or the end of the statement, found \"t\"\n"
              "  select a form t\n                ^\n  at line 1, column 15\n"
              "  hint: did you mean FROM instead of form?");
  check_error("select a\nfrom t\nwhre x > 1",
              "expected a clause such as WHERE or GROUP BY, or the end of the statement, found \"x\"\n"
              "  whre x > 1\n       ^\n  at line 3, column 6\n  hint: did you mean WHERE instead of whre?");
  check_error(
      "select 1;\nselect * from read_cvs('f')",
      "expected a table function (read_csv, read_json, read_parquet, read_arrow or range), found \"read_cvs\"\n"
      "  select * from read_cvs('f')\n                ^\n  at line 2, column 15\n  hint: did you mean read_csv?");
  check_error("select a from t where sum(a) > 1",
              "an aggregate must not stand in WHERE\n  select a from t where sum(a) > 1\n                        ^\n"
              "  at line 1, column 23\n  hint: use HAVING, which sees the groups");
  check_error("select a from (select b from t",
              "expected a clause such as WHERE or GROUP BY, or ')', found end of text\n"
              "  select a from (select b from t\n                                ^\n  at line 1, column 31");
  check_error("alter table t",
              "ALTER is not supported\n  alter table t\n  ^\n  at line 1, column 1\n"
              "  hint: make the table again: CREATE OR REPLACE TABLE t AS SELECT …");
}

TEST(ParseSql, SaysWhatStandsForAPivot) {
  for (const char* text : {"pivot t on a", "select * from t pivot (sum(a) for b in (1))"}) {
    const auto parsed = parse_sql(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_EQ(parsed.error().code, ErrorCode::kUnsupported) << text;
    EXPECT_NE(parsed.error().hint.find("FILTER (WHERE key = 'a')"), std::string::npos) << text;
  }
  for (const char* text : {"unpivot t on a, b", "select * from t unpivot (v for n in (a, b))"}) {
    const auto parsed = parse_sql(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_NE(parsed.error().hint.find("unnest(['a', 'b'])"), std::string::npos) << text;
  }
}

TEST(ParseSql, Samples) {
  check("select a from t tablesample bernoulli (10) repeatable (3)",
        "\n"
        "Project [a]\n"
        "  Sample bernoulli 10 percent seed 3\n"
        "    ScanTable t\n");
  check("select count(*) from t as x, u tablesample 5 where a > 1 using sample 10%",
        "\n"
        "Project [count(*)]\n"
        "  Aggregate keys [] aggregates []\n"
        "    Filter (a > 1)\n"
        "      Sample system 10 percent seed 0\n"
        "        Join inner\n"
        "          ScanTable t as x\n"
        "          Sample reservoir 5 rows seed 0\n"
        "            ScanTable u\n");
  for (const auto& [written, sample] : std::initializer_list<std::pair<const char*, const char*>>{
           {"10", "reservoir 10 rows seed 0"},
           {"(10)", "reservoir 10 rows seed 0"},
           {"1e3 rows", "reservoir 1000 rows seed 0"},
           {"1_000", "reservoir 1000 rows seed 0"},
           {"10 rows (Reservoir, 42)", "reservoir 10 rows seed 42"},
           {"10 rows repeatable (9223372036854775807)", "reservoir 10 rows seed 9223372036854775807"},
           {"2.5%", "system 2.5 percent seed 0"},
           {"10 percent (bernoulli)", "bernoulli 10 percent seed 0"},
           {"10% (RESERVOIR, 1)", "reservoir 10 percent seed 1"},
           {"reservoir (10)", "reservoir 10 rows seed 0"},
           {"reservoir (10 percent)", "reservoir 10 percent seed 0"},
           {"system (0)", "system 0 percent seed 0"},
           {"\"bernoulli\" (100%) repeatable (7)", "bernoulli 100 percent seed 7"}}) {
    const auto statements = must_parse(std::string("select a from t tablesample ") + written);
    ASSERT_EQ(statements.size(), 1u) << written;
    EXPECT_EQ(to_text(*std::get<QueryStatement>(statements[0].node).plan),
              std::string("Project [a]\n  Sample ") + sample + "\n    ScanTable t\n");
  }
  for (const char* written : {"",
                              "-1",
                              "101%",
                              "1e400%",
                              "2.5 rows",
                              "99999999999999999999",
                              "0x10",
                              "10 (bernoulli)",
                              "10 rows (system)",
                              "bernoulli (10 rows)",
                              "bernoulli",
                              "bernoulli ()",
                              "bernoulli (10",
                              "bernoulli (10, 3)",
                              "bernoulli (a)",
                              "foo (10)",
                              "10 (foo)",
                              "10% (bernoulli, 1.5)",
                              "10% (bernoulli, 1) repeatable (1)",
                              "bernoulli (10) repeatable (-1)",
                              "bernoulli (10) repeatable ()",
                              "10 x",
                              "10 tablesample 10"})
    check_code(std::string("select a from t tablesample ") + written, ErrorCode::kInvalidPlan);
  for (const char* text : {"select a from t using sample", "select a from t using sample 1 where a > 1",
                           "select a from t limit 1 using sample 1", "values (1) using sample 1"})
    check_code(text, ErrorCode::kInvalidPlan);
  check_code("select a from t tablesample ?", ErrorCode::kUnsupported);
  check_error(
      "select a from t tablesample bernoulli (10 rows)",
      "bernoulli expects a percentage, found a number of rows\n  select a from t tablesample bernoulli (10 rows)\n"
      "                                         ^\n  at line 1, column 40\n"
      "  hint: write 10% (bernoulli) for a share of the rows, reservoir (10) for a number of rows");
}

TEST(ParseSql, RefusesWhatIsNotThere) {
  for (std::string_view text :
       {"select * from a asof join b on true", "select * from a positional join b",
        "select a from t except by name select b from u",
        "with recursive a as (select 1 union all select * from a limit 3) select 1",
        "with recursive a as (select 1 union all select * from a order by 1) select 1",
        "select a from t fetch first 1 row with ties", "select sum(a) over () from t", "select * from main.t",
        "select * from t, lateral (select 1)", "select a from t qualify a > 1"})
    check_code(text, ErrorCode::kUnsupported);
  for (std::string_view text : {"select",
                                "select from t",
                                "select a,,",
                                "select *",
                                "select a from",
                                "select a from t where",
                                "select a from t group",
                                "select a from t group by",
                                "select a from t order by",
                                "select a from t limit",
                                "select a from t limit -1",
                                "select * from a natural join b on true",
                                "select * from range(1, 2, 0)",
                                "select * from range(1, 2, 3, 4)",
                                "select a from t fetch first rows",
                                "select * exclude () from t",
                                "select * from a join b",
                                "select * from a cross join b on true",
                                "select * from a join b using ()",
                                "select * from (a",
                                "select * from ()",
                                "with a as select 1 select 1",
                                "with a as (select 1), a as (select 2) select 1",
                                "select * from range()",
                                "select * from range(sum(1))",
                                "values (1), (1, 2)",
                                "select * from read_csv()",
                                "select * from read_csv('f', a = 1, A = 2)",
                                "select * from read_csv('f', a =)",
                                "select * from read_csv('f', a = [1)",
                                "copy t",
                                "copy t to x",
                                "copy (t) to 'x'",
                                "explain",
                                "explain set a = 1",
                                "explain (foo) select 1",
                                "explain (format xml) select 1",
                                "create view v",
                                "create view as select 1",
                                "set",
                                "set a",
                                "set a =",
                                "set a = b c",
                                "show",
                                "show a b",
                                "select 1 select 2",
                                "(select 1",
                                "select 1)",
                                "select a from t where a = ;"})
    check_code(text, ErrorCode::kInvalidPlan);
}

TEST(ParseSql, LimitsDepthAndSize) {
  EXPECT_TRUE(parse_sql(repeat("select * from (", 49) + "select 1" + repeat(")", 49)).ok());
  EXPECT_TRUE(parse_sql("select * from t" + repeat(", t", 300)).ok());
  EXPECT_TRUE(parse_sql("select 1" + repeat(" union all select 1", 20'000)).ok());
  std::string doubling = "with a0 as (select 1 as x)";
  for (int i = 1; i <= 40; ++i) {
    const std::string before = "a" + std::to_string(i - 1);
    doubling.append(", a").append(std::to_string(i)).append(" as (select l.x from ").append(before);
    doubling.append(" l, ").append(before).append(" r)");
  }
  std::string chain = "with a0 as (select 1 as x)";
  for (int i = 1; i <= 10'000; ++i)
    chain += ", a" + std::to_string(i) + " as (select x from a" + std::to_string(i - 1) + ")";
  for (const std::string& text :
       {repeat("(", 100'000) + "select 1" + repeat(")", 100'000),
        "select " + repeat("(", 100'000) + "1" + repeat(")", 100'000), repeat("select * from (", 60'000),
        "select * from " + repeat("(", 100'000) + "t", "select * from t" + repeat(", t", 100'000),
        "select * from t" + repeat(" join t on true", 50'000), doubling + " select * from a40",
        chain + " select * from a9999", "select 1 from t group by " + repeat("grouping sets (", 60'000),
        std::string("select 1 from t group by cube (a, b, c, d, e, f, g), cube (a, b, c, d, e, f, g)"),
        "select 1 from t group by cube (" + repeat("a, ", 70'000) + "a)",
        std::string(limits::kStatementBytesMax + 1, ';')})
    check_code(text, ErrorCode::kLimit);
}

TEST(ParseSql, AnyBytesGiveAnAnswer) {
  constexpr std::string_view kPieces[] = {"select",      "from",        "where",
                                          "group by",    "having",      "order by",
                                          "limit",       "offset",      "union all",
                                          "with",        "as",          "join",
                                          "left join",   "on",          "using",
                                          "distinct",    "*",           "t",
                                          "a",           "t.a",         "'f.csv'",
                                          "1",           "2",           "sum(a)",
                                          "count(*)",    "(",           ")",
                                          ",",           "=",           ";",
                                          "and",         "range(1)",    "read_csv('f', a = [1])",
                                          "values",      "copy",        "to",
                                          "explain",     "create view", "set",
                                          "show",        "all",         "desc",
                                          "tablesample", "10%",         "using sample",
                                          "nulls first", "case",        "when",
                                          "end",         "\n",          "--",
                                          "/*",          "'",           "\"",
                                          "\xC3"};
  std::mt19937_64 random(19920101);
  for (int round = 0; round < 20'000; ++round) {
    std::string text = round % 2 == 0 ? "select a from t " : "";
    const size_t length = random() % 40;
    for (size_t i = 0; i < length; ++i) {
      if (round % 5 == 0)
        text += static_cast<char>(random());
      else
        text += std::string(kPieces[random() % std::size(kPieces)]) + " ";
    }
    const auto parsed = parse_sql(text);
    if (!parsed.ok()) EXPECT_FALSE(parsed.error().message.empty());
  }
}

}  // namespace headrace
