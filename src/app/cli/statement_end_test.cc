#include "app/cli/statement_end.h"

#include <gtest/gtest.h>

namespace headrace {
namespace {

TEST(StatementEnd, SeesThroughQuotesAndComments) {
  for (const char* text : {"select 1;", "select ';';", "select 1; -- done", "select 1; /* a; */\n", "select E'\\';';",
                           "select \"a;\"\"b\";", ";", "select 'it''s;'\n;", "select /* /* ; */ ; */ 1;"})
    EXPECT_TRUE(ends_statement(text)) << text;
  for (const char* text : {"", "select 1", "select ';", "select 1 -- ;", "select 1; /* open", "select \"a;",
                           "select E'\\';", "select 1; select 2", "select 'a;''", "select 1 /* ; */"})
    EXPECT_FALSE(ends_statement(text)) << text;
}

TEST(StatementEnd, Nothing) {
  for (const char* text : {"", " \n", "-- a", "/* b */ ;", ";;"}) EXPECT_TRUE(is_nothing(text)) << text;
  for (const char* text : {"a", "'", "/* open", "; x"}) EXPECT_FALSE(is_nothing(text)) << text;
}

}  // namespace
}  // namespace headrace
