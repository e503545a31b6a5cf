#include "plan/resolve.h"

#include <gtest/gtest.h>

#include "expr/parse.h"
#include "plan/declared_tables.h"
#include "plan/parse.h"

namespace headrace {
namespace {

ExprPtr parsed(std::string_view text) {
  const auto result = parse_expression(text);
  EXPECT_TRUE(result.ok()) << text << (result.ok() ? "" : to_text(result.error()));
  return result.value();
}
std::vector<NamedExpr> named(std::initializer_list<std::pair<const char*, const char*>> list) {
  std::vector<NamedExpr> result;
  for (const auto& [text, name] : list) result.push_back({parsed(text), name});
  return result;
}
PlanPtr table(const std::string& name, const std::string& alias = "") {
  return make_plan(ScanTable{name, alias, nullptr, {}, {}});
}
PlanPtr file(const std::string& path) { return make_plan(ScanFile{{path, "", {}, {}}, nullptr, {}, {}}); }
PlanPtr project(PlanPtr input, std::initializer_list<std::pair<const char*, const char*>> list) {
  return make_plan(Project{std::move(input), named(list)});
}
PlanPtr filter(PlanPtr input, const char* text) { return make_plan(Filter{std::move(input), parsed(text)}); }
PlanPtr group(PlanPtr input, std::initializer_list<std::pair<const char*, const char*>> keys) {
  return make_plan(Aggregation{std::move(input), named(keys), {}, 0});
}
PlanPtr sort(PlanPtr input, std::initializer_list<const char*> keys) {
  Sort node{std::move(input), {}};
  for (const char* key : keys) node.keys.push_back({parsed(key), false, false});
  return make_plan(std::move(node));
}
PlanPtr join(PlanPtr left, PlanPtr right, JoinKind kind, const char* on, std::vector<std::string> columns = {}) {
  return make_plan(
      Join{std::move(left), std::move(right), kind, {}, on == nullptr ? nullptr : parsed(on), std::move(columns)});
}

class Resolve : public ::testing::Test {
 protected:
  Resolve() {
    EXPECT_TRUE(tables_.declare("table a [k: int64, x: int32?, s: utf8]\ntable b [k: int64, y: float64]\n").ok());
    tables_.add_view("v", project(table("a"), {{"k", ""}, {"x + 1", "x1"}}));
    tables_.add_view("endless", table("endless"));
  }
  // The resolved plan's text, after checking that it verifies and reads back; or the error.
  std::string resolved(const PlanPtr& written) {
    const auto plan = resolve(*written, tables_);
    if (!plan.ok()) return plan.error().message;
    const Status status = verify(*plan.value());
    EXPECT_TRUE(status.ok()) << to_text(status.error());
    const std::string text = to_text(*plan.value());
    const auto again = parse_plan(text, tables_);
    EXPECT_TRUE(again.ok()) << text << (again.ok() ? "" : to_text(again.error()));
    if (again.ok()) {
      EXPECT_EQ(to_text(*again.value()), text);
      EXPECT_EQ(again.value()->schema, plan.value()->schema) << text;
    }
    return text;
  }

  DeclaredTables tables_;
};

TEST_F(Resolve, BindsFilesTablesAndViews) {
  EXPECT_EQ(resolved(project(filter(file("a.parquet"), "a.x > 1"), {{"*", ""}})),
            "Project [k#0 as k, x#1 as x, s#2 as s]\n"
            "  Filter (x#1 > 1)\n"
            "    ScanFile 'a.parquet' [k#0: int64, x#1: int32?, s#2: utf8]\n");
  EXPECT_EQ(resolved(project(table("v", "w"), {{"w.x1", ""}})),
            "Project [x1#1 as x1]\n"
            "  Project [k#0 as k, (x#1 + 1) as x1]\n"
            "    ScanTable a [k#0: int64, x#1: int32?, s#2: utf8]\n");
  EXPECT_EQ(resolved(table("endless")), "subqueries and views are nested too deeply");
  EXPECT_EQ(resolved(table("c")), "there is no table or view 'c'");
  EXPECT_EQ(resolved(project(make_plan(OneRow{}), {{"1", "one"}})), "Project [1 as one]\n  OneRow\n");
  EXPECT_EQ(resolved(project(make_plan(OneRow{}), {{"*", ""}})), "* stands for no column: there is no FROM");
}

TEST_F(Resolve, SplitsJoinConditions) {
  EXPECT_EQ(resolved(project(join(table("a"), table("b"), JoinKind::kLeft, "a.k = b.k and b.y > 2"),
                             {{"a.*", ""}, {"y", ""}})),
            "Project [k#0 as k, x#1 as x, s#2 as s, y#4 as y]\n"
            "  Join left keys [(k#0 = k#0)]\n"
            "    ScanTable a [k#0: int64, x#1: int32?, s#2: utf8]\n"
            "    Filter (y#1 > 2.0e0)\n"
            "      ScanTable b [k#0: int64, y#1: float64]\n");
  EXPECT_EQ(resolved(join(table("a", "l"), table("a", "r"), JoinKind::kInner, "r.k = l.x and l.s < r.s")),
            "Join inner keys [(cast(x#1 as int64) = k#0)] on (s#2 < s#5)\n"
            "  ScanTable a as l [k#0: int64, x#1: int32?, s#2: utf8]\n"
            "  ScanTable a as r [k#0: int64, x#1: int32?, s#2: utf8]\n");
  // A key is computed for every row: what may fault stays in the condition.
  EXPECT_EQ(resolved(join(table("a"), table("b"), JoinKind::kInner, "a.k + 1 = b.k")),
            "Join inner on ((k#0 + 1::int64) = k#3)\n"
            "  ScanTable a [k#0: int64, x#1: int32?, s#2: utf8]\n"
            "  ScanTable b [k#0: int64, y#1: float64]\n");
  EXPECT_EQ(
      resolved(project(join(table("a"), table("b"), JoinKind::kInner, nullptr, {"k"}), {{"*", ""}, {"k + 1", "next"}})),
      "Project [k#0 as k, x#1 as x, s#2 as s, y#4 as y, (k#0 + 1::int64) as next]\n"
      "  Join inner keys [(k#0 = k#0)]\n"
      "    ScanTable a [k#0: int64, x#1: int32?, s#2: utf8]\n"
      "    ScanTable b [k#0: int64, y#1: float64]\n");
  EXPECT_EQ(resolved(project(join(table("a"), table("b"), JoinKind::kInner, "true"), {{"k", ""}})),
            "column 'k' is ambiguous: a.k, b.k");
}

TEST_F(Resolve, SortsDistinctRows) {
  const auto distinct = [&](std::initializer_list<std::pair<const char*, const char*>> list) {
    return group(project(table("a"), list), {{"*", ""}});
  };
  // What the outputs give is computed from them.
  EXPECT_EQ(resolved(sort(distinct({{"k + 1", "n"}, {"x", ""}}), {"k + 1 - x", "n"})),
            "Sort [(n#0 - cast(x#1 as int64)), n#0]\n"
            "  Aggregate keys [n#0 as n, x#1 as x] aggregates []\n"
            "    Project [(k#0 + 1::int64) as n, x#1 as x]\n"
            "      ScanTable a [k#0: int64, x#1: int32?, s#2: utf8]\n");
  EXPECT_EQ(resolved(sort(distinct({{"k", "n"}}), {"x"})),
            "Project [n#0 as n]\n"
            "  Sort [\"sort key 1\"#1]\n"
            "    Project [n#0 as n, \"sort key 1\"#1 as \"sort key 1\"]\n"
            "      Aggregate keys [n#0 as n] aggregates [first(\"sort key 1\"#1 order by \"sort key 1\"#1) as \"sort "
            "key 1\"]\n"
            "        Project [k#0 as n, x#1 as \"sort key 1\"]\n"
            "          ScanTable a [k#0: int64, x#1: int32?, s#2: utf8]\n");
  EXPECT_EQ(resolved(sort(distinct({{"k", "n"}}), {"y"})), "there is no column 'y'");
}

TEST_F(Resolve, UnnestsListsToTheLeft) {
  const auto elements = [&](const char* list) {
    return make_plan(Alias{project(make_plan(OneRow{}), {{list, "unnest"}}), "u", {"e"}});
  };
  EXPECT_NE(resolved(project(join(table("a"), elements("unnest([k, 7])"), JoinKind::kInner, nullptr), {{"u.e", ""}}))
                .find("NULL::int64) as e]\n    Unnest nested_count(list#"),
            std::string::npos);
  EXPECT_EQ(resolved(project(join(table("a"), elements("unnest([k])"), JoinKind::kFull, nullptr), {{"u.e", ""}})),
            "unnest of columns to its left takes CROSS JOIN, JOIN … ON and LEFT JOIN … ON true");
  EXPECT_EQ(resolved(project(join(table("a"), elements("unnest(k)"), JoinKind::kInner, nullptr), {{"u.e", ""}})),
            "unnest in FROM expects a list, found int64");
}

TEST_F(Resolve, TakesAggregatesOfListsApart) {
  EXPECT_EQ(
      resolved(project(table("a"), {{"max(x, 2)", "m"}})),
      "Project [list_slice(\"list(x order by x desc) filter (where (x is not null))\"#0, '4', 1::int64, 2::int64) as "
      "m]\n"
      "  Aggregate keys [] aggregates [list(x#1 order by x#1 desc) filter (where (x#1 is not null)) as \"list(x order "
      "by x desc) filter (where (x is not null))\"]\n"
      "    ScanTable a [k#0: int64, x#1: int32?, s#2: utf8]\n");
  EXPECT_NE(resolved(project(table("a"), {{"quantile_disc(x, [0.5, 1])", "q"}}))
                .find("aggregates [quantile_disc(x#1, 0.5e0) as \"quantile_disc(x, 0.5::decimal(2,1))\", "
                      "quantile_disc(x#1, 1.0e0) as \"quantile_disc(x, 1)\"]"),
            std::string::npos);
  EXPECT_EQ(resolved(project(table("a"), {{"max(x, k)", ""}})),
            "max expects a number of values from 1 to 1000000, found k");
}

TEST_F(Resolve, ChoosesColumnsByTheirNames) {
  EXPECT_EQ(resolved(project(table("a"), {{"columns('^[kx]$')", ""}})),
            "Project [k#0 as k, x#1 as x]\n  ScanTable a [k#0: int64, x#1: int32?, s#2: utf8]\n");
  EXPECT_EQ(resolved(project(table("a"), {{"columns(['X', 'k']) + 1", ""}})),
            "Project [(k#0 + 1::int64) as k, (x#1 + 1) as x]\n  ScanTable a [k#0: int64, x#1: int32?, s#2: utf8]\n");
  EXPECT_EQ(resolved(project(table("a"), {{"columns('(k)')", "is_\\1"}})),
            "Project [k#0 as is_k]\n  ScanTable a [k#0: int64, x#1: int32?, s#2: utf8]\n");
  EXPECT_EQ(resolved(project(table("a"), {{"columns('z')", ""}})), "COLUMNS finds no column like 'z'");
  EXPECT_EQ(resolved(project(table("a"), {{"columns(['z'])", ""}})), "COLUMNS finds no column 'z'");
  EXPECT_EQ(resolved(project(table("a"), {{"columns('k') + columns('x')", ""}})),
            "an expression takes one COLUMNS, which may stand in it several times");
  EXPECT_EQ(resolved(project(table("a"), {{"k.*", ""}})), "k.* expects a table or a struct, found a column of int64");
}

TEST_F(Resolve, GivesEachKindOfJoinItsColumns) {
  const auto schema = [&](JoinKind kind) {
    return to_text(resolve(*join(table("a"), table("b"), kind, "a.k = b.k and x < y"), tables_).value()->schema);
  };
  EXPECT_EQ(schema(JoinKind::kRight), "[k: int64?, x: int32?, s: utf8?, k: int64, y: float64]");
  EXPECT_EQ(schema(JoinKind::kFull), "[k: int64?, x: int32?, s: utf8?, k: int64?, y: float64?]");
  EXPECT_EQ(schema(JoinKind::kSemi), "[k: int64, x: int32?, s: utf8]");
  EXPECT_EQ(schema(JoinKind::kAnti), "[k: int64, x: int32?, s: utf8]");
  EXPECT_EQ(schema(JoinKind::kMark), "[k: int64, x: int32?, s: utf8, mark: bool?]");
}

TEST_F(Resolve, FiltersTheSideWhoseRowsNeedAMatch) {
  const auto with = [&](JoinKind kind) {
    return resolved(join(table("a"), table("b"), kind, "a.k = b.k and x > 1 and y > 2"));
  };
  EXPECT_EQ(with(JoinKind::kRight),
            "Join right keys [(k#0 = k#0)] on (y#4 > 2.0e0)\n"
            "  Filter (x#1 > 1)\n"
            "    ScanTable a [k#0: int64, x#1: int32?, s#2: utf8]\n"
            "  ScanTable b [k#0: int64, y#1: float64]\n");
  for (const JoinKind kind : {JoinKind::kSemi, JoinKind::kAnti, JoinKind::kMark})
    EXPECT_EQ(with(kind), std::string("Join ") + join_kind_name(kind) +
                              " keys [(k#0 = k#0)] on (x#1 > 1)\n"
                              "  ScanTable a [k#0: int64, x#1: int32?, s#2: utf8]\n"
                              "  Filter (y#1 > 2.0e0)\n"
                              "    ScanTable b [k#0: int64, y#1: float64]\n");
  EXPECT_EQ(with(JoinKind::kFull),
            "Join full keys [(k#0 = k#0)] on ((x#1 > 1) and (y#4 > 2.0e0))\n"
            "  ScanTable a [k#0: int64, x#1: int32?, s#2: utf8]\n"
            "  ScanTable b [k#0: int64, y#1: float64]\n");
}

TEST_F(Resolve, MergesUsingColumnsByKind) {
  const auto with = [&](JoinKind kind) {
    const std::string text =
        resolved(project(join(table("a"), table("b"), kind, nullptr, {"k"}), {{"*", ""}, {"a.k", ""}, {"b.k", ""}}));
    return text.substr(0, text.find("\n    ScanTable"));
  };
  EXPECT_EQ(with(JoinKind::kRight),
            "Project [k#0 as k, x#1 as x, s#2 as s, y#4 as y, k#5 as k, k#3 as k]\n"
            "  Project [k#3 as k, x#1 as x, s#2 as s, k#3 as k, y#4 as y, k#0 as k]\n"
            "    Join right keys [(k#0 = k#0)]\n"
            "      ScanTable a [k#0: int64, x#1: int32?, s#2: utf8]\n"
            "      ScanTable b [k#0: int64, y#1: float64]\n");
  EXPECT_EQ(with(JoinKind::kFull),
            "Project [k#0 as k, x#1 as x, s#2 as s, y#4 as y, k#5 as k, k#3 as k]\n"
            "  Project [coalesce(k#0, k#3) as k, x#1 as x, s#2 as s, k#3 as k, y#4 as y, k#0 as k]\n"
            "    Join full keys [(k#0 = k#0)]\n"
            "      ScanTable a [k#0: int64, x#1: int32?, s#2: utf8]\n"
            "      ScanTable b [k#0: int64, y#1: float64]\n");
}

TEST_F(Resolve, MovesAggregatesIntoTheAggregation) {
  EXPECT_EQ(
      resolved(sort(project(filter(group(filter(table("a"), "x > 0"), {{"s", ""}, {"k % 7", ""}}), "count(*) > 2"),
                            {{"s", ""}, {"(k % 7) * 2", "w"}, {"sum(x) / count(*)", "mean"}}),
                    {"sum(x)", "1", "w"})),
      "Project [s#0 as s, w#1 as w, mean#2 as mean]\n"
      "  Sort [\"sort key 1\"#3, s#0, w#1]\n"
      "    Project [s#0 as s, (\"(k % 7)\"#1 * 2::int64) as w, (cast(\"sum(x)\"#3 as float64) / cast(\"count(*)\"#2 as "
      "float64)) as mean, "
      "\"sum(x)\"#3 as \"sort key 1\"]\n"
      "      Filter (\"count(*)\"#2 > 2::int64)\n"
      "        Aggregate keys [s#2 as s, (k#0 % 7::int64) as \"(k % 7)\"] aggregates [count(*) as \"count(*)\", "
      "sum(x#1) as \"sum(x)\"]\n"
      "          Filter (x#1 > 0)\n"
      "            ScanTable a [k#0: int64, x#1: int32?, s#2: utf8]\n");
  EXPECT_EQ(resolved(project(table("b"), {{"max(y) - min(y)", "spread"}})),
            "Project [(\"max(y)\"#0 - \"min(y)\"#1) as spread]\n"
            "  Aggregate keys [] aggregates [max(y#1) as \"max(y)\", min(y#1) as \"min(y)\"]\n"
            "    ScanTable b [k#0: int64, y#1: float64]\n");
  EXPECT_EQ(resolved(project(group(table("a"), {{"half", ""}, {"1", ""}}), {{"s", ""}, {"x // 2", "half"}})),
            "Project [s#1 as s, half#0 as half]\n"
            "  Aggregate keys [(x#1 // 2) as half, s#2 as s] aggregates []\n"
            "    ScanTable a [k#0: int64, x#1: int32?, s#2: utf8]\n");
  EXPECT_EQ(
      resolved(project(filter(group(table("a"), {{"s", ""}}), "n > 2 and s <> ''"), {{"s", ""}, {"count(*)", "n"}})),
      "Project [s#0 as s, \"count(*)\"#1 as n]\n"
      "  Filter ((\"count(*)\"#1 > 2::int64) and (s#0 <> ''))\n"
      "    Aggregate keys [s#2 as s] aggregates [count(*) as \"count(*)\"]\n"
      "      ScanTable a [k#0: int64, x#1: int32?, s#2: utf8]\n");
  EXPECT_EQ(resolved(project(group(table("a"), {{"s", ""}}), {{"x", ""}})),
            "column 'x' is neither in GROUP BY nor inside an aggregate");
  EXPECT_EQ(resolved(project(group(table("a"), {{"9", ""}}), {{"x", ""}})),
            "GROUP BY 9 names no column: the select list has 1");
  EXPECT_EQ(resolved(project(table("a"), {{"sum(x)", ""}, {"k", ""}})),
            "column 'k' is neither in GROUP BY nor inside an aggregate");
}

TEST_F(Resolve, DistinctGroupsFirst) {
  EXPECT_EQ(resolved(project(group(table("a"), {{"s", ""}}), {{"s", ""}, {"count(distinct x)", "n"}})),
            "Project [s#0 as s, \"count(distinct x)\"#1 as n]\n"
            "  Aggregate keys [s#0 as s] aggregates [count(\"distinct value\"#1) as \"count(distinct x)\"]\n"
            "    Aggregate keys [s#2 as s, x#1 as \"distinct value\"] aggregates []\n"
            "      ScanTable a [k#0: int64, x#1: int32?, s#2: utf8]\n");
  EXPECT_EQ(resolved(sort(group(project(table("a"), {{"s", ""}, {"x", "y"}}), {{"*", ""}}), {"y", "a.s"})),
            "Sort [y#1, s#0]\n"
            "  Aggregate keys [s#0 as s, y#1 as y] aggregates []\n"
            "    Project [s#2 as s, x#1 as y]\n"
            "      ScanTable a [k#0: int64, x#1: int32?, s#2: utf8]\n");
}

TEST_F(Resolve, SortsByOutputsAndByHiddenColumns) {
  EXPECT_EQ(resolved(sort(project(table("a"), {{"x + 1", "k"}}), {"k", "a.k", "length(s)"})),
            "Project [k#0 as k]\n"
            "  Sort [k#0, \"sort key 1\"#1, \"sort key 2\"#2]\n"
            "    Project [(x#1 + 1) as k, k#0 as \"sort key 1\", length(s#2) as \"sort key 2\"]\n"
            "      ScanTable a [k#0: int64, x#1: int32?, s#2: utf8]\n");
  EXPECT_EQ(resolved(sort(project(table("a"), {{"x", ""}}), {"2"})),
            "ORDER BY 2 names no column: the select list has 1");
  EXPECT_EQ(resolved(sort(project(table("a"), {{"x", ""}}), {"z"})), "there is no column 'z'");
}

TEST_F(Resolve, UnitesTypesAndRenames) {
  EXPECT_EQ(resolved(make_plan(UnionAll{{project(table("a"), {{"x", ""}}), project(table("b"), {{"y", ""}})}})),
            "UnionAll\n"
            "  Project [cast(x#0 as float64) as x]\n"
            "    Project [x#1 as x]\n"
            "      ScanTable a [k#0: int64, x#1: int32?, s#2: utf8]\n"
            "  Project [y#1 as y]\n"
            "    ScanTable b [k#0: int64, y#1: float64]\n");
  const auto row = [](const char* value) { return project(make_plan(OneRow{}), {{value, "v"}}); };
  EXPECT_EQ(resolved(make_plan(UnionAll{{row("null"), row("'1998-09-02'"), row("date '1998-09-03'")}})),
            "UnionAll\n"
            "  Project [NULL::utf8 as v]\n"
            "    Project [NULL::int32 as v]\n"
            "      OneRow\n"
            "  Project ['1998-09-02' as v]\n"
            "    OneRow\n"
            "  Project [cast(v#0 as utf8) as v]\n"
            "    Project [DATE '1998-09-03' as v]\n"
            "      OneRow\n");
  EXPECT_EQ(resolved(make_plan(UnionAll{{row("1"), row("1000"), row("2.5")}})),
            "UnionAll\n"
            "  Project [cast(v#0 as decimal(11,1)) as v]\n"
            "    Project [1 as v]\n"
            "      OneRow\n"
            "  Project [cast(v#0 as decimal(11,1)) as v]\n"
            "    Project [1000 as v]\n"
            "      OneRow\n"
            "  Project [cast(v#0 as decimal(11,1)) as v]\n"
            "    Project [2.5 as v]\n"
            "      OneRow\n");
  EXPECT_EQ(resolved(make_plan(UnionAll{{row("1"), table("b")}})),
            "UNION expects the same number of columns, found 1 and 2");
  EXPECT_EQ(resolved(project(make_plan(Alias{table("b"), "q", {"key"}}), {{"q.key", ""}, {"y", ""}})),
            "Project [key#0 as key, y#1 as y]\n"
            "  Project [k#0 as key, y#1 as y]\n"
            "    ScanTable b [k#0: int64, y#1: float64]\n");
  EXPECT_EQ(resolved(make_plan(UnionAll{{table("a"), table("b")}})),
            "UNION expects the same number of columns, found 3 and 2");
  EXPECT_EQ(resolved(make_plan(
                Write{make_plan(Limit{make_plan(Range{0, 9}), 5, 2}), "x.parquet", "parquet", {{"codec", "it's"}}})),
            "Write 'x.parquet' parquet (codec 'it''s')\n"
            "  Limit 5 offset 2\n"
            "    Range 0 9\n");
}

TEST_F(Resolve, PlanTextErrorsPointAtTheLine) {
  const auto message = [&](std::string_view text) {
    const auto plan = parse_plan(text, tables_);
    EXPECT_FALSE(plan.ok()) << text;
    return plan.ok() ? std::string() : plan.error().where + " | " + plan.error().message;
  };
  EXPECT_EQ(message("Filtre true\n  OneRow\n"), "plan line 1 | there is no plan node 'Filtre'");
  EXPECT_EQ(message("Filter true\n  ScanTable b [k#1: int64]\n"), "plan line 2 | b has no column k#1 of type int64");
  EXPECT_EQ(message("Filter true\n    OneRow\n"), "plan line 2 | this line is indented deeper than its parent allows");
  EXPECT_EQ(message("OneRow\nOneRow\n"), "plan line 2 | a second plan begins here, expected one");
  EXPECT_EQ(message("Join inner\n  OneRow\n"), "plan line 1 | Join expects 2 input(s), found 1");
  EXPECT_EQ(message("Filter 1\n  OneRow\n"), "1 in Filter 1 | a predicate is int32, not bool");
}

TEST_F(Resolve, ErrorsPointAtTheName) {
  const auto where = [&](const PlanPtr& written) {
    const auto plan = resolve(*written, tables_);
    return plan.ok() ? std::string("resolved") : plan.error().where + " | " + plan.error().hint;
  };
  EXPECT_EQ(where(filter(table("a"), "x > zz")), "line 1, column 5 | known columns: k, x, s");
  EXPECT_EQ(where(project(table("b"), {{"k + length(yy)", ""}})), "line 1, column 12 | did you mean y?");
  EXPECT_EQ(where(join(table("a"), table("b"), JoinKind::kInner, "x = k")),
            "line 1, column 5 | write the table before the name: table.column");
}

// Text of a plan may come from outside: whatever it holds, it is read or refused.
TEST_F(Resolve, VerifiesRecursions) {
  const auto error_of = [&](const std::string& step) {
    const auto plan = parse_plan("Recursion 3\n  ScanTable a [k#0: int64]\n" + step, tables_);
    if (!plan.ok()) return plan.error().message;
    const Status status = verify(*plan.value());
    return status.ok() ? "" : status.error().message;
  };
  EXPECT_EQ(error_of("  WorkingRows 3 [k: int64?]\n"), "");
  EXPECT_EQ(error_of("  Project [k#0 as k]\n    WorkingRows 3 [k: int64?, l: int32?]\n"),
            "working rows differ from their recursion in the number of columns");
  EXPECT_EQ(error_of("  Project [1::int64 as k]\n    WorkingRows 3 [k: int32?]\n"),
            "working rows have column 1 as int32, expected int64 with nulls");
  EXPECT_EQ(error_of("  ScanTable a [x#1: int32?]\n"), "a recursion changes the type of column 1");
  EXPECT_EQ(error_of("  ScanTable a [k#0: int64, x#1: int32?]\n"),
            "a recursion begins with 1 columns and goes on with 2");
}

TEST_F(Resolve, AnyPlanTextIsReadOrRefused) {
  const std::string text =
      "TopN 3 offset 1 [n#1 desc nulls first]\n"
      "  Aggregate keys [s#2 as s] aggregates [count(*) as n, sum(x#1) as \"sum(x)\"]\n"
      "    Join inner keys [(k#0 = k#0)] on (x#1 < 3)\n"
      "      Filter (x#1 > 1)\n"
      "        ScanFile 'a.parquet' parquet (o '1') [k#0: int64, x#1: int32?, s#2: utf8] pruning [(x#1 > 1)]\n"
      "      UnionAll\n"
      "        ScanTable b [k#0: int64, y#1: float64]\n"
      "        Project [range#0 as k, 1.0e0 as y]\n"
      "          Range -3 4\n";
  const auto sound = parse_plan(text, tables_);
  ASSERT_TRUE(sound.ok()) << to_text(sound.error());
  EXPECT_EQ(to_text(*sound.value()), text);
  size_t refused = 0;
  for (size_t at = 0; at < text.size(); ++at)
    for (const std::string_view piece :
         {"", " ", "\n", "9", "#", "(", ")", "'", "\"", "[", ",", "null", "cast(", "\xff"}) {
      const auto plan = parse_plan(text.substr(0, at) + std::string(piece) + text.substr(at + 1), tables_);
      if (!plan.ok()) {
        ++refused;
        EXPECT_FALSE(plan.error().message.empty());
      } else {
        EXPECT_TRUE(verify(*plan.value()).ok());
      }
    }
  EXPECT_GT(refused, text.size());
}

}  // namespace
}  // namespace headrace
