// What compiling costs and what compiled loops gain, without a query around them.
//   compile time   of chains of 1, 30 and 250 additions and CASEs, with the code's bytes
//   ns per row     of filter + multiply + sum over vectors of 2,048 rows in cache: two columns, without and with nulls
// Ceiling of the second: 16 bytes a row from L1/L2, and on a 256-bit machine four rows an operation. Answers are checked
// against a plain loop.
#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "base/check.h"
#include "execute/constants.h"
#include "execute/loop.h"
#include "kernel/loops.h"

namespace headrace {
namespace {

constexpr uint32_t kRows = limits::kVectorRowsMax;

// Processor time of this thread, so that other processes on the machine do not show.
double now_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

double seconds_of(const std::function<void()>& work) {
  const double begin = now_seconds();
  work();
  return now_seconds() - begin;
}

double best_seconds(int tries, const std::function<void()>& work) {
  double best = 1e9;
  for (int i = 0; i < tries; ++i) best = std::min(best, seconds_of(work));
  return best;
}

Operand value_of(Stage& stage, Type type, bool nullable, bool may_fault) {
  stage.values.push_back({.name = "", .type = type, .nullable = nullable, .may_fault = may_fault});
  return {.constant = false, .index = static_cast<uint32_t>(stage.values.size() - 1)};
}

Operand constant_of(Stage& stage, int64_t value) {
  stage.constants.push_back({.value = {kInt64, value}, .structural = false});
  return {.constant = true, .index = static_cast<uint32_t>(stage.constants.size() - 1)};
}

Operand compute(Stage& stage, const std::string& symbol, std::vector<Operand> arguments, bool nullable,
                bool may_fault) {
  const Overload* kernel = find_overload(symbol);
  CHECK(kernel != nullptr);
  const Operand out = value_of(stage, {kernel->result}, nullable, may_fault);
  stage.steps.push_back({.node = Compute{kernel, std::move(arguments), out.index}, .where = {}});
  return out;
}

LoopShape whole(const Stage& stage, std::vector<ValueId> outputs, bool has_filter) {
  LoopShape shape{.stage = &stage,
                  .interval = {0, static_cast<uint32_t>(stage.steps.size())},
                  .inputs = {},
                  .outputs = std::move(outputs),
                  .has_filter = has_filter,
                  .faults_become_null = false};
  for (ValueId id = 0; id < stage.source_values; ++id) shape.inputs.push_back(id);
  return shape;
}

Stage chain_of(int steps) {
  Stage stage;
  stage.source_values = 2;
  Operand x = value_of(stage, kInt64, true, false);
  const Operand y = value_of(stage, kInt64, false, false);
  for (int i = 0; i < steps; ++i) {
    if (i % 3 == 2) {
      const Operand less = stage.steps.empty() ? y : Operand{.constant = false, .index = x.index - 1};
      x = compute(stage, "if_else_b_I64_I64", {less, x, y}, true, true);
    } else if (i % 3 == 1) {
      compute(stage, "lt_I64_I64", {x, y}, true, true);
      // The condition stands between x and its next use.
      stage.values.push_back(stage.values[x.index]);
      const Operand sum{.constant = false, .index = static_cast<uint32_t>(stage.values.size() - 1)};
      stage.steps.push_back(
          {.node = Compute{find_overload("add_i64_i64"), {x, constant_of(stage, i)}, sum.index}, .where = {}});
      x = sum;
    } else {
      x = compute(stage, "add_i64_i64", {x, y}, true, true);
    }
  }
  return stage;
}

void measure_compile_time(Compiler& compiler) {
  fmt::print("{:<40} {:>10} {:>10}\n", "compile", "ms", "bytes");
  for (const int steps : {1, 30, 250}) {
    const Stage stage = chain_of(steps);
    const LoopShape shape = whole(stage, {static_cast<ValueId>(stage.values.size() - 1)}, false);
    uint64_t bytes = 0;
    const double best = best_seconds(5, [&] {
      auto loop = compiler.compile(shape);
      CHECK(loop.ok());
      bytes = loop.value()->code_bytes();
    });
    fmt::print("{:<40} {:>10.2f} {:>10}\n", fmt::format("chain of {} steps", stage.steps.size()), best * 1e3, bytes);
  }
}

// SELECT sum(x OPERATION y) WHERE x < 500 on columns of T, which the kernels call `tag`.
template <class T>
struct FilterSum {
  Stage stage;
  std::vector<T> x, y;
  std::vector<uint8_t> x_valid, y_valid;
  T bound = static_cast<T>(500);

  FilterSum(Type type, const std::string& tag, bool nullable, const std::string& operation, bool may_fault) {
    stage.source_values = 2;
    const Operand x_value = value_of(stage, type, nullable, false);
    const Operand y_value = value_of(stage, type, nullable, false);
    stage.constants.push_back({.value = {type, bound}, .structural = false});
    const std::string pair = "_" + tag + "_" + tag;
    const Operand keep = compute(stage, "lt" + pair, {x_value, {.constant = true, .index = 0}}, nullable, false);
    stage.steps.push_back({.node = FilterRows{keep}, .where = {}});
    const Operand result = compute(stage, operation + pair, {x_value, y_value}, nullable, may_fault);
    stage.steps.push_back({.node = Accumulate{find_aggregate_overload("sum_" + tag), {result}, 0}, .where = {}});
    for (uint32_t row = 0; row < kRows; ++row) {
      x.push_back(static_cast<T>(row * 7'919 % 1'000));
      y.push_back(static_cast<T>(static_cast<int>(row * 104'729 % 977) - 400));
      x_valid.push_back(row % 11 != 0);
      y_valid.push_back(row % 7 != 0);
    }
  }

  bool used(uint32_t row, bool nullable) const {
    return (!nullable || (x_valid[row] && y_valid[row])) && x[row] < bound;
  }
};

// `Sum` is the type of the result; every partial sum here is exact in it.
template <class T, class Sum>
void measure_filter_sum(Compiler& compiler, Type type, const std::string& tag, bool nullable,
                        const std::string& operation, bool may_fault) {
  FilterSum<T> test(type, tag, nullable, operation, may_fault);
  auto loop = compiler.compile(whole(test.stage, {}, true));
  CHECK(loop.ok());
  const ConstantPool constants(test.stage);
  const AggregateOverload* sum = find_aggregate_overload("sum_" + tag);
  const AggregateFunctions& functions = loop_table().aggregates[sum->id];
  std::vector<std::max_align_t> state(sum->state_bytes / sizeof(std::max_align_t) + 1);
  void* states[] = {state.data()};
  std::vector<uint8_t> active(kRows);
  const ColumnIn inputs[] = {{test.x.data(), nullable ? test.x_valid.data() : nullptr},
                             {test.y.data(), nullable ? test.y_valid.data() : nullptr}};
  Arena arena;
  KernelContext context{&arena};
  const LoopFrame frame{.rows = kRows,
                        .selected = kRows,
                        .selection = nullptr,
                        .inputs = inputs,
                        .outputs = nullptr,
                        .constants = constants.values(),
                        .active = active.data(),
                        .states = states,
                        .context = &context};
  functions.init(state.data());
  const LoopCode code = loop.value()->code();
  CHECK(code(&frame) == 0);
  Sum found{}, expected{};
  uint32_t bits = 0;
  functions.finish(state.data(), &found, bits, 0);
  for (uint32_t row = 0; row < kRows; ++row) {
    if (test.used(row, nullable))
      expected += operation == "add" ? test.x[row] + test.y[row] : test.x[row] * test.y[row];
  }
  CHECK(found == expected);
  constexpr int kCalls = 1'000;
  const double best = best_seconds(15, [&] {
    for (int call = 0; call < kCalls; ++call) code(&frame);
  });
  const std::string name =
      fmt::format("{} filter + {}{} + sum{}", tag, may_fault ? "checked " : "", operation, nullable ? ", nulls" : "");
  fmt::print("{:<40} {:>10.3f}\n", name, best * 1e9 / kCalls / kRows);
}

int run() {
  auto compiler = load_compiler();
  if (!compiler.ok()) {
    fmt::print(stderr, "{}\n", to_text(compiler.error()));
    return 1;
  }
  measure_compile_time(*compiler.value());
  fmt::print("\n{:<40} {:>10}\n", "loop", "ns/row");
  Compiler& to_use = *compiler.value();
  for (const bool nullable : {false, true}) {
    measure_filter_sum<int64_t, int128>(to_use, kInt64, "i64", nullable, "add", false);
    measure_filter_sum<int64_t, int128>(to_use, kInt64, "i64", nullable, "add", true);
    measure_filter_sum<int64_t, int128>(to_use, kInt64, "i64", nullable, "multiply", true);
    measure_filter_sum<double, double>(to_use, kFloat64, "f64", nullable, "multiply", false);
    measure_filter_sum<int128, int128>(to_use, decimal(15, 2), "dec", nullable, "multiply", true);
  }
  return 0;
}

}  // namespace
}  // namespace headrace

int main() { return headrace::run(); }
