// The loops of one family for one instruction set. cmake/compiler.cmake compiles this file once for each of both, with
// HEADRACE_FAMILY (a name), HEADRACE_FAMILY_LIST (its list) and HEADRACE_LOOPS_NAMESPACE.
#include "kernel/loops_impl.h"
