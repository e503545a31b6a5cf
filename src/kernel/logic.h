// kernel/logic.h — three-valued logic and the functions that choose: the only kernels that see nulls and faults.
// Which rows fault is part of the answer: in AND false beats a fault, in OR true does, otherwise a fault beats null; a value
// that is not chosen cannot fault.
#pragma once

#include <type_traits>

#include "kernel/comparison.h"
#include "kernel/faults.h"

namespace headrace::kernel {

inline bool is_true(const Outcome<bool>& a) { return a.fault == 0 && a.valid && a.value; }
inline bool is_false(const Outcome<bool>& a) { return a.fault == 0 && a.valid && !a.value; }

inline Outcome<bool> logical_and(const Outcome<bool>& left, const Outcome<bool>& right) {
  const bool decided = is_false(left) || is_false(right);
  const uint32_t fault = decided ? 0 : (left.fault | right.fault);
  return {left.value && right.value && !decided, decided || (left.valid && right.valid), fault};
}

inline Outcome<bool> logical_or(const Outcome<bool>& left, const Outcome<bool>& right) {
  const bool decided = is_true(left) || is_true(right);
  const uint32_t fault = decided ? 0 : (left.fault | right.fault);
  return {decided, decided || (left.valid && right.valid), fault};
}

inline bool logical_not(bool value) { return !value; }

template <class T>
inline Outcome<T> if_else(const Outcome<bool>& condition, const Outcome<T>& then, const Outcome<T>& otherwise) {
  const bool taken = condition.valid && condition.value;
  return {taken ? then.value : otherwise.value, taken ? then.valid : otherwise.valid,
          condition.fault != 0 ? condition.fault : (taken ? then.fault : otherwise.fault)};
}

template <class T>
inline Outcome<T> coalesce(const Outcome<T>& first, const Outcome<T>& second) {
  const bool taken = first.valid || first.fault != 0;
  return {taken ? first.value : second.value, taken ? first.valid : second.valid, taken ? first.fault : second.fault};
}

// What a cast made, or null where it faults for another reason than memory; `input` faults where the cast's argument does.
template <class T>
inline Outcome<T> try_result(const Outcome<T>& converted, const Outcome<bool>& input) {
  const uint32_t kept = input.fault | (converted.fault & Faults::kMemory);
  return {converted.value, converted.valid && converted.fault == 0, kept};
}

template <class T>
inline Outcome<bool> is_null(const Outcome<T>& a) {
  return {!a.valid, true, a.fault};
}
template <class T>
inline Outcome<bool> is_not_null(const Outcome<T>& a) {
  return {a.valid, true, a.fault};
}

// One of two, of which the other may be null; a fault beats null. Of zeros of both signs it is +0, so that it does not matter which is left.
template <class T>
inline Outcome<T> one_of(bool takes_left, const Outcome<T>& left, const Outcome<T>& right) {
  T value = takes_left ? left.value : right.value;
  if constexpr (std::is_floating_point_v<T>)
    if (left.valid && right.valid && left.value == 0 && right.value == 0) value = left.value + right.value;
  return {value, left.valid || right.valid, left.fault | right.fault};
}
template <class T>
inline Outcome<T> greatest(const Outcome<T>& left, const Outcome<T>& right) {
  return one_of(left.valid && (!right.valid || less(right.value, left.value)), left, right);
}
template <class T>
inline Outcome<T> least(const Outcome<T>& left, const Outcome<T>& right) {
  return one_of(left.valid && (!right.valid || less(left.value, right.value)), left, right);
}

template <class T>
inline Outcome<bool> is_distinct_from(const Outcome<T>& left, const Outcome<T>& right) {
  const bool both = left.valid && right.valid;
  return {both ? not_equal(left.value, right.value) : left.valid != right.valid, true, left.fault | right.fault};
}
template <class T>
inline Outcome<bool> is_not_distinct_from(const Outcome<T>& left, const Outcome<T>& right) {
  const bool both = left.valid && right.valid;
  return {both ? equal(left.value, right.value) : left.valid == right.valid, true, left.fault | right.fault};
}

}  // namespace headrace::kernel
