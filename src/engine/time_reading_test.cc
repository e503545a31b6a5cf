// Goal: what reading a column takes is measured: both prices are other than what is compiled in, and the file that it takes is gone.
#include "engine/time_reading.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include "base/world.h"

namespace headrace {
namespace {

TEST(TimeReading, MeasuresBothPrices) {
  std::string directory = real_world().temporary_directory() + "/headrace-time-reading-XXXXXX";
  ASSERT_NE(mkdtemp(directory.data()), nullptr);
  Machine machine = usual_machine();
  ASSERT_TRUE(time_reading(directory, machine).ok());
  EXPECT_GT(machine.read_value_ns, 0);
  EXPECT_NE(machine.read_value_ns, usual_machine().read_value_ns);
  EXPECT_NE(machine.read_byte_ns, usual_machine().read_byte_ns);
  const std::vector<std::string> left = real_world().list(directory).value();
  EXPECT_TRUE(left.empty()) << left.front();
  EXPECT_TRUE(real_world().remove(directory).ok());
}

TEST(TimeReading, SaysThatTheFileCannotBeWritten) {
  Machine machine = usual_machine();
  const Status status = time_reading("/nowhere/at/all", machine);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::kIo);
  EXPECT_EQ(machine.read_value_ns, usual_machine().read_value_ns);
}

}  // namespace
}  // namespace headrace
