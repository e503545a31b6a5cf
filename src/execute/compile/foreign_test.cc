// Goal: a user's function in bitcode joins a loop like a kernel of ours, nulls and faults included; what cannot be checked is
// refused with a reason.
#include "execute/foreign.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "execute/compile/test_stage.h"
#include "kernel/faults.h"

namespace headrace {
namespace {

class Foreign : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "headrace_foreign_XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::string write(const std::string& name, const std::string& text) {
    const std::string path = (directory_ / name).string();
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }
  static std::string read(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::string compile_c(const std::string& text, const char* flags = "-O2") {
    const std::string source = write("code.c", text);
    const std::string out = (directory_ / "code.bc").string();
    const std::string command =
        std::string("clang-22 ") + flags + " -march=native -emit-llvm -c " + source + " -o " + out;
    EXPECT_EQ(std::system(command.c_str()), 0);
    return read(out);
  }

  std::filesystem::path directory_;
};

Contract contract(uint32_t faults) {
  return {.nulls = Nulls::kPropagate,
          .faults = faults,
          .purity = Purity::kPure,
          .determinism = Determinism::kDeterministic,
          .cardinality = Cardinality::kOneToOne,
          .domain = Domain::kSame,
          .order = RowOrder::kKept,
          .keys = UniqueKeys::kKept,
          .algebra = uint8_t{kNoAlgebra},
          .state = StateGrowth::kNone,
          .state_bytes = 0u,
          .buffers = Buffers::kByValue,
          .lifetime = Lifetime::kBatch,
          .side_effects = SideEffects::kNone,
          .concurrency = Concurrency::kAny,
          .cost_ns = 1.0};
}

ForeignSpec spec_of(std::string name, std::string symbol, std::string bitcode, TypeId result,
                    std::vector<TypeId> arguments, uint32_t faults = 0, ForeignAbi abi = ForeignAbi::kC) {
  return {.name = std::move(name),
          .symbol = std::move(symbol),
          .bitcode = std::move(bitcode),
          .abi = abi,
          .result = result,
          .arguments = std::move(arguments),
          .contract = contract(faults),
          .documentation = "For tests."};
}

Compiler& compiler() {
  auto loaded = load_compiler();
  EXPECT_TRUE(loaded.ok());
  return *loaded.value();
}

template <class T>
T value_in(const TestColumn& column, uint32_t row) {
  T value;
  std::memcpy(&value, reinterpret_cast<const char*>(column.data.data()) + row * sizeof(T), sizeof(T));
  return value;
}

TEST_F(Foreign, ACFunctionFusesWithKernelsAroundIt) {
  auto kernel = register_foreign(
      spec_of("weighted", "weighted", compile_c("double weighted(double x, double y) { return x * 0.25 + y * 0.75; }"),
              TypeId::kFloat64, {TypeId::kFloat64, TypeId::kFloat64}));
  ASSERT_TRUE(kernel.ok()) << to_text(kernel.error());
  EXPECT_EQ(find_function("weighted"), kernel.value()->function);
  EXPECT_EQ(find_overload("weighted"), kernel.value());
  TestStage test;
  const Operand x = TestStage::value(test.input(kFloat64, true));
  const Operand y = TestStage::value(test.input(kFloat64, false));
  const Operand twice = test.compute("add_f64_f64", {x, x});
  test.output(test.compute(*kernel.value(), {twice, y}));
  const std::string text = compiler().ir_of(test.shape(false));
  EXPECT_NE(text.find("x double>"), std::string::npos) << "not vectorised:\n" << text;
  EXPECT_EQ(text.find("call double @foreign"), std::string::npos) << "not inlined:\n" << text;
  auto loop = compiler().compile(test.shape(false));
  ASSERT_TRUE(loop.ok());
  TestStage same;  // no contraction into a fused multiply-add: the same bits as our own kernels
  const Operand sx = TestStage::value(same.input(kFloat64, true));
  const Operand sy = TestStage::value(same.input(kFloat64, false));
  const Operand left =
      same.compute("multiply_f64_f64", {same.compute("add_f64_f64", {sx, sx}), same.constant({kFloat64, 0.25})});
  same.output(
      same.compute("add_f64_f64", {left, same.compute("multiply_f64_f64", {sy, same.constant({kFloat64, 0.75})})}));
  std::mt19937_64 random(3);
  const std::vector<TestColumn> columns{random_column(kFloat64, true, 1'000, DrawnValues::kAny, random),
                                        random_column(kFloat64, false, 1'000, DrawnValues::kAny, random)};
  const LoopInput input{1'000, columns, {}};
  EXPECT_EQ(run_interpreted(test, false, input).rows, run_interpreted(same, false, input).rows);
  EXPECT_EQ(run_compiled(test, loop.value()->code(), false, input).rows, run_interpreted(same, false, input).rows);
}

TEST_F(Foreign, FaultsCountWhereTheFunctionIsAskedFor) {
  const char* text =
      "#include <stdint.h>\n"
      "int64_t quotient(int64_t a, int64_t b, uint32_t* faults) { if (b == 0) { *faults |= 2; return 0; } return a / "
      "b; }";
  auto kernel = register_foreign(spec_of("quotient", "quotient", compile_c(text), TypeId::kInt64,
                                         {TypeId::kInt64, TypeId::kInt64}, Faults::kDivisionByZero));
  ASSERT_TRUE(kernel.ok()) << to_text(kernel.error());
  const ForeignLoop& loop = foreign_loop(*kernel.value());
  const int64_t a[] = {7, 8, 9, 10}, b[] = {2, 0, 3, 0}, two = 2;
  const uint8_t run[] = {1, 0, 1, 1};
  int64_t out[4] = {};
  uint8_t faults[4] = {9, 9, 9, 9};
  LoopArguments arguments{.rows = 4, .data = {a, b}, .out = out};
  EXPECT_EQ(loop.run(arguments), uint32_t{Faults::kDivisionByZero});
  arguments.run = run;
  arguments.out_faults = faults;
  EXPECT_EQ(loop.run(arguments), uint32_t{Faults::kDivisionByZero});
  EXPECT_EQ(std::vector<uint8_t>(faults, faults + 4), (std::vector<uint8_t>{0, 0, 0, Faults::kDivisionByZero}));
  LoopArguments constant{.rows = 4, .constant_mask = 2, .data = {a, &two}, .out = out};
  EXPECT_EQ(loop.run(constant), 0u);
  EXPECT_EQ(std::vector<int64_t>(out, out + 4), (std::vector<int64_t>{3, 4, 4, 5}));
}

TEST_F(Foreign, WhatCannotBeCheckedIsRefused) {
  struct Case {
    std::string bitcode, symbol, expected;
    std::vector<TypeId> arguments{TypeId::kInt64};
    TypeId result = TypeId::kInt64;
  };
  const std::string identity = compile_c("long id(long x) { return x; }");
  const std::vector<Case> cases = {
      {compile_c("long f(long x) { __asm__(\"nop\"); return x; }"), "f", "holds assembly"},
      {compile_c("int puts(const char*); long f(long x) { puts(\"hi\"); return x; }"), "f",
       "calls the outside function 'puts'"},
      {compile_c("extern long v; long f(long x) { return x + v; }"), "f", "reads the outside variable 'v'"},
      {compile_c("long (*p)(long); long f(long x) { return p(x); }"), "f", "calls through a pointer"},
      {identity, "g", "does not define the symbol"},
      {"not bitcode", "f", "does not read as LLVM IR"},
      {identity, "id", "argument 1 of float64 is expected, found i64", {TypeId::kFloat64}},
      {identity, "id", "a result of int32 is expected, found i64", {TypeId::kInt64}, TypeId::kInt32},
      {identity, "id", "2 arguments are expected, found 1", {TypeId::kInt64, TypeId::kInt64}},
      {identity, "id", "arguments of utf8 are not passed", {TypeId::kUtf8}},
  };
  for (const Case& c : cases) {
    const auto kernel = register_foreign(spec_of("refused", c.symbol, c.bitcode, c.result, c.arguments));
    ASSERT_FALSE(kernel.ok()) << c.expected;
    EXPECT_EQ(kernel.error().code, ErrorCode::kBadInput);
    EXPECT_NE(kernel.error().message.find(c.expected), std::string::npos) << kernel.error().message;
  }
  using Change = void (*)(Contract&);
  for (const Change change : {Change([](Contract& c) { c.purity = Purity::kImpure; }),
                              Change([](Contract& c) { c.determinism = Determinism::kPerQuery; }),
                              Change([](Contract& c) { c.side_effects = SideEffects::kExternal; }),
                              Change([](Contract& c) { c.concurrency = Concurrency::kOne; })}) {
    ForeignSpec spec = spec_of("refused", "id", identity, TypeId::kInt64, {TypeId::kInt64});
    change(spec.contract);
    const auto kernel = register_foreign(spec);
    ASSERT_FALSE(kernel.ok());
    EXPECT_NE(kernel.error().message.find("it must be pure"), std::string::npos) << kernel.error().message;
  }
  const auto taken = register_foreign(spec_of("add", "id", identity, TypeId::kInt64, {TypeId::kInt64}));
  ASSERT_FALSE(taken.ok());
  EXPECT_NE(taken.error().message.find("there already is a function 'add'"), std::string::npos)
      << taken.error().message;
}

// Prints the symbol, then the IR.
constexpr const char* kNumbaProgram = R"(
import re, sys
from numba import njit, int64, float64
@njit(float64(int64, float64), error_model="numpy")
def shaped(n, x):
    if n > 900:
        raise ValueError("too many")
    return (n + 1) * x
text = shaped.inspect_llvm(shaped.signatures[0])
symbol = [name for name in re.findall(r"^define[^@]*@\"?([^\"(]+)\"?\(", text, re.M) if name.startswith("_ZN8__main__")][0]
sys.stdout.write(symbol + "\n" + text)
)";

TEST_F(Foreign, ANumbaFunctionFuses) {
  const std::string program = write("shaped.py", kNumbaProgram);
  const std::string out = (directory_ / "shaped.ll").string();
  const std::string python = HEADRACE_PYTHON;
  ASSERT_EQ(std::system((python + " " + program + " > " + out).c_str()), 0) << "./dev test installs numba";
  const std::string text = read(out);
  const size_t line = text.find('\n');
  auto kernel = register_foreign(spec_of("shaped", text.substr(0, line), text.substr(line + 1), TypeId::kFloat64,
                                         {TypeId::kInt64, TypeId::kFloat64}, Faults::kForeign, ForeignAbi::kNumba));
  ASSERT_TRUE(kernel.ok()) << to_text(kernel.error());
  TestStage test;
  const Operand n = TestStage::value(test.input(kInt64, true));
  const Operand x = TestStage::value(test.input(kFloat64, false));
  test.filter(test.compute("lt_I64_I64", {n, test.constant({kInt64, int64_t{900}})}));
  test.output(test.compute(*kernel.value(), {n, x}));
  auto loop = compiler().compile(test.shape(false));
  ASSERT_TRUE(loop.ok()) << to_text(loop.error());
  std::mt19937_64 random(5);
  const std::vector<TestColumn> columns{random_column(kInt64, true, 500, DrawnValues::kSmall, random),
                                        random_column(kFloat64, false, 500, DrawnValues::kSmall, random)};
  const LoopRun run = run_compiled(test, loop.value()->code(), false, {500, columns, {}});
  EXPECT_FALSE(run.faulted);  // rows above the limit were filtered before
  EXPECT_EQ(run, run_interpreted(test, false, {500, columns, {}}));
  const int64_t ns[] = {1, 1'000};
  const double xs[] = {2.5, 2.5};
  double results[2] = {};
  EXPECT_EQ(foreign_loop(*kernel.value()).run({.rows = 2, .data = {ns, xs}, .out = results}),
            uint32_t{Faults::kForeign});
  EXPECT_EQ(results[0], 5.0);
}

}  // namespace
}  // namespace headrace
