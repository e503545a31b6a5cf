#include "kernel/distinct_sketch.h"

#include <algorithm>

namespace headrace::kernel {

namespace {

// Whether there is room for registers.
bool has_registers(DistinctSketch* sketch, KernelContext* context) {
  if (sketch->registers != nullptr) return true;
  char* room = context->arena->allocate(DistinctSketch::kRegisters);
  if (room == nullptr) {
    sketch->out_of_memory = 1;
    return false;
  }
  std::memset(room, 0, DistinctSketch::kRegisters);
  sketch->registers = reinterpret_cast<uint8_t*>(room);
  return true;
}

}  // namespace

extern "C" void headrace_rt_sketch_add(DistinctSketch* sketch, uint64_t hash, KernelContext* context) noexcept {
  if (!has_registers(sketch, context)) return;
  const uint64_t rest = hash << DistinctSketch::kIndexBits;
  const auto run = static_cast<uint8_t>(rest == 0 ? 64 - DistinctSketch::kIndexBits + 1
                                                  : static_cast<uint32_t>(__builtin_clzll(rest)) + 1);
  uint8_t& one = sketch->registers[hash >> (64 - DistinctSketch::kIndexBits)];
  one = std::max(one, run);
}

extern "C" void headrace_rt_sketch_merge(DistinctSketch* sketch, const DistinctSketch* other,
                                         KernelContext* context) noexcept {
  sketch->out_of_memory |= other->out_of_memory;
  if (other->registers == nullptr || !has_registers(sketch, context)) return;
  for (uint32_t i = 0; i < DistinctSketch::kRegisters; ++i)
    sketch->registers[i] = std::max(sketch->registers[i], other->registers[i]);
}

bool DistinctSketch::finish(int64_t& result, Faults& faults, int32_t) const {
  faults.add_if(Faults::kMemory, out_of_memory != 0);
  result = 0;
  if (registers == nullptr) return true;
  constexpr auto kCount = static_cast<double>(kRegisters);
  constexpr double kBias = 0.7213 / (1 + 1.079 / kCount);
  double sum = 0;
  uint32_t empty = 0;
  for (uint32_t i = 0; i < kRegisters; ++i) {
    sum += std::ldexp(1.0, -registers[i]);
    empty += registers[i] == 0 ? 1 : 0;
  }
  double estimate = kBias * kCount * kCount / sum;
  if (estimate <= 2.5 * kCount && empty > 0) estimate = kCount * std::log(kCount / empty);
  result = static_cast<int64_t>(std::llround(estimate));
  return true;
}

bool DistinctSketch::deserialize(std::string_view from, KernelContext& context) {
  init();
  if (from.empty()) return true;
  if (from.size() != kRegisters || !has_registers(this, &context)) return false;
  std::memcpy(registers, from.data(), kRegisters);
  return std::all_of(registers, registers + kRegisters, [](uint8_t run) { return run <= 64 - kIndexBits + 1; });
}

extern "C" double headrace_rt_logarithm(double value) noexcept { return std::log(value); }

bool GeometricMean::finish(double& result, Faults& faults, int32_t) const {
  faults.add_if(Faults::kMemory, sum.out_of_memory());
  result = count > 0 ? std::exp(sum.rounded(static_cast<uint64_t>(count))) : 0;
  return count > 0;
}

}  // namespace headrace::kernel
