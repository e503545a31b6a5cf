#include "expr/typing.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "expr/parse.h"

namespace headrace {
namespace {

const Schema kSchema = {{"i", kInt32, true},          {"l", kInt64, false}, {"f", kFloat64, true},
                        {"m", decimal(15, 2), false}, {"s", kUtf8, true},   {"d", kDate, true},
                        {"t", kTimestamp, true},      {"b", kBool, true},   {"n", decimal(4, 1), true}};

Result<ExprPtr> resolved(std::string_view text, const Schema& schema = kSchema) {
  TRY(written, parse_expression(text));
  return resolve_expression(*written, scope_of(schema, "t1"));
}

// "TEXT : TYPE", with ? for a type that may be null; or the error's message.
std::string typed(std::string_view text) {
  const auto result = resolved(text);
  if (!result.ok()) return result.error().message;
  const Expr& expr = *result.value();
  return fmt::format("{} : {}{}", to_text(expr), to_text(expr.type), expr.nullable ? "?" : "");
}

struct Typed {
  std::string_view text, expected;
};

TEST(Typing, PromotesNumbers) {
  for (const auto& [text, expected] : std::initializer_list<Typed>{
           {"i + 1", "(i#0 + 1) : int32?"},
           {"i + l", "(cast(i#0 as int64) + l#1) : int64?"},
           {"l + 1", "(l#1 + 1::int64) : int64"},
           {"l * f", "(cast(l#1 as float64) * f#2) : float64?"},
           {"i / 2", "(cast(i#0 as float64) / 2.0e0) : float64?"},
           {"i // 2", "(i#0 // 2) : int32?"},
           {"l % i", "(l#1 % cast(i#0 as int64)) : int64?"},
           {"m + n", "(m#3 + cast(n#8 as decimal(5,2))) : decimal(16,2)?"},
           {"1 - m", "(1.00::decimal(12,2) - m#3) : decimal(16,2)"},
           {"m * (1 - n)", "(m#3 * (1.0::decimal(11,1) - n#8)) : decimal(18,3)?"},
           {"m * 2", "(m#3 * 2::decimal(10,0)) : decimal(18,2)"},
           {"m + f", "(cast(m#3 as float64) + f#2) : float64?"},
           {"f * 0.5", "(f#2 * 0.5e0) : float64?"},
           {"-m", "negate(m#3) : decimal(15,2)"},
           {"-(5)", "-5 : int32"},
           {"i + NULL", "(i#0 + NULL::int32) : int32?"},
           {"NULL", "NULL::int32 : int32?"},
           {"round(m, 1)", "round_decimal(m#3, 2, 1) : decimal(15,1)"},
           {"round(m)", "round_decimal(m#3, 2, 0) : decimal(15,0)"},
           {"floor(m)", "floor_decimal(m#3, 2, 0) : decimal(15,0)"},
           {"ceil(n)", "ceil_decimal(n#8, 1, 0) : decimal(4,0)?"},
           {"trunc(m, -3)", "trunc_decimal(m#3, 2, -3) : decimal(15,0)"},
           {"round(i, -1)", "round(i#0, -1) : int32?"},
           {"floor(i)", "floor(cast(i#0 as float64)) : float64?"},
           {"trunc(l)", "l#1 : int64"},
           {"bit_and_of(i, l)", "bit_and_of(cast(i#0 as int64), l#1) : int64?"},
           {"m % n", "(m#3 % cast(n#8 as decimal(15,2))) : decimal(15,2)?"},
           {"f % 2", "(f#2 % 2.0e0) : float64?"},
           {"pow(i, 2)", "power(cast(i#0 as float64), 2.0e0) : float64?"},
           {"greatest(i, l, 1.5)",
            "greatest(cast(i#0 as decimal(20,1)), greatest(cast(l#1 as decimal(20,1)), 1.5::decimal(20,1))) : "
            "decimal(20,1)"},
           {"typeof(m)", "'DECIMAL(15,2)' : utf8"},
           {"pi()", "3.141592653589793e0 : float64"},
           {"round(f)", "round(f#2, 0) : float64?"},
           {"abs(n)", "abs(n#8) : decimal(4,1)?"},
           {"s + 1", "a + b expects (integer, integer) or (float, float) or (decimal, decimal), found (utf8, int32)"},
           {"m // 2", "(cast(m#3 as float64) / 2.0e0) : float64"},
           {"f // 2", "(f#2 / 2.0e0) : float64?"},
           {"m::decimal(18,0) // 2", "(cast(cast(m#3 as decimal(18,0)) as float64) / 2.0e0) : float64"},
           {"m::decimal(38,0) // 2", "(cast(cast(m#3 as decimal(38,0)) as int64) // 2::int64) : int64"},
           {"i + 1::int8", "(i#0 + 1) : int32?"},
           {"1::int8 + 2::uint8", "(1::int64 + 2::int64) : int64"},
           {"1::int8 + 2", "('1'::int8 + '2'::int8) : int8"},
           {"2 + 1::int8", "('2'::int8 + '1'::int8) : int8"},
           {"1::int8 + 300", "(1 + 300) : int32"},
           {"i + 1::uint32", "(cast(i#0 as int64) + 1::int64) : int64?"},
           {"i + i::uint32", "(cast(i#0 as int64) + cast(cast(i#0 as uint32) as int64)) : int64?"},
           {"l * 1.5::float32", "(cast(l#1 as float32) * '1.5'::float32) : float32"},
           {"m::decimal(18,2) * n::decimal(18,10)",
            "(cast(m#3 as decimal(18,2)) * cast(n#8 as decimal(18,10))) : decimal(18,12)?"},
           {"m::decimal(20,2) * n",
            "multiply(cast(m#3 as decimal(20,2)), cast(n#8 as decimal(19,1)), 24) : decimal(24,3)?"}})
    EXPECT_EQ(typed(text), expected) << text;
}

TEST(Typing, Compares) {
  for (const auto& [text, expected] :
       std::initializer_list<Typed>{{"i > l", "(cast(i#0 as int64) > l#1) : bool?"},
                                    {"l = 3", "(l#1 = 3::int64) : bool"},
                                    {"m <= 1", "(m#3 <= 1.00::decimal(15,2)) : bool"},
                                    {"m = n", "(m#3 = cast(n#8 as decimal(15,2))) : bool?"},
                                    {"i < 1.5", "(cast(i#0 as decimal(11,1)) < 1.5::decimal(11,1)) : bool?"},
                                    {"d >= '1998-09-02'", "(d#5 >= DATE '1998-09-02') : bool?"},
                                    {"d < t", "(cast(d#5 as timestamp) < t#6) : bool?"},
                                    {"i = '12'", "(i#0 = 12) : bool?"},
                                    {"i = 'x'", "(i#0 = cast('x' as int32)) : bool?"},
                                    {"s like 'a%'", "(s#4 like 'a%') : bool?"},
                                    {"s > 1", "cannot compare utf8 with int32"},
                                    {"d = 1", "cannot compare date with int32"},
                                    {"l is null", "(l#1 is null) : bool"},
                                    {"i between 1 and l", "((i#0 >= 1) and (cast(i#0 as int64) <= l#1)) : bool?"}})
    EXPECT_EQ(typed(text), expected) << text;
}

TEST(Typing, LogicBranchesAndCasts) {
  for (const auto& [text, expected] : std::initializer_list<Typed>{
           {"b and i > 1", "(b#7 and (i#0 > 1)) : bool?"},
           {"not b or null", "((not b#7) or NULL::bool) : bool?"},
           {"i and b", "(cast(i#0 as bool) and b#7) : bool?"},
           {"case when b then 1 when l = 2 then m end",
            "if_else(b#7, 1.00::decimal(15,2), if_else((l#1 = 2::int64), m#3, NULL::decimal(15,2))) : decimal(15,2)?"},
           {"not l", "(not cast(l#1 as bool)) : bool"},
           {"d and b", "a AND b expects bool, found date: d#5"},
           {"case when i then 1 end", "if_else(cast(i#0 as bool), 1, NULL::int32) : int32?"},
           {"coalesce(b, i)", "coalesce(cast(b#7 as int32), i#0) : int32?"},
           {"b + 1", "a + b expects (integer, integer) or (float, float) or (decimal, decimal), found (bool, int32)"},
           {"s = i", "(cast(s#4 as int32) = i#0) : bool?"},
           {"case when b then l else 0 end", "if_else(b#7, l#1, 0::int64) : int64"},
           {"case when b then s else 1 end", "the branches of CASE have types int32 and utf8"},
           {"coalesce(i, l, 0)", "coalesce(cast(i#0 as int64), coalesce(l#1, 0::int64)) : int64"},
           {"nullif(l, 0)", "if_else((l#1 = 0::int64), NULL::int64, l#1) : int64?"},
           {"cast(m as decimal(6,1))", "cast(m#3 as decimal(6,1)) : decimal(6,1)"},
           {"cast(s as date)", "cast(s#4 as date) : date?"},
           {"cast('1.25' as decimal(4,2))", "1.25::decimal(4,2) : decimal(4,2)"},
           {"cast(d as bool)", "cannot cast date to bool: d#5"},
           {"substring(s, 2)", "substring(s#4, 2::int64, 4294967295::int64) : utf8?"},
           {"s || i", "(s#4 || cast(i#0 as utf8)) : utf8?"},
           {"year(d) = 1995", "(year(d#5) = 1995::int64) : bool?"},
           {"d + 3", "add_days(d#5, 3) : date?"},
           {"d - d", "(d#5 - d#5) : int64?"},
           {"d + interval '1' month", "add_interval(cast(d#5 as timestamp), INTERVAL '1 month') : timestamp?"},
           {"d < date '1998-12-01' - interval '90' day", "(d#5 < DATE '1998-09-02') : bool?"},
           {"t1.i", "i#0 : int32?"},
           {"T1.I", "i#0 : int32?"}})
    EXPECT_EQ(typed(text), expected) << text;
}

TEST(Typing, NestedValuesMeet) {
  for (const auto& [text, expected] : std::initializer_list<Typed>{
           {"[]", "'[]'::null[] : null[]"},
           {"[] = ['a']", "('[]'::utf8[] = '[a]'::utf8[]) : bool"},
           {"[[NULL], [1]]", "'[[NULL], [1]]'::int32[][] : int32[][]"},
           {"{'a': NULL}", "nested_close(nested_append_null(''::binary), 'struct(a null)') : struct(a null)"},
           {"{'a': NULL} = {'a': s}",
            "(nested_close(nested_append_null(''::binary), 'struct(a utf8)') = nested_close(nested_join(''::binary, "
            "coalesce(nested_append(''::binary, s#4), nested_append_null(''::binary))), 'struct(a utf8)')) : bool"},
           {"[NULL][1]", "NULL::int32 : int32?"},
           {"typeof([NULL][1])", "'\"NULL\"' : utf8"},
           {"typeof([{'a': NULL}, {'b': 1, 'A': []}])", "'STRUCT(a \"NULL\"[], b INTEGER)[]' : utf8"},
           {"typeof([row(1, NULL), {'x': NULL, 'y': s}])", "'STRUCT(x INTEGER, y VARCHAR)[]' : utf8"},
           {"row(1) = {'a': 1, 'b': 2}", "cannot compare struct(v1 int32) with struct(a int32, b int32)"},
           {"typeof(MAP {}['k'])", "'\"NULL\"' : utf8"},
           {"typeof(list_append([], NULL))", "'\"NULL\"[]' : utf8"},
           {"[1]::\"NULL\"[]", "nested_cast('[1]'::int32[], 'int32[]', 'null[]') : null[]"},
           {"list_resize([], 2, 'a')", "cannot cast utf8 to null: 'a'"}})
    EXPECT_EQ(typed(text), expected) << text;
}

TEST(Typing, NamesWhatIsWrong) {
  const auto error = [](std::string_view text) {
    const auto result = resolved(text);
    EXPECT_FALSE(result.ok()) << text;
    return result.ok() ? Error{ErrorCode::kInvalidPlan, "", "", ""} : result.error();
  };
  EXPECT_EQ(error("1 + flight").message, "there is no column 'flight'");
  EXPECT_EQ(error("1 + flight").where, "line 1, column 5");
  EXPECT_EQ(error("lengt(s)").message, "there is no function 'lengt'");
  EXPECT_EQ(error("lengt(s)").hint, "did you mean length?");
  EXPECT_EQ(error("length(s, 1)").message, "length takes 1 argument, found 2");
  EXPECT_EQ(error("upper(l)").message, "upper(text) expects (utf8), found (int64)");
  EXPECT_EQ(error("sum(l) + 1").message, "the aggregate sum may not stand here");
  EXPECT_EQ(error("t2.i").message, "there is no column 't2.i'");

  Scope scope = scope_of(kSchema, "a");
  for (const ScopeColumn& column : scope_of(kSchema, "b")) scope.push_back(column);
  const auto ambiguous = resolve_expression(*column_name("", "l"), scope);
  ASSERT_FALSE(ambiguous.ok());
  EXPECT_EQ(ambiguous.error().message, "column 'l' is ambiguous: a.l, b.l");
}

TEST(Typing, AggregatesHaveDuckDbsTypes) {
  const auto place_of = [](const std::string& name) {
    return std::to_string(find_column({"", name}, {}, scope_of(kSchema)).value());
  };
  const auto type_of = [](std::string_view text) {
    const auto written = parse_expression(text);
    EXPECT_TRUE(written.ok()) << text;
    const auto& call = std::get<AggregateCall>(written.value()->node);
    const auto result = resolve_aggregate(call, {}, scope_of(kSchema));
    return result.ok() ? to_text(result.value().type) : result.error().message;
  };
  EXPECT_EQ(type_of("sum(i)"), "decimal(38,0)");
  EXPECT_EQ(type_of("sum(l)"), "decimal(38,0)");
  EXPECT_EQ(type_of("sum(m)"), "decimal(38,2)");
  EXPECT_EQ(type_of("sum(f)"), "float64");
  EXPECT_EQ(type_of("avg(i)"), "float64");
  EXPECT_EQ(type_of("count(*)"), "int64");
  EXPECT_EQ(type_of("count(s)"), "int64");
  EXPECT_EQ(type_of("min(m)"), "decimal(15,2)");
  EXPECT_EQ(type_of("max(d)"), "date");
  EXPECT_EQ(type_of("sum(b)"), "decimal(38,0)");
  EXPECT_EQ(type_of("sum(s)"), "sum(a) does not take utf8");
  EXPECT_EQ(type_of("var_pop(m)"), "float64");
  EXPECT_EQ(type_of("covar_pop(i, m)"), "float64");
  EXPECT_EQ(type_of("median(i)"), "float64");
  EXPECT_EQ(type_of("median(m)"), "decimal(15,2)");
  EXPECT_EQ(type_of("median(d)"), "timestamp");
  EXPECT_EQ(type_of("median(s)"), "utf8");
  EXPECT_EQ(type_of("quantile_disc(d, 0.5)"), "date");
  EXPECT_EQ(type_of("percentile_disc(0.5) within group (order by m)"), "decimal(15,2)");
  EXPECT_EQ(type_of("arg_min(s, f)"), "utf8");
  EXPECT_EQ(type_of("first(m order by i)"), "decimal(15,2)");
  EXPECT_EQ(type_of("list(i)"), "int32[]");
  EXPECT_EQ(type_of("histogram(s)"), "map(utf8, uint64)");
  EXPECT_EQ(type_of("median(i order by f)"),
            "median looks at its values in their own order, not by f#" + place_of("f"));
  EXPECT_EQ(type_of("string_agg(distinct s order by s) filter (where b)"), "utf8");
  EXPECT_EQ(type_of("string_agg(distinct s order by i)"),
            "with DISTINCT, ORDER BY must name an argument; i#" + place_of("i") + " is none");
}

// What explain prints must be the expression, not something like it.
TEST(ExprText, ReadsBackToTheSameExpression) {
  for (const std::string_view text : {"i + 1",
                                      "m * (1 - n) * (1 + n)",
                                      "m + n - 3",
                                      "case when b then s else 'it''s' end",
                                      "cast(m as decimal(6,1)) > 2",
                                      "d >= date '1998-09-02' - interval '90' day",
                                      "t > timestamp '2013-01-01 05:00:00'",
                                      "i between 1 and 3 or s like '%x%'",
                                      "coalesce(f, 1e300, -0.5)",
                                      "l > 9223372036854775807 - 1",
                                      "round(f, 2) = round(m, 1)",
                                      "floor(m) + ceil(n) - trunc(m, -2) % 7",
                                      "greatest(i, l, 3) > least(f, 2)",
                                      "not (b is null)",
                                      "nullif(l, -7)",
                                      "substring(upper(s), 2, 3) || 'x'",
                                      "cast('nan' as double) < f",
                                      "i in (1, 2, 3)",
                                      "d - date '1990-01-01'",
                                      "f = 'x'",
                                      "null",
                                      "cast(null as decimal(9,3))",
                                      "m = 0.05",
                                      "abs(-m)",
                                      "hash(s) % 7",
                                      "s || cast(m as text)",
                                      "avg_x + 1"}) {
    Schema schema = kSchema;
    schema.push_back({"avg_x", kInt64, true});
    const auto first = resolved(text, schema);
    ASSERT_TRUE(first.ok()) << text << ": " << to_text(first.error());
    const std::string printed = to_text(*first.value());
    const auto second = resolved(printed, schema);
    ASSERT_TRUE(second.ok()) << printed << ": " << to_text(second.error());
    EXPECT_TRUE(same(*first.value(), *second.value())) << text << "\n" << printed << "\n" << to_text(*second.value());
    EXPECT_EQ(hash(*first.value()), hash(*second.value())) << text;
  }
}

// No combination of functions and operands breaks an invariant, and what resolves reads back.
TEST(Typing, EveryCombinationResolvesOrIsRefused) {
  std::vector<ExprPtr> operands;
  for (const std::string_view text : {"i",
                                      "l",
                                      "f",
                                      "m",
                                      "n",
                                      "s",
                                      "d",
                                      "t",
                                      "b",
                                      "null",
                                      "'x'",
                                      "'1998-09-02'",
                                      "1",
                                      "-3000000000",
                                      "0.05",
                                      "1e0",
                                      "cast(null as date)",
                                      "cast(m as decimal(38,30))",
                                      "12345678901234567890123",
                                      "cast(i as int8)",
                                      "cast(i as uint64)",
                                      "cast(f as float32)",
                                      "cast(s as interval)",
                                      "cast(s as time)",
                                      "cast(s as binary)",
                                      "cast(s as timestamptz)"})
    operands.push_back(parse_expression(text).value());
  size_t resolved_count = 0;
  const auto check = [&](const Function& function, std::vector<ExprPtr> arguments) {
    const ExprPtr written = call(std::string(function.name), std::move(arguments));
    const auto first = resolve_expression(*written, scope_of(kSchema));
    if (!first.ok()) {
      EXPECT_FALSE(first.error().message.empty());
      return;
    }
    ++resolved_count;
    const std::string text = to_text(*first.value());
    const auto second = resolved(text);
    ASSERT_TRUE(second.ok()) << text << ": " << to_text(second.error());
    EXPECT_TRUE(same(*first.value(), *second.value())) << text << " became " << to_text(*second.value());
  };
  for (const Function& function : functions()) {
    if (function.name.starts_with("cast_to_")) continue;  // written as CAST
    for (const ExprPtr& a : operands) {
      check(function, {a});
      for (const ExprPtr& b : operands) {
        check(function, {a, b});
        if (function.overloads[0].arguments.size() == 3)
          for (const ExprPtr& c : operands) check(function, {a, b, c});
      }
    }
  }
  for (const ExprPtr& operand : operands)
    for (const Type to : {kBool,   kInt8,      kInt16,       kInt32,       kInt64,        kUInt8,         kUInt16,
                          kUInt32, kUInt64,    kFloat32,     kFloat64,     decimal(9, 2), decimal(38, 0), kDate,
                          kTime,   kTimestamp, kTimestampNs, kTimestampTz, kInterval,     kUtf8,          kBinary}) {
      const Expr written{CastTo{operand, to}, kNullType, true, {}};
      const auto first = resolve_expression(written, scope_of(kSchema));
      if (!first.ok()) continue;
      ++resolved_count;
      EXPECT_EQ(first.value()->type, to);
      const auto second = resolved(to_text(*first.value()));
      ASSERT_TRUE(second.ok()) << to_text(*first.value());
      EXPECT_TRUE(same(*first.value(), *second.value())) << to_text(*first.value());
    }
  EXPECT_GT(resolved_count, 2'000u);
}

TEST(CanFault, KnowsWhatTypesRuleOut) {
  const auto faults = [](std::string_view text) {
    const auto result = resolved(text);
    EXPECT_TRUE(result.ok()) << text;
    return result.ok() && can_fault(*result.value());
  };
  for (const std::string_view harmless :
       {"f + f", "f * 2", "i > l", "m + n", "i % 3", "f / 2", "cast(i as int64)", "cast(m as double)",
        "d >= '1998-09-02'", "s like 'x%'", "d - d", "abs(m)", "i = 3 and b"})
    EXPECT_FALSE(faults(harmless)) << harmless;
  for (const std::string_view harmful :
       {"i + 1", "l * l", "f / f", "m * (1 - n)", "i % l", "cast(s as int64)", "cast(l as int32)", "abs(i)",
        "cast(m as decimal(6,1))", "i = 'x'", "b and l + 1 > 2", "d + 3"})
    EXPECT_TRUE(faults(harmful)) << harmful;
}

}  // namespace
}  // namespace headrace
