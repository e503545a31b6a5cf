#include "expr/parse.h"

#include <gtest/gtest.h>
#include <random>

#include "base/limits.h"

namespace headrace {
namespace {

// A literal whose type is not that of its digits prints as a cast, which only
// resolve() folds again; the rest is the same at once.
void expect_round_trip(const Expr& first, const std::string& printed) {
  const auto again = parse_expression(printed);
  ASSERT_TRUE(again.ok()) << printed << "\n" << to_text(again.error());
  if (printed.find("::") == std::string::npos)
    EXPECT_TRUE(same(first, *again.value())) << printed << " reads back as " << to_text(*again.value());
}

// `text` parses to the expression that prints as `expected`, and that print reads back to the same expression.
void check(std::string_view text, std::string_view expected) {
  const auto parsed = parse_expression(text);
  ASSERT_TRUE(parsed.ok()) << text << "\n" << to_text(parsed.error());
  const std::string printed = to_text(*parsed.value());
  EXPECT_EQ(printed, expected) << text;
  expect_round_trip(*parsed.value(), printed);
}

void check_literal(std::string_view text, const Value& expected) {
  const auto parsed = parse_expression(text);
  ASSERT_TRUE(parsed.ok()) << text << "\n" << to_text(parsed.error());
  const auto* found = std::get_if<Literal>(&parsed.value()->node);
  ASSERT_NE(found, nullptr) << text << " is " << to_text(*parsed.value());
  EXPECT_EQ(to_text(found->value.type), to_text(expected.type)) << text;
  EXPECT_EQ(found->value, expected) << text << " is " << to_display(found->value);
}

// The whole error, as users see it.
void check_error(std::string_view text, std::string_view expected) {
  const auto parsed = parse_expression(text);
  ASSERT_FALSE(parsed.ok()) << text << " is " << to_text(*parsed.value());
  EXPECT_EQ(to_text(parsed.error()), expected) << text;
}

void check_code(std::string_view text, ErrorCode code) {
  const auto parsed = parse_expression(text);
  ASSERT_FALSE(parsed.ok()) << text.substr(0, 100);
  EXPECT_EQ(parsed.error().code, code) << to_text(parsed.error());
}

}  // namespace

TEST(ParseExpression, BindsByPrecedence) {
  check("a + b * c", "(a + (b * c))");
  check("a - b - c", "((a - b) - c)");
  check("a * b / c % d // e", "((((a * b) / c) % d) // e)");
  check("-a * b", "(negate(a) * b)");
  check("- - a", "negate(negate(a))");
  check("+a", "a");
  check("-(5)", "negate(5)");
  check("a || b + c", "(a || (b + c))");
  check("a + b < c * d", "((a + b) < (c * d))");
  check("a = b AND c <> d OR NOT e >= f", "(((a = b) and (c <> d)) or (not (e >= f)))");
  check("a == b and c != d", "((a = b) and (c <> d))");
  check("NOT NOT a", "(not (not a))");
  check("not a is null", "(not (a is null))");
  check("a = b is not null", "((a = b) is not null)");
  check("a or b and c or d", "((a or (b and c)) or d)");
  check("a and b and c and d", "((a and b) and (c and d))");
  check("-a::bigint", "negate(cast(a as int64))");
  check("((((a))))", "a");
}

TEST(ParseExpression, LowersWhatIsNoNode) {
  check("x between 1 and 2 + 3 and y", "(((x >= 1) and (x <= (2 + 3))) and y)");
  check("x NOT BETWEEN a AND b", "(not ((x >= a) and (x <= b)))");
  check("x in ()", "false");
  check("x not in ()", "(not false)");
  check("x in (1)", "(x = 1)");
  check("x in (1, 2, y)", "(((x = 1) or (x = 2)) or (x = y))");
  check("x not in ('a')", "(not (x = 'a'))");
  check("x like 'a%' || y", "(x like ('a%' || y))");
  check("x NOT LIKE 'a_'", "(not (x like 'a_'))");
  check("x ilike 'A'", "(lower(x) like lower('A'))");
  check("x is true", "coalesce(cast(x as bool), false)");
  check("x is not false", "(not coalesce((not x), false))");
  check("a is distinct from b", "is_distinct_from(a, b)");
  check("(a, b) is not distinct from (1, 2)", "(is_not_distinct_from(a, 1) and is_not_distinct_from(b, 2))");
  check("case when a then 1 when b then 2 end", "case when a then 1 when b then 2 end");
  check("CASE x WHEN 1 THEN 'one' ELSE 'many' END", "case when (x = 1) then 'one' else 'many' end");
  check("cast(x as decimal(15, 2))", "cast(x as decimal(15,2))");
  check("x::double precision::text", "cast(cast(x as float64) as utf8)");
  check("7::bigint", "cast(7 as int64)");
  check("extract(YEAR from d)", "date_part('YEAR', d)");
  check("date_part('month', d)", "date_part('month', d)");
  check("substring(s from 2 for 3)", "substring(s, 2, 3)");
  check("substr(s, 2, 3)", "substring(s, 2, 3)");
  check("coalesce(a, b, c)", "coalesce(a, b, c)");
  check("coalesce(a)", "a");
  check("nullif(a, b)", "case when (a = b) then NULL else a end");
  check("if(a, b, c)", "case when a then b else c end");
  check("UPPER(name)", "upper(name)");
}

TEST(ParseExpression, Bytes) {
  for (const auto& [text, bytes] : std::initializer_list<std::pair<const char*, std::string>>{
           {"x''", ""}, {"x'00fF'", std::string("\0\xff", 2)}, {"X'303132'", "012"}}) {
    const auto parsed = parse_expression(text);
    ASSERT_TRUE(parsed.ok()) << text;
    EXPECT_EQ(std::get<Literal>(parsed.value()->node).value, (Value{kBinary, bytes})) << text;
  }
}

TEST(ParseExpression, Intervals) {
  check("d + interval '90' day", "(d + INTERVAL '90 days')");
  check("d - INTERVAL 90 DAYS", "(d - INTERVAL '90 days')");
  check("d - interval '1' year", "(d - INTERVAL '1 year')");
  check("d + interval '3 months' - interval '2' week", "((d + INTERVAL '3 months') - INTERVAL '14 days')");
  check("d + interval '1' day (3)", "(d + INTERVAL '1 day')");
  check("t + interval -2 hour", "(t + INTERVAL '-02:00:00')");
  check("interval + 1", "(\"interval\" + 1)");
  check_code("d + interval '1' parsec", ErrorCode::kInvalidPlan);
  check("d + interval '1.5' day", "(d + INTERVAL '1 day')");
  check("d + interval '-.5' month", "(d + INTERVAL '00:00:00')");
  check("d + interval -1.5 hours", "(d + INTERVAL '-01:00:00')");
  check("d + interval '1.5' second", "(d + INTERVAL '00:00:01.5')");
  check("d + interval '1.5 days'", "(d + INTERVAL '1 day 12:00:00')");
  check_code("d + interval '9999999999' month", ErrorCode::kInvalidPlan);
  check_code("d + interval '9223372036854775807' hour", ErrorCode::kInvalidPlan);
  check("interval '1' day + d", "(INTERVAL '1 day' + d)");
  check("d + interval '1 year 2 months'", "(d + INTERVAL '1 year 2 months')");
  check("interval (a + 1) hours", "to_hours((a + 1))");
  check("interval(a)", "interval(a)");
  check_code("interval '1' year to month", ErrorCode::kUnsupported);
}

TEST(ParseExpression, OperatorsOfOtherKinds) {
  check("a ^ b ** c", "power(power(a, b), c)");
  check("-a ^ 2", "power(negate(a), 2)");
  check("a * b ^ c", "(a * power(b, c))");
  check("a | b & c << 1 >> 2", "shift_right(shift_left(bit_and_of(bit_or_of(a, b), c), 1), 2)");
  check("1 << 2 + 1", "shift_left(1, (2 + 1))");
  check("~a + b", "bit_not((a + b))");
  check("a ~ 'x' or b !~* 'y'", "(regexp_matches(a, 'x') or (not regexp_matches(b, 'y', 'i')))");
  check("a ~~ 'x%' and b !~~* 'Y'", "((a like 'x%') and (not (lower(b) like lower('Y'))))");
  check("a && b or a @> b and a <@ b", "(list_has_any(a, b) or (list_has_all(a, b) and list_has_all(b, a)))");
  check("a similar to 'x|y'", "regexp_full_match(a, 'x|y')");
  check("a not glob 'x*'", "(not glob(a, 'x*'))");
  check("a like 'x#%' escape '#'", "like_escape(a, 'x#%', '#')");
  check("t at time zone 'UTC' + 1", "(timezone('UTC', t) + 1)");
  check("a isnull or b notnull", "((a is null) or (b is not null))");
  check("a is unknown", "(a is null)");
  check("x between symmetric 3 and 1", "(((x >= 3) and (x <= 1)) or ((x >= 1) and (x <= 3)))");
}

TEST(ParseExpression, RowsCompareValueByValue) {
  check("(a, b) = (1, 2)", "((a = 1) and (b = 2))");
  check("(a, b) <> row(1, 2)", "((a <> 1) or (b <> 2))");
  check("(a, b) < (1, 2)", "((a < 1) or ((a = 1) and (b < 2)))");
  check("(a, b) >= (1, 2)", "((a > 1) or ((a = 1) and (b >= 2)))");
  check("(a, b) in ((1, 2), (3, 4))", "(((a = 1) and (b = 2)) or ((a = 3) and (b = 4)))");
  check("(a, b) is null", "((a is null) and (b is null))");
  check("(a, b)", "row(a, b)");
}

TEST(ParseExpression, PartsOfNestedValues) {
  check("[1, a, 'x']", "list_value(1, a, 'x')");
  check("array[1]", "list_value(1)");
  check("[]", "list_value()");
  check("{'a': 1, b: 2}", "struct_pack('a', 1, 'b', 2)");
  check("struct_pack(a := 1)", "struct_pack('a', 1)");
  check("map {'k': 1}", "map(list_value('k'), list_value(1))");
  check("x[1]", "list_extract(x, 1)");
  check("x[1:2]", "list_slice(x, 1, 2)");
  check("x[:]", "list_slice(x, 1, -1)");
  check("x[2:-:2]", "list_slice(x, 2, -1, 2)");
  check("a.b.c", "struct_extract(a.b, 'c')");
  check("f(x).y[1]", "list_extract(struct_extract(f(x), 'y'), 1)");
  check("x in [1, 2]", "list_contains(list_value(1, 2), x)");
}

TEST(ParseExpression, FunctionsWithASyntaxOfTheirOwn) {
  check("position('b' in s)", "position(s, 'b')");
  check("trim(leading 'x' from s)", "ltrim(s, 'x')");
  check("trim(both from s)", "trim(s)");
  check("trim(s, 'x')", "trim(s, 'x')");
  check("overlay(s placing 'x' from 2 for 3)", "overlay(s, 'x', 2, 3)");
  check("substring(s for 2)", "substring(s, 1, 2)");
  check("try_cast(x as int)", "try_cast(x as int32)");
  check("current_date", "current_date()");
  check("? + ? * $2 - $name", "(($1 + ($2 * $2)) - $name)");
  check("columns(t.* exclude (a, b) replace (a + 1 as a) rename (c as d) like 'x%')",
        "columns(t.* exclude (a, b) replace ((a + 1) as a) rename (c as d) like 'x%')");
  check("columns('^a') + 1", "(columns('^a') + 1)");
  check("columns(['a', 'b'])", "columns(list_value('a', 'b'))");
  check("* exclude a", "* exclude (a)");
  check("integer '5'", "5");
}

TEST(ParseExpression, Literals) {
  const int128 ten_to_19 = int128{1'000'000'000'000'000'000} * 10;
  check_literal("0", {kInt32, int32_t{0}});
  check_literal("2147483647", {kInt32, int32_t{2147483647}});
  check_literal("2147483648", {kInt64, int64_t{2147483648}});
  check_literal("-2147483648", {kInt64, int64_t{-2147483648}});
  check_literal("-2147483647", {kInt32, int32_t{-2147483647}});
  check_literal("-9223372036854775808", {kInt64, INT64_MIN});
  check_literal("9223372036854775808", {decimal(38, 0), int128{INT64_MAX} + 1});
  check_literal("10000000000000000000", {decimal(38, 0), ten_to_19});
  check_literal("1.50", {decimal(3, 2), int128{150}});
  check_literal("-0.05", {decimal(3, 2), int128{-5}});
  check_literal(".5", {decimal(1, 1), int128{5}});
  check_literal("5.", {decimal(1, 0), int128{5}});
  check_literal("1e3", {kFloat64, 1000.0});
  check_literal("2.5E-1", {kFloat64, 0.25});
  check_literal("100000000000000000000000000000000000000", {kFloat64, 1e38});
  check_literal("1_000", {kInt32, int32_t{1000}});
  check_literal("1_0.5_0", {decimal(4, 2), int128{1050}});
  check_literal("0xFF", {kInt32, int32_t{255}});
  check_literal("-0x8000_0000", {kInt64, int64_t{-2147483648}});
  check_literal("0b101", {kInt32, int32_t{5}});
  check_literal("0o17", {kInt32, int32_t{15}});
  check_literal("$$it's$$", {kUtf8, std::string("it's")});
  check_literal("$a$x$b$y$a$", {kUtf8, std::string("x$b$y")});
  check_literal("''", {kUtf8, std::string()});
  check_literal("'it''s'", {kUtf8, std::string("it's")});
  check_literal("TRUE", {kBool, true});
  check_literal("null", null_value(kNullType));
  check_literal("DATE '1970-01-02'", {kDate, int32_t{1}});
  check_literal("timestamp '1970-01-01 00:00:01'", {kTimestamp, int64_t{1'000'000}});
  check_code("1e999", ErrorCode::kInvalidPlan);
  check_code("date '2013-02-30'", ErrorCode::kInvalidPlan);
}

TEST(ParseExpression, Names) {
  check("t.a", "t.a");
  check("\"My Table\".\"a \"\"b\"\"\"", "\"My Table\".\"a \"\"b\"\"\"");
  check("Größe", "\"Größe\"");
  check("\"select\"", "\"select\"");
  check("year", "year");
  check("\"date\"", "\"date\"");
  check("amount#3 + #1", "(amount#3 + #1)");
  check_code("#0", ErrorCode::kInvalidPlan);
  check("\"null\"", "\"null\"");
  check("*", "*");
  check("t.*", "t.*");
  check("a -- the rest\n + /* b /* nested */ */ c", "(a + c)");
}

TEST(ParseExpression, Aggregates) {
  check("count(*)", "count(*)");
  check("COUNT()", "count(*)");
  check("count(DISTINCT x)", "count(distinct x)");
  check("sum(ALL x * 2)", "sum((x * 2))");
  check("1 + avg(x) / max(y)", "(1 + (avg(x) / max(y)))");
  check("sum(x) filter (where y > 0)", "sum(x) filter (where (y > 0))");
  check("sum(DISTINCT x ORDER BY y DESC, z NULLS FIRST)", "sum(distinct x order by y desc, z nulls first)");
  check("sum(x) WITHIN GROUP (ORDER BY y)", "sum(x order by y)");
  check("count(*) filter (where y)", "count(*) filter (where y)");
  check_code("sum(*)", ErrorCode::kInvalidPlan);
  check_code("sum()", ErrorCode::kInvalidPlan);
  check_code("sum(1 + max(x))", ErrorCode::kInvalidPlan);
  check_code("sum(x) over (partition by y)", ErrorCode::kUnsupported);
  EXPECT_EQ(first_aggregate(*parse_expression("a + b").value()), nullptr);
  EXPECT_EQ(to_text(*first_aggregate(*parse_expression("case when a then b + sum(c) else max(d) end").value())),
            "sum(c)");
}

TEST(ParseExpression, ErrorsPointAtTheirPlace) {
  check_error("a +", "error: expected an expression, found end of text\n  a +\n     ^\n  at line 1, column 4");
  check_error("a +\n  )", "error: expected an expression, found ')'\n    )\n    ^\n  at line 2, column 3");
  check_error("'é' + 'ab",
              "error: this string is never closed\n  'é' + 'ab\n        ^\n  at line 1, column 8\n"
              "  hint: close it with '");
  check_error("a < b < c",
              "error: comparisons do not chain\n  a < b < c\n        ^\n  at line 1, column 7\n"
              "  hint: write a < b AND b < c, or use parentheses");
  check_error(
      "case when a then b esle c end",
      "error: expected WHEN, ELSE or END, found \"esle\"\n  case when a then b esle c end\n                     ^\n"
      "  at line 1, column 20\n  hint: did you mean ELSE?");
  check_error(
      "x::decimall(3)",
      "error: unknown type 'decimall(3)'\n  x::decimall(3)\n     ^\n  at line 1, column 4\n"
      "  hint: did you mean decimal? types are bool, int8 to int64, uint8 to uint64, float32, float64, decimal(p,s), "
      "date, time, timestamp, timestamp_ns, timestamptz, interval, utf8, binary, enum('a', …), t[], struct(name t, …), "
      "map(t, t)");
  check_error("12ab",
              "error: expected a number, found \"12ab\"\n  12ab\n  ^\n  at line 1, column 1\n"
              "  hint: put a space behind the number, or quotes around the whole");
  check_error("a b", "error: expected an operator or end of text, found \"b\"\n  a b\n    ^\n  at line 1, column 3");
  check_error("\t`a`",
              "error: unexpected character '`'\n  \t`a`\n  \t^\n  at line 1, column 2\n"
              "  hint: names with special characters are written in double quotes: \"name\"");
  check_error("\"a\xFF\"",
              "error: expected UTF-8 text, found the byte 0xFF\n  \"a\xFF\"\n    ^\n  at line 1, column 3\n"
              "  hint: save the file as UTF-8");
}

TEST(ParseExpression, ErrorsShowAPieceOfALongLine) {
  const std::string text = std::string(500, 'a') + " + ) + " + std::string(500, 'b');
  const auto parsed = parse_expression(text);
  ASSERT_FALSE(parsed.ok());
  EXPECT_EQ(parsed.error().where, "line 1, column 504");
  EXPECT_EQ(parsed.error().message,
            "expected an expression, found ')'\n  " + text.substr(443, 120) + "\n  " + std::string(60, ' ') + "^");
}

TEST(WithExcerpt, AddsTheLineOnlyToPlacesInTheText) {
  const auto at = [](std::string where) {
    return with_excerpt({ErrorCode::kInvalidPlan, "there is no column 'b'", std::move(where), "did you mean a?"},
                        "select a,\n  b\n");
  };
  EXPECT_EQ(to_text(at("line 2, column 3")),
            "error: there is no column 'b'\n    b\n    ^\n  at line 2, column 3\n  hint: did you mean a?");
  EXPECT_EQ(at("line 2, column 4").message, "there is no column 'b'\n    b\n     ^");
  for (const char* elsewhere :
       {"", "orders.csv:812", "line 2, column 5", "line 4, column 1", "line 0, column 1", "line 1, column x", "line 1",
        "line 99999999999, column 1", "plan line 1: line 1, column 1"})
    EXPECT_EQ(at(elsewhere).message, "there is no column 'b'") << elsewhere;
  EXPECT_EQ(with_excerpt(at("line 2, column 3"), "select a,\n  b\n"), at("line 2, column 3"));
}

TEST(ParseExpression, RefusesWhatIsNotThere) {
  for (std::string_view text :
       {"(select 1)", "x in (select 1)", "exists (select 1)", "x < all (select 1)", "x < any (y)", "f(x) over ()",
        "x collate c", "a.f(x)", "lambda x: x", "list_transform(l, x -> x + 1)", "list_reduce(l, (a, b) -> a)",
        "[x + 1 for x in l if x > 1]", "x glob 'a' escape 'b'"})
    check_code(text, ErrorCode::kUnsupported);
  for (std::string_view text : {"",
                                "(",
                                "()",
                                "a b",
                                "case end",
                                "case when a end",
                                "cast(a)",
                                "cast(a as)",
                                "a..b",
                                "a.",
                                "f(a,)",
                                "f(a",
                                "a = not b",
                                "a between b",
                                "and",
                                "a is b",
                                "not",
                                "#99999999999",
                                "\"\"",
                                "'a",
                                "\"a",
                                "/* a",
                                "a $ b",
                                "a ! b",
                                "x::foo",
                                "nullif(a)",
                                "coalesce()",
                                "if(a)",
                                "extract(year d)",
                                "select",
                                "a[]",
                                "[1",
                                "{a 1}",
                                "(1, 2) = (1, 2, 3)",
                                "(1, 2) in (1, (3, 4, 5))",
                                "upper(*)",
                                "x'1'",
                                "x'-1'",
                                "X'zz'",
                                "is null + 1"})
    check_code(text, ErrorCode::kInvalidPlan);
}

TEST(ParseExpression, PositionsAreOfOperatorsAndNames) {
  const auto parsed = parse_expression("a\n  + upper(b)");
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed.value()->where.line, 2u);
  EXPECT_EQ(parsed.value()->where.column, 3u);
  const ExprPtr& upper = std::get<Call>(parsed.value()->node).arguments[1];
  EXPECT_EQ(upper->where.line, 2u);
  EXPECT_EQ(upper->where.column, 5u);
}

TEST(ParseExpression, LimitsDepthAndSize) {
  const auto repeat = [](std::string_view text, size_t times) {
    std::string result;
    for (size_t i = 0; i < times; ++i) result += text;
    return result;
  };
  EXPECT_TRUE(parse_expression(repeat("(", 399) + "1" + repeat(")", 399)).ok());
  EXPECT_TRUE(parse_expression("1" + repeat("+1", 399)).ok());
  EXPECT_TRUE(parse_expression("1" + repeat(" or 1", 50'000)).ok());
  EXPECT_TRUE(parse_expression("x in (1" + repeat(",1", 50'000) + ")").ok());
  EXPECT_TRUE(parse_expression("coalesce(a" + repeat(",a", 50'000) + ")").ok());
  for (const std::string& text :
       {repeat("(", 100'000) + "1" + repeat(")", 100'000), repeat("(", 100'000), "1" + repeat("+1", 100'000),
        repeat("- ", 100'000) + "a", repeat("not ", 100'000) + "a", repeat("f(", 100'000), repeat("case when ", 50'000),
        "a" + repeat("::int", 100'000), "a" + repeat(" is null", 100'000), repeat("coalesce(a,", 50'000),
        repeat("cast(", 100'000), repeat("a in (", 100'000),
        // Each level mentions the one below twice: 2^40 nodes.
        repeat("(", 40) + "a" + repeat(" between b and c)", 40)})
    check_code(text, ErrorCode::kLimit);
  check_code(std::string(limits::kStatementBytesMax + 1, ' '), ErrorCode::kLimit);
}

TEST(ParseExpression, AnyBytesGiveAnAnswer) {
  constexpr std::string_view kPieces[] = {
      "a",     "t.",       "\"q\"", "'s'",          "1",       "2.5",  "1e9",     "(",    ")",    ",",    "+",
      "-",     "*",        "/",     "||",           "::",      "int",  "case",    "when", "then", "else", "end",
      "and",   "or",       "not",   "is",           "null",    "in",   "between", "like", "cast", "as",   "sum",
      "count", "interval", "day",   "date",         "extract", "from", "#1",      "\n",   "--",   "/*",   "*/",
      "'",     "\"",       "\xC3",  "\xE2\x82\xAC", ";"};
  std::mt19937_64 random(20130101);
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    const size_t length = random() % 40;
    for (size_t i = 0; i < length; ++i) {
      if (round % 4 == 0) {
        text += static_cast<char>(random());
      } else {
        text += kPieces[random() % std::size(kPieces)];
        if (random() % 2 == 0) text += ' ';
      }
    }
    const auto parsed = parse_expression(text);
    if (!parsed.ok()) {
      EXPECT_FALSE(parsed.error().message.empty());
      continue;
    }
    const std::string printed = to_text(*parsed.value());
    expect_round_trip(*parsed.value(), printed);
  }
}

}  // namespace headrace
