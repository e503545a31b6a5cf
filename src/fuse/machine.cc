#include "fuse/machine.h"

#include <fmt/format.h>

#include <charconv>
#include <set>

#include "types/value.h"

namespace headrace {
namespace {

constexpr std::string_view kHeading = "headrace machine 3";
constexpr double kVectorisedNs = 1.0;        // hints below vectorise
constexpr double kSelectedLoopFactor = 2.0;  // then a row of a selection takes so many times as long

KernelPrice hinted(const Contract& contract) {
  const double ns = contract.cost_ns;
  const bool vectorises = ns < kVectorisedNs;
  return {ns, vectorises ? ns * kSelectedLoopFactor : ns, vectorises};
}

template <class Entries>
void hint_all(const Entries& entries, std::vector<KernelPrice>& prices) {
  for (const auto& entry : entries) {
    for (const auto& overload : entry.overloads) {
      if (prices.size() <= overload.id) prices.resize(overload.id + 1);
      prices[overload.id] = hinted(entry.contract);
    }
  }
}

Machine make_usual() {
  Machine machine{.processor = "",
                  .cache_bytes = {32 << 10, 1 << 20, 32 << 20},
                  .byte_ns = {0.008, 0.012, 0.03, 0.1},
                  .lookup_ns = {0.5, 1, 3, 10},
                  .read_value_ns = 1.5,
                  .read_byte_ns = 0.8,
                  .branch_miss_ns = 5,
                  .loop_call_ns = 100,
                  .row_ns = 0.6,
                  .selection_ns = 0.3,
                  .compile_ns = 9e6,
                  .compile_step_ns = 0.5e6,
                  .kernels = {},
                  .aggregates = {}};
  hint_all(functions(), machine.kernels);
  hint_all(aggregates(), machine.aggregates);
  return machine;
}

constexpr double kNumberMax = 1e15;  // sums of products of such figures are numbers still

// A line each, beside those of kernels and aggregates.
constexpr std::string_view kFacts[] = {"processor",     "cache_bytes",  "byte_ns",        "lookup_ns",
                                       "read_value_ns", "read_byte_ns", "branch_miss_ns", "loop_call_ns",
                                       "row_ns",        "selection_ns", "compile_ns",     "compile_step_ns"};

// "name 1 2.5 …": the numbers behind the name. False: they are not as many from 0 to kNumberMax.
bool read_numbers(std::string_view text, std::span<double> numbers) {
  for (double& number : numbers) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || !(number >= 0 && number <= kNumberMax)) return false;
    text.remove_prefix(static_cast<size_t>(end - text.data()));
  }
  return text.empty();
}

// A line that is no kernel's. False: it is none of these, or its numbers are wrong.
bool read_fact(std::string_view name, std::string_view rest, Machine& machine) {
  if (name == "processor") {
    machine.processor = rest;
    return true;
  }
  if (name == "cache_bytes") {
    double bytes[kMemoryLevels - 1];
    if (!read_numbers(rest, bytes)) return false;
    for (size_t i = 0; i < machine.cache_bytes.size(); ++i) machine.cache_bytes[i] = static_cast<uint64_t>(bytes[i]);
    return true;
  }
  if (name == "byte_ns") return read_numbers(rest, machine.byte_ns);
  if (name == "lookup_ns") return read_numbers(rest, machine.lookup_ns);
  if (name == "read_value_ns") return read_numbers(rest, {&machine.read_value_ns, 1});
  if (name == "read_byte_ns") return read_numbers(rest, {&machine.read_byte_ns, 1});
  if (name == "branch_miss_ns") return read_numbers(rest, {&machine.branch_miss_ns, 1});
  if (name == "loop_call_ns") return read_numbers(rest, {&machine.loop_call_ns, 1});
  if (name == "row_ns") return read_numbers(rest, {&machine.row_ns, 1});
  if (name == "selection_ns") return read_numbers(rest, {&machine.selection_ns, 1});
  if (name == "compile_ns") return read_numbers(rest, {&machine.compile_ns, 1});
  return name == "compile_step_ns" && read_numbers(rest, {&machine.compile_step_ns, 1});
}

// "add_i64_i64 0.2 0.6 1". A symbol that is not there is of another build.
template <class Find>
bool read_kernel(std::string_view rest, Find find, std::vector<KernelPrice>& prices) {
  const size_t space = rest.find(' ');
  double numbers[3];
  if (space == std::string_view::npos || !read_numbers(rest.substr(space), numbers)) return false;
  if (const auto* overload = find(rest.substr(0, space)); overload != nullptr && overload->id < prices.size())
    prices[overload->id] = {numbers[0], numbers[1], numbers[2] != 0};
  return true;
}

bool read_line(std::string_view line, Machine& machine) {
  const size_t space = line.find(' ');
  if (space == std::string_view::npos) return false;
  const std::string_view name = line.substr(0, space), rest = line.substr(space + 1);
  if (name == "kernel") return read_kernel(rest, find_overload, machine.kernels);
  if (name == "aggregate") return read_kernel(rest, find_aggregate_overload, machine.aggregates);
  return read_fact(name, rest, machine);
}

}  // namespace

size_t Machine::level_of(uint64_t bytes) const {
  size_t level = 0;
  while (level < cache_bytes.size() && bytes > cache_bytes[level]) ++level;
  return level;
}

KernelPrice Machine::price_of(const Overload& kernel) const {
  return kernel.id < kernels.size() ? kernels[kernel.id] : hinted(kernel.function->contract);
}

KernelPrice Machine::price_of(const AggregateOverload& aggregate) const { return aggregates[aggregate.id]; }

const Machine& usual_machine() {
  static const Machine kMachine = make_usual();
  return kMachine;
}

std::string to_text(const Machine& machine) {
  const auto numbers = [](const auto& list) { return fmt::format("{:.6g}", fmt::join(list, " ")); };
  std::string text = fmt::format(
      "{}\nprocessor {}\ncache_bytes {}\nbyte_ns {}\nlookup_ns {}\nread_value_ns {:.6g}\nread_byte_ns {:.6g}\n"
      "branch_miss_ns {:.6g}\nloop_call_ns {:.6g}\nrow_ns {:.6g}\nselection_ns {:.6g}\n"
      "compile_ns {:.6g}\ncompile_step_ns {:.6g}\n",
      kHeading, machine.processor, fmt::join(machine.cache_bytes, " "), numbers(machine.byte_ns),
      numbers(machine.lookup_ns), machine.read_value_ns, machine.read_byte_ns, machine.branch_miss_ns,
      machine.loop_call_ns, machine.row_ns, machine.selection_ns, machine.compile_ns, machine.compile_step_ns);
  const auto append = [&](std::string_view kind, const auto& entries, const std::vector<KernelPrice>& prices) {
    for (const auto& entry : entries)
      for (const auto& overload : entry.overloads)
        text += fmt::format("{} {} {:.4g} {:.4g} {}\n", kind, overload.symbol, prices[overload.id].vector_ns,
                            prices[overload.id].selected_ns, prices[overload.id].vectorises ? 1 : 0);
  };
  append("kernel", functions(), machine.kernels);
  append("aggregate", aggregates(), machine.aggregates);
  return text;
}

Result<Machine> parse_machine(std::string_view text) {
  constexpr size_t kShownBytesMax = 80;
  Machine machine = usual_machine();
  std::set<std::string_view> names;
  for (uint32_t number = 1; !text.empty(); ++number) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    names.insert(line.substr(0, line.find(' ')));
    if (number == 1 ? line == kHeading : read_line(line, machine)) continue;
    return Error{ErrorCode::kBadInput,
                 fmt::format("expected {}, found '{}'", number == 1 ? kHeading : "a fact of a machine",
                             binary_to_text(line.substr(0, kShownBytesMax))),
                 fmt::format("line {}", number), "headrace calibrate measures it again"};
  }
  for (const std::string_view fact : kFacts)
    if (!names.contains(fact))
      return Error{ErrorCode::kBadInput, fmt::format("there is no line '{}'", fact), "",
                   "headrace calibrate measures it again"};
  return machine;
}

}  // namespace headrace
