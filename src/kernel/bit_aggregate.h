// kernel/bit_aggregate.h — the states of bool_and, bool_or, count_if, bit_and, bit_or and bit_xor.
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

#include "kernel/decimal.h"
#include "kernel/faults.h"

namespace headrace::kernel {

struct SumBool {
  static constexpr bool kRelocatable = true;
  int64_t sum, count;

  void init() { sum = count = 0; }
  void update(bool value) {
    sum += value ? 1 : 0;
    ++count;
  }
  void merge(const SumBool& other) {
    sum += other.sum;
    count += other.count;
  }
  bool finish(int128& result, Faults&, int32_t) const {
    result = sum;
    return count > 0;
  }
};

enum class BitOperation : uint8_t { kAnd, kOr, kXor };

template <class Value, BitOperation Operation>
struct BitFold {
  static constexpr bool kRelocatable = true;
  using Bits = std::conditional_t<std::is_same_v<Value, bool>, uint8_t, Value>;
  Bits bits;
  uint8_t present;

  void init() {
    std::memset(static_cast<void*>(this), 0, sizeof *this);  // padding is serialised
    bits = static_cast<Bits>(Operation == BitOperation::kAnd ? ~Bits{0} : Bits{0});
  }
  void take(Bits value) {
    if constexpr (Operation == BitOperation::kAnd) {
      bits = static_cast<Bits>(bits & value);
    } else if constexpr (Operation == BitOperation::kOr) {
      bits = static_cast<Bits>(bits | value);
    } else {
      bits = static_cast<Bits>(bits ^ value);
    }
  }
  void update(Value value) {
    take(static_cast<Bits>(value));
    present = 1;
  }
  void merge(const BitFold& other) {
    take(other.bits);
    present |= other.present;
  }
  bool finish(Value& result, Faults&, int32_t) const {
    result = static_cast<Value>(bits);
    return present != 0;
  }
};

template <class Tag>
struct BitAnd : BitFold<typename Tag::type, BitOperation::kAnd> {};
template <class Tag>
struct BitOr : BitFold<typename Tag::type, BitOperation::kOr> {};
template <class Tag>
struct BitXor : BitFold<typename Tag::type, BitOperation::kXor> {};

}  // namespace headrace::kernel
