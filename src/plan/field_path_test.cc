#include "plan/field_path.h"

#include <gtest/gtest.h>

#include "types/nested_type.h"

namespace headrace {
namespace {

using Paths = std::vector<FieldPath>;

Schema schema() {
  const Type city = struct_of({{"lat", kFloat64}, {"odd name", kUtf8}});
  return {{"u", list_of(kInt64), true},
          {"user", struct_of({{"city", city}, {"cities", list_of(city)}, {"by_name", map_of(kUtf8, city)}}), true}};
}

TEST(FieldPath, TextReadsBack) {
  for (const auto& [path, text] :
       std::vector<std::pair<FieldPath, std::string>>{{{0}, "u"},
                                                      {{0, 0}, "u[]"},
                                                      {{1}, "user"},
                                                      {{1, 0, 0}, "user.city.lat"},
                                                      {{1, 0, 1}, "user.city.\"odd name\""},
                                                      {{1, 1}, "user.cities"},
                                                      {{1, 1, 0, 1}, "user.cities[].\"odd name\""},
                                                      {{1, 2}, "user.by_name"}}) {
    EXPECT_TRUE(is_path(schema(), path));
    EXPECT_EQ(path_text(schema(), path), text);
    const auto read = parse_path(schema(), text);
    ASSERT_TRUE(read.ok()) << text << ": " << read.error().message;
    EXPECT_EQ(read.value(), path) << text;
  }
}

TEST(FieldPath, WhatIsNone) {
  for (const FieldPath& path : Paths{{}, {2}, {0, 1}, {0, 0, 0}, {1, 3}, {1, 2, 0}, {1, 0, 0, 0}})
    EXPECT_FALSE(is_path(schema(), path));
  for (const char* text : {"", "v", "u.", "u[", "u[][]", "use", "user.cit", "user.city.la", "user.by_name[]"})
    EXPECT_FALSE(parse_path(schema(), text).ok()) << text;
}

TEST(FieldPath, PathsInside) {
  const Paths paths = {{0, 0}, {0, 2, 1}, {1}};
  EXPECT_EQ(paths_inside(paths, 0), (Paths{{0}, {2, 1}}));
  EXPECT_EQ(paths_inside(paths, 1), Paths()) << "all of it";
  EXPECT_EQ(paths_inside(paths, 2), std::nullopt);
  EXPECT_EQ(paths_inside({}, 2), Paths()) << "all of the value is read";
  EXPECT_EQ(paths_in_column(paths, 0), (Paths{{0}, {2, 1}}));
  EXPECT_EQ(paths_in_column(paths, 2), Paths());
}

}  // namespace
}  // namespace headrace
