#include "app/cli/statement_end.h"

#include <gtest/gtest.h>

namespace headrace {
namespace {

TEST(StatementEnd, SeesThroughQuotesAndComments) {
  for (const char* text : {"select 1;", "select ';';", "select 1; -- done", "select 1; /* a; */\n", "select E'\\';';",
                           "select \"a;\"\"b\";", ";", "select 'it''s;'\n;", "select /* /* ; */ ; */ 1;",
                           "select $$a;$$;", "select $x$ $$;' $x$;", "select $1;"})
    EXPECT_TRUE(ends_statement(text)) << text;
  for (const char* text :
       {"", "select 1", "select ';", "select 1 -- ;", "select 1; /* open", "select \"a;", "select E'\\';",
        "select 1; select 2", "select 'a;''", "select 1 /* ; */", "select $$a;", "select $x$ $$;"})
    EXPECT_FALSE(ends_statement(text)) << text;
}

TEST(StatementEnd, Nothing) {
  for (const char* text : {"", " \n", "-- a", "/* b */ ;", ";;"}) EXPECT_TRUE(is_nothing(text)) << text;
  for (const char* text : {"a", "'", "/* open", "; x"}) EXPECT_FALSE(is_nothing(text)) << text;
}

TEST(StatementEnd, SplitsAndKeepsPlaces) {
  using Texts = std::vector<std::string>;
  EXPECT_EQ(split_statements("a; b;"), (Texts{"a;", "   b;"}));
  EXPECT_EQ(split_statements("a;\n;; -- c;\n b 'x;\ny'; d"), (Texts{"a;", "\n   -- c;\n b 'x;\ny';", "\n\n\n    d"}));
  EXPECT_EQ(split_statements("/* ; */ ; \n"), Texts{});
  EXPECT_EQ(split_statements("a; select 'open;"), (Texts{"a;", "   select 'open;"}));
  EXPECT_EQ(split_statements("select $$;$$; b"), (Texts{"select $$;$$;", "              b"}));
}

}  // namespace
}  // namespace headrace
