// base/check.h — our own mistakes stop the process, with the place and the broken condition.
#pragma once

namespace headrace {

[[noreturn]] void check_failed(const char* condition, const char* file, int line);

// Always on. For invariants that cost little beside what they guard.
#define CHECK(condition)                                       \
  (__builtin_expect(static_cast<bool>(condition), 1) ? (void)0 \
                                                     : ::headrace::check_failed(#condition, __FILE__, __LINE__))

// On in builds with assertions (dev, asan, tsan, fuzz); elsewhere the condition is compiled but not evaluated.
#ifdef NDEBUG
#define DCHECK(condition) (void)sizeof(condition)
#else
#define DCHECK(condition) CHECK(condition)
#endif

}  // namespace headrace
