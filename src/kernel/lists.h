// kernel/lists.h — functions of lists and maps beyond those of kernel/nested.h: aggregates over the elements, sets, choices, and
// lists of moments. `shape` is nested_shape of the value's type, a literal. "A field" is a value with its marker, as nested_append
// makes it of an empty value.
#pragma once

#include <cstdint>

#include "kernel/nested.h"
#include "kernel/text/new_text.h"
#include "types/interval.h"

namespace headrace::kernel {

// What an aggregate says of the elements, in the list's order, as a struct of one field. `overload` is the symbol of an
// AggregateOverload whose first argument the elements lie as; `scale` theirs when they are decimals, else 0. The aggregate's
// second argument, where it has one, is the same for all elements.
StringRef list_aggregate(StringRef list, StringRef overload, int32_t scale, Faults& faults, KernelContext& context)
    HEADRACE_HOST(list_aggregate);
StringRef list_aggregate(StringRef list, StringRef overload, int32_t scale, double second, Faults& faults,
                         KernelContext& context) HEADRACE_HOST(list_aggregate_number);
StringRef list_aggregate(StringRef list, StringRef overload, int32_t scale, StringRef second, Faults& faults,
                         KernelContext& context) HEADRACE_HOST(list_aggregate_text);

// Sets: two lists of one type; nulls among the elements count for nothing.
bool list_has_any(StringRef left, StringRef right, StringRef shape, Faults& faults) HEADRACE_HOST(list_has_any);
bool list_has_all(StringRef left, StringRef right, StringRef shape, Faults& faults) HEADRACE_HOST(list_has_all);
// Each element of the longer list (of equal ones: the right) that is in the other, once, in the longer one's order.
StringRef list_intersect(StringRef left, StringRef right, StringRef shape, Faults& faults, KernelContext& context)
    HEADRACE_HOST(list_intersect);

// The first `count` elements, with `filler`, a field, for those that there are not. kBadArgument: count below 0 or above 10^7.
StringRef list_resize(StringRef list, StringRef shape, int64_t count, StringRef filler, Faults& faults,
                      KernelContext& context) HEADRACE_HOST(list_resize);
// A list of structs of the lists that the struct `lists` holds, whose elements lie as the letters say: as long as the longest,
// with nulls for what others lack, or as the shortest.
StringRef list_zip(StringRef lists, StringRef letters, bool shortest, Faults& faults, KernelContext& context)
    HEADRACE_HOST(list_zip);
// Elements where a list of bool is true; a null where it is longer than the list. kBadArgument: a null in it.
StringRef list_where(StringRef list, StringRef shape, StringRef chosen, Faults& faults, KernelContext& context)
    HEADRACE_HOST(list_where);
// Elements by their numbers, a list of int64; a null where there is none. kBadArgument: a null among the numbers.
StringRef list_select(StringRef list, StringRef shape, StringRef numbers, Faults& faults, KernelContext& context)
    HEADRACE_HOST(list_select);

// The elements in an order; `numbers`: their numbers before that, as a list of int64, in their place. Equal ones keep theirs.
StringRef list_sorted(StringRef list, StringRef shape, bool descending, bool nulls_first, bool numbers, Faults& faults,
                      KernelContext& context) HEADRACE_HOST(list_sorted);
// Bit 0 of `way`: descending; bit 1: nulls first.
inline StringRef list_order(StringRef list, StringRef shape, int32_t way, Faults& faults, KernelContext& context) {
  return list_sorted(list, shape, (way & 1) != 0, (way & 2) != 0, true, faults, context);
}

// The map of a list of structs of two fields, whose shape `letters` is; kBadCast: a null key or one that is there twice.
StringRef map_from_entries(StringRef list, StringRef letters, Faults& faults, KernelContext& context)
    HEADRACE_HOST(map_from_entries);
// The entries of a map as a list of structs.
StringRef map_entries(StringRef map, StringRef shape, Faults& faults, KernelContext& context)
    HEADRACE_HOST(map_entries);
// The entries of both; where they share a key, with the right one's value in the left one's place.
StringRef map_concat(StringRef left, StringRef right, StringRef shape, Faults& faults, KernelContext& context)
    HEADRACE_HOST(map_concat);

// first, first + step, that + step … before `end`, or up to it: a list of timestamps. A step of 0 gives none; kOutOfRange: a step
// that goes both ways, or more than 10^7 elements.
StringRef list_moments(int64_t first, int64_t end, Interval step, bool closed, Faults& faults, KernelContext& context)
    HEADRACE_HOST(list_moments);
template <bool Closed>
inline StringRef list_range_moments(int64_t first, int64_t end, Interval step, Faults& faults, KernelContext& context) {
  return list_moments(first, end, step, Closed, faults, context);
}

// Sums of products over two lists of float64 of one length, added from the first to the last. kBadArgument: lengths differ, or a
// null among the elements.
double list_dot_product(StringRef left, StringRef right, Faults& faults) HEADRACE_HOST(list_dot_product);
// The length of the difference.
double list_distance(StringRef left, StringRef right, Faults& faults) HEADRACE_HOST(list_distance);
// The cosine of the angle between them, in [-1, 1]; NaN where one has no length.
double list_cosine_similarity(StringRef left, StringRef right, Faults& faults) HEADRACE_HOST(list_cosine_similarity);

}  // namespace headrace::kernel
