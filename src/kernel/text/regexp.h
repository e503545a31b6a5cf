// kernel/text/regexp.h — regular expressions in RE2's syntax: time linear in the text, no backtracking.
//
// `options`: c case matters (as without), i it does not, l the pattern is literal text, s a dot matches newlines (as
// without), m n p it does not and ^ $ match at lines, g (replace) every match. A pattern or options that say nothing are bad
// arguments; those that are literals are refused while typing (regexp_error). Patterns are compiled once: each thread keeps
// the last kCompiledPatterns, of at most kPatternBytesMax each.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "kernel/text/new_text.h"

namespace headrace::kernel {

inline constexpr int kCompiledPatterns = 8;
inline constexpr int64_t kPatternBytesMax = int64_t{1} << 20;

bool regexp_matches(StringRef text, StringRef pattern, StringRef options, Faults& faults) HEADRACE_HOST(regexp_matches);
bool regexp_full_match(StringRef text, StringRef pattern, StringRef options, Faults& faults)
    HEADRACE_HOST(regexp_full_match);
// The first match, or its group from 1 to 9; empty where there is none.
StringRef regexp_extract(StringRef text, StringRef pattern, int32_t group, StringRef options, Faults& faults)
    HEADRACE_HOST(regexp_extract);
// \0 the match, \1 … \9 its groups, \\ a backslash.
StringRef regexp_replace(StringRef text, StringRef pattern, StringRef replacement, StringRef options, Faults& faults,
                         KernelContext& context) HEADRACE_HOST(regexp_replace);
// All matches as a list of utf8, or that group of each (null where it took no part); an empty match moves on by a code point.
StringRef regexp_extract_all(StringRef text, StringRef pattern, int32_t group, StringRef options, Faults& faults,
                             KernelContext& context) HEADRACE_HOST(regexp_extract_all);
// The parts between matches as a list of utf8, each match looked for in what the one before left; an empty match where a part
// would begin ends it behind its first code point.
StringRef regexp_split_to_array(StringRef text, StringRef pattern, StringRef options, Faults& faults,
                                KernelContext& context) HEADRACE_HOST(regexp_split_to_array);
// The pattern that matches the text itself.
StringRef regexp_escape(StringRef text, Faults& faults, KernelContext& context) HEADRACE_HOST(regexp_escape);

inline bool regexp_matches(StringRef text, StringRef pattern, Faults& faults) {
  return regexp_matches(text, pattern, StringRef(), faults);
}
inline bool regexp_full_match(StringRef text, StringRef pattern, Faults& faults) {
  return regexp_full_match(text, pattern, StringRef(), faults);
}
inline StringRef regexp_extract(StringRef text, StringRef pattern, Faults& faults) {
  return regexp_extract(text, pattern, 0, StringRef(), faults);
}
inline StringRef regexp_extract(StringRef text, StringRef pattern, int32_t group, Faults& faults) {
  return regexp_extract(text, pattern, group, StringRef(), faults);
}
inline StringRef regexp_replace(StringRef text, StringRef pattern, StringRef replacement, Faults& faults,
                                KernelContext& context) {
  return regexp_replace(text, pattern, replacement, StringRef(), faults, context);
}

// Why a pattern with these options says nothing; empty: it does. `replacement`: of regexp_replace, else nullptr.
std::string regexp_error(std::string_view pattern, std::string_view options, const std::string_view* replacement);

}  // namespace headrace::kernel
