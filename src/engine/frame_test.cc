// Goal: frames mean what SQL means, with_columns replaces in place, and mistakes surface in collect().
#include <gtest/gtest.h>
#include <headrace/frame.h>

namespace headrace {
namespace {

std::string answer(const Frame& frame) {
  const Result<Rows> rows = frame.collect();
  if (!rows.ok()) return to_text(rows.error());
  return rows.value().to_text("csv").value();
}

class FrameTest : public testing::Test {
 protected:
  Engine engine_{{.threads = 1}};
  Session session_ = engine_.session();
  // range, a, b: 0,0,x 1,10,x
  Frame rows_ = session_.range(0, 2).with_columns({(col("range") * lit(10)).as("a"), lit("x").as("b")});
};

TEST_F(FrameTest, WithColumnsReplacesInPlace) {
  EXPECT_EQ(answer(rows_), "range,a,b\n0,0,x\n1,10,x\n");
  EXPECT_EQ(answer(rows_.with_columns({(col("a") + lit(1)).as("a")})), "range,a,b\n0,1,x\n1,11,x\n");
  // All read the columns as they were before; new ones follow in the order of writing.
  EXPECT_EQ(answer(rows_.with_columns({col("b").as("c"), col("a").as("range"), (col("range") + lit(1)).as("A")})),
            "range,A,b,c\n0,1,x,x\n10,2,x,x\n");
}

TEST_F(FrameTest, WithColumnsRefusesOneNameTwice) {
  const std::string error = answer(rows_.with_columns({lit(1).as("a"), lit(2).as("a")}));
  EXPECT_NE(error.find("makes the column 'a' twice"), std::string::npos) << error;
}

TEST_F(FrameTest, FilterRefusesAnAggregateWhereverItStands) {
  const Frame wrong = rows_.filter(sum(col("a")) > lit(3));
  for (const Frame& frame : {wrong, wrong.select({col("a")}), wrong.sort({col("a")}).limit(1), rows_.union_all(wrong),
                             rows_.join(wrong, {"a"}), wrong.group_by({col("b")}).agg({count()})}) {
    const std::string error = answer(frame);
    EXPECT_NE(error.find("filter() decides about single rows and takes no aggregate, found sum(a)"), std::string::npos)
        << error;
  }
  EXPECT_FALSE(wrong.explain({}).ok());
  EXPECT_EQ(answer(rows_.group_by({col("b")}).agg({sum(col("a")).as("s")}).filter(col("s") > lit(3))), "b,s\nx,10\n");
}

}  // namespace
}  // namespace headrace
