// kernel/text/new_text.h — room for a text that a kernel makes, and how functions are declared that every tier calls.
#pragma once

#include <cstdint>

#include "kernel/context.h"
#include "kernel/faults.h"
#include "types/string_ref.h"

// Compiled once, in a .cc; compiled loops find it in the process by this name.
#define HEADRACE_HOST(name) noexcept __asm__("headrace_rt_" #name)

namespace headrace::kernel {

inline constexpr uint64_t kMadeTextBytesMax = INT32_MAX;  // what Arrow's and Parquet's texts hold

// `size` bytes: inside the text when it is short, else in the arena. A size beyond kMadeTextBytesMax is an overflow, no memory a fault;
// bytes() is then nullptr.
class NewText {
 public:
  NewText(uint64_t size, Faults& faults, KernelContext& context) : size_(static_cast<uint32_t>(size)) {
    faults.overflow_if(size > kMadeTextBytesMax);
    if (size > kMadeTextBytesMax) return;
    bytes_ = size <= StringRef::kInlineBytesMax ? short_bytes_ : context.arena->allocate(size);
    faults.add_if(Faults::kMemory, bytes_ == nullptr);
  }
  NewText(const NewText&) = delete;
  NewText& operator=(const NewText&) = delete;

  char* bytes() { return bytes_; }
  StringRef text() const { return text(size_); }
  StringRef text(uint32_t used) const { return bytes_ == nullptr ? StringRef() : StringRef(bytes_, used); }

 private:
  uint32_t size_;
  char* bytes_ = nullptr;
  char short_bytes_[StringRef::kInlineBytesMax];
};

}  // namespace headrace::kernel
