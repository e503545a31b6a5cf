// Goal: what reading a column takes is measured: both prices are other than what is compiled in, and the file that it takes is gone.
#include "engine/time_reading.h"

#include <gtest/gtest.h>

#include "engine/core.h"

namespace headrace {
namespace {

TEST(TimeReading, MeasuresBothPrices) {
  EngineOptions options;
  options.history.clear();
  const auto core = std::make_shared<EngineCore>(options);
  Machine machine = usual_machine();
  time_reading(core, Engine(options).session(), machine);
  EXPECT_GT(machine.read_value_ns, 0);
  EXPECT_NE(machine.read_value_ns, usual_machine().read_value_ns);
  EXPECT_NE(machine.read_byte_ns, usual_machine().read_byte_ns);
  for (const std::string& name : core->world.list(core->world.temporary_directory()).value())
    EXPECT_FALSE(name.starts_with("headrace-calibrate-")) << name;
}

}  // namespace
}  // namespace headrace
