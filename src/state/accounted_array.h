// state/accounted_array.h — a growing array of plain values inside a Reservation.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <type_traits>

#include "state/exhausted.h"

namespace headrace {

// `kFirst`: room for that many values at least, once there is any.
template <class T, uint64_t kFirst = 256>
class AccountedArray {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  explicit AccountedArray(Reservation& reservation) : reservation_(reservation) {}
  ~AccountedArray() { clear(); }
  AccountedArray(const AccountedArray&) = delete;
  AccountedArray& operator=(const AccountedArray&) = delete;

  // Room for `count` values in all. kLimit leaves everything as it was.
  Status reserve(uint64_t count) {
    if (count <= capacity_) return kDone;
    const uint64_t capacity = std::max({count, capacity_ * 2, kFirst});
    TRY_STATUS(reservation_.grow(capacity * sizeof(T)));
    T* grown = static_cast<T*>(std::malloc(capacity * sizeof(T)));
    if (grown == nullptr) {
      reservation_.shrink(capacity * sizeof(T));
      return exhausted(reservation_);
    }
    if (size_ > 0) std::memcpy(static_cast<void*>(grown), values_, size_ * sizeof(T));
    std::free(values_);
    reservation_.shrink(capacity_ * sizeof(T));
    values_ = grown;
    capacity_ = capacity;
    return kDone;
  }
  void push(const T& value) { values_[size_++] = value; }  // requires room
  // `count` more values, uninitialised; requires room. Where they begin.
  T* extend(uint64_t count) {
    size_ += count;
    return values_ + size_ - count;
  }
  void resize_down(uint64_t size) { size_ = size; }
  void resize_to(const T* end) { size_ = static_cast<uint64_t>(end - values_); }  // what lies in front of it was written
  void clear() {
    std::free(values_);
    reservation_.shrink(capacity_ * sizeof(T));
    values_ = nullptr;
    size_ = capacity_ = 0;
  }

  T* begin() { return values_; }
  T* end() { return values_ + size_; }
  const T* begin() const { return values_; }
  const T* end() const { return values_ + size_; }
  T& operator[](uint64_t index) { return values_[index]; }
  const T& operator[](uint64_t index) const { return values_[index]; }
  uint64_t size() const { return size_; }
  uint64_t bytes() const { return capacity_ * sizeof(T); }

 private:
  Reservation& reservation_;
  T* values_ = nullptr;
  uint64_t size_ = 0, capacity_ = 0;
};

}  // namespace headrace
