// kernel/read_list.h — reads kernel/list.def once, with the macros that the reader has defined; those that it has not ignore
// their lines. Forgets them all, so that the list can be read again. No include guard.
#ifndef FUNCTION
#define FUNCTION(...)
#endif
#ifndef AGGREGATE
#define AGGREGATE(...)
#endif
#ifndef STATE
#define STATE(...)
#endif
#ifndef OVERLOAD1
#define OVERLOAD1(...)
#endif
#ifndef OVERLOAD2
#define OVERLOAD2(...)
#endif
#ifndef OVERLOAD3
#define OVERLOAD3(...)
#endif
#ifndef OVERLOAD4
#define OVERLOAD4(...)
#endif
#ifndef SEES1
#define SEES1(...)
#endif
#ifndef SEES2
#define SEES2(...)
#endif
#ifndef SEES3
#define SEES3(...)
#endif

#include "kernel/list.def"

#undef FUNCTION
#undef AGGREGATE
#undef STATE
#undef OVERLOAD1
#undef OVERLOAD2
#undef OVERLOAD3
#undef OVERLOAD4
#undef SEES1
#undef SEES2
#undef SEES3
