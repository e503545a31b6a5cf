#include <gtest/gtest.h>

#include "frontend/sql/statement.h"

namespace headrace {
namespace {

template <class Node>
Node parsed(std::string_view text) {
  const auto statements = parse_sql(text);
  EXPECT_TRUE(statements.ok()) << text << "\n" << (statements.ok() ? "" : to_text(statements.error()));
  if (!statements.ok() || statements.value().size() != 1) return {};
  const auto* node = std::get_if<Node>(&statements.value()[0].node);
  EXPECT_NE(node, nullptr) << text;
  return node == nullptr ? Node{} : *node;
}

TEST(Statements, CreateTable) {
  const auto made = parsed<CreateTableStatement>(
      "create table if not exists \"My t\" (a int not null default 1 + 2, b varchar null, c decimal(10, 2))");
  EXPECT_EQ(made.name, "My t");
  EXPECT_EQ(made.if_exists, IfExists::kSkip);
  ASSERT_EQ(made.columns.size(), 3u);
  EXPECT_TRUE(made.columns[0].not_null);
  EXPECT_EQ(to_text(*made.columns[0].default_value), "(1 + 2)");
  EXPECT_FALSE(made.columns[1].not_null);
  EXPECT_EQ(made.columns[2].type, decimal(10, 2));
  const auto copied = parsed<CreateTableStatement>("create or replace temp table t (x, y) as (select 1, 2)");
  EXPECT_EQ(copied.if_exists, IfExists::kReplace);
  EXPECT_EQ(copied.names, (std::vector<std::string>{"x", "y"}));
  EXPECT_NE(copied.query, nullptr);
}

TEST(Statements, Insert) {
  const auto named = parsed<InsertStatement>("insert into t (b, a) select 1, 2");
  EXPECT_EQ(named.columns, (std::vector<std::string>{"b", "a"}));
  EXPECT_TRUE(parsed<InsertStatement>("insert into t (select 1)").columns.empty());
  EXPECT_TRUE(parsed<InsertStatement>("insert into t by name select 1 as a").by_name);
  EXPECT_FALSE(parsed<InsertStatement>("insert into t by position values (1), (2)").by_name);
  EXPECT_EQ(parsed<InsertStatement>("insert into t default values").query, nullptr);
  const auto copied = parsed<InsertStatement>("copy t (a, b) from 'x.csv' (header false, delim '|')");
  EXPECT_EQ(copied.columns.size(), 2u);
  EXPECT_EQ(to_text(*copied.query), "ScanFile 'x.csv' (header 'false', delim '|')\n");
}

TEST(Statements, DefaultsInInsertedRows) {
  const auto insert = parsed<InsertStatement>("insert into t values (1, default), (default, 2)");
  EXPECT_EQ(to_text(*insert.query), "Values [(1, default), (default, 2)]\n");
  for (const char* text : {"insert into t values (default) union values (1)", "insert into t values (default) limit 1",
                           "insert into t (a) default values"})
    EXPECT_FALSE(parse_sql(text).ok()) << text;
}

TEST(Statements, Prepared) {
  const auto prepared = parsed<PrepareStatement>("prepare \"My q\" as select ? + $2");
  EXPECT_EQ(prepared.name, "My q");
  EXPECT_EQ(prepared.statement->text, "select ? + $2");
  const auto execute = parsed<ExecuteStatement>("execute q(a := 1, b => 'x')");
  ASSERT_EQ(execute.arguments.size(), 2u);
  EXPECT_EQ(execute.arguments[1].first, "b");
  EXPECT_EQ(parsed<ExecuteStatement>("execute q(7, 8)").arguments[1].first, "2");
  EXPECT_TRUE(parsed<ExecuteStatement>("execute q").arguments.empty());
  EXPECT_EQ(parsed<DeallocateStatement>("deallocate prepare q").name, "q");
  EXPECT_EQ(parsed<DeallocateStatement>("deallocate prepare").name, "prepare");
  EXPECT_EQ(parsed<DeallocateStatement>("deallocate all").name, "");
  for (const char* text : {"prepare q select 1", "prepare q as copy t to 'x'", "prepare q as execute q",
                           "execute q(1, a := 2)", "execute q(a := 1, A := 2)", "execute q(1", "deallocate"})
    EXPECT_FALSE(parse_sql(text).ok()) << text;
}

TEST(Statements, Blocks) {
  const auto kind = [](std::string_view text) { return parsed<BlockStatement>(text).kind; };
  for (const char* text : {"begin", "begin transaction", "BEGIN WORK", "start transaction"})
    EXPECT_EQ(kind(text), BlockKind::kBegin) << text;
  for (const char* text : {"commit", "commit work", "end", "END TRANSACTION;"})
    EXPECT_EQ(kind(text), BlockKind::kCommit) << text;
  for (const char* text : {"rollback", "abort", "rollback transaction"})
    EXPECT_EQ(kind(text), BlockKind::kRollback) << text;
  for (const char* text : {"start", "begin isolation level serializable", "rollback to savepoint s", "commit prepared"})
    EXPECT_FALSE(parse_sql(text).ok()) << text;
}

TEST(Statements, Constraints) {
  const auto made = parsed<CreateTableStatement>(
      "create table t (a int primary key, b text constraint c unique check (b <> ''), unique (a, b), "
      "constraint d check (a > 1))");
  EXPECT_EQ(made.columns.size(), 2u);
  EXPECT_EQ(made.keys, (std::vector<std::vector<std::string>>{{"a"}, {"b"}, {"a", "b"}}));
  EXPECT_EQ(made.not_null, std::vector<std::string>{"a"});
  ASSERT_EQ(made.checks.size(), 2u);
  EXPECT_EQ(to_text(*made.checks[1]), "(a > 1)");
  EXPECT_EQ(parsed<CreateTableStatement>("create table t (\"unique\" int, check_ int)").columns.size(), 2u);
}

TEST(Statements, ChangedRows) {
  const auto update = parsed<UpdateStatement>("update t as x set a = 1 + a, (b, c) = (default, 2) where x.a > 3");
  EXPECT_EQ(update.alias, "x");
  ASSERT_EQ(update.columns.size(), 3u);
  EXPECT_EQ(to_text(*update.columns[0].second), "(1 + a)");
  EXPECT_EQ(update.columns[1].second, nullptr);
  EXPECT_EQ(to_text(*update.condition), "(x.a > 3)");
  EXPECT_EQ(parsed<UpdateStatement>("update t set a = 1").condition, nullptr);
  EXPECT_EQ(parsed<DeleteStatement>("delete from t").condition, nullptr);
  EXPECT_EQ(parsed<DeleteStatement>("delete from t u where u.a in (select 1)").alias, "u");
  const auto index = parsed<CreateIndexStatement>("create unique index if not exists i on t using art (a desc, b + 1)");
  EXPECT_TRUE(index.unique);
  EXPECT_EQ(index.name, "i");
  EXPECT_EQ(index.keys.size(), 2u);
  EXPECT_EQ(parsed<CreateIndexStatement>("create index on t (a)").name, "");
  EXPECT_TRUE(parsed<DropStatement>("drop index if exists i").index);
  EXPECT_EQ(parsed<SetStatement>("pragma threads = 3").name, "threads");
}

TEST(Statements, WhereTheTextIsSilent) {
  const auto text = [](std::string_view sql, TextRules defaults) {
    return to_text(*std::get<QueryStatement>(parse_sql(sql, defaults).value().back().node).plan);
  };
  const TextRules sqlite{.descending = false, .nulls_first_ascending = true, .nulls_first_descending = false};
  EXPECT_TRUE(text("select a from t order by a", sqlite).starts_with("Sort [a nulls first]\n"));
  EXPECT_TRUE(text("select a from t order by a desc", sqlite).starts_with("Sort [a desc]\n"));
  EXPECT_TRUE(text("select a from t order by a nulls last", sqlite).starts_with("Sort [a]\n"));
  EXPECT_TRUE(text("select a from t order by a", {.descending = true}).starts_with("Sort [a desc]\n"));
  EXPECT_TRUE(text("select a from t order by a asc", {.descending = true}).starts_with("Sort [a]\n"));
  EXPECT_NE(text("select a / b from t", {.integer_division = true}).find("(a // b)"), std::string::npos);
}

TEST(Statements, ANameMayStandInFrontOfItsValue) {
  const auto text = [](std::string_view sql) { return to_text(*parsed<QueryStatement>(sql).plan); };
  EXPECT_EQ(text("select a: 1, \"b c\" : a + 1 from t"), text("select 1 as a, a + 1 as \"b c\" from t"));
  EXPECT_FALSE(parse_sql("select a: 1 as b").ok());
  EXPECT_FALSE(parse_sql("select a:").ok());
}

TEST(Statements, AListMayEndInAComma) {
  EXPECT_EQ(parsed<CreateTableStatement>("create table t (a int, b int,)").columns.size(), 2u);
  EXPECT_NE(parsed<QueryStatement>("select a, b, from t").plan, nullptr);
  EXPECT_NE(parsed<QueryStatement>("values (1), (2),").plan, nullptr);
  EXPECT_FALSE(parse_sql("select , from t").ok());
  EXPECT_FALSE(parse_sql("select a,, b from t").ok());
}

TEST(Statements, Others) {
  EXPECT_TRUE(parsed<DropStatement>("drop view if exists v cascade").view);
  EXPECT_FALSE(parsed<DropStatement>("drop table t").if_exists);
  EXPECT_EQ(parsed<TruncateStatement>("truncate table t").table, "t");
  EXPECT_EQ(to_text(*parsed<DescribeStatement>("describe 'f.csv'").plan), "ScanFile 'f.csv'\n");
  EXPECT_EQ(to_text(*parsed<DescribeStatement>("desc t").plan), "ScanTable t\n");
  EXPECT_NE(parsed<SummarizeStatement>("summarize select 1").plan, nullptr);
  EXPECT_EQ(parsed<ResetStatement>("reset all").name, "");
  EXPECT_EQ(parsed<SetStatement>("set session threads = 3").name, "threads");
  parsed<ShowTablesStatement>("show all tables");
}

TEST(Statements, Mistakes) {
  for (std::string_view text : {"create table t",
                                "create table t (a)",
                                "create table t (a int, A int)",
                                "create table t (a int default sum(1))",
                                "create or replace table if not exists t (a int)",
                                "insert t values (1)",
                                "insert into t",
                                "insert into t (a, a) values (1, 1)",
                                "insert into t (a) by name select 1",
                                "drop t",
                                "drop table",
                                "truncate",
                                "describe",
                                "copy t from x",
                                "copy t (a, from 'x'",
                                "update t set a = 1, A = 2",
                                "update t set a = sum(b)",
                                "update t set (a, b) = (1)",
                                "delete t",
                                "delete from t where sum(a) > 1",
                                "create index i on t",
                                "create index i on t (a",
                                "create table t (a int primary key, primary key (a))",
                                "create table t (a int check (sum(a) > 1))"}) {
    const auto statements = parse_sql(text);
    ASSERT_FALSE(statements.ok()) << text;
    EXPECT_EQ(statements.error().code, ErrorCode::kInvalidPlan) << text;
  }
  for (std::string_view text :
       {"update t set a = 1 from u", "delete from t using u", "delete from t returning a", "alter table t drop a",
        "savepoint s", "pragma x", "attach 'x'", "create table main.t (a int)", "insert into t values (1) returning a",
        "insert or replace into t values (1)", "create table t (a int, foreign key (a) references u (a))"}) {
    const auto statements = parse_sql(text);
    ASSERT_FALSE(statements.ok()) << text;
    EXPECT_EQ(statements.error().code, ErrorCode::kUnsupported) << text;
    EXPECT_FALSE(statements.error().message.empty()) << text;
  }
}

}  // namespace
}  // namespace headrace
