#include "execute/calibrate.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <limits>
#include <memory>
#include <numeric>
#include <optional>
#include <random>
#include <string>

#include "base/limits.h"
#include "execute/loop.h"
#include "execute/loop_shapes.h"
#include "execute/slot.h"
#include "kernel/loops.h"
#include "types/with_layout.h"

namespace headrace {
namespace {

constexpr uint32_t kRows = limits::kVectorRowsMax;
constexpr uint64_t kCacheLineBytes = 64;
constexpr std::string_view kVectorLoop = "vector.body";  // LLVM's name of a loop over vectors
constexpr uint32_t kRuns = 5;  // of each thing; the fastest counts
constexpr int64_t kRunNs = 20'000;  // a run is as many calls as take so long

// ns of one call of `work`, the fastest of several runs.
template <class Work>
double measure(World& world, Work&& work) {
  uint64_t calls = 1;
  double best = std::numeric_limits<double>::infinity();
  for (uint32_t run = 0; run < kRuns;) {
    const int64_t begun_ns = world.monotonic_ns();
    for (uint64_t call = 0; call < calls; ++call) work();
    const int64_t taken_ns = world.monotonic_ns() - begun_ns;
    if (taken_ns < kRunNs && calls < (uint64_t{1} << 20)) {
      calls *= 2;
      continue;
    }
    best = std::min(best, static_cast<double>(taken_ns) / static_cast<double>(calls));
    ++run;
  }
  return best;
}

// A vector of small values of a type: numbers from 1 to 96, texts that are numbers or words, of both lengths.
class DrawnColumn {
 public:
  explicit DrawnColumn(TypeId id) : values_(size_t{kRows} * width_bytes(id) / sizeof(std::max_align_t) + 1) {
    with_layout(id, [&](auto model) {
      using T = decltype(model);
      for (uint32_t row = 0; row < kRows; ++row) {
        const uint32_t number = row * 7919 % 96 + 1;
        T value{};
        if constexpr (std::is_same_v<T, StringRef>) {
          static constexpr std::string_view kTexts[] = {"word",       "12",      "some words in a row",
                                                        "2013-01-31", "name 77", "7.25"};
          value = StringRef(kTexts[number % std::size(kTexts)]);
        } else if constexpr (std::is_same_v<T, Interval>) {
          value = Interval{static_cast<int32_t>(number % 12), static_cast<int32_t>(number), number};
        } else {
          value = static_cast<T>(id == TypeId::kBool ? number % 2 : number);
        }
        std::memcpy(reinterpret_cast<char*>(values_.data()) + size_t{row} * sizeof value, &value, sizeof value);
      }
    });
  }
  const void* data() const { return values_.data(); }

 private:
  std::vector<std::max_align_t> values_;
};

// Every other row of a vector.
std::vector<uint16_t> every_other_row() {
  std::vector<uint16_t> rows;
  for (uint32_t row = 0; row < kRows; row += 2) rows.push_back(static_cast<uint16_t>(row));
  return rows;
}

template <class Overloads>
bool is_measured(const Overloads& overload) {
  return !is_nested(overload.result) && overload.result != TypeId::kNull &&
         std::ranges::none_of(overload.arguments, [](TypeId id) { return is_nested(id) || id == TypeId::kNull; });
}

Type sample_type(TypeId id) {
  return id == TypeId::kDecimal64 ? decimal(18, 2) : id == TypeId::kDecimal128 ? decimal(38, 2) : Type{id};
}

// A stage of one step whose arguments are columns of the source: what compiled code is timed on.
Stage stage_around(std::span<const TypeId> arguments) {
  Stage stage;
  stage.source = StreamSource{};
  stage.source_values = static_cast<uint32_t>(arguments.size());
  for (const TypeId id : arguments) stage.values.push_back({.name = "x", .type = sample_type(id), .nullable = false});
  stage.cuts = {{Decision::kRegister, Reason::kFused}};
  return stage;
}

// Of a kernel that compiles its literals in, those behind the first argument, as queries have them: scales of sample_type(), whole numbers
// where it rounds others. nullopt: they are no numbers.
std::optional<std::vector<int32_t>> usual_literals(const Overload& overload) {
  std::vector<int32_t> literals;
  if (!overload.function->literals_shape_code) return literals;
  constexpr int32_t kScale = 2;
  const bool of_decimals = is_decimal(overload.arguments[0]);
  for (size_t i = 1; i < overload.arguments.size(); ++i) {
    if (overload.arguments[i] != TypeId::kInt32) return std::nullopt;
    literals.push_back(of_decimals ? kScale : 0);
  }
  if (is_decimal(overload.result) && overload.function->name.starts_with("cast_to_")) {
    literals[literals.size() - 2] = sample_type(overload.result).precision;
    literals.back() = kScale;
  }
  return literals;
}

Stage stage_of(const Overload& overload, const std::vector<int32_t>& literals) {
  Stage stage = stage_around(std::span(overload.arguments).first(overload.arguments.size() - literals.size()));
  const ValueId out = stage.source_values;
  Compute compute{&overload, {}, out};
  for (ValueId value = 0; value < stage.source_values; ++value) compute.arguments.push_back({false, value});
  for (const int32_t literal : literals) {
    compute.arguments.push_back({true, static_cast<uint32_t>(stage.constants.size())});
    stage.constants.push_back({Value{kInt32, int64_t{literal}}, true});
  }
  const Contract& contract = overload.function->contract;
  stage.values.push_back({.name = "y",
                          .type = sample_type(overload.result),
                          .nullable = contract.nulls == Nulls::kSees,
                          .may_fault = contract.faults != 0});
  stage.steps.push_back({std::move(compute), {}});
  stage.outputs = {{false, out}};
  return stage;
}

Stage stage_of(const AggregateOverload& overload) {
  Stage stage = stage_around(overload.arguments);
  Accumulate accumulate{&overload, {}, 0};
  for (ValueId value = 0; value < stage.source_values; ++value) accumulate.arguments.push_back({false, value});
  stage.steps.push_back({std::move(accumulate), {}});
  return stage;
}

// A stage of `steps` additions.
Stage additions(uint32_t steps) {
  Stage stage;
  stage.source = StreamSource{};
  stage.source_values = 1;
  stage.values.push_back({.name = "x", .type = kInt64, .nullable = false});
  for (uint32_t i = 0; i < steps; ++i) {
    stage.values.push_back({.name = "y", .type = kInt64, .nullable = false});
    stage.steps.push_back({Compute{find_overload("add_i64_i64"), {{false, i}, {false, i}}, i + 1}, {}});
  }
  stage.cuts.assign(steps, {Decision::kRegister, Reason::kFused});
  stage.outputs = {{false, steps}};
  return stage;
}

// Times kernels in compiled loops, else in those of the interpreter.
class KernelTimer {
 public:
  KernelTimer(World& world, Compiler* compiler) : world_(world), compiler_(compiler), selection_(every_other_row()) {}

  // Literals of kernels that compile them in are one value, as they come from queries: a scale, a pattern.
  KernelPrice time(const Overload& overload) {
    const std::vector<DrawnColumn> columns = draw(overload.arguments);
    if (const auto literals = usual_literals(overload))
      if (const auto price = time_compiled(stage_of(overload, *literals), columns, nullptr)) return *price;
    std::vector<uint8_t> faults(kRows);
    const bool sees = overload.function->contract.nulls == Nulls::kSees;
    LoopArguments loop{.rows = kRows,
                       .constant_mask = overload.function->literals_shape_code ? ~uint32_t{1} : 0,
                       .out = out_.data(),
                       .out_validity = validity_.data(),
                       .out_faults = sees ? faults.data() : nullptr,
                       .context = &context_};
    for (size_t i = 0; i < columns.size(); ++i) loop.data[i] = columns[i].data();
    return time_both(loop, [&] { loop_table().kernels[overload.id](loop); });
  }

  // Of a stage over one int64 column, in compiled code.
  std::optional<KernelPrice> time(const Stage& stage) {
    static constexpr TypeId kArguments[] = {TypeId::kInt64};
    return time_compiled(stage, draw(kArguments), nullptr);
  }

  KernelPrice time(const AggregateOverload& overload) {
    const std::vector<DrawnColumn> columns = draw(overload.arguments);
    std::vector<std::max_align_t> state(overload.state_bytes / sizeof(std::max_align_t) + 1);
    const AggregateFunctions& functions = loop_table().aggregates[overload.id];
    functions.init(state.data());
    if (const auto price = time_compiled(stage_of(overload), columns, state.data())) return *price;
    AggregateArguments rows{.rows = kRows, .context = &context_};
    for (size_t i = 0; i < columns.size(); ++i) rows.data[i] = columns[i].data();
    return time_both(rows, [&] {
      functions.init(state.data());
      functions.update_one(state.data(), rows);
    });
  }

 private:
  static std::vector<DrawnColumn> draw(std::span<const TypeId> arguments) {
    return {arguments.begin(), arguments.end()};
  }

  // Of a vector, then of a selection, which `rows` says to `run`.
  template <class Rows, class Run>
  KernelPrice time_both(Rows& rows, Run&& run) {
    const auto call = [&] {
      arena_.reset();
      run();
    };
    rows.selected = kRows;
    const double vector_ns = measure(world_, call) / kRows;
    rows.selection = selection_.data();
    rows.selected = static_cast<uint32_t>(selection_.size());
    return {vector_ns, measure(world_, call) / rows.selected, false};
  }

  std::optional<KernelPrice> time_compiled(const Stage& stage, const std::vector<DrawnColumn>& columns, void* state) {
    if (compiler_ == nullptr) return std::nullopt;
    const std::vector<LoopShape> shapes = loop_shapes(stage, false);
    const auto loop = compiler_->compile(shapes[0]);
    if (!loop.ok()) return std::nullopt;
    std::vector<ColumnIn> inputs;
    for (const ValueId value : shapes[0].inputs) inputs.push_back({columns[value].data(), nullptr});
    const ColumnOut output{out_.data(), validity_.data()};
    LoopFrame frame{.rows = kRows,
                    .selected = kRows,
                    .selection = nullptr,
                    .inputs = inputs.data(),
                    .outputs = &output,
                    .constants = nullptr,
                    .active = nullptr,
                    .states = &state,
                    .context = &context_};
    KernelPrice price = time_both(frame, [&] { loop.value()->code()(&frame); });
    constexpr double kGainMin =
        1.2;  // else the vector loop is one inside a kernel, or works on one row after the other
    price.vectorises = price.vector_ns * kGainMin < price.selected_ns &&
                       compiler_->ir_of(shapes[0]).find(kVectorLoop) != std::string::npos;
    return price;
  }

  World& world_;
  Compiler* const compiler_;
  const std::vector<uint16_t> selection_;
  std::vector<std::max_align_t> out_ = std::vector<std::max_align_t>(size_t{kRows});
  std::vector<uint8_t> validity_ = std::vector<uint8_t>(kRows);
  Arena arena_;
  KernelContext context_{&arena_};
};

// What a kernel adds to a loop that has its arguments in registers: without finding rows, reading and writing vectors.
KernelPrice added_by(KernelPrice alone, uint32_t bytes, const Machine& machine) {
  const double traffic_ns = bytes * machine.byte_ns[0] / 2;
  constexpr double kLeastNs = 0.02;
  const double row_ns = alone.vectorises ? 0 : machine.row_ns;
  return {std::max(alone.vector_ns - traffic_ns - row_ns, kLeastNs),
          std::max(alone.selected_ns - traffic_ns - machine.row_ns, kLeastNs), alone.vectorises};
}

uint32_t bytes_of(std::span<const TypeId> arguments) {
  uint32_t bytes = 0;
  for (const TypeId id : arguments) bytes += width_bytes(id);
  return bytes;
}

// What a row takes in a compiled loop over a selection beside the work: of a loop of one step what is left without the step, which
// longer loops tell.
double time_rows(KernelTimer& timer, const Machine& machine) {
  constexpr uint32_t kSteps = 9;
  const auto one = timer.time(additions(1)), many = timer.time(additions(kSteps));
  if (!one.has_value() || !many.has_value()) return machine.row_ns;
  const double step_ns = (many->selected_ns - one->selected_ns) / (kSteps - 1);
  return std::max(one->selected_ns - step_ns - 16 * machine.byte_ns[0] / 2, 0.0);
}

void time_kernels(World& world, Compiler* compiler, Machine& machine) {
  KernelTimer timer(world, compiler);
  machine.row_ns = time_rows(timer, machine);
  for (const Function& function : functions()) {
    for (const Overload& overload : function.overloads) {
      if (overload.id >= kForeignOverloadFirst || !is_measured(overload)) continue;
      machine.kernels[overload.id] = added_by(timer.time(overload), bytes_of(overload.arguments), machine);
    }
  }
  for (const Aggregate& aggregate : aggregates())
    for (const AggregateOverload& overload : aggregate.overloads)
      if (overload.order == StateOrder::kFree && !overload.keeps_nulls && is_measured(overload))
        machine.aggregates[overload.id] = added_by(timer.time(overload), bytes_of(overload.arguments), machine);
}

uint64_t cache_bytes(int name, uint64_t otherwise) {
  const long bytes = sysconf(name);
  return bytes > 0 ? static_cast<uint64_t>(bytes) : otherwise;
}

// Half of the level, or a multiple of the last cache for memory.
uint64_t bytes_within(const Machine& machine, size_t level) {
  constexpr uint64_t kMemoryBytesMax = uint64_t{256} << 20;
  if (level < machine.cache_bytes.size()) return machine.cache_bytes[level] / 2;
  return std::clamp(machine.cache_bytes.back() * 4, uint64_t{64} << 20, kMemoryBytesMax);
}

double time_bytes(World& world, uint64_t bytes) {
  std::vector<uint64_t> words(bytes / sizeof(uint64_t), 1);
  uint64_t added = 0;
  const double ns = measure(world, [&] {
    ++added;
    for (uint64_t& word : words) word += added;
    asm volatile("" : : "r"(words.data()) : "memory");
  });
  return ns / static_cast<double>(bytes);
}

// As probes go: the places of a vector of rows are known before the first is read. Each vector reads others, in turn all there are.
double time_lookups(World& world, uint64_t bytes) {
  constexpr size_t kLineWords = kCacheLineBytes / sizeof(uint32_t);
  std::vector<uint32_t> places(std::max<uint64_t>(bytes / kCacheLineBytes, 1));
  const std::vector<uint32_t> words(places.size() * kLineWords, 1);
  std::iota(places.begin(), places.end(), 0U);
  std::mt19937 random(1);  // NOLINT(cert-msc51-cpp): the same order each time
  std::ranges::shuffle(places, random);
  const size_t rows = std::min<size_t>(places.size(), kRows);
  size_t begin = 0;
  const double ns = measure(world, [&] {
    uint32_t sum = 0;
    for (size_t row = begin; row < begin + rows; ++row) sum += words[size_t{places[row]} * kLineWords];
    asm volatile("" : : "r"(sum));
    begin = begin + 2 * rows > places.size() ? 0 : begin + rows;
  });
  return ns / static_cast<double>(rows);
}

// A branch on a random bit less one on bits that are all the same.
double time_branch_misses(World& world) {
  std::vector<uint8_t> bits(size_t{kRows} * 8);
  const auto time = [&] {
    uint64_t sum = 0;
    return measure(world,
                   [&] {
                     for (const uint8_t bit : bits) {
                       if (bit != 0) asm volatile("" : "+r"(sum));
                     }
                   }) /
           static_cast<double>(bits.size());
  };
  const double foretold_ns = time();
  std::mt19937 random(1);  // NOLINT(cert-msc51-cpp): the same bits each time
  for (uint8_t& bit : bits) bit = random() % 2;
  return std::max(2 * (time() - foretold_ns), 0.5);
}

double time_selections(World& world) {
  std::vector<uint8_t> active(kRows);
  for (uint32_t row = 0; row < kRows; ++row) active[row] = row * 7919 % 5 < 2 ? 1 : 0;
  std::vector<uint16_t> selection(kRows + 8);
  return measure(world, [&] { select_active(active.data(), kRows, nullptr, kRows, selection.data()); }) / kRows;
}

void time_compiler(World& world, Compiler& compiler, Machine& machine) {
  const auto time = [&](uint32_t steps) {
    const Stage stage = additions(steps);
    const std::vector<LoopShape> shapes = loop_shapes(stage, false);
    double best = std::numeric_limits<double>::infinity();
    for (uint32_t run = 0; run < kRuns; ++run) {
      const int64_t begun_ns = world.monotonic_ns();
      if (!compiler.compile(shapes[0]).ok()) return -1.0;
      best = std::min(best, static_cast<double>(world.monotonic_ns() - begun_ns));
    }
    return best;
  };
  constexpr uint32_t kSteps = 33;
  const double one_ns = time(1), many_ns = time(kSteps);
  if (one_ns < 0 || many_ns < 0) return;
  machine.compile_step_ns = std::max((many_ns - one_ns) / (kSteps - 1), 0.0);
  machine.compile_ns = one_ns - machine.compile_step_ns;
}

}  // namespace

std::string processor_name() {
#if defined(__x86_64__)
  constexpr unsigned kFirst = 0x80000002, kLast = 0x80000004;  // cpuid's leaves of the brand string
  unsigned words[12] = {};
  if (__get_cpuid_max(0x80000000, nullptr) < kLast) return "unknown";
  for (unsigned leaf = kFirst; leaf <= kLast; ++leaf) {
    unsigned* to = words + size_t{leaf - kFirst} * 4;
    __get_cpuid(leaf, to, to + 1, to + 2, to + 3);
  }
  std::string name(reinterpret_cast<const char*>(words), sizeof words);
  name.resize(std::min(name.find('\0'), name.size()));
  while (name.starts_with(' ')) name.erase(0, 1);
  while (name.ends_with(' ')) name.pop_back();
  return name.empty() ? "unknown" : name;
#else
  return "unknown";
#endif
}

Machine calibrate(World& world) {
  Machine machine = usual_machine();
  machine.processor = processor_name();
  machine.cache_bytes = {cache_bytes(_SC_LEVEL1_DCACHE_SIZE, machine.cache_bytes[0]),
                         cache_bytes(_SC_LEVEL2_CACHE_SIZE, machine.cache_bytes[1]),
                         cache_bytes(_SC_LEVEL3_CACHE_SIZE, machine.cache_bytes[2])};
  for (size_t level = 0; level < kMemoryLevels; ++level) {
    machine.byte_ns[level] = time_bytes(world, bytes_within(machine, level));
    machine.lookup_ns[level] = time_lookups(world, bytes_within(machine, level));
  }
  machine.branch_miss_ns = time_branch_misses(world);
  machine.selection_ns = time_selections(world);
  const auto compiler = load_compiler();
  time_kernels(world, compiler.ok() ? compiler.value() : nullptr, machine);
  if (compiler.ok()) time_compiler(world, *compiler.value(), machine);
  return machine;
}

}  // namespace headrace
