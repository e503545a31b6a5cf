// kernel/context.h — what a kernel may reach besides its arguments.
#pragma once

#include <cstdint>

#include "state/arena.h"

namespace headrace {

// Where the last fields of long nested values were found, so that who asks for one after the other walks each value once. Holds
// for bytes that do not change: to be forgotten before those of a batch, of a column or of an arena are used again.
struct NestedCursors {
  struct Cursor {
    const char* value = nullptr;  // its bytes
    const char* at = nullptr;  // the field's
    uint32_t size = 0;  // of the value
    uint32_t position = 0;  // of the field, from 0
  };
  Cursor cursors[8];

  // Of values in these bytes, which are about to be used again.
  void forget(const Arena& arena) {
    for (Cursor& cursor : cursors)
      if (arena.contains(cursor.value)) cursor = {};
  }

  // One loop over a batch asks what is there, the next one for it: each has cursors of its own.
  Cursor& of(const char* value, bool reads) {
    return cursors[((reinterpret_cast<uintptr_t>(value) >> 3) & 6) + (reads ? 1 : 0)];
  }
};

// One per worker and loop run. Bytes in `arena` live as long as the batch that is being made.
struct KernelContext {
  Arena* arena;
  NestedCursors* nested = nullptr;  // none: every value is walked from its begin
};

}  // namespace headrace
