// kernel/distinct_sketch.h — the states of approx_count_distinct and geomean.
//
// The count is HyperLogLog's: 2,048 registers keep the longest run of zeros in the hashes that fall to them, which has a
// standard error of 2.3 %; linear counting while many are empty (Flajolet, Fusy, Gandouet & Meunier, "HyperLogLog", AofA 2007).
// The hash is fixed, so the answer depends on the set of values alone.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

#include "kernel/aggregate.h"
#include "kernel/context.h"
#include "kernel/exact_sum.h"
#include "kernel/faults.h"
#include "kernel/hash.h"
#include "kernel/tags.h"

namespace headrace::kernel {

struct DistinctSketch {
  static constexpr bool kRelocatable = false;
  static constexpr uint32_t kIndexBits = 11;
  static constexpr uint32_t kRegisters = 1u << kIndexBits;
  uint8_t* registers;  // [kRegisters] in the arena; nullptr: no value yet
  uint8_t out_of_memory;

  void init() {
    registers = nullptr;
    out_of_memory = 0;
  }
  bool finish(int64_t& result, Faults& faults, int32_t) const;
#ifndef HEADRACE_BITCODE
  void serialize(std::string& to) const {
    if (registers != nullptr) to.append(reinterpret_cast<const char*>(registers), kRegisters);
  }
  bool deserialize(std::string_view from, KernelContext& context);
#endif
};

// Host functions: notes a hash; keeps the greater of each register.
extern "C" void headrace_rt_sketch_add(DistinctSketch* sketch, uint64_t hash, KernelContext* context) noexcept;
extern "C" void headrace_rt_sketch_merge(DistinctSketch* sketch, const DistinctSketch* other,
                                         KernelContext* context) noexcept;

template <class Tag>
struct ApproximateDistinct : DistinctSketch {
  void update(typename Tag::type value, KernelContext& context) {
    headrace_rt_sketch_add(this, static_cast<uint64_t>(hash_of(value)), &context);
  }
  void merge(const ApproximateDistinct& other, KernelContext& context) {
    headrace_rt_sketch_merge(this, &other, &context);
  }
};

// Host function: the natural logarithm.
extern "C" double headrace_rt_logarithm(double value) noexcept;

// The exponential of the mean logarithm, which is exact but for the logarithms' own rounding.
struct GeometricMean : SumFloat {
  using Shared = GeometricMean;
  void update(double value, KernelContext& context) { SumFloat::update(headrace_rt_logarithm(value), context); }
  void update_all() = delete;  // the sum's own would add the values; so would the next
  void update_each() = delete;
  bool finish(double& result, Faults& faults, int32_t) const;
};

}  // namespace headrace::kernel
