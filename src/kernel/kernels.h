// kernel/kernels.h — all families of kernels at once, for what is generated from kernel/list.def.
#pragma once

#include "kernel/aggregate.h"
#include "kernel/arithmetic.h"
#include "kernel/cast.h"
#include "kernel/comparison.h"
#include "kernel/date.h"
#include "kernel/decimal.h"
#include "kernel/hash.h"
#include "kernel/interval.h"
#include "kernel/logic.h"
#include "kernel/nested.h"
#include "kernel/round.h"
#include "kernel/text.h"
#include "kernel/zone.h"
