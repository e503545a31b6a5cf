// Goal: the reference itself is right. Hand-computed answers, and for scalars DuckDB's (test/integration/reference_test.py).
#include "reference/reference.h"

#include <cmath>

#include <gtest/gtest.h>

#include "reference/aggregate.h"
#include "reference/calendar.h"
#include "reference/cast.h"
#include "reference/tables.h"

namespace headrace::reference {
namespace {

// Rows as "a|b", joined by spaces; an error as its message.
std::string answer_text(const std::string& sql) {
  const auto answer = run_reference(sql);
  if (!answer.ok()) return answer.error().message;
  std::string text;
  for (const auto& row : answer.value().rows) {
    if (!text.empty()) text += ' ';
    for (size_t i = 0; i < row.size(); ++i) text += (i == 0 ? "" : "|") + to_display(row[i]);
  }
  return text;
}

void check(const std::string& sql, const std::string& expected) { EXPECT_EQ(answer_text(sql), expected) << sql; }

TEST(BigInteger, DividesAndRounds) {
  const BigInteger big = BigInteger::from_digits("123456789012345678901234567890");
  const auto [quotient, remainder] = BigInteger::divide(-big, BigInteger(1'000'000'007));
  EXPECT_EQ(quotient.to_text(), "-123456788148148161864");
  EXPECT_EQ((quotient * BigInteger(1'000'000'007) + remainder).to_text(), (-big).to_text());
  EXPECT_EQ(nearest_integer(BigInteger(-5), BigInteger(2), Halves::kAwayFromZero), BigInteger(-3));
  EXPECT_EQ(nearest_integer(BigInteger(-5), BigInteger(2), Halves::kToEven), BigInteger(-2));
  EXPECT_EQ(floor_of(BigInteger(-5), BigInteger(2)), BigInteger(-3));
}

TEST(BigInteger, NearestDoubleIsCorrectlyRounded) {
  EXPECT_EQ(nearest_double(BigInteger(1), BigInteger(3)), 1.0 / 3);
  EXPECT_EQ(nearest_double(BigInteger(int64_t{9007199254740993}), BigInteger(1)), 9007199254740992.0);  // half, to even
  for (const double value : {0.1, -1e300, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308})
    EXPECT_EQ(nearest_double(scaled_double(value), double_scale()), value);
  EXPECT_EQ(nearest_double(BigInteger::power_of_ten(309), BigInteger(1)), INFINITY);
  EXPECT_EQ(nearest_double(BigInteger(1), double_scale() * BigInteger(2)), 0.0);  // half of the smallest: to even
}

TEST(Calendar, GoesThereAndBack) {
  for (int64_t days = -3'000'000; days < 3'000'000; days += 997) EXPECT_EQ(days_of(civil_of(days)), days);
  EXPECT_EQ(days_of({2000, 3, 1}), 11'017);
  EXPECT_EQ(days_of({1, 1, 1}), -719'162);
}

TEST(Reference, LogicKnowsNullsAndFaults) {
  check("select false and 1/0 > 1, true or 1/0 > 1, null and false", "false|true|false");
  check("select true and 1/0 > 1", "division by zero");
  check("select null and 1/0 > 1", "division by zero");
  check("select null + 1/0", "division by zero");
  check("select case when range = 0 then 1 else 10 // range end from range(3)", "1 10 5");
  check("select coalesce(1, 1//0)", "1");
  check("set on_error = null; select 1//0, coalesce(1//0, 7), (1//0) is null, true and 1//0 = 1", "NULL|7|true|NULL");
}

TEST(Reference, FaultsOnlyWhereSomethingLooks) {
  check("select x from (select range as x, 1 // range as y from range(3)) t", "0 1 2");
  check("select x, y from (select range as x, 1 // range as y from range(3)) t where x > 0", "1|1 2|0");
  check("select 10 // (2 - range) from range(5) limit 2", "5 10");
  check("select sum(1 // range) from range(3)", "division by zero");
}

TEST(Reference, JoinsReadWhatCrossesThem) {
  const std::string joined =
      "(select 10 // (range - 2) v, range k from range(5)) s join range(3, 5) b on s.k = b.range";
  check("select b.range from " + joined, "3 4");
  check("select s.v from " + joined, "division by zero");
  check("select k from (select s.v, s.k from " + joined + ") t", "3 4");
  check("select k from (select s.v, s.k from " + joined + " where s.v > 0) t", "division by zero");
  check("select s.k from " + joined + " and s.v > 0", "division by zero");
  check("select s.k from " + joined + " and 10 // (s.k - 2) > 0", "3 4");
  check(
      "select s.k, b.range from range(5) b left join (select 10 // (range - 2) v, range k from range(5)) s "
      "on s.k = b.range and s.v > 1 and s.k > 3",
      "NULL|0 NULL|1 NULL|2 NULL|3 4|4");
  check(
      "select s.v from (select 10 // (range - 4) v, range k from range(5)) s join range(3) b on s.k = b.range limit 2",
      "-2 -3");
  check(
      "select s.v from range(3) b join (select 10 // (range - 4) v, range k from range(5)) s on s.k = b.range limit 0",
      "division by zero");
}

TEST(Reference, SamplesReadTheirRowsAndKeepTheirOrder) {
  check("select * from range(5) tablesample 100%", "0 1 2 3 4");
  check("select * from range(5) tablesample 9", "0 1 2 3 4");
  check("select count(*) from range(1000) tablesample 7 rows", "7");
  check("select count(*) from range(100007) tablesample reservoir (10%)", "10001");
  const std::string rows = "(select range k, 10 // (range - 5) v from range(8)) t";
  check("select k, v from " + rows + " tablesample 0", "division by zero");
  check("select k from " + rows + " tablesample 8", "0 1 2 3 4 5 6 7");
}

TEST(Reference, SortsAndLimitsReadTheirRows) {
  const std::string rows = "(select range k, 10 // (range - 5) v from range(8)) t";
  check("select k, v from " + rows + " order by k limit 3", "division by zero");
  check("select k, v from " + rows + " limit 2 offset 6", "division by zero");
  check("select k from (select * from " + rows + " order by k) t limit 2 offset 6", "6 7");
  check("(select * from " + rows + " limit 7) limit 4", "division by zero");
  check("select * from (select * from range(3) union all select v from " + rows + ") t limit 8",
        "0 1 2 -2 -2 -3 -5 -10");
}

TEST(Reference, TypesDecideWhatOverflows) {
  check("select 2147483647 + 1", "overflow");
  check("select 2147483647 + 1::bigint", "2147483648");
  check("select sum(x) from (values (2147483647), (2147483647)) t(x)", "4294967294");
  check("select 99999999999999999999999999999999999999 + 1", "overflow");
  check("select 1.10 * 1.1, 0.1 + 0.22, 1 / 4, 7 // -2, -7 % 3", "1.210|0.32|0.25|-3|-1");
}

TEST(Reference, SumsAreExact) {
  check("select sum(x), avg(x) from (values (1e100), (1e0), (-1e100)) t(x)", "1.0|0.3333333333333333");
  check("select sum(x) from (values (0.1e0), (0.2e0), (-0.3e0)) t(x)", "2.7755575615628914e-17");
  check("select sum(x), count(x), min(x) from (values (1.5)) t(x) where x > 2", "NULL|0|NULL");
}

TEST(Reference, GroupsJoinsAndSorts) {
  check("select range % 3 as k, count(*) from range(10) group by k having count(*) > 3", "0|4");
  check(
      "select a.k from (select 1 as k union all select null) a left join range(3) b on a.k = b.range and 1 // (b.range "
      "- 0) "
      "> 0 order by 1",
      "1 NULL");
  check("select a.range, b.range from range(3) a left join range(2, 5) b on a.range = b.range order by 1",
        "0|NULL 1|NULL 2|2");
  check("select range from range(6) order by range % 2 desc, range", "1 3 5 0 2 4");
  check("select range from range(6) order by range % 2 limit 2 offset 2", "4 1");
  check("select x from (values ('b'), ('a'), ('c')) t(x) order by x desc", "c b a");
  check("select distinct range // 4 from range(10) order by 1", "0 1 2");
  check("with t as (select range as x from range(3)) select sum(a.x * b.x) from t a, t b", "9");
  check("create view v as select range as x from range(4); select max(x) from v", "3");
}

TEST(Reference, ReadsCsv) {
  const auto table = read_csv("a,b,c\n1,\"x,\"\"y\",\n2,,3.5\n,\"\",nan\n");
  EXPECT_EQ(table->scope[0].type, kInt64);
  EXPECT_EQ(table->scope[1].type, kUtf8);
  EXPECT_EQ(table->scope[2].type, kFloat64);
  EXPECT_EQ(table->rows[0][1].text(), "x,\"y");
  EXPECT_TRUE(table->rows[1][1].is_null());
  EXPECT_EQ(table->rows[2][1].text(), "");
  EXPECT_TRUE(std::isnan(table->rows[2][2].number()));
}

TEST(Reference, CastsText) {
  const auto text = [](const char* from, Type to) {
    const Datum value = cast({std::string(from)}, kUtf8, to);
    if (const auto* faulted = std::get_if<Faulted>(&value.data)) return fault_name(faulted->causes);
    return to_display(to_value(value, to));
  };
  EXPECT_EQ(text(" 12.5 ", kInt32), "13");
  EXPECT_EQ(text("1e3", kInt64), "1000");
  EXPECT_EQ(text("1e10", kInt32), "overflow");
  EXPECT_EQ(text("", kInt32), "bad cast");
  EXPECT_EQ(text("-0.005", decimal(5, 2)), "-0.01");
  EXPECT_EQ(text("1e400", kFloat64), "inf");
  EXPECT_EQ(text("Yes", kBool), "true");
  EXPECT_EQ(text("2023-2-29", kDate), "out of range");
  EXPECT_EQ(text("2024-2-29", kDate), "2024-02-29");
  EXPECT_EQ(text("2024-02-29T23:59:59.1234567Z", kTimestamp), "2024-02-29 23:59:59.123456");
  EXPECT_EQ(text("2024-02-29 24:00", kTimestamp), "2024-03-01 00:00:00");
}

}  // namespace
}  // namespace headrace::reference
