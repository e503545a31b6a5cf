// kernel/text/pattern.h — matching of whole texts against LIKE patterns with an escape, and against shell patterns.
#pragma once

#include <cstdint>

#include "kernel/text/new_text.h"

namespace headrace::kernel {

// LIKE: % any text, _ one code point; what follows `escape` means itself. An escape of more than one code point and a pattern
// that ends with it are bad arguments. An empty one escapes nothing.
bool like_escape(StringRef text, StringRef pattern, StringRef escape, Faults& faults) HEADRACE_HOST(like_escape);

// * any text, ? one code point, [a-z] one of a range, [!a-z] none of it, \ escapes; a set that is never closed matches nothing.
bool glob(StringRef text, StringRef pattern) HEADRACE_HOST(glob);

}  // namespace headrace::kernel
