#include "kernel/nested.h"

#include <gtest/gtest.h>

#include "kernel/interval.h"
#include "kernel/nested_arguments.h"
#include "kernel/zone.h"
#include "types/nested_value.h"
#include "types/parse_value.h"

namespace headrace::kernel {
namespace {

struct Nested : testing::Test, NestedArguments {
  std::string print(const char* type, const StringRef& bytes) {
    return nested_to_text(parse_type(type).value(), bytes.view());
  }
};

TEST_F(Nested, FieldsByNumber) {
  const StringRef list = value("int32[]", "[7, NULL, 9]");
  const StringRef letters = shape("int32[]");
  EXPECT_EQ(nested_count(list, letters), 3);
  const auto get = [&](int64_t index) { return nested_get<int32_t>(0, list, letters, index, faults, context); };
  EXPECT_EQ(get(1), 7);
  EXPECT_EQ(get(-1), 9);
  for (const int64_t missing : {0, 2, 4, -2, -4}) EXPECT_FALSE(nested_has(list, letters, missing, context)) << missing;
  EXPECT_EQ(get(INT64_MAX), 0);
  EXPECT_EQ(get(INT64_MIN), 0);
  const StringRef row = value("struct(a utf8, b int8[], c decimal(30,1))", "{'a': x, 'b': [1], 'c': 2.5}");
  const StringRef fields = shape("struct(a utf8, b int8[], c decimal(30,1))");
  EXPECT_EQ(nested_get<StringRef>(StringRef(), row, fields, 1, faults, context).view(), "x");
  EXPECT_EQ(print("int8[]", nested_get<StringRef>(StringRef(), row, fields, 2, faults, context)), "[1]");
  EXPECT_EQ(static_cast<int64_t>(nested_get<int128>(0, row, fields, 3, faults, context)), 25);
}

// In any order, of several lists by turns, and behind the end: the same with remembered places as without.
TEST_F(Nested, FieldsOfLongListsAreFoundWhereOthersWere) {
  const StringRef letters = shape("int64[]");
  std::vector<StringRef> lists;
  for (int64_t list = 0; list < 6; ++list) {
    StringRef bytes;
    for (int64_t i = 0; i < 200; ++i)
      bytes = i % 7 == list ? nested_append_null(bytes, faults, context)
                            : nested_append(bytes, list * 1000 + i, faults, context);
    lists.push_back(nested_close(bytes, text("int64[]"), faults, context));
  }
  NestedCursors cursors;
  KernelContext remembering = context;
  remembering.nested = &cursors;
  for (int64_t turn = 0; turn < 4000; ++turn) {
    const StringRef& list = lists[static_cast<size_t>(turn * turn / 50 % 6)];
    const int64_t index = turn % 3 == 0 ? turn % 205 : turn % 3 == 1 ? -(turn % 203) : turn * 31 % 201;
    ASSERT_EQ(nested_has(list, letters, index, remembering), nested_has(list, letters, index, context)) << index;
    ASSERT_EQ(nested_get<int64_t>(0, list, letters, index, faults, remembering),
              nested_get<int64_t>(0, list, letters, index, faults, context))
        << index;
  }
}

TEST_F(Nested, ListsAreMadeAndTakenApart) {
  StringRef bytes;
  bytes = nested_append(bytes, int64_t{5}, faults, context);
  bytes = nested_append_null(bytes, faults, context);
  EXPECT_EQ(print("int64[]", nested_close(bytes, text("int64[]"), faults, context)), "[5, NULL]");
  const StringRef list = value("int64[]", "[3, NULL, 1, 3]");
  const StringRef letters = shape("int64[]");
  const StringRef three = nested_append(StringRef(), int64_t{3}, faults, context);
  EXPECT_TRUE(list_contains_field(list, letters, three));
  EXPECT_EQ(list_position_field(list, letters, three), 1);
  EXPECT_EQ(list_position_field(list, letters, nested_append(StringRef(), int64_t{4}, faults, context)), 0);
  EXPECT_EQ(print("int64[]", list_slice(list, letters, 2, -2, faults, context)), "[NULL, 1]");
  EXPECT_EQ(print("int64[]", list_slice(list, letters, 3, 99, faults, context)), "[1, 3]");
  EXPECT_EQ(print("int64[]", list_reorder<ListOrder::kAscending>(list, letters, faults, context)), "[1, 3, 3, NULL]");
  EXPECT_EQ(print("int64[]", list_reorder<ListOrder::kDescending>(list, letters, faults, context)), "[3, 3, 1, NULL]");
  EXPECT_EQ(print("int64[]", list_reorder<ListOrder::kReversed>(list, letters, faults, context)), "[3, 1, NULL, 3]");
  EXPECT_EQ(print("int64[]", list_reorder<ListOrder::kDistinct>(list, letters, faults, context)), "[3, 1]");
  EXPECT_EQ(print("int64[]", list_concat(list, list, faults, context)), "[3, NULL, 1, 3, 3, NULL, 1, 3]");
  EXPECT_EQ(print("int64[]", list_range<false>(0, 3, 1, faults, context)), "[0, 1, 2]");
  EXPECT_EQ(print("int64[]", list_range<true>(3, 1, -1, faults, context)), "[3, 2, 1]");
  EXPECT_EQ(print("int64[]", list_range<false>(3, 1, 1, faults, context)), "[]");
  EXPECT_EQ(print("int64[]", list_range<true>(1, 3, 0, faults, context)), "[]");
  EXPECT_EQ(print("utf8[]", string_split(text("a,b,,c"), text(","), faults, context)), "[a, b, '', c]");
  EXPECT_EQ(print("utf8[]", string_split(text("zü"), text(""), faults, context)), "[z, ü]");
  EXPECT_EQ(array_to_string(value("utf8[]", "[a, NULL, b]"), text("-"), faults, context).view(), "a-b");
  EXPECT_EQ(print("int64[]", list_flatten(value("int64[][]", "[[1], NULL, [2, 3]]"), faults, context)), "[1, 2, 3]");
  EXPECT_EQ(faults.bits, 0u);
  list_range<false>(0, INT64_MAX, 1, faults, context);
  EXPECT_EQ(faults.bits, Faults::kOutOfRange);
}

TEST_F(Nested, Maps) {
  const StringRef map = map_of_lists(value("utf8[]", "[a, b]"), value("int64[]", "[1, NULL]"), shape("utf8[]"),
                                     shape("int64[]"), faults, context);
  EXPECT_EQ(print("map(utf8, int64)", map), "{a=1, b=NULL}");
  const StringRef letters = shape("map(utf8, int64)");
  EXPECT_EQ(nested_count(map, letters), 2);
  const auto position = [&](const char* key) {
    return map_value_position(map, letters, nested_append(StringRef(), text(key), faults, context));
  };
  EXPECT_EQ(position("a"), 2);
  EXPECT_EQ(position("b"), 4);
  EXPECT_EQ(position("c"), 0);
  EXPECT_EQ(print("utf8[]", map_fields<0>(map, letters, faults, context)), "[a, b]");
  EXPECT_EQ(print("int64[]", map_fields<1>(map, letters, faults, context)), "[1, NULL]");
  EXPECT_EQ(faults.bits, 0u);
  map_of_lists(value("utf8[]", "[a, a]"), value("int64[]", "[1, 2]"), shape("utf8[]"), shape("int64[]"), faults,
               context);
  EXPECT_EQ(faults.bits, Faults::kBadCast);
}

TEST_F(Nested, Casts) {
  const auto cast = [&](const char* from, const char* printed, const char* to) {
    Faults found;
    const StringRef result = nested_cast(value(from, printed), text(from), text(to), found, context);
    return found.bits != 0 ? "fault" : print(to, result);
  };
  EXPECT_EQ(cast("int32[]", "[1, NULL]", "utf8[]"), "[1, NULL]");
  EXPECT_EQ(cast("utf8[]", "[1, 2]", "float64[]"), "[1.0, 2.0]");
  EXPECT_EQ(cast("utf8[]", "[x]", "int32[]"), "fault");
  Faults of_null;
  nested_cast(StringRef(), text("struct(a int32, b int32)"), text("struct(a int64, b utf8)"), of_null, context);
  EXPECT_EQ(of_null.bits, 0u) << "a row that is null has no bytes";
  EXPECT_EQ(cast("struct(a int32)", "{'a': 1}", "struct(x int64, y date)"), "{'x': 1, 'y': NULL}");
  EXPECT_EQ(cast("struct(a int32, b int8[])", "{'a': 1, 'b': [2]}", "struct(x int64, y decimal(4,1)[])"),
            "{'x': 1, 'y': [2.0]}");
  EXPECT_EQ(cast("struct(a int32, b utf8)", "{'a': 1, 'b': 2}", "struct(B int64, c date, a utf8)"),
            "{'B': 2, 'c': NULL, 'a': 1}");
  const StringRef list = text_to_nested(text("[1.5, ' 7 ', 2e1]"), text("int32[]"), faults, context);
  EXPECT_EQ(print("int32[]", list), "[2, 7, 20]");
}

TEST(Interval, ArithmeticAsDuckDb) {
  const auto moved = [](const char* from, const char* by) {
    Faults faults;
    const int64_t us = add_interval(parse_timestamp(from).value(), parse_interval(by).value(), faults);
    return faults.bits != 0 ? "fault" : timestamp_to_text(us);
  };
  EXPECT_EQ(moved("2020-01-31 10:00:00", "1 month"), "2020-02-29 10:00:00");
  EXPECT_EQ(moved("2020-01-31", "1 month 1 day -1 second"), "2020-02-29 23:59:59");
  EXPECT_EQ(moved("2020-02-29", "-1 year"), "2019-02-28 00:00:00");
  EXPECT_EQ(moved("294247-01-10", "1 day"), "fault");
  Faults faults;
  EXPECT_EQ(add_interval_to_time(23 * kMicrosecondsPerHour, {0, 5, 2 * kMicrosecondsPerHour}), kMicrosecondsPerHour);
  EXPECT_EQ(subtract_timestamps(kMicrosecondsPerDay + 5, 0, faults), (headrace::Interval{0, 1, 5}));
  EXPECT_EQ(multiply_interval({1, -2, 3}, -2, faults), (headrace::Interval{-2, 4, -6}));
  EXPECT_EQ(faults.bits, 0u);
  multiply_interval({INT32_MAX, 0, 0}, 2, faults);
  EXPECT_EQ(faults.bits, Faults::kOutOfRange);
}

TEST(Zone, ClocksAndInstants) {
  const auto clock = [](const char* instant, const char* zone) {
    Faults faults;
    const StringRef name{std::string_view(zone)};
    const int64_t us = clock_of_instant(parse_timestamp_tz(instant).value(), name, faults);
    return faults.bits != 0 ? "fault" : timestamp_to_text(us);
  };
  const auto instant = [](const char* written, const char* zone) {
    Faults faults;
    const StringRef name{std::string_view(zone)};
    const int64_t us = instant_of_clock(parse_timestamp(written).value(), name, faults);
    return faults.bits != 0 ? "fault" : timestamp_to_text(us);
  };
  // DuckDB: SELECT TIMESTAMPTZ '…' AT TIME ZONE '…'
  EXPECT_EQ(clock("2020-01-01 00:00:00+00", "America/New_York"), "2019-12-31 19:00:00");
  EXPECT_EQ(clock("2020-07-01 00:00:00.5+00", "Europe/Zurich"), "2020-07-01 02:00:00.5");
  EXPECT_EQ(instant("2020-06-01 00:00:00", "Europe/Zurich"), "2020-05-31 22:00:00");
  EXPECT_EQ(instant("2020-03-29 02:30:00", "Europe/Zurich"), "2020-03-29 01:30:00");  // skipped
  EXPECT_EQ(instant("2020-10-25 02:30:00", "Europe/Zurich"), "2020-10-25 01:30:00");  // twice
  EXPECT_EQ(clock("2020-01-01 00:00:00+00", "Mars/Olympus"), "fault");
  EXPECT_FALSE(is_time_zone("/etc/passwd"));
  EXPECT_FALSE(is_time_zone("../../etc/passwd"));
  EXPECT_FALSE(is_time_zone("file:UTC"));
  EXPECT_FALSE(is_time_zone("libc:UTC"));
  EXPECT_TRUE(is_time_zone("UTC"));
}

}  // namespace
}  // namespace headrace::kernel
