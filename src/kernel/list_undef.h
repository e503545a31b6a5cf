// kernel/list_undef.h — forgets the macros of kernel/list.def, so that the list can be read again. No include guard.
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
