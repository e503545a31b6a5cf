// kernel/loops_level.h — the families of one instruction set, in the order of kernel/list.def. Define
// HEADRACE_LOOPS_NAMESPACE first.
#pragma once

#include "kernel/loops.h"

namespace headrace {
namespace HEADRACE_LOOPS_NAMESPACE {

#define FAMILY(name) extern const FamilyLoops kFamily_##name;
#include "kernel/read_list.h"

#define FAMILY(name) &kFamily_##name,
const FamilyLoops* const kFamilies[] = {
#include "kernel/read_list.h"
};

}  // namespace HEADRACE_LOOPS_NAMESPACE
}  // namespace headrace
