// kernel/math/functions.h — transcendental functions of doubles. Each has one body, compiled once, that every tier calls; none
// asks the C library.
//
// Accuracy: results are computed to about 2^-95 and rounded once, so that they are the doubles nearest to the true values
// except where a true value lies within 2^-95 of the middle between two doubles: error < 0.5000001 ulp. Where that does
// not hold, the function says so. Checked by kernel/math/functions_test.cc against mpmath and against the C library's
// 113-bit functions.
//
// Outside a function's domain the result is NaN, at poles ±infinity, in C's Annex F manner; kernel/math.h says which of these
// are faults.
#pragma once

namespace headrace::kernel::math {
#define HEADRACE_MATH1(name) double name(double x) noexcept __asm__("headrace_rt_math_" #name)
#define HEADRACE_MATH2(name, x, y) double name(double x, double y) noexcept __asm__("headrace_rt_math_" #name)

HEADRACE_MATH1(exp);
HEADRACE_MATH1(ln);
HEADRACE_MATH1(log2);
HEADRACE_MATH1(log10);
HEADRACE_MATH2(log_of_base, base, x);  // ln x / ln base
HEADRACE_MATH2(power, x, y);
HEADRACE_MATH1(cube_root);

HEADRACE_MATH1(sin);
HEADRACE_MATH1(cos);
HEADRACE_MATH1(tan);
HEADRACE_MATH1(cot);
HEADRACE_MATH1(asin);
HEADRACE_MATH1(acos);
HEADRACE_MATH1(atan);
HEADRACE_MATH2(atan2, y, x);
HEADRACE_MATH1(degrees);
HEADRACE_MATH1(radians);

HEADRACE_MATH1(sinh);
HEADRACE_MATH1(cosh);
HEADRACE_MATH1(tanh);
HEADRACE_MATH1(asinh);
HEADRACE_MATH1(acosh);
HEADRACE_MATH1(atanh);

HEADRACE_MATH1(gamma);
// Near its zeros at negative x the error is below 2^-90, which may be several ulp.
HEADRACE_MATH1(log_gamma);

#undef HEADRACE_MATH1
#undef HEADRACE_MATH2
}  // namespace headrace::kernel::math
