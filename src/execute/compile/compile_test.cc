// Goal: a compiled loop gives the bits of the interpreter, whatever its steps, nulls, faults, selection and policy.
#include <gtest/gtest.h>

#include <algorithm>

#include "execute/compile/test_stage.h"
#include "kernel/loops.h"

namespace headrace {
namespace {

Compiler& compiler() {
  static Compiler& loaded = []() -> Compiler& {
    auto result = load_compiler();
    if (!result.ok()) {
      ADD_FAILURE() << to_text(result.error());
      std::abort();
    }
    return *result.value();
  }();
  return loaded;
}

std::unique_ptr<CompiledLoop> must_compile(const TestStage& test, bool faults_become_null = false) {
  auto loop = compiler().compile(test.shape(faults_become_null));
  if (!loop.ok()) {
    ADD_FAILURE() << to_text(loop.error());
    return nullptr;
  }
  return std::move(loop.value());
}

std::vector<uint16_t> random_selection(uint32_t rows, std::mt19937_64& random) {
  std::vector<uint16_t> selection;
  for (uint32_t row = 0; row < rows; ++row) {
    if (random() % 3 == 0) selection.push_back(static_cast<uint16_t>(row));
  }
  if (selection.empty()) selection.push_back(0);
  return selection;
}

// Runs both ways over several batches. Returns how many of them were free of faults.
uint32_t check_equal(const TestStage& given, const std::string& name, DrawnValues values, uint64_t seed,
                     const std::vector<uint32_t>& sizes = {1, 7, 64, 1'000, 2'048}) {
  uint32_t free_of_faults = 0;
  std::mt19937_64 random(seed);
  for (const bool faults_become_null : {false, true}) {
    const TestStage test = faults_become_null ? given.under_null_policy() : given;
    const auto loop = must_compile(test, faults_become_null);
    if (loop == nullptr) return 0;
    for (const uint32_t rows : sizes) {
      for (const bool selected : {false, true}) {
        std::vector<TestColumn> columns;
        for (ValueId id = 0; id < test.stage.source_values; ++id) {
          const StageValue& declared = test.stage.values[id];
          columns.push_back(random_column(declared.type, declared.nullable && random() % 4 != 0, rows, values, random));
        }
        const LoopInput input{rows, columns, selected ? random_selection(rows, random) : std::vector<uint16_t>{}};
        const LoopRun expected = run_interpreted(test, faults_become_null, input);
        const LoopRun found = run_compiled(test, loop->code(), faults_become_null, input);
        EXPECT_EQ(expected.faulted, found.faulted) << name << ", rows " << rows << ", seed " << seed;
        EXPECT_EQ(expected.nulled, found.nulled) << name << ", rows " << rows << ", seed " << seed;
        EXPECT_EQ(expected.aggregates, found.aggregates) << name << ", rows " << rows << ", seed " << seed;
        EXPECT_EQ(expected.rows, found.rows) << name << ", rows " << rows << ", selected " << selected
                                             << ", null policy " << faults_become_null << ", seed " << seed;
        if (::testing::Test::HasFailure()) return 0;
        free_of_faults += expected.faulted ? 0 : 1;
      }
    }
  }
  return free_of_faults;
}

Value int32_value(int32_t value) { return {kInt32, value}; }
Value int64_value(int64_t value) { return {kInt64, value}; }

// Literals such as scales and patterns are constants; every other argument is a column.
void add_overload_step(TestStage& test, const Overload& overload, bool nullable) {
  std::vector<Operand> arguments;
  const bool literals = overload.function->literals_shape_code;
  for (size_t i = 0; i < overload.arguments.size(); ++i) {
    const TypeId id = overload.arguments[i];
    if (literals && i > 0 && (id == TypeId::kUtf8 || id == TypeId::kInt32)) {
      const int32_t scales[] = {0, 2, 20, 3};  // a scale; or from scale, to precision, to scale
      const size_t from_end = overload.arguments.size() - i;
      const int32_t scale = is_decimal(overload.result) && from_end == 2 ? 20 : scales[i == 2 ? 3 : 1];
      arguments.push_back(id == TypeId::kUtf8 ? test.constant({kUtf8, std::string("%a_c%")}, true)
                                              : test.constant(int32_value(scale), true));
    } else {
      const Type type = sample_type(id);
      arguments.push_back(TestStage::value(test.input(type, nullable)));
    }
  }
  test.output(test.compute(overload, arguments));
}

TEST(SlowCompile, EveryKernelAlone) {
  uint32_t kernels = 0;
  for (const Function& function : functions()) {
    for (const Overload& overload : function.overloads) {
      TestStage test;
      add_overload_step(test, overload, true);
      check_equal(test, std::string(overload.symbol), DrawnValues::kSmall, 1, {1, 64, 2'048});
      ++kernels;
    }
  }
  EXPECT_GT(kernels, 100u);
}

TEST(Compile, KernelsOfEveryFamily) {
  for (const char* symbol :
       {"add_i64_i64", "multiply_f64_f64", "divide_f64_f64", "integer_divide_i32_i32", "lt_F64_F64", "eq_STR_STR",
        "and_b_b", "if_else_b_DEC_DEC", "is_null_STR", "cast_to_int32_i64", "length_str", "upper_str", "year_date",
        "hash_F64", "add_dec_dec", "concat_str_str"}) {
    const Overload* overload = find_overload(symbol);
    ASSERT_NE(overload, nullptr) << symbol;
    TestStage test;
    add_overload_step(test, *overload, true);
    check_equal(test, symbol, DrawnValues::kAny, 2, {7, 64, 1'000});
  }
}

TEST(Compile, ConstantsAndNullLiterals) {
  TestStage test;
  const Operand x = TestStage::value(test.input(kInt64, true));
  const Operand text = TestStage::value(test.input(kUtf8, true));
  test.output(test.compute("add_i64_i64", {x, test.constant(int64_value(5))}));
  test.output(test.compute("add_i64_i64", {x, test.constant(null_value(kInt64))}));
  test.output(test.compute("coalesce_I64_I64", {x, test.constant(int64_value(-1), true)}));
  test.output(
      test.compute("eq_STR_STR", {text, test.constant({kUtf8, std::string("not a number at all, and long")}, true)}));
  test.output(test.compute("concat_str_str", {text, test.constant({kUtf8, std::string("-suffix of some length")})}));
  EXPECT_GT(check_equal(test, "constants", DrawnValues::kSmall, 3), 0u);
}

TEST(Compile, FilterInTheMiddleHidesFaultsBehindIt) {
  TestStage test;
  const Operand x = TestStage::value(test.input(kFloat64, false));
  const Operand y = TestStage::value(test.input(kFloat64, true));
  const Operand zero = test.constant({kFloat64, 0.0});
  test.filter(test.compute("ne_F64_F64", {x, zero}));
  const Operand quotient = test.compute("divide_f64_f64", {y, x});
  test.output(quotient);
  test.accumulate("sum_f64", {quotient});
  test.accumulate("count_none", {});
  EXPECT_EQ(check_equal(test, "filter", DrawnValues::kAny, 4), 20u);
}

TEST(Compile, FaultsOfPredicatesAndDecidedFaults) {
  TestStage test;
  const Operand x = TestStage::value(test.input(kInt64, true));
  const Operand y = TestStage::value(test.input(kInt64, true));
  const Operand five = test.constant(int64_value(5));
  const Operand sum = test.compute("add_i64_i64", {x, y});
  const Operand left = test.compute("gt_I64_I64", {sum, five});
  const Operand right = test.compute("lt_I64_I64", {x, five});
  test.filter(test.compute("and_b_b", {left, right}));
  test.output(test.compute("if_else_b_I64_I64", {left, sum, x}));
  check_equal(test, "predicates", DrawnValues::kAny, 5);
  EXPECT_GT(check_equal(test, "predicates", DrawnValues::kSmall, 6), 0u);
}

TEST(Compile, EveryAggregate) {
  for (const Aggregate& aggregate : aggregates()) {
    for (const AggregateOverload& overload : aggregate.overloads) {
      TestStage test;
      const Operand keep = TestStage::value(test.input(kBool, true));
      if (overload.order != StateOrder::kFree) continue;  // never in a loop: its rows come one behind the other
      std::vector<Operand> arguments;
      for (const TypeId id : overload.arguments)
        arguments.push_back(TestStage::value(test.input(sample_type(id), true)));
      test.filter(keep);
      test.accumulate(overload.symbol, arguments);
      check_equal(test, std::string(overload.symbol), DrawnValues::kAny, 7, {1, 64, 2'048});
    }
  }
}

TEST(Compile, RandomChains) {
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    std::mt19937_64 random(seed);
    TestStage test;
    std::vector<Operand> integers{TestStage::value(test.input(kInt64, random() % 2 == 0)),
                                  TestStage::value(test.input(kInt64, random() % 2 == 0))};
    std::vector<Operand> conditions{TestStage::value(test.input(kBool, random() % 2 == 0))};
    const auto any = [&](const std::vector<Operand>& of) { return of[random() % of.size()]; };
    integers.push_back(test.constant(int64_value(3)));
    for (int step = 0; step < 14; ++step) {
      switch (random() % 6) {
        case 0: integers.push_back(test.compute("add_i64_i64", {any(integers), any(integers)})); break;
        case 1: integers.push_back(test.compute("subtract_i64_i64", {any(integers), any(integers)})); break;
        case 2:
          integers.push_back(test.compute("if_else_b_I64_I64", {any(conditions), any(integers), any(integers)}));
          break;
        case 3: conditions.push_back(test.compute("lt_I64_I64", {any(integers), any(integers)})); break;
        case 4: conditions.push_back(test.compute("or_b_b", {any(conditions), any(conditions)})); break;
        default: integers.push_back(test.compute("coalesce_I64_I64", {any(integers), any(integers)})); break;
      }
      if (step == 7) test.filter(any(conditions));
    }
    for (const Operand& operand : integers) {
      if (!operand.constant && operand.index >= test.stage.source_values) test.output(operand);
    }
    test.accumulate("sum_i64", {integers.back()});
    test.accumulate("max_I64", {integers.front()});
    check_equal(test, "chain", DrawnValues::kSmall, seed);
    check_equal(test, "chain", DrawnValues::kAny, seed);
  }
}

TEST(Compile, SimpleLoopsAreVectorLoops) {
  TestStage sums;
  const Operand x = TestStage::value(sums.input(kInt64, true));
  const Operand y = TestStage::value(sums.input(kInt64, false));
  sums.filter(sums.compute("lt_I64_I64", {y, sums.constant(int64_value(50))}));
  sums.accumulate("sum_i64", {sums.compute("add_i64_i64", {x, y})});
  sums.accumulate("count_none", {});
  TestStage columns;
  const Operand a = TestStage::value(columns.input(kFloat64, true));
  columns.output(columns.compute("multiply_f64_f64", {a, columns.constant({kFloat64, 1.5})}));
  for (const TestStage* test : {&sums, &columns}) {
    const std::string text = compiler().ir_of(test->shape(false));
    const bool is_vector = text.find("vector.body") != std::string::npos;
    EXPECT_TRUE(is_vector) << text;
  }
}

TEST(Compile, DivisionsOfIntegersGoRowByRow) {
  TestStage test;
  const Operand x = TestStage::value(test.input(kInt64, false));
  const Operand y = TestStage::value(test.input(kInt64, false));
  test.output(test.compute("modulo_i64_i64", {x, y}));
  EXPECT_EQ(compiler().ir_of(test.shape(false)).find("vector.body"), std::string::npos);
}

TEST(Compile, AddressesMapToSteps) {
  TestStage test;
  const Operand text = TestStage::value(test.input(kUtf8, false));
  const Operand upper = test.compute("upper_str", {text});
  test.output(test.compute("length_str", {upper}));
  const auto loop = must_compile(test);
  std::vector<bool> seen(4, false);
  for (uint64_t offset = 0; offset < loop->code_bytes(); ++offset) {
    const uint32_t line = loop->line_at(reinterpret_cast<const char*>(loop->code()) + offset);
    ASSERT_LT(line, seen.size());
    seen[line] = true;
  }
  EXPECT_TRUE(seen[1] && seen[2] && seen[3]);
  EXPECT_EQ(loop->line_at(&test), 0u);
}

TEST(Compile, ShapeKeysIgnoreNamesAndParameters) {
  const auto key = [](const char* name, int64_t parameter, bool structural, bool nullable) {
    TestStage test;
    const Operand x = TestStage::value(test.input(kInt64, nullable));
    test.stage.values[0].name = name;
    test.output(test.compute("add_i64_i64", {x, test.constant(int64_value(parameter), structural)}));
    return shape_key(test.shape(false));
  };
  EXPECT_EQ(key("a", 1, false, true), key("b", 2, false, true));
  EXPECT_NE(key("a", 1, true, true), key("a", 2, true, true));
  EXPECT_NE(key("a", 1, false, true), key("a", 1, false, false));
}

TEST(Compile, ProbesAreRefused) {
  TestStage test;
  test.input(kInt64, false);
  test.stage.steps.push_back({.node = Probe{}, .where = {}});
  const auto loop = compiler().compile(test.shape(false));
  ASSERT_FALSE(loop.ok());
  EXPECT_EQ(loop.error().code, ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace headrace
