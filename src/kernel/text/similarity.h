// kernel/text/similarity.h — how much two texts have in common, by code points. Time is the product of the lengths.
#pragma once

#include <cstdint>

#include "kernel/text/new_text.h"

namespace headrace::kernel {

// Insertions, deletions and replacements that make one of the other (Levenshtein, 1966).
int64_t levenshtein(StringRef left, StringRef right, Faults& faults, KernelContext& context) HEADRACE_HOST(levenshtein);
// The same with exchanges of neighbours, of whatever was changed before and after (Damerau, 1964).
int64_t damerau_levenshtein(StringRef left, StringRef right, Faults& faults, KernelContext& context)
    HEADRACE_HOST(damerau_levenshtein);
// Places that differ; texts of different lengths are bad arguments.
int64_t hamming(StringRef left, StringRef right, Faults& faults) HEADRACE_HOST(hamming);
// Code points in both, of those in either; an empty text is a bad argument.
double jaccard(StringRef left, StringRef right, Faults& faults, KernelContext& context) HEADRACE_HOST(jaccard);
// Jaro, 1989; Winkler, 1990, with a weight of 0.1 for up to 4 common code points in front where Jaro's is above 0.7.
double jaro(StringRef left, StringRef right, Faults& faults, KernelContext& context) HEADRACE_HOST(jaro);
double jaro_winkler(StringRef left, StringRef right, Faults& faults, KernelContext& context)
    HEADRACE_HOST(jaro_winkler);

}  // namespace headrace::kernel
