// base/poison.h — what becomes of memory whose life has ended, in builds with assertions: it is overwritten, and not given out again for a
// while, so that who reads it all the same sees kPoisonByte. Under AddressSanitizer it is freed, and the read is reported. Elsewhere none of this
// is compiled in: memory is used again as it is.
//
//   if constexpr (kPoisonsMemory) bury(std::move(room), room->data, bytes);
#pragma once

#include <cstddef>
#include <memory>

namespace headrace {

#ifdef NDEBUG
inline constexpr bool kPoisonsMemory = false;
#else
inline constexpr bool kPoisonsMemory = true;
#endif
#if defined(__has_feature) && __has_feature(address_sanitizer)
inline constexpr bool kReportsReads = true;  // of what was freed
#else
inline constexpr bool kReportsReads = false;
#endif

inline constexpr unsigned char kPoisonByte = 0xDB;

void poison(void* data, size_t bytes);

// Poisons `bytes` at `data`, which the block owns, unless somebody else holds the block, and lets go of it: at once where reads are reported,
// else when kBuriedMax others of this thread have come behind it.
inline constexpr size_t kBuriedMax = 64;
void bury(std::shared_ptr<void> block, void* data, size_t bytes);

}  // namespace headrace
