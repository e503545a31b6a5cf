// Goal: samples of machine code are charged to the step whose instructions ran, or whose kernel was called.
#include <gtest/gtest.h>

#include <chrono>

#include "execute/compile/test_stage.h"
#include "execute/constants.h"
#include "execute/slot.h"
#include "execute/thread_sampler.h"

namespace headrace {
namespace {

// A text in capitals, by a function of the process, and its length.
struct Capitals {
  Capitals() {
    const Operand text = TestStage::value(test.input(kUtf8, false));
    test.output(test.compute("length_str", {test.compute("upper_str", {text})}));
  }
  TestStage test;
};

TEST(SampledLoop, StepsAreChargedForWhatTheyCall) {
#if __has_feature(thread_sanitizer)
  GTEST_SKIP() << "ThreadSanitizer holds signals back until a call that may block";
#endif
  const Capitals one;
  const LoopShape shape = one.test.shape(false);
  auto compiler = load_compiler();
  ASSERT_TRUE(compiler.ok());
  const auto loop = compiler.value()->compile(shape);
  ASSERT_TRUE(loop.ok());
  const std::string letters = "Ünïcödé letters, which are no single bytes, take their time";
  const std::vector<StringRef> texts(limits::kVectorRowsMax,
                                     StringRef(letters.data(), static_cast<uint32_t>(letters.size())));
  const ColumnIn input{texts.data(), nullptr};
  const ScratchColumn room(TypeId::kInt64);
  const ColumnOut output{room.data, nullptr};
  const ConstantPool constants(one.test.stage);
  Arena arena;
  KernelContext context{&arena};
  const LoopFrame frame{.rows = limits::kVectorRowsMax,
                        .selected = limits::kVectorRowsMax,
                        .selection = nullptr,
                        .inputs = &input,
                        .outputs = &output,
                        .constants = constants.values(),
                        .active = nullptr,
                        .states = nullptr,
                        .context = &context};
  WorkPart outside, control, steps[2];
  const ThreadSampler sampler(2'000, outside);
  ASSERT_TRUE(sampler.samples());
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (steps[0].samples < 40 && std::chrono::steady_clock::now() < end) {
    arena.reset();
    const AtLoop at(*loop.value(), steps, 2, control);
    ASSERT_EQ(loop.value()->code()(&frame), 0U);
  }
  EXPECT_GE(steps[0].samples, 40U);
  EXPECT_GT(steps[0].samples, 4 * (steps[1].samples + control.samples)) << "capitals are nearly all of the work";
}

}  // namespace
}  // namespace headrace
