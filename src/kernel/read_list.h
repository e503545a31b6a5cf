// kernel/read_list.h — reads kernel/list.def, or the one family HEADRACE_FAMILY_LIST, with the macros that the reader has
// defined; those that it has not ignore their lines. Forgets them all, so that the list can be read again. No include guard.
#ifndef FAMILY
#define FAMILY(...)
#endif
#ifndef FUNCTION
#define FUNCTION(...)
#endif
#ifndef REWRITTEN
#define REWRITTEN(...)
#endif
#ifndef SYNONYM
#define SYNONYM(...)
#endif
#ifndef AGGREGATE
#define AGGREGATE(...)
#endif
#ifndef UNSTEADY_AGGREGATE
#define UNSTEADY_AGGREGATE(...)
#endif
#ifndef STATE
#define STATE(...)
#endif
#ifndef STATE2
#define STATE2(...)
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

#define EACH_LAYOUT(MACRO) \
  MACRO(B)                 \
  MACRO(I8)                \
  MACRO(I16)               \
  MACRO(I32) MACRO(I64) MACRO(U8) MACRO(U16) MACRO(U32) MACRO(U64) MACRO(F32) MACRO(F64) MACRO(DEC) MACRO(IV) MACRO(STR)
#define EACH_SIGNED(MACRO) MACRO(i8) MACRO(i16) MACRO(i32) MACRO(i64)
#define EACH_INTEGER(MACRO) EACH_SIGNED(MACRO) MACRO(u8) MACRO(u16) MACRO(u32) MACRO(u64)
#define EACH_FLOAT(MACRO) MACRO(f32) MACRO(f64)

#ifdef HEADRACE_FAMILY_LIST
#include HEADRACE_FAMILY_LIST
#else
#include "kernel/list.def"
#endif

#undef EACH_LAYOUT
#undef EACH_SIGNED
#undef EACH_INTEGER
#undef EACH_FLOAT
#undef FAMILY

#undef FUNCTION
#undef REWRITTEN
#undef SYNONYM
#undef AGGREGATE
#undef UNSTEADY_AGGREGATE
#undef STATE
#undef STATE2
#undef OVERLOAD1
#undef OVERLOAD2
#undef OVERLOAD3
#undef OVERLOAD4
#undef SEES1
#undef SEES2
#undef SEES3
