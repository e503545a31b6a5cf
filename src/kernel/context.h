// kernel/context.h — what a kernel may reach besides its arguments.
#pragma once

#include <cstdint>

#include "state/arena.h"

namespace headrace {

// Where the last fields of long nested values were found, so that who asks for one after the other walks each value once. Holds
// for bytes that do not change: to be forgotten before those of a batch, or of an arena, are used again.
struct NestedCursors {
  struct Cursor {
    const char* value = nullptr;  // its bytes
    const char* at = nullptr;  // the field's
    uint32_t size = 0;  // of the value
    uint32_t position = 0;  // of the field, from 0
  };
  Cursor cursors[4];

  Cursor& of(const char* value) { return cursors[(reinterpret_cast<uintptr_t>(value) >> 4) & 3]; }
};

// One per worker and loop run. Bytes in `arena` live as long as the batch that is being made.
struct KernelContext {
  Arena* arena;
  NestedCursors* nested = nullptr;  // none: every value is walked from its begin
};

}  // namespace headrace
